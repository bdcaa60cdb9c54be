"""Messages: sent, replied, patched, edited."""

from __future__ import annotations

import json
import re
import uuid as uuids
from typing import Any

from tests.fakes.feishu import cards
from tests.fakes.feishu.chats import Chat, Mention, Message
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.org import App, User
from tests.fakes.feishu.wire import Answer, Call, api

#: uuid idempotency of messages holds for an hour.
ONCE = 3600.0
PATCHABLE = 14 * 86400.0
TEXT_BYTES, POST_BYTES = 150 * 1024, 30 * 1024
PER_SECOND = 5
_TYPES = frozenset(
    [
        "text",
        "post",
        "image",
        "file",
        "audio",
        "media",
        "sticker",
        "interactive",
        "share_chat",
        "share_user",
    ]
)
_AT = re.compile(r"<at\s+user_id\s*=\s*\"([^\"]+)\"[^>]*>.*?</at>")
_PLAIN_NUMBER = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|[\w.]+@[\w-]+\.[\w.]+")


@api("POST", "im/v1/messages")
async def create(call: Call) -> Answer:
    return _once(call, lambda: _send(call, _receiver(call), None, in_thread=False))


@api("POST", "im/v1/messages/{message_id}/reply")
async def reply(call: Call) -> Answer:
    parent = call.message()
    in_thread = bool(call.body.get("reply_in_thread"))
    return _once(call, lambda: _send(call, parent.chat, parent, in_thread=in_thread))


def _once(call: Call, send: Any) -> dict[str, Any]:
    """Send, or answer what the same uuid has already sent."""
    uuid = call.body.get("uuid") or ""
    if len(uuid) > 50:
        raise Refusal(230001, "uuid is too long")
    key = (call.app.id, "message", uuid)
    until, made = call.feishu.once.get(key, (0.0, None))
    if uuid and made and until > call.feishu.clock.now():
        return dict(made.shown(call.app))
    message: Message = send()
    message.uuid = uuid
    if uuid:
        call.feishu.once[key] = (call.feishu.clock.now() + ONCE, message)
    return message.shown(call.app)


def _receiver(call: Call) -> Chat:
    kind = call.query.get("receive_id_type")
    receive_id = call.text("receive_id", 230001)
    if kind == "chat_id":
        return call.chat_of(receive_id, 230001, inside=230002)
    if kind == "email":
        found = next((u for u in call.tenant.users if u.email == receive_id), None)
        if found is None:
            raise Refusal(230001, "invalid receive_id")
    elif kind in {"open_id", "user_id", "union_id"}:
        found = call.user(receive_id, kind)
    else:
        raise Refusal(99992402, "receive_id_type is required")
    if not call.app.reaches(found) or found.is_resigned:
        raise Refusal(230013)
    if found in call.app.muted_by:
        raise Refusal(230053)
    return direct(call.feishu, found, call.app)


def direct(feishu: Any, user: User, app: App) -> Chat:
    """The conversation of those two; made if it is not there yet."""
    for chat in feishu.chats.values():
        if chat.mode == "p2p" and chat.members == [user] and chat.bots == [app]:
            return chat  # type: ignore[no-any-return]
    made = Chat(user.tenant, "p2p", members=[user], bots=[app])
    feishu.chats[made.id] = made
    feishu.events.send_v1(
        app, "p2p_chat_create", {"chat_id": made.id, "user": {"open_id": user.open_id(app)}}
    )
    return made


def _send(call: Call, chat: Chat, parent: Message | None, *, in_thread: bool) -> Message:
    _allowed(call, chat)
    msg_type = call.text("msg_type", 230001)
    content = call.text("content", 230001)
    _fits(call, msg_type, content)
    _paced(call, chat)
    mentions: list[Mention] = []
    if msg_type == "text":
        content = _mentioned(call, content, mentions)
    if msg_type == "file":
        key = json.loads(content)["file_key"]
        named = {"file_key": key, "file_name": call.feishu.files[key].name}
        content = json.dumps(named, ensure_ascii=False)
    return post(
        call.feishu, chat, call.app, msg_type, content,
        parent=parent, in_thread=in_thread, mentions=mentions,
    )  # fmt: skip


def post(
    feishu: Any,
    chat: Chat,
    sender: User | App,
    msg_type: str,
    content: str,
    *,
    parent: Message | None = None,
    in_thread: bool = False,
    mentions: list[Mention] | None = None,
) -> Message:
    """Put a message into a chat; a reply to one that is in a thread stays in that thread."""
    message = Message(
        chat, sender, msg_type, content, feishu.clock.now(), feishu.clock.ms(),
        mentions=mentions or [],
    )  # fmt: skip
    if parent:
        message.parent = parent
        message.root = parent.root or parent
        if in_thread and not parent.thread_id:
            message.root.thread_id = message.root.thread_id or "omt_" + uuids.uuid4().hex[:12]
        message.thread_id = parent.thread_id or (message.root.thread_id if in_thread else "")
    chat.messages.append(message)
    feishu.messages[message.id] = message
    feishu.stir()
    return message


