"""People as tests speak of them."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.feishu.api_chats import change, dissolve
from tests.fakes.feishu.api_members import drop_bot
from tests.fakes.feishu.api_messages import direct, post
from tests.fakes.feishu.callbacks import press
from tests.fakes.feishu.chats import Chat, Mention, Message, Pin, Reaction
from tests.fakes.feishu.filling import action_key, form_with, pressed, sent
from tests.fakes.feishu.mentions import keyed, rich
from tests.fakes.feishu.org import App, User
from tests.fakes.feishu.reading import Button, Reading
from tests.fakes.feishu.seen import Pressed, Seen

if TYPE_CHECKING:
    from tests.fakes.feishu.server import FakeFeishu


@dataclass(frozen=True)
class Person:
    """Somebody at their Feishu."""

    feishu: FakeFeishu
    user: User

    @property
    def name(self) -> str:
        return self.user.name

    def open_id(self, app: App) -> str:
        return self.user.open_id(app)

    def app_of(self, chat: Chat) -> App:
        """The bot of the chat; the first, where there are several."""
        if chat.bots:
            return chat.bots[0]
        return next(app for app in self.feishu.apps.values() if app.tenant is self.user.tenant)

    def reading(self, card: dict[str, Any], message: Message) -> Reading:
        author = message.sender if isinstance(message.sender, App) else self.app_of(message.chat)
        return Reading(card, self.user.lang, author, self.user.tenant.users)

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    async def writes(
        self,
        text: str,
        chat: Chat,
        *,
        to: Seen | Message | None = None,
        in_thread: bool = False,
        as_post: bool = False,
    ) -> Message:
        """Write; `@name` of a member or a bot of the chat becomes a mention of them.

        With `to` it is a reply; with `in_thread` that reply opens (or continues) a topic.
        """
        assert not chat.dissolved, f"{chat.name} is dissolved"
        assert self.user in chat.members, f"{self.name} is not in {chat.name}"
        mentions: list[Mention] = []
        if as_post:
            pieces = rich(text, chat, mentions)
            content, msg_type = json.dumps(pieces, ensure_ascii=False), "post"
        else:
            text = keyed(text, chat, mentions)
            content, msg_type = json.dumps({"text": text}, ensure_ascii=False), "text"
        parent = to.message if isinstance(to, Seen) else to
        message = post(
            self.feishu, chat, self.user, msg_type, content,
            parent=parent, in_thread=in_thread, mentions=mentions,
        )  # fmt: skip
        self.feishu.events.received(message)
        return message

    def direct(self, app: App | None = None) -> Chat:
        """Their conversation with the bot; made if need be."""
        if app is None:
            app = next(a for a in self.feishu.apps.values() if a.tenant is self.user.tenant)
        return direct(self.feishu, self.user, app)

    async def dm(self, text: str, app: App | None = None, **rest: Any) -> Message:
        """Write to the bot alone."""
        return await self.writes(text, self.direct(app), **rest)

    async def recalls(self, message: Message) -> None:
        """Take back one's own message."""
        message.is_deleted = True
        for app in message.chat.bots:
            body = {
                "message_id": message.id,
                "chat_id": message.chat.id,
                "recall_time": self.feishu.clock.ms(),
                "recall_type": "message_owner",
            }
            self.feishu.events.send(app, "im.message.recalled_v1", body)

    # ── seeing ───────────────────────────────────────────────────────────────────────────────

    def sees(self, chat: Chat | None = None) -> list[Seen]:
        """The messages of a chat (of the direct one with the bot, without) that they may see."""
        chat = chat or self.direct()
        return [
            Seen(message, self)
            for message in chat.messages
            if message.only_for in {None, self.user} and not message.is_deleted
        ]

    def finds(self, *texts: str, chat: Chat | None = None) -> Seen | None:
        """The newest message from a bot that says all of it; for `feishu.until`."""
        for seen in reversed(self.sees(chat)):
            if isinstance(seen.message.sender, App) and all(text in seen.words for text in texts):
                return seen
        return None

    async def expects(self, *texts: str, chat: Chat | None = None, within: float = 10.0) -> Seen:
        """Wait for that message."""
        found = await self.feishu.until(lambda: self.finds(*texts, chat=chat), within)
        assert isinstance(found, Seen)
        return found

    async def reads(self, chat: Chat) -> None:
        """Open the chat: everything of the bots in it is read, buzzes are silenced."""
        now = self.feishu.clock.ms()
        for message in chat.messages:
            for urgent in message.urgents:
                urgent.is_read = urgent.is_read or urgent.who is self.user
            if isinstance(message.sender, App) and self.user not in message.reads:
                message.reads[self.user] = now
                if chat.mode == "p2p":
                    app = message.sender
                    reader = {"reader_id": self.user.ids(app), "read_time": now,
                              "tenant_key": self.user.tenant.key}  # fmt: skip
                    body = {"reader": reader, "message_id_list": [message.id]}
                    self.feishu.events.send(app, "im.message.message_read_v1", body)

    # ── pressing ─────────────────────────────────────────────────────────────────────────────

    async def presses(
        self, label: str, message: Seen | Message, *, host: str = "im_message"
    ) -> Pressed:
        """Press the button with that label; one that sends a form sends it as it stands."""
        seen = self._seen(message)
        for button in seen.reading.buttons:
            if button.label == label:
                assert not button.element.get("disabled"), f"{label!r} is disabled"
                assert button.calls_back, f"{label!r} only leads to {button.url!r}"
                if button.form:
                    return await self.fills(seen, {}, submit=label)
                return await press(self.feishu, self.user, seen.message, pressed(button), host)
        raise AssertionError(f"no button {label!r} among {seen.buttons}")

    async def picks(self, label: str, value: Any, message: Seen | Message) -> Pressed:
        """Choose something outside a form: a select, a picker, an input."""
        seen = self._seen(message)
        for each in seen.reading.inputs:
            if label in {each.label, each.name}:
                chosen = sent(each, value, seen.message)
                key = action_key(each.tag)
                action = {"tag": each.tag, "name": each.name, key: chosen,
                          "value": Button("", each.element).value}  # fmt: skip
                return await press(self.feishu, self.user, seen.message, action, "im_message")
        raise AssertionError(f"nothing to pick called {label!r}")

    async def fills(
        self, message: Seen | Message, values: dict[str, Any], *, submit: str | None = None
    ) -> Pressed:
        """Fill in a form by its labels (or names) and send it.

        A select takes what is shown or what is sent, a person picker a Person, a date picker
        "2026-12-24", the multiple kinds a list. What is left alone keeps its default.
        """
        seen = self._seen(message)
        form = form_with(seen.reading.forms, submit)
        given = {form.input(label).name: value for label, value in values.items()}
        form_value: dict[str, Any] = {}
        for each in form.inputs:
            value = given.get(each.name, each.default)
            if value is None or value in ("", []):
                assert not each.is_required, f"{each.label} is required"
                if each.tag == "input":
                    form_value[each.name] = ""
                continue
            form_value[each.name] = sent(each, value, seen.message)
        button = next(b for b in form.submits if submit in {None, b.label})
        action = pressed(button) | {"form_value": form_value}
        return await press(self.feishu, self.user, seen.message, action, "im_message")

    def _seen(self, message: Seen | Message) -> Seen:
        message = message.message if isinstance(message, Seen) else message
        assert not message.is_deleted, "the message is gone"
        assert message.only_for in {None, self.user}, f"{self.name} cannot see it"
        assert self.user in message.chat.members, f"{self.name} is not in {message.chat.name}"
        return Seen(message, self)

    # ── reacting ─────────────────────────────────────────────────────────────────────────────

    async def reacts(self, emoji: str, message: Seen | Message) -> None:
        """Put an emoji ("Pin", "OK", "DONE"…) on a message."""
        message = message.message if isinstance(message, Seen) else message
        now = self.feishu.clock.ms()
        message.reactions.append(Reaction(secrets.token_urlsafe(16), self.user, emoji, now))
        self._reacted(emoji, message, "created")

    async def unreacts(self, emoji: str, message: Seen | Message) -> None:
        message = message.message if isinstance(message, Seen) else message
        found = next(r for r in message.reactions if r.emoji == emoji and r.who is self.user)
        message.reactions.remove(found)
        self._reacted(emoji, message, "deleted")

    def _reacted(self, emoji: str, message: Message, kind: str) -> None:
        for app in message.chat.bots:
            body = {
                "message_id": message.id,
                "reaction_type": {"emoji_type": emoji},
                "operator_type": "user",
                "user_id": self.user.ids(app),
                "action_time": self.feishu.clock.ms(),
            }
            self.feishu.events.send(app, f"im.message.reaction.{kind}_v1", body)

    async def pins(self, message: Seen | Message) -> None:
        """Pin a message by the client's own menu; bots hear nothing of it."""
        message = message.message if isinstance(message, Seen) else message
        message.chat.pins.append(Pin(message, self.user, self.feishu.clock.ms()))

    # ── the bot's menu and window ────────────────────────────────────────────────────────────

    async def menu(self, event_key: str, app: App | None = None) -> None:
        """Choose an entry of the bot's menu."""
        app = app or self.direct().bots[0]
        operator = {"operator_name": self.name, "operator_id": self.user.ids(app)}
        now = int(self.feishu.clock.now())
        body = {"operator": operator, "event_key": event_key, "timestamp": now}
        self.feishu.events.send(app, "application.bot.menu_v6", body)

    async def enters_dm(self, app: App | None = None) -> Chat:
        """Open the conversation with the bot."""
        chat = self.direct(app)
        last = chat.messages[-1] if chat.messages else None
        body: dict[str, Any] = {
            "chat_id": chat.id,
            "operator_id": self.user.ids(chat.bots[0]),
            "last_message_id": last.id if last else "",
            "last_message_create_time": last.created if last else "",
        }
        kind = "im.chat.access_event.bot_p2p_chat_entered_v1"
        self.feishu.events.send(chat.bots[0], kind, body)
        return chat

    async def mutes(self, app: App) -> None:
        """Stop receiving messages from the bot."""
        app.muted_by.add(self.user)

    # ── coming and going ─────────────────────────────────────────────────────────────────────

    async def joins(self, chat: Chat) -> None:
        """Come in by a link or a search."""
        chat.members.append(self.user)
        self.feishu.events.users_moved(chat, [self.user], "added", self.user)

    async def leaves(self, chat: Chat) -> None:
        chat.members.remove(self.user)
        self.feishu.events.users_moved(chat, [self.user], "deleted", self.user)

    async def adds(self, other: Person, chat: Chat) -> None:
        chat.members.append(other.user)
        self.feishu.events.users_moved(chat, [other.user], "added", self.user)

    async def removes(self, other: Person, chat: Chat) -> None:
        chat.members.remove(other.user)
        self.feishu.events.users_moved(chat, [other.user], "deleted", self.user)

    async def withdraws(self, other: Person, chat: Chat) -> None:
        """Undo having added somebody."""
        chat.members.remove(other.user)
        self.feishu.events.users_moved(chat, [other.user], "withdrawn", self.user)

    async def adds_bot(self, app: App, chat: Chat) -> None:
        chat.bots.append(app)
        self.feishu.events.bot_moved(chat, app, "added", self.user)

    async def removes_bot(self, app: App, chat: Chat) -> None:
        drop_bot(self.feishu, chat, app, self.user)

    async def renames(self, chat: Chat, name: str) -> None:
        change(self.feishu, chat, self.user, {"name": name})

    async def dissolves(self, chat: Chat) -> None:
        dissolve(self.feishu, chat, self.user)

    # ── at work ──────────────────────────────────────────────────────────────────────────────

    async def becomes(self, **changed: Any) -> None:
        """Change one's record (name, email, leader, is_resigned…); apps are told."""
        old = dict.fromkeys(changed)
        for key, value in changed.items():
            old[key] = getattr(self.user, key)
            setattr(self.user, key, value.user if isinstance(value, Person) else value)
        kind = "deleted" if changed.get("is_resigned") else "updated"
        for app in self.feishu.apps.values():
            if app.tenant is self.user.tenant and app.reaches(self.user):
                before = {"open_id": self.user.open_id(app)}
                before |= {k: v for k, v in old.items() if isinstance(v, str)}
                body = {"object": self.user.in_event(app), "old_object": before}
                self.feishu.events.send(app, f"contact.user.{kind}_v3", body)
