"""What people say to each other: what is a reply may be for Muster, all else is dropped unread."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.feishu.parse import Below, NoteIt, Ours, parse
from bot.core.platform import Incoming, Typed

OURS = Ours("cli_a", "ou_muster", roots=frozenset({"warroom", "攻关"}))
AT = {"key": "@_user_1", "id": {"open_id": "ou_muster"}, "name": "集结"}


def said(text: str, *, mentions: bool = False, **more: Any) -> Any:
    message = {
        "message_id": "om_2",
        "chat_id": "oc_1",
        "chat_type": "group",
        "message_type": "text",
        "content": json.dumps({"text": f"@_user_1 {text}" if mentions else text}),
        "mentions": [AT] if mentions else [],
        **more,
    }
    sender = {"sender_id": {"open_id": "ou_li"}, "sender_type": "user"}
    header = {"event_id": "e1", "event_type": "im.message.receive_v1"}
    found = parse({"header": header, "event": {"message": message, "sender": sender}}, OURS)
    assert len(found) <= 1
    return found[0] if found else None


THREAD: dict[str, Any] = {"root_id": "om_1", "parent_id": "om_1", "thread_id": "omt_1"}
REPLY: dict[str, Any] = {"root_id": "om_1", "parent_id": "om_1"}


def test_all_other_talk_is_dropped_unread() -> None:
    assert said("修好了") is None
    assert said(" ", **THREAD) is None


@pytest.mark.parametrize("place", [THREAD, REPLY])
def test_a_reply_is_for_muster_where_the_message_is_its_own(place: dict[str, Any]) -> None:
    found = said("修好了", **place)
    assert isinstance(found, Below)
    assert found.root == "om_1"
    assert found.incoming.what == Typed("修好了", {}, is_overheard=True)
    answer = found.as_answer().place
    assert answer is not None
    assert (answer.channel, answer.thread) == ("oc_1", "om_1")


def test_what_is_meant_for_muster_is_not_overheard() -> None:
    for found in (
        said("修好了", mentions=True, **THREAD),
        said("攻关 列表", mentions=True, **REPLY),
        said("/攻关 列表", **THREAD),
        said("修好了", chat_type="p2p", **REPLY),
    ):
        assert isinstance(found, Incoming), found
        assert isinstance(found.what, Typed)
        assert not found.what.is_overheard


def test_a_mention_that_only_replies_is_an_answer_below_its_own() -> None:
    found = said("修好了", mentions=True, **REPLY)
    assert isinstance(found, Below)
    assert isinstance(found.incoming.what, Typed)
    assert not found.incoming.what.is_overheard
    assert found.incoming.place is not None
    assert found.incoming.place.thread is None, "below anybody else's it is what it was"


def test_a_note_is_a_note() -> None:
    assert isinstance(said("记一下", **REPLY), NoteIt)
