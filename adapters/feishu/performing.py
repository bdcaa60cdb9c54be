"""What Muster does in Feishu: one effect, one or a few calls, never twice.

Every send carries a `uuid` made of the effect's key (one hour; groups: ten hours), so what is tried
again after a doubt answers as the first time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, assert_never

import structlog

from adapters.feishu import render
from adapters.feishu.api import chats, messages
from adapters.feishu.client import FeishuClient, part
from adapters.feishu.errors import Rejected
from adapters.feishu.files import Files
from adapters.feishu.keys import uuid_of
from adapters.feishu.parse import quoted
from adapters.feishu.texts import LOCALES, home
from bot.core.chat import Card, Form
from bot.core.effects import (
    Address,
    Archive,
    Bookmark,
    CreateChannel,
    Describe,
    DirectMessage,
    Effect,
    Invite,
    Pin,
    PostCard,
    PublishHome,
    ReadMessage,
    Receipt,
    RedrawCard,
    Remove,
    SendFile,
    Tell,
    UpdateCard,
    Urgent,
)
from bot.core.errors import Permanent
from bot.core.text import Reader

log = structlog.get_logger(__name__)
#: A card can no longer be changed: too old, or changed too often.
_FIXED = {"too_old", "too_many_edits"}
#: Characters of a message that continues a card; 150 KB are allowed.
_CONTINUED = 30_000


#: What must be known of somebody to be shown something: seconds that asking may take.
_ASKING = 1.5


class Society(Protocol):
    """Who can be chosen in a form."""

    async def candidates(self, chat: str, user: str, patience: float) -> tuple[str, ...]:
        """The open_ids that `user` may want to choose; `chat` "" for a direct conversation."""


class Places(Protocol):
    """Remembers what kind of conversation a chat is."""

    def note(self, chat: str, *, is_direct: bool) -> None:
        """What an answer said in passing."""

    def note_topics(self, chat: str) -> None:
        """A group is made of topics."""

    def has_topics(self, chat: str) -> bool:
        """Whether that is known of it."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Where a world's documents are read, and where its chats are opened."""

    documents: str = "https://www.feishu.cn"
    applink: str = "https://applink.feishu.cn"


