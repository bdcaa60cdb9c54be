"""What people say to each other: only below Muster's own messages is any of it passed on."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.parse import Ours, parse
from bot.core.effects import Address
from bot.core.platform import Typed

OURS = Ours("T1", "UMUSTER")


def said(**more: Any) -> dict[str, Any]:
    event = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "UMEI",
        "text": "Fixed &lt;it&gt;, <@UBOB>",
        "ts": "1700000001.000100",
        **more,
    }
    return {"type": "event_callback", "event_id": "Ev1", "event": event}


def below(author: str, **more: Any) -> dict[str, Any]:
    return said(thread_ts="1700000000.000100", parent_user_id=author, **more)


def broadcast(author: str) -> dict[str, Any]:
    """Sent to the channel as well: it names the first message of its thread, not its author."""
    root = {"type": "message", "user": author, "ts": "1700000000.000100", "text": "Stand-up"}
    return said(subtype="thread_broadcast", thread_ts="1700000000.000100", root=root)


def test_below_a_message_of_muster_s_it_is_overheard() -> None:
    group = below("UMUSTER", channel_type="group")
    for body in (below("UMUSTER"), broadcast("UMUSTER"), group):
        found = parse(body, OURS)
        assert found is not None
        incoming = found.incoming
        assert incoming.what == Typed("Fixed <it>, <@UBOB>", {"UBOB": "UBOB"}, is_overheard=True)
        assert incoming.place == Address("slack", "T1", "C1", "1700000000.000100")
        assert (incoming.is_direct, incoming.is_answerable) == (False, False)


@pytest.mark.parametrize(
    "body",
    [
        said(),
        below("UBOB"),
        broadcast("UBOB"),
        said(thread_ts="1700000000.000100"),
        below("UMUSTER", text=" "),
        below("UMUSTER", bot_id="B1"),
        below("UMUSTER", subtype="message_changed"),
        # It comes as an app_mention as well.
        below("UMUSTER", text="<@UMUSTER> fixed"),
    ],
)
def test_all_other_talk_is_dropped_unread(body: dict[str, Any]) -> None:
    assert parse(body, OURS) is None


def test_what_is_meant_for_muster_is_not_overheard() -> None:
    mention = below("UMUSTER", type="app_mention", text="<@UMUSTER> fixed")
    direct = said(channel="D1", channel_type="im")
    for body in (mention, direct):
        found = parse(body, OURS)
        assert found is not None
        assert isinstance(found.incoming.what, Typed)
        assert not found.incoming.what.is_overheard
