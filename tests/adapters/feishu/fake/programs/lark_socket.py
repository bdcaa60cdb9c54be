"""Listens with lark-oapi's ws.Client and answers presses with a toast and a card."""

from __future__ import annotations

import sys
from typing import Any

import lark_oapi as lark
from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse


def heard(_: Any) -> None:
    """Being acknowledged is all that the test looks at."""


def pressed(data: Any) -> Any:
    element = {"tag": "markdown", "content": "已加入"}
    card = {"schema": "2.0", "body": {"elements": [element]}}
    toast = {"type": "info", "content": f"收到 {data.event.action.value}"}
    return P2CardActionTriggerResponse({"toast": toast, "card": {"type": "raw", "data": card}})


domain, app_id, secret = sys.argv[1:]
handler = (
    lark.EventDispatcherHandler.builder("", "")
    .register_p2_im_message_receive_v1(heard)
    .register_p2_application_bot_menu_v6(heard)
    .register_p2_card_action_trigger(pressed)
    .build()
)
lark.ws.Client(app_id, secret, domain=domain, event_handler=handler).start()
