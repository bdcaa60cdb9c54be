"""Deliveries that cannot be answered at once, senders hardly known, forms behind buttons, menus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.core import commands as c
from bot.core.chat import Card
from bot.core.commands import Command, Step, command, step
from bot.core.effects import Address, DirectMessage, Quoted, Tell, UpdateCard
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.platform import (
    Answer,
    Happened,
    Incoming,
    Picked,
    Pressed,
    Redraw,
    Say,
    Sender,
    ShowForm,
    Typed,
    Unacquainted,
)
from bot.core.sources import Source
from bot.core.text import Msg, t
from bot.feature import Errand, Feature, Outcome
from storage.rows import table_of
from storage.tables import Entry, Inbox, Person
from storage.tx import Tx
from tests.lab import ALICE, FEATURE, HOME, START, Lab

pytestmark = pytest.mark.anyio
PLACE = Address(*HOME, "C1")
STRANGER = Sender("U9", is_known=False)
AT = START - timedelta(hours=3)


@command("menu keep", t("Keep"), on_message=t("Keep it"), at_once=True, emoji=("pushpin",))
class Keep(Command):
    text: str = c.rest(t("Text"), max_length=40, quotes="all")
    source: str | None = c.source(default=None)


@command("menu weigh", t("Weigh"), on_message=t("Weigh it"))
class Weigh(Command):
    title: str = c.text(t("Title"), quotes="first")
    why: str | None = c.long(t("Why"), default=None, quotes="rest")
    until: Any = c.when(t("Until"), default=None)
    source: str | None = c.source(default=None)


@command("menu redraw", t("Redraw"), form=False)
class DrawAgain(Command): ...


@step("menu refused")
class KeepRefused(Step): ...


class Signed(Event):
    __slots__ = ()


def keep(cmd: Keep, tx: Tx, now: Any) -> Outcome:
    source = Source.parse(cmd.source) if cmd.source else None
    at = source.at if source else None
    tx.record("kept", t("{text}", text=cmd.text), room=1, at=at, source=source)
    if cmd.text == "refuse":
        raise Refused(t("No."))
    return Outcome(Say(Card(t("Kept"))))


def weigh(cmd: Weigh, tx: Tx, now: Any) -> Outcome:
    tx.record("weighed", t("{title}", title=cmd.title), room=1)
    return Outcome()


def draw_again(cmd: DrawAgain, tx: Tx, now: Any) -> Outcome:
    return Outcome(Redraw(Card(t("Redrawn"))))


def refused(cmd: KeepRefused, tx: Tx, now: Any) -> Outcome:
    tx.record("refused", t("Refused"), room=1)
    return Outcome()


def signed(event: Signed, tx: Tx, now: Any) -> Outcome:
    """Whoever it is: the errand is for Alice, who is known."""
    [alice] = tx.all(Person, table_of(Person).select().limit(1))
    texts = ("one", "refuse", "")
    errands = tuple(
        Errand("menu keep", _quoted(text), alice.id, PLACE, KeepRefused()) for text in texts
    )
    return Outcome(errands=errands)


MENU = Feature(
    name="menu",
    commands={Keep: keep, Weigh: weigh, DrawAgain: draw_again, KeepRefused: refused},
    reactions={Signed: signed},
)


def _quoted(text: str) -> Quoted:
    return Quoted("C1", "m1", "U2", text, AT, "https://chat.example/m1", names={"U2": "Bob"})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    both = replace(FEATURE, commands={**FEATURE.commands, **MENU.commands})
    both = replace(both, reactions={**FEATURE.reactions, **MENU.reactions})
    made = Lab(feature=both)
    yield made
    await made.db.close()


async def sends(lab: Lab, what: Any, *, delivery: str = "d", **more: Any) -> Answer:
    """Deliver something to which nothing can be answered at once."""
    given = {"sender": ALICE, "place": PLACE, "is_answerable": False, **more}
    incoming = Incoming(*HOME, delivery, given.pop("sender"), what, **given)
    return await lab.door.handle(incoming)


def said(card: Card) -> str:
    assert isinstance(card.title, Msg)
    return card.title.id.format(**card.title.values)


# Not to be answered at once.


@pytest.mark.parametrize(
    ("text", "told"), [("/lab hello Bob", "Hello Bob"), ("/lab refuse", "No."), ("/lab hello", "")]
)
async def test_the_answer_leaves_through_the_outbox_once(lab: Lab, text: str, told: str) -> None:
    for _ in range(2):
        answer = await sends(lab, Typed(text))
        assert answer.reply is None
        await lab.worker.drain()
    [(_, effect)] = lab.platform.done
    assert isinstance(effect, Tell)
    assert (effect.to, effect.user) == (PLACE, "U1")
    if told:
        assert said(effect.card) == told
    else:
        assert effect.card.blocks[0].type == "form"


async def test_it_is_woken_for_that(lab: Lab) -> None:
    woken: list[str] = []
    lab.door.wake = lambda: woken.append("x")
    await sends(lab, Typed("/lab refuse"))
    assert woken == ["x"]


async def test_in_private_it_is_a_direct_message(lab: Lab) -> None:
    await sends(lab, Typed("/lab hello Bob"), is_direct=True)
    await sends(lab, Typed("/lab hello Bob"), delivery="d2", place=None)
    await lab.worker.drain()
    assert [type(effect) for _, effect in lab.platform.done] == [DirectMessage] * 2


async def test_a_card_is_redrawn_where_it_stands(lab: Lab) -> None:
    payload = {"do": "menu redraw", "v": 1, "with": {}}
    await sends(lab, Pressed(payload, "m7"))
    await sends(lab, Pressed(payload), delivery="d2")
    await lab.worker.drain()
    [first, second] = [effect for _, effect in lab.platform.done]
    assert isinstance(first, UpdateCard)
    assert first.message == "m7"
    assert isinstance(second, Tell), "nobody knows where it stands"


async def test_a_fault_is_told_and_the_delivery_is_done_with(lab: Lab) -> None:
    with structlog.testing.capture_logs():
        await sends(lab, Typed("/lab boom"))
        await sends(lab, Typed("/lab boom"))
    await lab.worker.drain()
    [(_, effect)] = lab.platform.done
    assert isinstance(effect, Tell)
    assert "Something went wrong" in said(effect.card)
    assert await lab.timeline() == []


# Hardly known.


@pytest.mark.parametrize("text", ["/lab secret x", "/menu weigh --title a --until tomorrow"])
async def test_who_is_hardly_known_is_looked_up_where_it_matters(lab: Lab, text: str) -> None:
    await lab.says("/lab hello Bob")  # somebody else administers
    with pytest.raises(Unacquainted):
        await lab.says(text, sender=STRANGER)
    assert len(await lab.rows(Person)) == len(await lab.rows(Inbox)) == 1, "nothing was done"
    known = Sender("U9", "Eve", "en", "Asia/Shanghai", is_admin=True)
    await lab.says(text, sender=known)
    assert len(await lab.timeline()) == 2


@pytest.mark.parametrize("text", ["/lab hello Bob", "nothing of the kind"])
async def test_who_is_answered_by_a_message_is_answered_in_their_language(
    lab: Lab, text: str
) -> None:
    with pytest.raises(Unacquainted):
        await sends(lab, Typed(text), sender=STRANGER)
    assert len(await lab.rows(Inbox)) == 0, "nothing was done"
    await sends(lab, Typed(text), sender=Sender("U9", "李雷", "zh"))
    await lab.worker.drain()
    [(_, effect)] = lab.platform.done
    assert isinstance(effect, Tell)
    assert effect.reader.lang == "zh"


async def test_whose_language_is_known_is_not_looked_up_for_it(lab: Lab) -> None:
    known = Sender("U9", "李雷", "zh", is_outsider=False)
    await sends(lab, Typed("/lab hello Bob"), sender=known)
    await sends(lab, Typed("/lab hello Eve"), delivery="d2", sender=STRANGER)
    await lab.worker.drain()
    readers = [effect.reader for _, effect in lab.platform.done if isinstance(effect, Tell)]
    assert [reader.lang for reader in readers] == ["zh", "zh"]


async def test_and_not_where_it_does_not(lab: Lab) -> None:
    belongs = Sender("U9", "Eve", is_admin=False, is_outsider=False)
    await lab.says("/lab hello Bob", sender=belongs)
    await lab.says("/lab hello Bob", sender=STRANGER)
    assert await lab.timeline() == ["hello", "hello"]


async def test_who_was_never_said_to_belong_here_is_looked_up_first(lab: Lab) -> None:
    with pytest.raises(Unacquainted):
        await lab.says("/lab hello Bob", sender=STRANGER)
    assert await lab.rows(Person) == [], "nothing was done"
    outsider = replace(STRANGER, is_outsider=True)  # the delivery itself says so
    await lab.says("/lab hello Bob", sender=outsider)
    [eve] = await lab.rows(Person)
    assert eve.is_outsider
    assert await lab.timeline() == ["hello"]


# Menus.


async def test_what_is_picked_is_made_at_once(lab: Lab) -> None:
    await lab.sends(Picked("menu keep", _quoted("We wait, says <@U2>")))
    [entry] = await lab.rows(Entry)
    assert "We wait, says @Bob" in entry.text
    assert (entry.at, entry.source_key, entry.by_emoji) == (AT, "C1/m1", False)


async def test_or_fills_a_form_in(lab: Lab) -> None:
    answer = await lab.sends(Picked("menu weigh", _quoted("Roll back\nNow\nor never")))
    assert isinstance(answer.reply, ShowForm)
    form = answer.reply.form
    assert {each.name: each.value for each in form.fields} == {
        "title": "Roll back",
        "why": "Now\nor never",
        "until": "",
    }
    assert Source.parse(form.kept["source"]).at == AT


async def test_a_long_first_line_stands_whole_in_what_follows(lab: Lab) -> None:
    answer = await lab.sends(Picked("menu weigh", _quoted("x" * 400)))
    assert isinstance(answer.reply, ShowForm)
    title, why = (each.value for each in answer.reply.form.fields[:2])
    assert len(title) <= 150
    assert why == "x" * 400


@pytest.mark.parametrize("path", ["lab hello", "lab posted", "nothing"])
async def test_what_has_no_menu_cannot_be_picked(lab: Lab, path: str) -> None:
    answer = await lab.sends(Picked(path, _quoted("x")))
    assert isinstance(answer.reply, Say)
    assert "no longer works" in said(answer.reply.card)
    assert await lab.timeline() == []


# Forms behind buttons.


async def test_a_form_that_a_card_cannot_hold_opens_with_what_was_filled_in(lab: Lab) -> None:
    payload = {
        "do": "menu weigh",
        "v": 1,
        "fields": {"title": "a", "why": ["b"]},
        "kept": {"source": str(Source.of(_quoted("x")))},
        "form": True,
    }
    answer = await lab.sends(Pressed(payload))
    assert isinstance(answer.reply, ShowForm)
    form = answer.reply.form
    assert [each.value for each in form.fields if each.name == "title"] == ["a"]
    assert form.kept == payload["kept"]


@pytest.mark.parametrize("path", ["lab posted", "nothing"])
async def test_a_form_of_nothing_is_refused(lab: Lab, path: str) -> None:
    answer = await lab.sends(Pressed({"do": path, "v": 1, "fields": {}, "kept": {}}))
    assert isinstance(answer.reply, Say)
    assert "no longer works" in said(answer.reply.card)


# Errands.


async def test_errands_are_done_for_somebody_and_each_refused_for_itself(lab: Lab) -> None:
    await lab.says("/lab hello Bob")
    await lab.sends(Happened(Signed()), sender=Sender("U7", "Eve"))
    assert await lab.timeline() == ["hello", "kept", "refused", "refused"]
    kept = (await lab.rows(Entry))[1]
    assert (kept.person_id, kept.at, kept.by_emoji) == (1, AT, True)
    await lab.worker.drain()
    told = [effect for _, effect in lab.platform.done]
    assert all(isinstance(each, Tell) and each.user == "U1" for each in told)
    assert [said(each.card) for each in told if isinstance(each, Tell)] == [
        "Kept",
        "No.",
        "There is no text in that message.",
    ]
