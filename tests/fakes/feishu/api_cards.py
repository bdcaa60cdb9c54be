"""Cards beyond messages: updates after a press, cards for one person, card entities."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.feishu import cards
from tests.fakes.feishu.api_messages import post, redraw
from tests.fakes.feishu.chats import Message
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.org import App, User
from tests.fakes.feishu.wire import Answer, Call, api

TOKEN_LIFE, TOKEN_USES = 30 * 60.0, 2
ENTITY_LIFE = 14 * 86400.0


@dataclass(eq=False)
class CardToken:
    """What a press gives the app for updating the card later."""

    app: App
    message: Message
    who: User
    until: float
    is_acked: bool = False
    uses: int = 0


@dataclass(eq=False)
class CardEntity:
    """A card of its own (CardKit), not yet or already in a message."""

    app: App
    content: str
    made: float
    is_sent: bool = False
    sequence: int = 0
    id: str = field(default_factory=lambda: str(7 * 10**18 + secrets.randbelow(10**17)))


@api("POST", "interactive/v1/card/update", msg="ok")
async def update(call: Call) -> Answer:
    # Which codes it gives for a spent token is not documented; these stand for "invalid".
    token = call.feishu.card_tokens.get(call.text("token", 230001))
    if token is None or token.app is not call.app:
        raise Refusal(230001, "invalid token")
    if token.until < call.feishu.clock.now():
        raise Refusal(230001, "token has expired")
    if not token.is_acked:
        raise Refusal(230001, "the callback has not been answered yet")
    if token.uses >= TOKEN_USES:
        raise Refusal(230001, "token has been used up")
    card = call.body.get("card")
    if not isinstance(card, dict):
        raise Refusal(230001, "card is required")
    content = json.dumps({k: v for k, v in card.items() if k != "open_ids"}, ensure_ascii=False)
    cards.check(content, entities=False)
    token.uses += 1
    redraw(call.feishu, token.message, content)
    return {}


@api("POST", "ephemeral/v1/send", msg="ok")
async def ephemeral(call: Call) -> Answer:
    chat = call.chat_of(call.text("chat_id", 230001), 230001, inside=230002)
    kinds = ("open_id", "user_id", "email")
    kind = next((each for each in kinds if call.body.get(each)), None)
    if kind is None:
        raise Refusal(230001, "who is to see it?")
    if kind == "email":
        user = next((u for u in call.tenant.users if u.email == call.body[kind]), None)
    else:
        user = call.tenant.find(call.body[kind], call.app, kind)
    if user is None or user not in chat.members:
        raise Refusal(230001, "the user is not in the chat")
    if chat.settings["group_message_type"] == "thread" or chat.mode != "group":
        raise Refusal(230018)
    if call.body.get("msg_type") != "interactive":
        raise Refusal(230001, "msg_type must be interactive")
    content = json.dumps(call.body.get("card"), ensure_ascii=False)
    cards.check(content, entities=False)
    message = post(call.feishu, chat, call.app, "interactive", content)
    message.only_for = user
    return {"message_id": message.id}


@api("POST", "ephemeral/v1/delete", msg="ok")
async def ephemeral_delete(call: Call) -> Answer:
    message = call.message_of(call.text("message_id", 230001))
    if message.only_for is None or message.sender is not call.app:
        raise Refusal(230001, "not an ephemeral message")
    message.is_deleted = True
    return web.json_response({"code": 0, "msg": "ok"})


@api("POST", "cardkit/v1/cards")
async def create_entity(call: Call) -> Answer:
    if call.body.get("type") not in {"card_json", "template"}:
        raise Refusal(99992402, "type must be card_json or template")
    content = call.text("data")
    if call.body["type"] == "card_json":
        cards.check(content, entities=False)
    made = CardEntity(call.app, content, call.feishu.clock.now())
    call.feishu.card_entities[made.id] = made
    return {"card_id": made.id}


@api("PUT", "cardkit/v1/cards/{card_id}")
async def update_entity(call: Call) -> Answer:
    entity = call.feishu.card_entities.get(call.path["card_id"])
    if entity is None or entity.app is not call.app:
        raise Refusal(200860)
    if call.feishu.clock.now() - entity.made > ENTITY_LIFE:
        raise Refusal(200860, "older than 14 days")
    sequence = call.body.get("sequence")
    if not isinstance(sequence, int) or sequence <= entity.sequence:
        raise Refusal(300317)
    content = str(call.body.get("card", {}).get("data", ""))
    cards.check(content, entities=False)
    entity.sequence, entity.content = sequence, content
    call.feishu.stir()
    return {}


def resolved(entities: dict[str, CardEntity], message: Message) -> dict[str, Any] | None:
    """The card that a message shows, an entity looked up."""
    card = message.card
    if card and card.get("type") == "card" and "data" in card:
        entity = entities[card["data"]["card_id"]]
        loaded: dict[str, Any] = json.loads(entity.content)
        return loaded
    return card
