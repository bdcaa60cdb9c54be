"""加急: buzzing people about a message of one's own."""

from __future__ import annotations

from tests.fakes.feishu.chats import Urgent
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.wire import Answer, Call, api

MOST_UNREAD = 200


@api("PATCH", "im/v1/messages/{message_id}/urgent_app")
async def urgent_app(call: Call) -> Answer:
    return _buzz(call, "app")


@api("PATCH", "im/v1/messages/{message_id}/urgent_sms")
async def urgent_sms(call: Call) -> Answer:
    return _buzz(call, "sms")


@api("PATCH", "im/v1/messages/{message_id}/urgent_phone")
async def urgent_phone(call: Call) -> Answer:
    return _buzz(call, "phone")


def _buzz(call: Call, how: str) -> Answer:
    message = call.message()
    if message.sender is not call.app:
        raise Refusal(230012)
    ids = call.texts("user_id_list", 230001)
    if not 1 <= len(ids) <= MOST_UNREAD:
        raise Refusal(230001, "user_id_list has the wrong length")
    invalid, people = [], []
    for each in ids:
        user = call.tenant.find(each, call.app, call.user_id_type)
        if user is None or user not in message.chat.members:
            invalid.append(each)
        else:
            people.append(user)
    every = [u for m in call.feishu.messages.values() for u in m.urgents if not u.is_read]
    if any(sum(u.who is person for u in every) >= MOST_UNREAD for person in people):
        raise Refusal(230023)
    if how != "app":
        if call.tenant.urgent_quota < len(people):
            raise Refusal(230024)
        call.tenant.urgent_quota -= len(people)
    message.urgents += [Urgent(message, person, how) for person in people]
    call.feishu.stir()
    return {"invalid_user_id_list": invalid}
