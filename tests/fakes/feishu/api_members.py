"""Who is in a group."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.fakes.feishu.chats import Chat
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.org import App, User
from tests.fakes.feishu.wire import Answer, Call, api

MOST_USERS, MOST_BOTS, BOTS_IN_CHAT = 50, 5, 15
_KINDS = ("open_id", "user_id", "union_id", "app_id")


@api("POST", "im/v1/chats/{chat_id}/members")
async def add(call: Call) -> Answer:
    chat = call.chat()
    if chat.is_busy:
        raise Refusal(232019)
    chat.is_busy = True
    try:
        await asyncio.sleep(call.feishu.joining_takes)
        return _added(call, chat)
    finally:
        chat.is_busy = False


def _added(call: Call, chat: Chat) -> dict[str, Any]:
    kind = _kind(call)
    ids = call.texts("id_list", 232001)
    if not ids or len(ids) > (MOST_BOTS if kind == "app_id" else MOST_USERS):
        raise Refusal(232001, "id_list has the wrong length")
    if chat.settings["add_member_permission"] == "only_owner" and not chat.bosses(call.app):
        raise Refusal(232014)
    if kind == "app_id":
        return _bots_added(call, chat, ids)
    fine, invalid, unknown = _sorted(call, ids, kind)
    succeed = call.query.get("succeed_type", "0")
    if succeed == "2" and (invalid or unknown):
        raise Refusal(232043, f"{invalid + unknown}")
    if succeed == "0":
        _all_or_nothing(call, invalid, unknown, kind)
    if not fine and succeed == "0":
        raise Refusal(232027)
    needs_approval = chat.settings[
        "membership_approval"
    ] == "approval_required" and not chat.bosses(call.app)
    pending = [user.id(call.app, kind) for user in fine] if needs_approval else []
    new = [user for user in fine if user not in chat.members and not pending]
    chat.members += new
    if new:
        call.feishu.events.users_moved(chat, new, "added", None)
    return {
        "invalid_id_list": invalid,
        "not_existed_id_list": unknown,
        "pending_approval_id_list": pending,
    }


def _all_or_nothing(call: Call, invalid: list[str], unknown: list[str], kind: str) -> None:
    """The default: unknown or invisible people fail the call; those who left are only listed."""
    if unknown:
        raise Refusal(232001, f"invalid ids {unknown}")
    for each in invalid:
        user = call.tenant.find(each, call.app, kind)
        if user and not user.is_resigned:
            raise Refusal(232024)


def _sorted(call: Call, ids: list[str], kind: str) -> tuple[list[User], list[str], list[str]]:
    """Those who can come, those who cannot, and those who do not exist."""
    fine: list[User] = []
    invalid, unknown = [], []
    for each in ids:
        user = call.tenant.find(each, call.app, kind)
        if user is None:
            unknown.append(each)
        elif user.is_resigned or not call.app.reaches(user):
            invalid.append(each)
        else:
            fine.append(user)
    return fine, invalid, unknown


def _bots_added(call: Call, chat: Chat, ids: list[str]) -> dict[str, Any]:
    invalid, unknown = [], []
    for each in ids:
        app = call.feishu.apps.get(each)
        if app is None or app.tenant is not call.tenant:
            unknown.append(each)
        elif not app.has_bot or (app not in chat.bots and len(chat.bots) >= BOTS_IN_CHAT):
            invalid.append(each)
        elif app not in chat.bots:
            chat.bots.append(app)
            call.feishu.events.bot_moved(chat, app, "added", None)
    return {
        "invalid_id_list": invalid,
        "not_existed_id_list": unknown,
        "pending_approval_id_list": [],
    }


def _kind(call: Call) -> str:
    kind = call.query.get("member_id_type", "open_id")
    if kind not in _KINDS:
        raise Refusal(232001, f"member_id_type {kind}")
    return kind


@api("DELETE", "im/v1/chats/{chat_id}/members")
async def remove(call: Call) -> Answer:
    chat = call.chat()
    kind = _kind(call)
    ids = call.texts("id_list", 232001)
    own = kind == "app_id" and ids == [call.app.id]
    if not chat.bosses(call.app) and not own:
        raise Refusal(232017)
    if kind == "app_id":
        leaving = [app for app in chat.bots if app.id in ids]
        for app in leaving:
            drop_bot(call.feishu, chat, app, None)
        return {"invalid_id_list": [each for each in ids if each not in {a.id for a in leaving}]}
    fine, invalid, unknown = _sorted(call, ids, kind)
    gone = [user for user in fine if user in chat.members]
    chat.members = [user for user in chat.members if user not in gone]
    if gone:
        call.feishu.events.users_moved(chat, gone, "deleted", None)
    return {"invalid_id_list": invalid + unknown}


def drop_bot(feishu: Any, chat: Chat, app: App, who: User | None) -> None:
    """Take a bot out of a group; it is told."""
    chat.bots.remove(app)
    feishu.events.bot_moved(chat, app, "deleted", who)


@api("GET", "im/v1/chats/{chat_id}/members")
async def members(call: Call) -> Answer:
    chat = call.chat()
    kind = _kind(call)
    # Bots are not listed, whatever one asks.
    items = [
        {
            "member_id_type": kind,
            "member_id": user.id(call.app, kind),
            "name": user.name,
            "tenant_key": user.tenant.key,
        }
        for user in chat.members
    ]
    return call.page(items) | {"member_total": len(chat.members)}


@api("GET", "im/v1/chats/{chat_id}/members/is_in_chat")
async def is_in_chat(call: Call) -> Answer:
    chat = call.chat(inside=None)
    return {"is_in_chat": call.app in chat.bots}


@api("PATCH", "im/v1/chats/{chat_id}/members/me_join")
async def me_join(call: Call) -> Answer:
    chat = call.chat(inside=None)
    if chat.settings["chat_type"] != "public":
        raise Refusal(232014)
    if call.app not in chat.bots:
        chat.bots.append(call.app)
    return {}