def _allowed(call: Call, chat: Chat) -> None:
    app = call.app
    if not app.has_bot:
        raise Refusal(230006)
    if chat.dissolved:
        raise Refusal(232009)
    if app not in chat.bots:
        raise Refusal(230002)
    if chat.mode == "p2p":
        [user] = chat.members
        if not app.reaches(user) or user.is_resigned:
            raise Refusal(230013)
        if user in app.muted_by:
            raise Refusal(230053)
    elif chat.settings["moderation_permission"] != "all_members" and not chat.bosses(app):
        raise Refusal(230018)


def _paced(call: Call, chat: Chat) -> None:
    """5 a second to a person, and 5 a second to a group from all its bots together."""
    if not call.feishu.limits.passes(("chat", chat.id), PER_SECOND):
        raise Refusal(230020, headers={"x-ogw-ratelimit-reset": "1"})


def _fits(call: Call, msg_type: str, content: str) -> None:
    """What is wrong with a content, if anything is."""
    if msg_type not in _TYPES:
        raise Refusal(230001, f"invalid msg_type {msg_type}")
    if msg_type == "interactive":
        _card(call, content)
    elif len(content.encode()) > (POST_BYTES if msg_type == "post" else TEXT_BYTES):
        raise Refusal(230025)
    try:
        loaded = json.loads(content)
    except ValueError:
        raise Refusal(230001, "content is not a string in json format") from None
    if not isinstance(loaded, dict):
        raise Refusal(230001, "content must be an object")
    needed = {"text": "text", "file": "file_key", "image": "image_key"}.get(msg_type)
    if needed and not loaded.get(needed):
        raise Refusal(230001, f"content has no {needed}")
    if msg_type in {"file", "image"}:
        stored = call.feishu.files.get(loaded[str(needed)])
        if stored is None:
            raise Refusal(230001, f"invalid {needed}")
        if stored.app is not call.app:
            raise Refusal(230017)
    _audited(call, content)


def _card(call: Call, content: str) -> None:
    card = cards.check(content)
    if card.get("type") == "card":
        entity = call.feishu.card_entities.get(str(card["data"].get("card_id", "")))
        if entity is None or entity.app is not call.app:
            raise Refusal(230099, "ErrCode: 200860; ErrMsg: card entity does not exist")
        if entity.is_sent:
            raise Refusal(230099, "ErrCode: 200861; ErrMsg: card entity was already sent")
        entity.is_sent = True


def _audited(call: Call, content: str) -> None:
    # However the text is escaped: people read what it stands for.
    content = json.dumps(json.loads(content), ensure_ascii=False)
    if any(word in content for word in call.tenant.sensitive):
        raise Refusal(230022)
    if call.tenant.has_dlp and _PLAIN_NUMBER.search(content):
        raise Refusal(230028)


def _mentioned(call: Call, content: str, mentions: list[Mention]) -> str:
    """The text with its <at> tags turned into keys, as Feishu keeps it."""
    text = str(json.loads(content)["text"])

    def key(found: re.Match[str]) -> str:
        if found[1] == "all":
            return "@_all"
        user = call.tenant.find(found[1], call.app)
        if user is None:
            return found[0]
        mentions.append(Mention(f"@_user_{len(mentions) + 1}", user))
        return mentions[-1].key

    return json.dumps({"text": _AT.sub(key, text)}, ensure_ascii=False)


@api("PATCH", "im/v1/messages/{message_id}")
async def patch(call: Call) -> Answer:
    message = own(call)
    if message.msg_type != "interactive":
        raise Refusal(230001, "NOT a card")
    content = call.text("content", 230001)
    cards.check(content, entities=False)
    _audited(call, content)
    if not (_is_shared(message.content) and _is_shared(content)):
        raise Refusal(230099, "ErrCode: 200810; ErrMsg: update_multi must be true on both sides")
    _still_editable(call, message)
    redraw(call.feishu, message, content)
    return {}


def redraw(feishu: Any, message: Message, content: str) -> None:
    """Put new content into a card."""
    message.content = content
    message.updated = feishu.clock.ms()
    message.is_updated = True
    message.patches += 1
    feishu.stir()


def _is_shared(content: str) -> bool:
    card = json.loads(content)
    default = card.get("schema") == "2.0" or card.get("type") == "card"
    return bool(card.get("config", {}).get("update_multi", default))


@api("PUT", "im/v1/messages/{message_id}")
async def update(call: Call) -> Answer:
    message = own(call)
    if message.msg_type not in {"text", "post"}:
        raise Refusal(230001, "only text and post can be edited; use patch for cards")
    msg_type, content = call.text("msg_type", 230001), call.text("content", 230001)
    if msg_type not in {"text", "post"}:
        raise Refusal(230001, "msg_type must be text or post")
    _fits(call, msg_type, content)
    _still_editable(call, message)
    message.mentions = []
    if msg_type == "text":
        content = _mentioned(call, content, message.mentions)
    message.msg_type = msg_type
    redraw(call.feishu, message, content)
    return message.shown(call.app)


def own(call: Call) -> Message:
    message = call.message()
    if message.sender is not call.app:
        raise Refusal(230012)
    return message


def _still_editable(call: Call, message: Message) -> None:
    if call.feishu.clock.now() - message.sent > PATCHABLE:
        raise Refusal(230031)
    if not call.feishu.limits.passes(("patch", message.id), PER_SECOND):
        raise Refusal(230020, headers={"x-ogw-ratelimit-reset": "1"})
