"""The links at the top of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.channels import Bookmark
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.conversations import joined
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

#: Reported: a channel holds a hundred bookmarks.
BOOKMARKS = 100


@method("bookmarks.add", tier=2, scopes="bookmarks:write", required="channel_id title type")
def add(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, channel = call.workspace, joined(call, "channel_id")
    if call.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    _check_link(call.text("link"))
    if channel.is_archived:
        raise SlackError("permission_denied")
    if len(channel.bookmarks) >= BOOKMARKS:
        raise SlackError("too_many_bookmarks")
    made = Bookmark(
        slack.ids.new("Bk"),
        channel.id,
        call.text("title"),
        call.text("link"),
        call.text("emoji"),
        "link",
        int(slack.clock.now()),
        team.bot.id,
        slack.app_id,
    )
    channel.bookmarks[made.id] = made
    return {"bookmark": made.json()}


@method("bookmarks.edit", tier=2, scopes="bookmarks:write", required="channel_id bookmark_id")
def edit(slack: FakeSlack, call: Call) -> dict[str, Any]:
    found = joined(call, "channel_id").bookmarks.get(call.text("bookmark_id"))
    if found is None:
        raise SlackError("not_found")
    if call.has("link"):
        _check_link(call.text("link"))
    for key in ("title", "link", "emoji"):
        if call.has(key):
            setattr(found, key, call.text(key))
    found.updated = int(slack.clock.now())
    return {"bookmark": found.json()}


@method("bookmarks.remove", tier=2, scopes="bookmarks:write", required="channel_id bookmark_id")
def remove(slack: FakeSlack, call: Call) -> dict[str, Any]:
    if joined(call, "channel_id").bookmarks.pop(call.text("bookmark_id"), None) is None:
        raise SlackError("not_found")
    return {}


@method("bookmarks.list", tier=3, scopes="bookmarks:read", required="channel_id")
def list_(slack: FakeSlack, call: Call) -> dict[str, Any]:
    found = joined(call, "channel_id").bookmarks.values()
    return {"bookmarks": [one.json() for one in found]}


def _check_link(link: str) -> None:
    if not link.startswith(("http://", "https://", "mailto:")):
        raise SlackError("invalid_link")
