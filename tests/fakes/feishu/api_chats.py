"""Groups: made, changed, dissolved."""

from __future__ import annotations

from typing import Any

from tests.fakes.feishu.chats import Chat
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.org import App, User
from tests.fakes.feishu.wire import Answer, Call, api

#: uuid idempotency of groups holds for ten hours.
ONCE = 10 * 3600.0
NAME_LENGTH, DESCRIPTION_LENGTH, UUID_LENGTH = 60, 100, 50
MOST_USERS, MOST_BOTS = 50, 5
_CHANGEABLE = (
    "add_member_permission", "share_card_permission", "at_all_permission", "edit_permission",
    "membership_approval", "join_message_visibility", "leave_message_visibility", "urgent_setting",
    "video_conference_setting", "hide_member_count_setting", "group_message_type", "chat_type",
)  # fmt: skip


@api("POST", "im/v1/chats")
async def create(call: Call) -> Answer:
    _bot(call.app)
    uuid = call.query.get("uuid", "")
    if len(uuid) > UUID_LENGTH:
        raise Refusal(232001, "uuid is too long")
    key = (call.app.id, "chat", uuid)
    until, made = call.feishu.once.get(key, (0.0, None))
    if uuid and made and until > call.feishu.clock.now():
        return _made(made, call)
    chat = _new(call)
    call.feishu.chats[chat.id] = chat
    if uuid:
        call.feishu.once[key] = (call.feishu.clock.now() + ONCE, chat)
    # The bot that makes the group hears nothing of it; others are told that they came in.
    for app in chat.bots:
        if app is not call.app:
            call.feishu.events.bot_moved(chat, app, "added", None)
    return _made(chat, call)


def _made(chat: Chat, call: Call) -> dict[str, Any]:
    return {"chat_id": chat.id} | chat.shown(call.app, call.user_id_type)


def _new(call: Call) -> Chat:
    body = call.body
    name, description = body.get("name", ""), body.get("description", "")
    check_lengths(name, description)
    ids, bots = body.get("user_id_list", []), body.get("bot_id_list", [])
    if len(ids) > MOST_USERS or len(bots) > MOST_BOTS:
        raise Refusal(232001, "too many members")
    users = [call.user(each) for each in ids]
    owner: User | App = call.app
    if body.get("owner_id"):
        owner = call.user(body["owner_id"])
        users = [owner, *users]
    if not all(call.app.reaches(user) for user in users):
        raise Refusal(232024)
    if any(user.is_resigned for user in users):
        raise Refusal(232043)
    chat = Chat(call.tenant, "group", name, description, owner, creator=call.app)
    chat.members = list(dict.fromkeys(users))
    chat.bots = list(dict.fromkeys([call.app, *(_bot_named(call, each) for each in bots)]))
    chat.settings |= {k: body[k] for k in _CHANGEABLE if k in body}
    return chat


def _bot_named(call: Call, app_id: str) -> App:
    app = call.feishu.apps.get(app_id)
    if app is None or app.tenant is not call.tenant:
        raise Refusal(232004, app_id)
    return app


def check_lengths(name: str, description: str) -> None:
    """The documentation's 60 and 100 characters."""
    if len(name) > NAME_LENGTH:
        raise Refusal(232001, f"name is longer than {NAME_LENGTH}")
    if len(description) > DESCRIPTION_LENGTH:
        raise Refusal(232001, f"description is longer than {DESCRIPTION_LENGTH}")


def _bot(app: App) -> None:
    if not app.has_bot:
        raise Refusal(232025)


@api("GET", "im/v1/chats")
async def list_chats(call: Call) -> Answer:
    _bot(call.app)
    groups = [
        {"chat_id": chat.id, **_brief(chat, call)}
        for chat in call.feishu.chats.values()
        if call.app in chat.bots and chat.mode == "group" and not chat.dissolved
    ]
    return call.page(groups)


def _brief(chat: Chat, call: Call) -> dict[str, Any]:
    every = chat.shown(call.app, call.user_id_type)
    names = ["avatar", "name", "description", "owner_id", "owner_id_type", "external", "tenant_key"]
    return {k: every[k] for k in names if k in every} | {"chat_status": "normal"}


@api("GET", "im/v1/chats/{chat_id}")
async def get(call: Call) -> Answer:
    # Whoever is not in an internal group still sees its outline, so being outside is no refusal.
    chat = call.feishu.chats.get(call.path["chat_id"])
    if chat is None or chat.tenant is not call.tenant:
        raise Refusal(232006, call.path["chat_id"])
    return chat.shown(call.app, call.user_id_type) | chat.status(call.app, call.user_id_type)


@api("PUT", "im/v1/chats/{chat_id}")
async def update(call: Call) -> Answer:
    chat = call.chat()
    body = call.body
    check_lengths(body.get("name", ""), body.get("description", ""))
    if not chat.bosses(call.app):
        only_name = set(body) <= {"name", "description", "avatar", "i18n_names"}
        if not only_name or chat.settings["edit_permission"] != "all_members":
            raise Refusal(232017)
    change(call.feishu, chat, None, body)
    if "owner_id" in body:
        chat.owner = call.user(body["owner_id"])
    return {}


def change(feishu: Any, chat: Chat, who: User | None, body: dict[str, Any]) -> None:
    """Change name, description or settings, and tell the bots what was and what is."""
    after = {k: body[k] for k in ("name", "description", *_CHANGEABLE) if k in body}
    before = {k: chat.settings[k] if k in chat.settings else getattr(chat, k) for k in after}
    for key, value in after.items():
        if key in chat.settings:
            chat.settings[key] = value
        else:
            setattr(chat, key, value)
    if before != after:
        feishu.events.chat_changed(chat, who, before, after)


@api("DELETE", "im/v1/chats/{chat_id}")
async def delete(call: Call) -> Answer:
    chat = call.chat()
    if not chat.bosses(call.app):
        raise Refusal(232017)
    dissolve(call.feishu, chat, None)
    return {}


def dissolve(feishu: Any, chat: Chat, who: User | None) -> None:
    """End a group and tell the bots that were in it."""
    chat.dissolved = True
    feishu.events.in_chat(chat, "im.chat.disbanded_v1", who)


@api("POST", "im/v1/chats/{chat_id}/managers/add_managers")
async def add_managers(call: Call) -> Answer:
    chat = _owned(call)
    for who in _managers(call):
        if who not in chat.managers:
            chat.managers.append(who)
    return _managers_of(chat, call)


@api("POST", "im/v1/chats/{chat_id}/managers/delete_managers")
async def delete_managers(call: Call) -> Answer:
    chat = _owned(call)
    for who in _managers(call):
        if who in chat.managers:
            chat.managers.remove(who)
    return _managers_of(chat, call)


def _owned(call: Call) -> Chat:
    chat = call.chat()
    if chat.owner is not call.app:
        raise Refusal(232017)
    return chat


def _managers(call: Call) -> list[User | App]:
    kind = call.query.get("member_id_type", "open_id")
    ids = call.texts("manager_ids", 232001)
    if kind == "app_id":
        return [_bot_named(call, each) for each in ids]
    return [call.user(each, kind) for each in ids]


def _managers_of(chat: Chat, call: Call) -> dict[str, Any]:
    kind = call.query.get("member_id_type", "open_id")
    status = chat.status(call.app, "open_id" if kind == "app_id" else kind)
    return {
        "chat_managers": status["user_manager_id_list"],
        "chat_bot_managers": status["bot_manager_id_list"],
    }
