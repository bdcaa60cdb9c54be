"""One transaction of somebody's asking."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection

from bot.core.chat import Card
from bot.core.commands import Step, step
from bot.core.effects import Address, DirectMessage, Home, RedrawCard, User
from bot.core.events import Question
from bot.core.platform import Sender
from bot.core.text import Mention, Reader, t
from storage import identity, timers
from storage.rows import Rows
from storage.tables import LiveCard, Person, Workspace
from storage.timeline import Record
from storage.tx import Tx

if TYPE_CHECKING:
    from tests.storage.conftest import Begin, Meanwhile

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DEFAULTS = Reader("both", "UTC")


@step("ring in a transaction")
class Ring(Step):
    pass


@dataclass(frozen=True, slots=True)
class HowMany(Question[int]):
    """How many?"""

    room: int


def answer(tx: Tx, question: Question[Any]) -> Iterable[Any]:
    assert isinstance(question, HowMany)
    return (n + question.room for n in (1, 2))


def transaction(conn: Connection, person: Person | None = None, **more: Any) -> Tx:
    home = identity.workspace_of(Rows(conn), "playground", "w", NOW)
    return Tx(
        conn,
        home,
        now=NOW,
        reader=DEFAULTS,
        defaults=DEFAULTS,
        ask=answer,
        person=person,
        **more,
    )


@pytest.fixture
def tx(conn: Connection) -> Tx:
    return transaction(conn)


@pytest.fixture
def alice(tx: Tx) -> Person:
    return identity.person_of(tx, tx.workspace, Sender("U1", "Alice", "zh"), NOW)


def test_where_somebody_asks(conn: Connection, alice: Person) -> None:
    tx = transaction(conn, alice, place=Address("playground", "w", "c"), is_direct=True)

    assert (tx.person, tx.person_id, tx.asker) == (alice, alice.id, alice.id)
    assert (tx.place, tx.is_direct) == (Address("playground", "w", "c"), True)
    assert tx.person_by_id(alice.id) is alice


def test_where_nobody_asks(tx: Tx) -> None:
    assert tx.person_id is None
    for ask in (lambda: tx.person, lambda: tx.asker):
        with pytest.raises(LookupError, match="nobody"):
            ask()


def test_names_for_effects(tx: Tx, alice: Person) -> None:
    assert tx.home == Home("playground", "w")
    assert tx.channel("c1") == Address("playground", "w", "c1")
    assert tx.user(alice.id) == User("playground", "w", "U1")
    assert tx.mention(alice.id) == Mention("U1", "Alice")
    card = Card(t("Hello"))
    told = tx.direct(alice.id, card)
    assert told == DirectMessage(User("playground", "w", "U1"), card, Reader("zh", "UTC"))


def test_a_person_is_read_once(tx: Tx, alice: Person) -> None:
    assert tx.person_by_id(alice.id) is tx.person_by_id(alice.id)
    with pytest.raises(LookupError, match="no person 99"):
        tx.person_by_id(99)


def test_numbers_are_counted_for_each_workspace(tx: Tx) -> None:
    given = [tx.next_number("rooms_made") for _ in range(3)]

    assert given == [1, 2, 3]
    assert tx.next_number("decisions_made") == 1
    other = identity.workspace_of(tx, "playground", "w2", NOW)
    assert (
        Tx(tx.conn, other, now=NOW, reader=DEFAULTS, defaults=DEFAULTS, ask=answer).next_number(
            "rooms_made"
        )
        == 1
    )


def test_settings_of_the_workspace(tx: Tx) -> None:
    assert tx.setting("language") is None
    tx.change_settings(language="zh", greeting="你好")
    tx.change_settings(greeting=None, timezone="UTC")

    assert (tx.setting("language"), tx.setting("greeting")) == ("zh", None)
    found = tx.get(Workspace, tx.workspace_id)
    assert found is not None
    assert json.loads(found.settings) == {"language": "zh", "timezone": "UTC"}


def test_lines_for_the_timeline(tx: Tx) -> None:
    earlier = NOW - timedelta(days=1)
    tx.record("a", t("A"))
    tx.record("b", t("B"), room=7, at=earlier, key="k")

    assert tx.records == [Record("a", t("A"), None, NOW), Record("b", t("B"), 7, earlier, "k")]


def test_a_question_is_answered_by_all(tx: Tx) -> None:
    assert tx.ask(HowMany(10)) == [11, 12]


def test_live_cards_are_redrawn_wherever_they_stand(tx: Tx) -> None:
    for channel, live, lang in (
        ("c1", "room:1", "zh"),
        ("c2", "room:1", "en"),
        ("c3", "room:1", "both"),
        ("c4", "room:2", "en"),
        ("c5", "desk:1", "en"),
    ):
        tx.add(
            LiveCard(
                live=live,
                platform="playground",
                workspace="w",
                channel=channel,
                message=f"m-{channel}",
                lang=lang,
                zone="UTC",
            )
        )

    found = tx.redraw("room:1")
    assert found == [
        RedrawCard(tx.channel("c1"), "m-c1", "room:1", Reader("zh", "UTC")),
        RedrawCard(tx.channel("c2"), "m-c2", "room:1", Reader("en", "UTC")),
        RedrawCard(tx.channel("c3"), "m-c3", "room:1", Reader("both", "UTC")),
    ]
    also = [(card.to.channel, card.live) for card in tx.redraw("room:2", "desk:1")]
    assert also == [("c4", "room:2"), ("c5", "desk:1")]
    assert tx.redraw("room:3") == []


def test_timers_are_the_workspaces(tx: Tx) -> None:
    tx.set_timer("a", NOW, Ring())
    tx.set_timer("b", NOW, Ring())
    tx.cancel_timer("a")

    due = timers.take_due(tx.conn, NOW)
    assert due is not None
    assert (due.key, due.workspace_id) == ("b", tx.workspace_id)
    assert timers.take_due(tx.conn, NOW) is None


# ── side by side, as replicas ────────────────────────────────────────────────────────────────────


def test_two_that_change_different_settings_both_do(begin: Begin, meanwhile: Meanwhile) -> None:
    setting = begin()
    transaction(setting)
    setting.commit()
    first, second = transaction(begin()), transaction(begin())

    first.change_settings(language="zh")
    with meanwhile(lambda: second.change_settings(timezone="UTC")):
        first.conn.commit()
    second.conn.commit()

    last = transaction(setting)
    assert (last.setting("language"), last.setting("timezone")) == ("zh", "UTC")


def test_two_that_count_at_once_get_different_numbers(begin: Begin, meanwhile: Meanwhile) -> None:
    setting = begin()
    transaction(setting)
    setting.commit()
    first, second = transaction(begin()), transaction(begin())

    given = [first.next_number("rooms_made")]
    with meanwhile(lambda: given.append(second.next_number("rooms_made"))):
        first.conn.commit()

    assert given == [1, 2]
