"""Calls: one effect of Muster's, done in the town."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from adapters.playground.messages import Where
from adapters.playground.render import plain_message
from adapters.playground.town import Town
from bot.core.effects import (
    Address,
    Archive,
    Bookmark,
    CreateChannel,
    Describe,
    DirectMessage,
    Effect,
    Invite,
    Pin,
    PostCard,
    PublishHome,
    Quoted,
    ReadMessage,
    Receipt,
    RedrawCard,
    Remove,
    SendFile,
    Tell,
    UpdateCard,
    Urgent,
    User,
)
from bot.core.errors import Permanent
from bot.core.text import Reader


def perform(effect: Effect, town: Town, now: datetime) -> Receipt:  # noqa: C901, PLR0911, PLR0912  one each
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
            direct = channels.direct(to.user).id
            return Receipt(messages.post(Where(direct), card, now).id, channel=direct)
        case Tell(to, user, card):
            return Receipt(messages.post(_alone(town, to, user), card, now).id)
        case ReadMessage(to, message):
            return Receipt(message, quoted=_quoted(town, message))
        case Archive(to):
            channels.archive(to.channel)
            return Receipt(to.channel)
        case Bookmark(to):
            return Receipt(to.channel)  # what it leads to stands in the channel anyway
        case PublishHome(to):
            return Receipt(to.user)  # nobody has a page here: `/muster home` shows it
        case Urgent():
            raise Permanent("not_supported")
        case RedrawCard() | SendFile():
            # The worker makes an UpdateCard of the one, and the other goes to `send_file`.
            raise TypeError(type(effect).__name__)
        case _:
            assert_never(effect)


def _alone(town: Town, to: Address, user: str) -> Where:
    """Where somebody is told something alone: there, else in their direct conversation."""
    found = town.channels.get(to.channel)
    if found.archived or not town.channels.can_see(user, found.id):
        return Where(town.channels.direct(user).id)
    return Where(found.id, to.thread, user)


def _quoted(town: Town, message: str) -> Quoted:
    found = town.messages.get(message)
    names = town.people.names()
    text = plain_message(found, Reader(), names)
    return Quoted(found.channel, message, found.author, text, found.at, thread=found.thread)


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
