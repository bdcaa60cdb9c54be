"""Reactions of bots; those of people are in people.py."""

from __future__ import annotations

import secrets

from tests.fakes.feishu.chats import Reaction
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.wire import Answer, Call, api


@api("POST", "im/v1/messages/{message_id}/reactions")
async def create(call: Call) -> Answer:
    message = call.message()
    emoji = call.body.get("reaction_type", {}).get("emoji_type")
    if not emoji:
        raise Refusal(231001)
    made = Reaction(secrets.token_urlsafe(16), call.app, emoji, call.feishu.clock.ms())
    message.reactions.append(made)
    call.feishu.stir()
    return made.shown(call.app)


@api("GET", "im/v1/messages/{message_id}/reactions")
async def list_reactions(call: Call) -> Answer:
    wanted = call.query.get("reaction_type")
    message = call.message()
    found = [r.shown(call.app) for r in message.reactions if wanted in {None, r.emoji}]
    return call.page(found, 20, 50)


@api("DELETE", "im/v1/messages/{message_id}/reactions/{reaction_id}")
async def delete(call: Call) -> Answer:
    message = call.message()
    for reaction in message.reactions:
        if reaction.id == call.path["reaction_id"]:
            if reaction.who is not call.app:
                raise Refusal(231007)
            message.reactions.remove(reaction)
            call.feishu.stir()
            return reaction.shown(call.app)
    raise Refusal(231003)
