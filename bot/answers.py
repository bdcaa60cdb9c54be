"""An answer where the platform has no way to show one at once: it leaves through the outbox."""

from __future__ import annotations

from typing import assert_never

from bot.core.chat import Card
from bot.core.effects import Address, DirectMessage, Effect, PostCard, Tell, UpdateCard, User
from bot.core.platform import Incoming, Pressed, Redraw, Reply, Say, ShowForm, Unshown
from bot.core.text import Reader


def as_effect(reply: Reply, incoming: Incoming, reader: Reader) -> Effect:
    """What shows `reply` to the sender of `incoming`, and to nobody else."""
    match reply:
        case Say(card):
            return _told(card, incoming, reader)
        case ShowForm(form):
            return _told(Card(form.title, (form,)), incoming, reader)
        case Redraw(card):
            pressed = incoming.what
            message = pressed.message if isinstance(pressed, Pressed | Unshown) else None
            if incoming.place is None or not message:
                return _told(card, incoming, reader)
            return UpdateCard(incoming.place, message, card, reader)
        case _:
            assert_never(reply)


def for_one(reply: Reply, place: Address, user: str, reader: Reader) -> Effect:
    """What shows `reply` to one person alone, in a channel in which they did not ask."""
    card = Card(reply.form.title, (reply.form,)) if isinstance(reply, ShowForm) else reply.card
    return Tell(place, user, card, reader)


def _told(card: Card, incoming: Incoming, reader: Reader) -> Effect:
    if incoming.is_direct and incoming.place is not None and incoming.place.thread:
        return PostCard(
            incoming.place, card, reader
        )  # they are alone there, and wait in the thread
    if incoming.place is None or incoming.is_direct:
        user = User(incoming.platform, incoming.workspace, incoming.sender.user)
        return DirectMessage(user, card, reader)
    return Tell(incoming.place, incoming.sender.user, card, reader)
