"""Gives one webhook request to lark-oapi's EventDispatcherHandler; prints what it made of it."""

from __future__ import annotations

import json
import sys
from typing import Any

import lark_oapi as lark
from lark_oapi.core.model import RawRequest

given = json.load(sys.stdin)
seen: dict[str, Any] = {}


def received(data: Any) -> None:
    seen["message_id"] = data.event.message.message_id
    seen["mention"] = data.event.message.mentions[0].name


handler = (
    lark.EventDispatcherHandler.builder(given["key"], given["token"])
    .register_p2_im_message_receive_v1(received)
    .build()
)
request = RawRequest()
request.uri = "/feishu/events"
request.headers = given["headers"]
request.body = given["body"].encode()
answer = handler.do(request)
print(json.dumps({"status": answer.status_code, **seen}))
