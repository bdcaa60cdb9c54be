"""The town through one person's eyes, as JSON values for the browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapters.playground import render
from adapters.playground.adapter import Shown
from adapters.playground.parse import readable
from adapters.playground.people import MUSTER_NAMES
from adapters.playground.places import EMOJI, MUSTER, Channel, Message, Person
from adapters.playground.town import Town

Node = dict[str, Any]


class View:
    """What `viewer` sees."""

    def __init__(self, town: Town, viewer: Person) -> None:
        self._town = town
        self._viewer = viewer
        self._names = town.people.names()
        self._names[MUSTER] = MUSTER_NAMES[viewer.lang == "zh"].title()

    def channels(self) -> list[Node]:
        """The channels that there are for them, their direct conversation last."""
        unread = self._town.messages.unread(self._viewer.id)
        seen = [
            channel
            for channel in self._town.channels.everything()
            if not channel.private or self._viewer.id in channel.members
        ]
        return [self._channel(channel, unread.get(channel.id, 0)) for channel in seen]

    def _channel(self, channel: Channel, unread: int) -> Node:
        return {
            "id": channel.id,
            "name": channel.name,
            "title": readable(channel.title),
            "topic": channel.topic,
            "private": channel.private,
            "archived": channel.archived,
            "direct": channel.direct_with is not None,
            "members": list(channel.members),
            "joined": self._viewer.id in channel.members,
            "unread": unread,
        }

    def messages(self, found: list[Message]) -> list[Node]:
        return [self.message(each) for each in found if self.can_see(each)]

    def can_see(self, message: Message) -> bool:
        return message.only_for in {None, self._viewer.id}

    def message(self, message: Message) -> Node:
        """A message, drawn in the viewer's language and zone."""
        reader = self._viewer.reader
        return {
            "id": message.id,
            "channel": message.channel,
            "thread": message.thread,
            "author": message.author,
            "at": message.at.isoformat(),
            "text": render.typed(message.text, self._names) if message.text else None,
            "card": render.card(message.card, reader) if message.card else None,
            "note": None if message.note is None else render.spans(message.note, reader),
            "file": self._file(message),
            "only_for_me": message.only_for is not None,
            "edited": message.is_edited,
            "pinned": message.is_pinned,
            "command": message.is_command,
            "reactions": [
                {"emoji": each.emoji, "people": list(each.people)} for each in message.reactions
            ],
            "replies": self._replies(message),
        }

    def _file(self, message: Message) -> Node | None:
        file = message.file
        if file is None:
            return None
        return {
            "name": file.name,
            "size": file.size,
            "url": f"/playground/api/files/{file.id}?as={self._viewer.id}",
        }

    def _replies(self, message: Message) -> Node | None:
        replies = message.replies
        if replies is None:
            return None
        return {
            "count": replies.replies,
            "people": list(replies.people),
            "last_at": replies.last_at.isoformat(),
        }

    def shown(self, shown: Shown) -> Node:
        """What came of something that the viewer did."""
        return {
            "said": self.message(shown.said) if shown.said else None,
            "answer": self.message(shown.answer) if shown.answer else None,
            "form": render.form(shown.form, self._viewer.reader) if shown.form else None,
        }


def person(shown: Person) -> Node:
    return {
        "id": shown.id,
        "name": shown.name,
        "lang": shown.lang,
        "zone": shown.zone,
        "admin": shown.is_admin,
    }


def state(town: Town, viewer: Person | None, now: datetime) -> Node:
    """Everything but the messages. Without a viewer there is nobody yet, and nothing to see."""
    return {
        "town": town.id,
        "me": viewer and viewer.id,
        "people": [person(each) for each in town.people.everybody()],
        "channels": View(town, viewer).channels() if viewer else [],
        "emoji": EMOJI,
        "now": now.isoformat(),
    }