class Performer:
    """Does Muster's effects with one app."""

    def __init__(
        self, client: FeishuClient, society: Society, places: Places, sites: Sites
    ) -> None:
        self._client = self.client = client
        self._society = society
        self._places = places
        self._documents_at = sites.documents
        self._applink = self.applink = sites.applink
        self._files = Files(client, documents_at=sites.documents, applink=sites.applink)

    async def perform(self, effect: Effect, key: str) -> Receipt:  # noqa: C901, PLR0911, PLR0912  one each
        """Do it. Raises Temporary or Permanent."""
        client = self._client
        match effect:
            case CreateChannel():
                return await self._create(effect, key)
            case Invite(to, users):
                added = await chats.add_members(client, to.channel, users)
                waiting = dict.fromkeys(added.pending, "approval_pending")
                return Receipt(to.channel, refused={**waiting, **added.refused})
            case Remove(to, user):
                await chats.remove_members(client, to.channel, (user,))
                return Receipt(to.channel)
            case Describe(to, title, topic):
                await self._describe(to.channel, title, topic)
                return Receipt(to.channel)
            case PostCard(to, card, reader):
                return await self._post(to, card, reader, key)
            case UpdateCard():
                return await self._update(effect, key)
            case Pin(_, message):
                await messages.pin(client, message)
                return Receipt(message)
            case DirectMessage(to, card, reader):
                drawn = await self._for_one(card, to.user, reader, {"direct": True})
                return await self._to_person(to.user, drawn, key)
            case Tell(to, user, card, reader):
                return await self._tell(to, user, card, reader, key)
            case ReadMessage(_, message):
                found = await messages.get(client, message)
                if found is None:
                    raise Permanent("message_not_found")
                return Receipt(message, quoted=quoted(found))
            case Archive(to):
                return Receipt(to.channel)  # there is no archive: the group stays, and can be read
            case Bookmark(to, title, url):
                await self._bookmark(to.channel, title, url)
                return Receipt(to.channel)
            case Urgent(_, message, users, how):
                return Receipt(message, refused=await self._buzz(message, users, how))
            case PublishHome():
                raise Permanent("not_supported")
            case RedrawCard() | SendFile():
                raise TypeError(type(effect).__name__)  # the worker makes others of these
            case _:
                assert_never(effect)

    async def _create(self, effect: CreateChannel, key: str) -> Receipt:
        made = await chats.create(
            self._client,
            effect.title[: chats.LONGEST_NAME],
            uuid=uuid_of(key),
            description=effect.topic[: chats.LONGEST_DESCRIPTION],
            private=effect.private,
        )
        return Receipt(str(made["chat_id"]), str(made.get("name") or effect.title))

    async def _describe(self, chat: str, title: str, topic: str) -> None:
        await chats.describe(
            self._client,
            chat,
            name=title[: chats.LONGEST_NAME],
            description=topic[: chats.LONGEST_DESCRIPTION],
        )

    async def form_of_their_own(
        self, form: Form, user: str, reader: Reader, to: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A form as a card for one person; `to` is where it was asked for, and comes back."""
        chat = "" if to.get("direct") else str(to.get("chat") or "")
        people = await self._society.candidates(chat, user, _ASKING)
        return render.form(form, reader, {**to, "own": True}, people=people, cancel=True)

    async def _for_one(
        self, card: Card, user: str, reader: Reader, to: Mapping[str, Any], *, alone: bool = False
    ) -> render.Drawn:
        """A card for one person; one that is only a form becomes a form of their own.

        `alone`: in a group, where it knows one language.
        """
        match card.blocks:
            case (Form() as form,):
                drawn = await self.form_of_their_own(form, user, reader, to)
                return render.Drawn(in_one_language(drawn, reader) if alone else drawn)
            case _:
                return render.card(card, reader, applink=self._applink, alone=alone)

    async def _post(self, to: Address, card: Card, reader: Reader, key: str) -> Receipt:
        drawn = render.card(card, reader, applink=self._applink)
        uuid = uuid_of(key)
        if to.thread:
            sent = await messages.reply(
                self._client,
                to.thread,
                "interactive",
                drawn.json,
                uuid=uuid,
                chat=to.channel,
                in_thread=True,
            )
        else:
            sent = await messages.send(
                self._client, to.channel, "interactive", drawn.json, uuid=uuid
            )
        message = str(sent["message_id"])
        await self._continue(message, to.channel, drawn.overflow, key)
        return Receipt(message)

    async def follow(self, message: str, chat: str, rest: str) -> None:
        """Post what did not fit into a redrawn card."""
        await self._continue(message, chat, rest, f"{message} {rest}")

    async def _continue(self, message: str, chat: str | None, rest: str, key: str) -> None:
        """What did not fit into a card, in its thread."""
        for position in range(0, len(rest), _CONTINUED):
            # A person named in it was told by the card.
            text = {"text": rest[position : position + _CONTINUED].replace("<at", "<\u200bat")}
            uuid = uuid_of(key, f"rest {position}")
            await messages.reply(
                self._client, message, "text", text, uuid=uuid, chat=chat, in_thread=True
            )

    async def _to_person(self, user: str, drawn: render.Drawn, key: str) -> Receipt:
        sent = await messages.send(
            self._client, user, "interactive", drawn.json, uuid=uuid_of(key), id_type="open_id"
        )
        chat = str(sent.get("chat_id") or "")
        self._places.note(chat, is_direct=True)
        message = str(sent["message_id"])
        await self._continue(message, None, drawn.overflow, key)
        return Receipt(message, channel=chat)

    async def _tell(self, to: Address, user: str, card: Card, reader: Reader, key: str) -> Receipt:
        """To one person in a group: only they see it there; where that fails, in private.

        What only one person sees (ephemeral/v1) cannot stand in a thread, is not continued, and
        knows no `i18n_content`; it is documented for groups that are not made of topics.
        """
        place = {"chat": to.channel, "thread": to.thread}
        if not to.thread and not self._places.has_topics(to.channel):
            drawn = await self._for_one(card, user, reader, place, alone=True)
            if not drawn.overflow and (shown := await self._show(to.channel, user, drawn.json)):
                return Receipt(shown)
        drawn = await self._for_one(card, user, reader, place)
        return await self._to_person(user, drawn, key)

    async def _show(self, chat: str, user: str, card: dict[str, Any]) -> str:
        """Show a card to one person in a group; "" where that cannot be."""
        try:
            return await messages.show_only_to(self._client, chat, user, card)
        except Rejected as rejected:
            log.info("feishu.not_shown_in_group", code=rejected.code)
            if rejected.code == "not_allowed_here":
                self._places.note_topics(chat)
            return ""

    async def _update(self, effect: UpdateCard, key: str) -> Receipt:
        """Redraw a card; one that can be changed no more is posted anew, and pinned if it was."""
        drawn = render.card(effect.card, effect.reader, applink=self._applink)
        try:
            await messages.patch(self._client, effect.message, drawn.json)
        except Rejected as rejected:
            if rejected.code not in _FIXED:
                raise
            posted = await self._post(effect.to, effect.card, effect.reader, key)
            if await self._is_pinned(effect.to.channel, effect.message):
                await messages.pin(self._client, posted.id)
                await messages.unpin(self._client, effect.message)
            return posted
        return Receipt(effect.message)

    async def _is_pinned(self, chat: str, message: str) -> bool:
        query = {"chat_id": chat, "page_size": 50}
        pins = await messages.pages(self._client, "/open-apis/im/v1/pins", query)
        return any(each.get("message_id") == message for each in pins)

    async def _bookmark(self, chat: str, title: str, url: str) -> None:
        """A tab of the group: changed where there is one of that name, else added."""
        is_document = url.startswith(self._documents_at)
        kind = "doc" if is_document else "url"
        there = [
            each for each in await chats.tabs(self._client, chat) if each.get("tab_name") == title
        ]
        if not there:
            await chats.add_tab(self._client, chat, title, url, doc=is_document)
            return
        tab = {
            "tab_id": there[0]["tab_id"],
            "tab_name": title,
            "tab_type": kind,
            "tab_content": {kind: url},
        }
        path = f"{chats.CHATS}/{part(chat)}/chat_tabs/update_tabs"
        await self._client.call("POST", path, body={"chat_tabs": [tab]})

    async def _buzz(self, message: str, users: tuple[str, ...], how: str) -> dict[str, str]:
        if how == "app":
            refused = await messages.buzz(self._client, message, users)
        else:
            data = await self._client.call(
                "PATCH",
                f"{messages.MESSAGES}/{part(message)}/urgent_{how}",
                query={"user_id_type": "open_id"},
                body={"user_id_list": list(users)},
            )
            refused = tuple(data.get("invalid_user_id_list") or ())
        return dict.fromkeys(refused, "not_buzzed")

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """Deliver a file. As `perform`."""
        return await self._files.send(effect, key, content)


def in_one_language(card: Any, reader: Reader) -> Any:
    """JSON of a card with every text in the language of `reader` alone."""
    match card:
        case dict():
            spoken = card.get("i18n_content")
            own = {k: in_one_language(v, reader) for k, v in card.items() if k != "i18n_content"}
            if isinstance(spoken, Mapping):
                own["content"] = spoken.get(LOCALES[home(reader.lang)], card.get("content"))
            return own
        case list():
            return [in_one_language(each, reader) for each in card]
        case _:
            return card
