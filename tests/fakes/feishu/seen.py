"""What a person sees of a message, and what a press led to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.feishu.api_cards import resolved
from tests.fakes.feishu.chats import Message
from tests.fakes.feishu.reading import Form, Reading, words

if TYPE_CHECKING:
    from tests.fakes.feishu.people import Person


@dataclass(frozen=True)
class Seen:
    """A message as one person sees it."""

    message: Message
    person: Person

    @property
    def id(self) -> str:
        return self.message.id

    @property
    def words(self) -> str:
        """Everything that can be read in it, in their language."""
        if card := self._card:
            return self.person.reading(card, self.message).words
        return words(self.message, self.person.user.lang, self.person.app_of(self.message.chat))

    @property
    def _card(self) -> dict[str, Any] | None:
        return resolved(self.person.feishu.card_entities, self.message)

    @property
    def card(self) -> dict[str, Any]:
        """The card's JSON as it stands now."""
        assert self._card is not None, f"no card, but {self.message.msg_type}: {self.words}"
        return self._card

    @property
    def reading(self) -> Reading:
        return self.person.reading(self.card, self.message)

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [button.label for button in self.reading.buttons] if self._card else []

    @property
    def links(self) -> dict[str, str]:
        """Where its buttons lead, by label."""
        return {b.label: b.url for b in self.reading.buttons if b.url} if self._card else {}

    @property
    def file(self) -> bytes:
        """What is in the file that it brings."""
        key = json.loads(self.message.content)["file_key"]
        return self.person.feishu.files[key].data

    @property
    def form(self) -> Form:
        """Its one form."""
        [only] = self.reading.forms
        return only

    @property
    def is_pinned(self) -> bool:
        return self.message in self.message.chat.pinned

    @property
    def urgents(self) -> list[str]:
        """How this buzzed them: app, sms, phone."""
        return [u.how for u in self.message.urgents if u.who is self.person.user]


@dataclass(frozen=True)
class Pressed:
    """What a press led to at once."""

    #: In the person's language; None if nothing popped up.
    toast: str | None = None
    toast_type: str | None = None
    #: The card that came back, if one did.
    card: dict[str, Any] | None = None
    #: What the client shows when the callback failed (200340, 200341, 200671…).
    error: int | None = None
    #: For a later update of the card.
    token: str = ""
    answer: Any = field(default=None, repr=False)
