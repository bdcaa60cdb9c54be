"""Answering a click: with a toast, with the card redrawn, with a form; or with a card that follows.

What takes the place of a card, or flashes up, goes back with the callback itself. What is for one
person's eyes alone is a card of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from adapters.feishu import render
from adapters.feishu.api import messages
from adapters.feishu.callbacks import Reply, toast
from adapters.feishu.parse import PLATFORM, Click
from adapters.feishu.performing import Performer, in_one_language
from bot.core.chat import Card, Form, Tone, line
from bot.core.effects import DirectMessage, Tell, User
from bot.core.platform import Answer, Incoming, Redraw, Say, ShowForm
from bot.core.text import Reader, t

_Json = dict[str, Any]


class Shown:
    """Shows one app's answers."""

    def __init__(
        self,
        app: str,
        performer: Performer,
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """`later` does work beside the answer."""
        self._app = app
        self._performer = performer
        self._later = later

    async def answer(self, click: Click, answer: Answer) -> Reply:
        """What answers the callback."""
        reader = answer.reader
        match answer.reply:
            case None if click.is_form and click.is_own:
                return self._instead(click, line(t("Done."), Tone.GOOD), reader)
            case None:
                # What was done may show somewhere else, or only later.
                return Reply(toast(t("Done."), "success"))
            case Say(card, is_refusal):
                return self._said(click, card, reader, is_refusal=is_refusal)
            case Redraw(card):
                return self._instead(click, card, reader)
            case ShowForm(form):
                return await self._asked(click, form, reader)

    def given_up(self, click: Click) -> Reply:
        """A form was given up."""
        return self._instead(click, line(t("Never mind.")), Reader("both"))

    async def late(self, click: Click, reply: Reply) -> None:
        """An answer that Feishu no longer waited for: redraw the card with the token, or tell."""
        card = (reply.body.get("card") or {}).get("data")
        if card:
            await messages.redraw_pressed(self._performer.client, click.token, card)
        elif reply.told is not None:
            await self.tell(click.incoming, reply.told, reply.reader)

    async def tell(
        self,
        incoming: Incoming,
        card: Card,
        reader: Reader = Reader("both"),  # noqa: B008  a constant
        *,
        in_private: bool = False,
    ) -> None:
        """Show a card to whoever did it, and to nobody else. Raises Temporary or Permanent."""
        user, place = incoming.sender.user, incoming.place
        told: Tell | DirectMessage = DirectMessage(User(PLATFORM, self._app, user), card, reader)
        if place is not None and not incoming.is_direct and not in_private:
            told = Tell(place, user, card, reader)
        await self._performer.perform(told, f"answer {incoming.delivery}")

    def _said(self, click: Click, card: Card, reader: Reader, *, is_refusal: bool) -> Reply:
        """In place of the form that was sent; else as a toast, and whole if that is too short."""
        flash: _Json = {"toast": render.toast(card, reader, is_refusal=is_refusal)}
        if click.is_form and click.is_own:
            return Reply(flash | self._instead(click, card, reader).body)
        if card.blocks:
            self._later(self.tell(click.incoming, card, reader))
            return Reply(flash)
        return Reply(flash, card, reader)

    async def _asked(self, click: Click, form: Form, reader: Reader) -> Reply:
        """A form again, in its place, with what is wrong; a new one as a card for them alone."""
        incoming = click.incoming
        if click.is_form and click.is_own:
            place = incoming.place
            context: _Json = {"direct": True} if incoming.is_direct or place is None else {}
            if place is not None:
                context |= {"chat": place.channel, "thread": place.thread}
            user = incoming.sender.user
            again = await self._performer.form_of_their_own(form, user, reader, context)
            flash = toast(t("Please look at the fields again."), "warning")
            return Reply(flash | _card(self._spoken(click, again, reader)))
        self._later(self.tell(incoming, Card(form.title, (form,)), reader))
        return Reply(toast(t("The form is on its way to you."), "info"))

    def _instead(self, click: Click, card: Card, reader: Reader) -> Reply:
        """A card in place of the one that was pressed; what does not fit into it follows."""
        # A card of their own may stand in a group, where it knows one language alone.
        alone = click.is_own and not click.incoming.is_direct
        drawn = render.card(card, reader, applink=self._performer.applink, alone=alone)
        if drawn.overflow:
            if click.is_own:
                self._later(self.tell(click.incoming, card, reader))
            else:
                self._later(self._performer.follow(click.message, click.chat, drawn.overflow))
        return Reply(_card(drawn.json))

    @staticmethod
    def _spoken(click: Click, card: _Json, reader: Reader) -> _Json:
        """A card of their own may stand in a group, where it knows one language alone."""
        is_alone = click.is_own and not click.incoming.is_direct
        alone: _Json = in_one_language(card, reader) if is_alone else card
        return alone


def _card(drawn: _Json) -> _Json:
    """A card as the answer to a callback: it takes the place of the one that was pressed."""
    return {"card": {"type": "raw", "data": drawn}}
