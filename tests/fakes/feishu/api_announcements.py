"""Announcements of groups: the docx kind, and the legacy one."""

from __future__ import annotations

from tests.fakes.feishu.api_docs import PER_SECOND, Document, added
from tests.fakes.feishu.chats import Chat
from tests.fakes.feishu.errors import Refusal, rate_limited
from tests.fakes.feishu.org import User
from tests.fakes.feishu.wire import Answer, Call, api

PER_SECOND_APP = 5


@api("GET", "docx/v1/chats/{chat_id}/announcement")
async def get(call: Call) -> Answer:
    chat = call.chat()
    now = int(call.feishu.clock.now())
    owner = chat.owner
    answer = {
        "revision_id": _document(call, chat).revision,
        "announcement_type": "docx",
        "create_time": now,
        "update_time": now,
        "create_time_v2": str(now),
        "update_time_v2": str(now),
    }
    if isinstance(owner, User):
        kind = call.user_id_type
        answer |= {"owner_id": owner.id(call.app, kind), "owner_id_type": kind}
    return answer


@api("GET", "docx/v1/chats/{chat_id}/announcement/blocks")
async def blocks(call: Call) -> Answer:
    return call.page(_document(call, call.chat()).listed(), 500, 500)


@api("POST", "docx/v1/chats/{chat_id}/announcement/blocks/{block_id}/children")
async def add_children(call: Call) -> Answer:
    chat = call.chat()
    document = _document(call, chat)
    if not call.feishu.limits.passes(("announcement", call.app.id), PER_SECOND_APP):
        raise rate_limited()
    if not call.feishu.limits.passes(("announcement", chat.id), PER_SECOND):
        raise rate_limited(http=429)
    return added(call, document, "revision_id")


@api("DELETE", "docx/v1/chats/{chat_id}/announcement/blocks/{block_id}/children/batch_delete")
async def delete_children(call: Call) -> Answer:
    document = _document(call, call.chat())
    parent = document.blocks.get(call.path["block_id"])
    start, end = call.body.get("start_index"), call.body.get("end_index")
    if parent is None or not isinstance(start, int) or not isinstance(end, int):
        raise Refusal(1770001)
    del parent["children"][start:end]
    document.revision += 1
    return {"revision_id": document.revision, "client_token": call.query.get("client_token", "")}


def _document(call: Call, chat: Chat) -> Document:
    """The announcement's document; the root block's id is the chat's."""
    if chat.announcement is None:
        chat.announcement = Document(call.app, "", id=chat.id)
    made: Document = chat.announcement
    return made


@api("GET", "im/v1/chats/{chat_id}/announcement")
async def legacy(call: Call) -> Answer:
    chat = call.chat()
    now = str(int(call.feishu.clock.now()))
    return {
        "content": "\n".join(chat.notice),
        "revision": str(len(chat.notice)),
        "create_time": now,
        "update_time": now,
        "owner_id_type": "app_id",
        "owner_id": call.app.id,
        "modifier_id_type": "app_id",
        "modifier_id": call.app.id,
    }


@api("PATCH", "im/v1/chats/{chat_id}/announcement")
async def change_legacy(call: Call) -> Answer:
    chat = call.chat()
    if call.text("revision", 232001) != str(len(chat.notice)):
        raise Refusal(232001, "the revision is not the newest")
    chat.notice += call.texts("requests", 232001)
    return {}
