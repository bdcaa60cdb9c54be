"""Feishu's events as facts of the kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.core.events import (
    ChannelDeleted,
    ChannelRenamed,
    ChannelShared,
    Event,
    MemberJoined,
    MemberLeft,
    MusterRemoved,
    ProfileSeen,
    Reacted,
)
from bot.core.platform import Sender

_Json = Mapping[str, Any]
NOBODY = Sender("")
#: Feishu has emoji of its own, with names of its own ("表情文案说明"). The one that means the same
#: as another platform's goes by that name; the others by theirs, in small letters: a workspace may
#: choose what they stand for.
_EMOJI = {"pin": "pushpin"}


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact, who brought it about, and in which chat ("" for none)."""

    event: Event
    sender: Sender
    chat: str = ""


def happenings(kind: str, event: _Json, tenant: str) -> Iterator[Happening]:
    """The facts in an event; none for one that changes nothing for Muster.

    `tenant` is the key of the organisation that Muster is in, "" where it is not said.
    """
    read = _READERS.get(kind)
    if read is not None:
        yield from read(event, tenant)
        yield from _shared(event)


def is_outsider(who: _Json, tenant: str) -> bool | None:
    """Whether somebody is of another organisation, by their key; None where it is not said."""
    theirs = str(who.get("tenant_key") or "")
    return theirs != tenant if theirs and tenant else None


def _shared(event: _Json) -> Iterator[Happening]:
    """Whether a chat is open to other organisations: what happens to one says so each time."""
    external = event.get("external")
    if isinstance(external, bool) and _chat(event):
        yield Happening(ChannelShared(_chat(event), shared=external), NOBODY, _chat(event))


def _open_id(found: Any) -> str:
    return str(found.get("open_id") or "") if isinstance(found, Mapping) else str(found or "")


def _instant(milliseconds: Any) -> datetime | None:
    text = str(milliseconds or "")
    return datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdecimal() else None


def _chat(event: _Json) -> str:
    return str(event.get("chat_id") or "")


def _added(event: _Json, tenant: str) -> Iterator[Happening]:
    for each in event.get("users") or []:
        user, name = _open_id(each.get("user_id")), str(each.get("name") or "")
        if user:
            fact = MemberJoined(_chat(event), user, name)
            sender = Sender(user, name, is_outsider=is_outsider(each, tenant))
            yield Happening(fact, sender, _chat(event))


def _gone(event: _Json, _: str) -> Iterator[Happening]:
    for each in event.get("users") or []:
        user, name = _open_id(each.get("user_id")), str(each.get("name") or "")
        if user:
            yield Happening(MemberLeft(_chat(event), user), Sender(user, name), _chat(event))


def _bot_added(event: _Json, _: str) -> Iterator[Happening]:
    yield Happening(MusterRemoved(_chat(event), gone=False), NOBODY, _chat(event))


def _bot_removed(event: _Json, _: str) -> Iterator[Happening]:
    yield Happening(MusterRemoved(_chat(event), gone=True), NOBODY, _chat(event))


def _updated(event: _Json, _: str) -> Iterator[Happening]:
    after: _Json = event.get("after_change") or {}
    if after.get("name"):
        fact = ChannelRenamed(_chat(event), str(after["name"]))
        yield Happening(fact, NOBODY, _chat(event))


def _dissolved(event: _Json, _: str) -> Iterator[Happening]:
    yield Happening(ChannelDeleted(_chat(event)), NOBODY, _chat(event))


def _reacted(*, removed: bool) -> Callable[[_Json, str], Iterator[Happening]]:
    def read(event: _Json, _: str) -> Iterator[Happening]:
        if event.get("operator_type") not in {None, "user"}:
            return
        emoji = str((event.get("reaction_type") or {}).get("emoji_type") or "")
        # Which chat it is in, the event does not say.
        fact = Reacted(
            "",
            str(event.get("message_id")),
            _EMOJI.get(emoji.casefold(), emoji.casefold()),
            removed,
            _instant(event.get("action_time")),
        )
        yield Happening(fact, Sender(_open_id(event.get("user_id"))))

    return read


def _person(*, is_active: bool) -> Callable[[_Json, str], Iterator[Happening]]:
    def read(event: _Json, _: str) -> Iterator[Happening]:
        user: _Json = event.get("object") or {}
        status: _Json = user.get("status") or {}
        here = is_active and not status.get("is_resigned") and not status.get("is_frozen")
        manager = str(user.get("leader_user_id") or "") or None
        sender = Sender(_open_id(user), str(user.get("name") or ""))
        if sender.user:
            seen = ProfileSeen(is_active=bool(here), manager=manager, is_news=True)
            yield Happening(seen, sender)

    return read


_READERS: dict[str, Callable[[_Json, str], Iterator[Happening]]] = {
    "im.chat.member.user.added_v1": _added,
    "im.chat.member.user.deleted_v1": _gone,
    "im.chat.member.user.withdrawn_v1": _gone,
    "im.chat.member.bot.added_v1": _bot_added,
    "im.chat.member.bot.deleted_v1": _bot_removed,
    "im.chat.updated_v1": _updated,
    "im.chat.disbanded_v1": _dissolved,
    "im.message.reaction.created_v1": _reacted(removed=False),
    "im.message.reaction.deleted_v1": _reacted(removed=True),
    "contact.user.updated_v3": _person(is_active=True),
    "contact.user.deleted_v3": _person(is_active=False),
}
#: The events to subscribe to, in the order of the README's table; the callback is asked for apart.
EVENTS = ("im.message.receive_v1", "application.bot.menu_v6", *_READERS)
CALLBACKS = ("card.action.trigger",)
