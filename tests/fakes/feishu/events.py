"""Envelopes, who gets them, and how often they are tried again."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.feishu.chats import Chat, Message
from tests.fakes.feishu.org import App, User
from tests.fakes.feishu.webhook import Webhook, request

if TYPE_CHECKING:
    from tests.fakes.feishu.server import FakeFeishu

#: Seconds between one failed push and the next.
LADDER = (15.0, 300.0, 3600.0, 21600.0)
IN_TIME = 3.0
#: What the person's client shows when a callback fails (documented for card callbacks).
NOT_CONFIGURED, TOO_LATE, NOT_200, BAD_ANSWER, BAD_CARD = 200340, 200341, 200671, 200672, 200673


@dataclass(eq=False)
class Event:
    """An event on its way to one app."""

    app: App
    type: str
    payload: dict[str, Any]
    #: When it was tried, and whether that was acknowledged in time.
    tries: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.payload.get("header", self.payload).get("event_id", ""))

    @property
    def is_acked(self) -> bool:
        return any(acked for _, acked in self.tries)

    @property
    def is_given_up(self) -> bool:
        return not self.is_acked and len(self.tries) > len(LADDER)


class Events:
    """Sends events, with the ladder of second tries, and callbacks, without."""

    def __init__(self, feishu: FakeFeishu) -> None:
        self._feishu = feishu
        self.webhook = Webhook(feishu.clock)
        #: Everything that was sent, or would have been.
        self.log: list[Event] = []
        #: The payloads of all callbacks; `call` makes one again, which Feishu never does.
        self.callbacks: list[dict[str, Any]] = []
        self._pushing: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        """How many pushes wait for their ack."""
        return len(self._pushing)

    def of(self, kind: str, app: App | None = None) -> list[Event]:
        """The events of one type."""
        return [e for e in self.log if e.type == kind and (app is None or e.app is app)]

    def envelope(self, app: App, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        header = {
            "event_id": secrets.token_hex(16),
            "event_type": kind,
            "create_time": self._feishu.clock.ms(),
            "token": app.verification_token,
            "app_id": app.id,
            "tenant_key": app.tenant.key,
        }
        return {"schema": "2.0", "header": header, "event": body}

    def send(self, app: App, kind: str, body: dict[str, Any]) -> None:
        """Send an event, if the app subscribed to it."""
        if kind in app.events:
            self._start(Event(app, kind, self.envelope(app, kind, body)))

    def send_v1(self, app: App, kind: str, body: dict[str, Any]) -> None:
        """Send an event of the old format, if the app subscribed to it."""
        if kind in app.events:
            payload = {
                "uuid": secrets.token_hex(16),
                "token": app.verification_token,
                "ts": str(self._feishu.clock.now()),
                "type": "event_callback",
                "event": {"app_id": app.id, "tenant_key": app.tenant.key, "type": kind, **body},
            }
            self._start(Event(app, kind, payload))

    def repeat(self, event: Event, *, new_id: bool = False) -> None:
        """Deliver once more; a message may come again under another event_id."""
        payload = json.loads(json.dumps(event.payload))
        if new_id:
            payload["header"]["event_id"] = secrets.token_hex(16)
        self._start(Event(event.app, event.type, payload))

    def _start(self, event: Event) -> None:
        self.log.append(event)
        for _ in range(self._feishu.faults.copies):
            self._spawn(event, self._feishu.clock.now())

    def _spawn(self, event: Event, due: float) -> None:
        task = asyncio.create_task(self._try(event, due))
        self._pushing.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._pushing.discard(task)
        self._feishu.stir()
        if not task.cancelled() and task.exception():
            self._feishu.troubles.append(repr(task.exception()))

    async def _try(self, event: Event, due: float) -> None:
        acked = await self._push(event.app, event.payload)
        event.tries.append((due, acked))
        if not event.is_acked and len(event.tries) <= len(LADDER):
            again = due + LADDER[len(event.tries) - 1]
            self._feishu.clock.at(again, lambda: self._spawn(event, again))

    async def _push(self, app: App, payload: dict[str, Any]) -> bool:
        if app.event_url:
            body, headers = request(app, payload, self._feishu.clock.now())
            answer = await self.webhook.post(app.event_url, body, headers, IN_TIME)
            return answer is not None and answer[0] == 200
        sockets = self._feishu.sockets.of(app)
        if not sockets:
            return False
        ack = await self._feishu.sockets.push(self._feishu.chance.choice(sockets), payload, IN_TIME)
        return ack is not None and ack.code == 200

    async def call(self, app: App, payload: dict[str, Any]) -> tuple[int, Any]:
        """Make a callback: (0, the answer) or (what the client shows as an error, None)."""
        self.callbacks.append(payload)
        if not app.takes_callbacks:
            return NOT_CONFIGURED, None
        if app.card_url:
            body, headers = request(app, payload, self._feishu.clock.now())
            answer = await self.webhook.post(app.card_url, body, headers, IN_TIME)
            return (TOO_LATE, None) if answer is None else _parsed(*answer)
        sockets = self._feishu.sockets.of(app)
        if not sockets:
            return NOT_CONFIGURED, None
        ack = await self._feishu.sockets.push(self._feishu.chance.choice(sockets), payload, IN_TIME)
        if ack is None:
            return TOO_LATE, None
        return (0, ack.data or {}) if ack.code == 200 else (NOT_200, None)

    async def close(self) -> None:
        for task in list(self._pushing):
            task.cancel()
        await asyncio.gather(*self._pushing, return_exceptions=True)
        await self.webhook.close()

    # What happened in chats, as the bots that are in them hear of it.

    def in_chat(self, chat: Chat, kind: str, who: User | None, **more: Any) -> None:
        """Tell every bot of the chat; `who` did it, None for a bot."""
        for app in list(chat.bots):
            self.send(app, kind, self._about(chat, app, who) | more)

    def chat_changed(
        self, chat: Chat, who: User | None, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """Name, description or settings are others now; the event has no name of its own."""
        for app in list(chat.bots):
            about = self._about(chat, app, who)
            del about["name"], about["i18n_names"]
            changes = {"before_change": before, "after_change": after}
            self.send(app, "im.chat.updated_v1", about | changes)

    def bot_moved(self, chat: Chat, app: App, kind: str, who: User | None) -> None:
        """A bot came or went: only that bot hears of it."""
        self.send(app, f"im.chat.member.bot.{kind}_v1", self._about(chat, app, who))

    def users_moved(self, chat: Chat, users: Iterable[User], kind: str, who: User | None) -> None:
        """People came (added), were removed (deleted) or had their coming undone (withdrawn)."""
        for app in list(chat.bots):
            listed = [
                {"name": user.name, "tenant_key": user.tenant.key, "user_id": user.ids(app)}
                for user in users
            ]
            about = self._about(chat, app, who)
            self.send(app, f"im.chat.member.user.{kind}_v1", about | {"users": listed})

    def _about(self, chat: Chat, app: App, who: User | None) -> dict[str, Any]:
        return {
            "chat_id": chat.id,
            "operator_id": who.ids(app) if who else app.ids(),
            "external": chat.is_external,
            "operator_tenant_key": (who or app).tenant.key,
            "name": chat.name,
            "i18n_names": {"zh_cn": chat.name, "en_us": chat.name, "ja_jp": chat.name},
        }

    def received(self, message: Message) -> None:
        """A person wrote: bots hear all of a direct conversation, of a group what mentions them."""
        assert isinstance(message.sender, User)
        for app in message.chat.bots:
            mentioned = any(mention.who is app for mention in message.mentions)
            if message.chat.mode == "p2p" or mentioned or app.may("im:message.group_msg"):
                self.send(app, "im.message.receive_v1", message_event(message, app))


def message_event(message: Message, app: App) -> dict[str, Any]:
    """The body of im.message.receive_v1."""
    sender = message.sender
    assert isinstance(sender, User)
    told: dict[str, Any] = {
        "message_id": message.id,
        **message.ids(),
        "create_time": message.created,
        "update_time": message.updated or message.created,
        "chat_id": message.chat.id,
        "chat_type": message.chat.mode,
        "message_type": message.msg_type,
        "content": message.content,
        "user_agent": "Mozilla/5.0 Lark/7.70.0",
    }
    if message.mentions:
        told["mentions"] = [mention.in_event(app) for mention in message.mentions]
    return {
        "sender": {
            "sender_id": sender.ids(app),
            "sender_type": "user",
            "tenant_key": sender.tenant.key,
        },
        "message": told,
    }


def _parsed(status: int, body: bytes) -> tuple[int, Any]:
    if status != 200:
        return NOT_200, None
    if not body:
        return 0, {}
    try:
        answer = json.loads(body)
    except ValueError:
        return BAD_ANSWER, None
    return (0, answer) if isinstance(answer, dict) else (BAD_ANSWER, None)
