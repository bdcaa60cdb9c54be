"""Slack's events as facts of the kernel: https://docs.slack.dev/reference/events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.core.events import (
    ChannelArchived,
    ChannelDeleted,
    ChannelMadePrivate,
    ChannelMoved,
    ChannelRenamed,
    ChannelShared,
    Event,
    HomeOpened,
    MemberJoined,
    MemberLeft,
    MusterRemoved,
    Reacted,
)
from bot.core.platform import Sender

#: Nobody in particular did it.
NOBODY = Sender("")
_Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact, who brought it about, and in which channel ("" for none)."""

    event: Event
    sender: Sender
    channel: str = ""


def happening(event: _Event, bot_user: str) -> Happening | None:
    """The fact in an event; None for one that changes nothing for Muster."""
    kind = event.get("subtype") if event.get("type") == "message" else event.get("type")
    read = _READERS.get(str(kind))
    return read(event, bot_user) if read is not None else None


def _user(event: _Event) -> Sender:
    return Sender(str(event.get("user") or ""))


def _channel(event: _Event) -> str:
    """The channel's id: some events have it alone, others in an object."""
    channel = event.get("channel")
    return str(channel.get("id") if isinstance(channel, Mapping) else channel or "")


def _joined(event: _Event, bot_user: str) -> Happening:
    channel, user = _channel(event), str(event.get("user"))
    if user == bot_user:
        return Happening(MusterRemoved(channel, gone=False), NOBODY, channel)
    return Happening(MemberJoined(channel, user), Sender(user), channel)


def _left(event: _Event, bot_user: str) -> Happening:
    channel, user = _channel(event), str(event.get("user"))
    if user == bot_user:
        return Happening(MusterRemoved(channel, gone=True), NOBODY, channel)
    return Happening(MemberLeft(channel, user), Sender(user), channel)


def _taken_out(event: _Event, _: str) -> Happening:
    channel = _channel(event)
    return Happening(MusterRemoved(channel, gone=True), NOBODY, channel)


def _renamed(event: _Event, _: str) -> Happening:
    channel = _channel(event)
    name = str((event.get("channel") or {}).get("name") or "")
    return Happening(ChannelRenamed(channel, name), NOBODY, channel)


def _archived(event: _Event, _: str) -> Happening:
    channel = _channel(event)
    return Happening(ChannelArchived(channel, gone=True), _user(event), channel)


def _deleted(event: _Event, _: str) -> Happening:
    channel = _channel(event)
    return Happening(ChannelDeleted(channel), _user(event), channel)


def _unarchived(event: _Event, _: str) -> Happening:
    channel = _channel(event)
    return Happening(ChannelArchived(channel, gone=False), _user(event), channel)


def _made_private(event: _Event, _: str) -> Happening:
    channel = _channel(event)
    return Happening(ChannelMadePrivate(channel), NOBODY, channel)


def _shared(event: _Event, _: str) -> Happening:
    channel = _channel(event)
    return Happening(ChannelShared(channel, shared=True), NOBODY, channel)


def _unshared(event: _Event, _: str) -> Happening:
    """One organisation left; others may still be there."""
    channel = _channel(event)
    still = bool(event.get("is_ext_shared"))
    return Happening(ChannelShared(channel, shared=still), NOBODY, channel)


def _moved(event: _Event, _: str) -> Happening:
    old, new = str(event.get("old_channel_id")), str(event.get("new_channel_id"))
    return Happening(ChannelMoved(old, new), NOBODY, old)


def _at(event: _Event) -> datetime | None:
    """When it was done: events may come in another order."""
    stamp = event.get("event_ts")
    return datetime.fromtimestamp(float(stamp), UTC) if stamp else None


def _reacted(event: _Event, _: str) -> Happening | None:
    item: _Event = event.get("item") or {}
    if item.get("type") != "message":
        return None
    # A tone of skin does not make another emoji: "thumbsup::skin-tone-3".
    emoji = str(event.get("reaction") or "").partition("::")[0]
    channel = str(item.get("channel"))
    removed = event.get("type") == "reaction_removed"
    fact = Reacted(channel, str(item.get("ts")), emoji, removed, at=_at(event))
    return Happening(fact, _user(event), channel)


def _home(event: _Event, _: str) -> Happening | None:
    return Happening(HomeOpened(), _user(event)) if event.get("tab") == "home" else None


_READERS: dict[str, Callable[[_Event, str], Happening | None]] = {
    "member_joined_channel": _joined,
    "member_left_channel": _left,
    "channel_left": _taken_out,
    "group_left": _taken_out,
    "channel_rename": _renamed,
    "group_rename": _renamed,
    "channel_archive": _archived,
    "group_archive": _archived,
    "channel_deleted": _deleted,
    "group_deleted": _deleted,
    "channel_unarchive": _unarchived,
    "group_unarchive": _unarchived,
    "channel_convert_to_private": _made_private,
    "channel_shared": _shared,
    "channel_unshared": _unshared,
    "channel_id_changed": _moved,
    "reaction_added": _reacted,
    "reaction_removed": _reacted,
    "app_home_opened": _home,
}
#: Come as messages of a channel, with this subtype.
_IN_MESSAGES = {"channel_convert_to_private"}
#: The events that Muster takes in; the manifest asks for these. Messages of channels are taken in
#: for their subtypes alone: what people say there and not to Muster is dropped unread.
EVENTS = (
    *(name for name in _READERS if name not in _IN_MESSAGES),
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "user_change",
    "app_uninstalled",
    "tokens_revoked",
)
