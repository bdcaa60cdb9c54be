"""What stands fixed above a chat: pins, the top notice, tabs."""

from __future__ import annotations

import secrets
from typing import Any

from tests.fakes.feishu.chats import Chat, Pin
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.wire import Answer, Call, api

MOST_TABS = 20
_TAB_TYPES = ("doc", "url")


@api("POST", "im/v1/pins")
async def pin(call: Call) -> Answer:
    message = call.message_of(call.text("message_id", 230001))
    for each in message.chat.pins:
        if each.message is message:
            return {"pin": each.shown(call.app)}
    made = Pin(message, call.app, call.feishu.clock.ms())
    message.chat.pins.append(made)
    call.feishu.stir()
    return {"pin": made.shown(call.app)}


@api("DELETE", "im/v1/pins/{message_id}")
async def unpin(call: Call) -> Answer:
    message = call.message()
    message.chat.pins = [each for each in message.chat.pins if each.message is not message]
    call.feishu.stir()
    return {}


@api("GET", "im/v1/pins")
async def pins(call: Call) -> Answer:
    chat = call.chat_of(call.query.get("chat_id", ""), 230001, inside=230002)
    return call.page([each.shown(call.app) for each in reversed(chat.pins)], 20, 50)


@api("POST", "im/v1/chats/{chat_id}/top_notice/put_top_notice")
async def put_top_notice(call: Call) -> Answer:
    chat = call.chat()
    notices = call.body.get("chat_top_notice")
    if not isinstance(notices, list) or len(notices) != 1:
        raise Refusal(232001, "chat_top_notice must hold one notice")
    if str(notices[0].get("action_type")) == "1":
        message = call.message_of(str(notices[0].get("message_id")))
        if message.chat is not chat:
            raise Refusal(232001, "the message is in another chat")
        chat.top_notice = message
    call.feishu.stir()
    return {}


@api("POST", "im/v1/chats/{chat_id}/top_notice/delete_top_notice")
async def delete_top_notice(call: Call) -> Answer:
    call.chat().top_notice = None
    return {}


@api("POST", "im/v1/chats/{chat_id}/chat_tabs", msg="ok")
async def add_tabs(call: Call) -> Answer:
    chat = call.chat()
    new = _tabs(call)
    if len(chat.tabs) + len(new) > MOST_TABS:
        raise Refusal(232001, f"more than {MOST_TABS} tabs")
    chat.tabs += [each | {"tab_id": str(7 * 10**18 + secrets.randbelow(10**17))} for each in new]
    return _listed(call, chat)


@api("POST", "im/v1/chats/{chat_id}/chat_tabs/update_tabs", msg="ok")
async def update_tabs(call: Call) -> Answer:
    chat = call.chat()
    changed = {each.get("tab_id"): each for each in _tabs(call)}
    if not set(changed) <= {each["tab_id"] for each in chat.tabs}:
        raise Refusal(232001, "unknown tab_id")
    chat.tabs = [each | changed.get(each["tab_id"], {}) for each in chat.tabs]
    return _listed(call, chat)


@api("DELETE", "im/v1/chats/{chat_id}/chat_tabs/delete_tabs", msg="ok")
async def delete_tabs(call: Call) -> Answer:
    chat = call.chat()
    gone = call.texts("tab_ids", 232001)
    chat.tabs = [each for each in chat.tabs if each["tab_id"] not in gone]
    return _listed(call, chat)


@api("GET", "im/v1/chats/{chat_id}/chat_tabs/list_tabs", msg="ok")
async def list_tabs(call: Call) -> Answer:
    return _listed(call, call.chat())


def _tabs(call: Call) -> list[dict[str, Any]]:
    tabs = call.body.get("chat_tabs")
    if not isinstance(tabs, list) or not tabs:
        raise Refusal(232001, "chat_tabs is required")
    for tab in tabs:
        kind = tab.get("tab_type")
        if kind not in _TAB_TYPES or not tab.get("tab_content", {}).get(kind):
            raise Refusal(232001, "only doc and url tabs can be made, with their address")
        if not tab.get("tab_name") or len(tab["tab_name"].encode()) > 30:
            raise Refusal(232001, "tab_name must have 1 to 30 bytes")
    return tabs


def _listed(call: Call, chat: Chat) -> dict[str, Any]:
    call.feishu.stir()
    first = {"tab_id": "7101214603622940633", "tab_type": "message"}
    return {"chat_tabs": [first, *chat.tabs]}
