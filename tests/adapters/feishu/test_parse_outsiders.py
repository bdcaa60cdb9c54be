"""People of other organisations, and chats that are open to them, as Feishu's events say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.feishu.parse import Click, Ours, parse
from adapters.feishu.people import Profile
from adapters.feishu.visiting import _outsider
from bot.core.events import ChannelShared
from bot.core.platform import Happened, Incoming, Sender

OURS = Ours("cli_a", "ou_muster")


def body(kind: str, event: dict[str, Any], tenant: str | None = "ours") -> dict[str, Any]:
    header = {"event_id": "e1", "event_type": kind}
    return {"header": header | ({"tenant_key": tenant} if tenant else {}), "event": event}


def said(theirs: dict[str, Any]) -> dict[str, Any]:
    message = {
        "message_id": "om_1", "chat_id": "oc_1", "chat_type": "p2p", "message_type": "text",
        "content": json.dumps({"text": "攻关 列表"}),
    }  # fmt: skip
    sender = {"sender_id": {"open_id": "ou_vera"}, "sender_type": "user"}
    return {"message": message, "sender": sender | theirs}


def clicked(theirs: dict[str, Any]) -> dict[str, Any]:
    value = {"v": 1, "do": "warroom list"}
    return {
        "operator": {"open_id": "ou_vera"} | theirs,
        "action": {"tag": "button", "value": value},
        "context": {"open_chat_id": "oc_1", "open_message_id": "om_1"},
        "token": "c-1",
    }


def added(theirs: dict[str, Any], **more: Any) -> dict[str, Any]:
    user = {"name": "Vera", "user_id": {"open_id": "ou_vera"}}
    return {"chat_id": "oc_1", "users": [user | theirs], **more}


@pytest.mark.parametrize(
    ("theirs", "tenant", "is_outsider"),
    [
        ({"tenant_key": "theirs"}, "ours", True),
        ({"tenant_key": "ours"}, "ours", False),
        ({}, "ours", None),
        ({"tenant_key": "theirs"}, None, None),
    ],
)
def test_another_tenant_is_another_organisation(
    theirs: dict[str, Any], tenant: str | None, is_outsider: bool | None
) -> None:
    for kind, event in (
        ("im.message.receive_v1", said(theirs)),
        ("card.action.trigger", clicked(theirs)),
        ("im.chat.member.user.added_v1", added(theirs)),
    ):
        [found] = parse(body(kind, event, tenant), OURS)
        incoming = found.incoming if isinstance(found, Click) else found
        assert isinstance(incoming, Incoming), kind
        assert incoming.sender.is_outsider is is_outsider, kind


@pytest.mark.parametrize("external", [True, False])
def test_what_happens_to_a_chat_says_whether_it_is_open_to_others(external: bool) -> None:
    """Also that somebody came or left: Feishu has no event for that alone."""
    for kind in ("added_v1", "deleted_v1", "withdrawn_v1"):
        event = added({}, external=external)
        *_, last = parse(body(f"im.chat.member.user.{kind}", event), OURS)
        assert isinstance(last, Incoming)
        assert last.what == Happened(ChannelShared("oc_1", shared=external))


def test_whom_the_directory_shows_belongs_whatever_their_key() -> None:
    """In the published sample of `im.message.receive_v1` the two keys are not the same either."""
    said = Sender("ou_1", is_outsider=True)
    assert _outsider(said, Profile("李雷")) is False
    assert _outsider(said, Profile(is_seen=False)) is True
    assert _outsider(Sender("ou_1", is_outsider=False), Profile(is_seen=False)) is False
