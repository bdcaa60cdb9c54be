"""What was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.channels import Channel
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.messages import Message
from tests.fakes.slack.methods.conversations import joined
from tests.fakes.slack.methods.paging import page
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

HISTORY = "groups:history im:history mpim:history channels:history"


@method("conversations.history", tier=3, scopes=HISTORY, required="channel")
def history(slack: FakeSlack, call: Call) -> dict[str, Any]:
    channel = joined(call)
    found = [one for one in channel.shown() if not one.is_reply or one.is_broadcast]
    some, more = page(call, _between(call, found)[::-1], most=999)
    messages = [_shown(call, channel, one) for one in some]
    has_more = bool(more["response_metadata"]["next_cursor"])
    answer = {"messages": messages, "has_more": has_more, "pin_count": len(channel.pins)}
    return answer | (more if has_more else {})


@method("conversations.replies", tier=3, scopes=HISTORY, required="channel ts")
def replies(slack: FakeSlack, call: Call) -> dict[str, Any]:
    channel, ts = joined(call), call.text("ts")
    asked = channel.messages.get(ts)
    first = (asked.thread_ts or ts) if asked else ts
    thread = [one for one in channel.shown() if first in (one.ts, one.thread_ts)]
    if not thread:
        raise SlackError("thread_not_found")
    kept = [one for one in thread if one.ts == first or one in _between(call, thread)]
    some, more = page(call, kept, most=1000)
    messages = [_shown(call, channel, one) for one in some]
    has_more = bool(more["response_metadata"]["next_cursor"])
    return {"messages": messages, "has_more": has_more, **(more if has_more else {})}


def _between(call: Call, messages: list[Message]) -> list[Message]:
    """Those between `oldest` and `latest`, which count themselves only if `inclusive`."""
    oldest, latest = _moment(call, "oldest"), _moment(call, "latest")
    ends = {call.text("oldest"), call.text("latest")} if call.flag("inclusive") else set()
    return [
        one
        for one in messages
        if one.ts in ends
        or ((not oldest or float(one.ts) > oldest) and (not latest or float(one.ts) < latest))
    ]


def _moment(call: Call, name: str) -> float:
    try:
        return float(call.text(name) or 0)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _shown(call: Call, channel: Channel, message: Message) -> dict[str, Any]:
    shown = message.json(metadata=call.flag("include_all_metadata"))
    thread = [one for one in channel.shown() if one.thread_ts == message.ts and one.is_reply]
    if thread:
        users = list(dict.fromkeys(one.user for one in thread))
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(thread),
            "reply_users_count": len(users),
            "latest_reply": thread[-1].ts,
            "reply_users": users[:5],
            "is_locked": False,
            "subscribed": False,
        }
    elif message.is_reply:
        parent = channel.messages.get(message.thread_ts)
        shown["parent_user_id"] = parent.user if parent else ""
    if message.ts in channel.pins:
        shown["pinned_to"] = [channel.id]
    return shown
