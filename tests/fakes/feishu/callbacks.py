"""A press on a card: the callback that it makes and what the client does with the answer."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from tests.fakes.feishu import cards
from tests.fakes.feishu.api_cards import TOKEN_LIFE, CardToken
from tests.fakes.feishu.api_messages import redraw
from tests.fakes.feishu.chats import Message
from tests.fakes.feishu.clock import TIMEZONE
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.events import BAD_ANSWER, BAD_CARD
from tests.fakes.feishu.org import App, User
from tests.fakes.feishu.seen import Pressed

if TYPE_CHECKING:
    from tests.fakes.feishu.server import FakeFeishu

TOASTS = ("info", "success", "error", "warning")


async def press(
    feishu: FakeFeishu, user: User, message: Message, action: dict[str, Any], host: str
) -> Pressed:
    """Make the callback (once: callbacks are never repeated) and show what came back."""
    app = message.sender
    assert isinstance(app, App), "only apps' cards can be pressed"
    if feishu.faults.string_values and not isinstance(action.get("value"), str):
        action["value"] = json.dumps(action.get("value"), ensure_ascii=False)
    token = CardToken(app, message, user, feishu.clock.now() + TOKEN_LIFE)
    name = "c-" + secrets.token_hex(20)
    feishu.card_tokens[name] = token
    body = {
        "operator": user.ids(app) | {"tenant_key": user.tenant.key},
        "token": name,
        "action": {"timezone": TIMEZONE} | action,
        "host": host,
        "context": {"open_message_id": message.id, "open_chat_id": message.chat.id},
    }
    payload = feishu.events.envelope(app, "card.action.trigger", body)
    # Callbacks count in microseconds, unlike events.
    payload["header"]["create_time"] += "000"
    error, answer = await feishu.events.call(app, payload)
    token.is_acked = not error
    if error:
        return Pressed(error=error, token=name, answer=answer)
    return _shown(feishu, user, message, answer, name)


def _shown(feishu: FakeFeishu, user: User, message: Message, answer: Any, token: str) -> Pressed:
    if not isinstance(answer, dict) or not set(answer) <= {"toast", "card"}:
        return Pressed(error=BAD_ANSWER, token=token, answer=answer)
    card, toast = answer.get("card"), answer.get("toast")
    error = _drawn(feishu, message, card) if card else None
    if error := error or _toast_error(toast):
        return Pressed(error=error, token=token, answer=answer)
    said, kind = None, None
    if toast:
        said = toast.get("i18n", {}).get(user.lang) or toast.get("content")
        kind = toast.get("type", "info")
    return Pressed(said, kind, card["data"] if card else None, None, token, answer)


def _toast_error(toast: Any) -> int | None:
    if not toast:
        return None
    fine = (
        isinstance(toast, dict)
        and set(toast) <= {"type", "content", "i18n"}
        and toast.get("type", "info") in TOASTS
        and (toast.get("content") or toast.get("i18n"))
    )
    return None if fine else BAD_ANSWER


def _drawn(feishu: FakeFeishu, message: Message, card: Any) -> int | None:
    """Put the card that came back in the place of the old one, or say why not."""
    if not isinstance(card, dict) or card.get("type") != "raw" or not card.get("data"):
        return BAD_ANSWER
    content = json.dumps(card["data"], ensure_ascii=False)
    try:
        cards.check(content, entities=False)
    except Refusal as refusal:
        feishu.troubles.append(f"the card that a press brought: {refusal}")
        return BAD_CARD
    redraw(feishu, message, content)
    return None
