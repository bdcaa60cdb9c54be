"""Messages that are there: looked up, listed, recalled, and who has read them."""

from __future__ import annotations

from tests.fakes.feishu.api_messages import own
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.wire import Answer, Call, api

READABLE = 7 * 86400.0


@api("GET", "im/v1/messages/{message_id}")
async def get(call: Call) -> Answer:
    return {"items": [call.message().shown(call.app)]}


@api("GET", "im/v1/messages")
async def history(call: Call) -> Answer:
    container = call.query.get("container_id", "")
    if call.query.get("container_id_type") == "thread":
        found = [m for m in call.feishu.messages.values() if m.thread_id == container]
        if not found or call.app not in found[0].chat.bots:
            raise Refusal(230002)
    else:
        chat = call.chat_of(container, 230001, inside=230002)
        found = [m for m in chat.messages if not m.only_for]
        if chat.mode == "group" and not call.app.may("im:message.group_msg"):
            raise Refusal(230027)
    start, end = call.whole("start_time", 0), call.whole("end_time", 1 << 40)
    found = [m for m in found if start <= m.sent <= end]
    if call.query.get("sort_type") == "ByCreateTimeDesc":
        found.reverse()
    return call.page([m.shown(call.app) for m in found], 20, 50)


@api("DELETE", "im/v1/messages/{message_id}")
async def recall(call: Call) -> Answer:
    message = call.message()
    if message.sender is not call.app and not message.chat.bosses(call.app):
        raise Refusal(230012)
    message.is_deleted = True
    call.feishu.stir()
    return {}


@api("GET", "im/v1/messages/{message_id}/read_users")
async def read_users(call: Call) -> Answer:
    message = own(call)
    if call.feishu.clock.now() - message.sent > READABLE:
        raise Refusal(230001, "Get the reading status must be done within 7 days")
    kind = call.user_id_type
    items = [
        {
            "user_id_type": kind,
            "user_id": user.id(call.app, kind),
            "timestamp": at,
            "tenant_key": user.tenant.key,
        }
        for user, at in message.reads.items()
    ]
    return call.page(items)
