"""Calls: one effect of Muster's, done in the town."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from adapters.playground.messages import Where
from adapters.playground.town import Town
from bot.core.effects import (
    Address,
    CreateChannel,
    Describe,
    DirectMessage,
    Effect,
    Invite,
    Pin,
    PostCard,
    Receipt,
    RedrawCard,
    Remove,
    SendFile,
    UpdateCard,
    User,
)
from bot.core.errors import Permanent


def perform(effect: Effect, town: Town, now: datetime) -> Receipt:  # noqa: PLR0911  one each
    """Do it. Raises `Permanent` with Slack's word for why not; then nothing has happened."""
    channels, messages = town.channels, town.messages
    match effect:
        case CreateChannel():
            made = channels.create(
                effect.name, effect.title, topic=effect.topic, private=effect.private
            )
            return Receipt(made.id, made.name)
        case Invite(to, users):
            return Receipt(to.channel, refused=channels.invite(to.channel, users))
        case Remove(to, user):
            channels.remove(to.channel, user)
            return Receipt(to.channel)
        case Describe(to, title, topic):
            channels.describe(to.channel, title, topic)
            return Receipt(to.channel)
        case PostCard(to, card):
            return Receipt(messages.post(Where(to.channel, to.thread), card, now).id)
        case UpdateCard(to, message, card):
            _check_open(town, to, message)
            return Receipt(messages.redraw(message, card).id)
        case Pin(to, message):
            _check_open(town, to, message)
            return Receipt(messages.pin(message).id)
        case DirectMessage(to, card):
            return Receipt(messages.post(Where(channels.direct(to.user).id), card, now).id)
        case RedrawCard() | SendFile():
            # The worker makes an UpdateCard of the one, and the other goes to `send_file`.
            raise TypeError(type(effect).__name__)
        case _:
            assert_never(effect)


def _check_open(town: Town, to: Address, message: str) -> None:
    if town.messages.get(message).channel != to.channel:
        raise Permanent("message_not_found")
    if town.channels.get(to.channel).archived:
        raise Permanent("is_archived")


def send_file(effect: SendFile, content: bytes, town: Town, now: datetime) -> Receipt:
    """Show a file with its note, and keep its content. As `perform`."""
    match effect.to:
        case Address(channel=channel, thread=thread):
            where = Where(channel, thread)
        case User(user=user):
            where = Where(town.channels.direct(user).id)
        case _:
            assert_never(effect.to)
    return Receipt(town.messages.post_file(where, effect.filename, content, effect.note, now).id)
