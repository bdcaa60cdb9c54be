"""The chain of what happened to decisions: it holds, and whoever tampers with it is found out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from bot.features.decisions import chain, verifying
from bot.features.decisions.chain import News
from bot.features.decisions.tables import Decision, Event
from bot.features.decisions.verifying import Break, Verified
from storage import identity
from storage.tx import Tx
from tests.world import Actor, Place, World

Tamper = Callable[[Tx], Any]


def _verify(world: World, anchor: tuple[int, str] | None = None) -> Verified:
    found: Verified = world.read(lambda tx: verifying.verify(tx.conn, tx.workspace_id, anchor))
    return found


def _events(world: World) -> list[Event]:
    """All events, in order."""
    rows: list[Event] = world.read(
        lambda tx: tx.all(Event, chain.events.select().order_by(chain.events.c.seq))
    )
    return rows


@pytest.fixture
def olga(world_on_both: World) -> Actor:
    """With three decisions, one of them amended: four events or more, on each engine."""
    somebody = world_on_both.person("Olga")
    somebody.dms("/decide 回滚到 1.4 --why Errors “began” with 1.5 \\ --tags database").hears("D-1")
    somebody.dms("/decide Buy tea --context It is cold").hears("D-2")
    somebody.dms("/decide Ship on Monday").hears("D-3")
    somebody.dms("/decide amend D-1 --why Errors began with 1.5.1").text  # noqa: B018  read
    return somebody


def test_a_log_that_nobody_has_touched(olga: Actor) -> None:
    found = _verify(olga.world)
    last = _events(olga.world)[-1]
    assert found == Verified(last.seq, last.hash)
    assert _verify(olga.world, (last.seq, last.hash[:12])).broken is None
    assert _verify(olga.world, (1, _events(olga.world)[0].hash)).broken is None


def test_the_format_that_the_guide_describes(olga: Actor) -> None:
    """Recomputed here from nothing but docs/decisions.md."""
    previous = "0" * 64
    for seq, event in enumerate(_events(olga.world), 1):
        said = json.loads(event.body)
        again = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert again == event.body
        assert (said["seq"], event.previous) == (seq, previous)
        previous = hashlib.sha256(f"{event.previous}\n{event.body}".encode()).hexdigest()
        assert event.hash == previous
        for name, (salt, words) in json.loads(event.opened).items():
            seal = hashlib.sha256(f"{salt}\n{name}\n{words}".encode()).hexdigest()
            assert said["sealed"][name] == seal


def _sql(statement: str) -> Tamper:
    return lambda tx: tx.execute(text(statement))


def _reseal(tx: Tx) -> None:
    """Change an event, and make its own hash fit: then the next one does not follow."""
    [event] = chain.of_decision(tx, tx.workspace_id, 2)
    body = event.body.replace('"recorded"', '"proposed"')
    tx.change(event, body=body, hash=chain.digest(event.previous, body))


def _other_text(tx: Tx) -> None:
    [event] = chain.of_decision(tx, tx.workspace_id, 2)
    tx.change(event, opened=event.opened.replace("Buy tea", "Buy rum"))


def _no_text(tx: Tx) -> None:
    """Taken away without saying so."""
    decision = tx.get(Decision, 2)
    assert decision is not None
    chain.redact(tx, decision, "title")


def _rewrite(tx: Tx) -> None:
    """All of it, anew: the chain holds, and only what was made known of it tells."""
    previous = chain.GENESIS
    for event in tx.all(Event, chain.events.select().order_by(chain.events.c.seq)):
        body = event.body.replace('"kind":"recorded"', '"kind":"imported"')
        own = chain.digest(previous, body)
        tx.change(event, body=body, previous=previous, hash=own)
        previous = own


TAMPERING: list[tuple[Tamper, Break]] = [
    (_sql("DELETE FROM decision_event WHERE seq = 1"), Break(2, 2, "missing")),
    (_sql("DELETE FROM decision_event WHERE seq = 2"), Break(3, 3, "missing")),
    (_reseal, Break(3, 3, "link")),
    (_sql("UPDATE decision_event SET previous = 'x' WHERE seq = 2"), Break(2, 2, "link")),
    (
        _sql("UPDATE decision_event SET body = replace(body, 'T', 'U') WHERE seq = 2"),
        Break(2, 2, "hash"),
    ),
    (_sql("UPDATE decision_event SET hash = 'x' WHERE seq = 3"), Break(3, 3, "hash")),
    (_sql("UPDATE decision_event SET number = 1 WHERE seq = 2"), Break(2, 1, "hash")),
    (_other_text, Break(2, 2, "text")),
    (_sql("UPDATE decision_event SET opened = '{}' WHERE seq = 2"), Break(2, 2, "text")),
    (_sql("UPDATE decision_event SET opened = '[]' WHERE seq = 2"), Break(2, 2, "text")),
    (_sql("UPDATE decision_event SET opened = '' WHERE seq = 2"), Break(2, 2, "text")),
    (
        _sql("UPDATE decision_event SET opened = '{\"title\": 1}' WHERE seq = 2"),
        Break(2, 2, "text"),
    ),
    (_no_text, Break(2, 2, "text", "title")),
    (
        _sql("UPDATE decision SET title = 'Buy rum' WHERE number = 2"),
        Break(2, 2, "row", "texts"),
    ),
    (_sql("UPDATE decision SET context = NULL WHERE number = 2"), Break(2, 2, "row", "texts")),
    (_sql("UPDATE decision SET why = 'No' WHERE number = 1"), Break(4, 1, "row", "why")),
    (
        _sql("UPDATE decision SET state = 'rejected' WHERE number = 3"),
        Break(3, 3, "row", "facts"),
    ),
    (_sql("UPDATE decision SET tags = ',x,' WHERE number = 3"), Break(3, 3, "row", "facts")),
    (
        _sql("UPDATE decision SET withdrawn_at = decided_at WHERE number = 3"),
        Break(3, 3, "row", "facts"),
    ),
    (
        _sql("UPDATE decision SET workspace_id = 2 WHERE number = 2"),
        Break(2, 2, "row"),
    ),
    (
        _sql(
            "INSERT INTO decision (workspace_id, number, title, decided_by, decided_at, state)"
            " SELECT workspace_id, 9, title, decided_by, decided_at, state FROM decision"
            " WHERE number = 3"
        ),
        Break(0, 9, "unknown"),
    ),
]


def test_tampering(olga: Actor) -> None:
    """Each way by itself, undone again afterwards."""

    def tamper_and_verify(tx: Tx) -> list[Break | None]:
        identity.workspace_of(tx, "playground", "other", tx.now)
        found = []
        for tamper, _ in TAMPERING:
            with tx.conn.begin_nested() as part:
                tamper(tx)
                found.append(verifying.verify(tx.conn, tx.workspace_id).broken)
                part.rollback()
        return found

    assert olga.world.read(tamper_and_verify) == [broken for _, broken in TAMPERING]
    assert _verify(olga.world).broken is None


def test_what_was_made_known_tells_of_a_chain_made_anew(olga: Actor) -> None:
    world = olga.world
    head = _events(world)[-1]
    world.read(_rewrite)
    assert _verify(world).broken is None
    assert _verify(world, (head.seq, head.hash)).broken == Break(head.seq, 1, "anchor")


def test_what_was_made_known_tells_of_events_cut_off(olga: Actor) -> None:
    world = olga.world
    head = _events(world)[-1]
    world.read(_sql("DELETE FROM decision_event WHERE seq = 4"))
    assert _verify(world, (head.seq, head.hash)).broken == Break(head.seq, 0, "missing")


def test_an_empty_log(world: World) -> None:
    assert _verify(world) == Verified(0, chain.GENESIS)


def test_decisions_that_are_older_than_the_chain(olga: Actor) -> None:
    """They count as unchained, until something happens to them: then they are carried over."""
    world = olga.world
    world.read(_sql("DELETE FROM decision_event"))
    assert _verify(world) == Verified(0, chain.GENESIS, None, unchained=3)
    olga.dms("/decide amend D-2 --why We like it").text  # noqa: B018  read
    found = _verify(world)
    assert (found.events, found.broken, found.unchained) == (2, None, 2)
    kinds = [json.loads(event.body)["kind"] for event in _events(world)]
    assert kinds == [chain.CARRIED_OVER, "amended"]
    olga.dms("/decide Wait").hears("D-4")
    assert _verify(world).broken is None


def test_each_workspace_has_a_chain_of_its_own(olga: Actor) -> None:
    found = olga.world.read(lambda tx: verifying.verify(tx.conn, tx.workspace_id + 1))
    assert found == Verified(0, chain.GENESIS)


def test_many_events_at_once(olga: Actor) -> None:
    """As imports add them; progress is reported on the way."""
    reported: list[int] = []

    def add(tx: Tx) -> Verified:
        decision = tx.get(Decision, 3)
        assert decision is not None
        chain.extend(tx, [News(decision, "noted", {}, {"n": number}) for number in range(4000)])
        return verifying.verify(tx.conn, tx.workspace_id, None, reported.append)

    found = olga.world.read(add)
    assert (found.events, found.broken) == (len(_events(olga.world)), None)
    assert reported == [2000, 4000]


def test_whatever_happens_to_decisions_is_in_the_chain(
    room: Place, alice: Actor, bob: Actor
) -> None:
    """A story with every step that changes a decision, and the chain holds after each."""
    world = room.world
    message = bob.writes("We roll back", room)
    bob.reacts("scales", message)
    for said in (
        "/decide propose Use a queue --approvers @Alice @Bob --quorum 1 --deadline 2d",
        "/decide object D-2 Too slow",
        "/decide answer D-2 @Bob It is not",
        "/decide agree D-2",
        "/decide propose Wait --approvers @Alice --quorum any --deadline 1d",
        "/decide withdraw D-3 No",
        "/decide supersede D-2 Use two queues --why One is slow",
        "/decide amend D-4 --title Use two queues at once --tags queue",
        "/decide review D-4 2w",
        "/decide deprecate D-4 Gone",
    ):
        heard = (bob if "object" in said else alice).says(said, room).text
        assert _verify(world).broken is None, (said, heard)
    bob.says("/decide agree D-2", room).text  # noqa: B018  read
    bob.reacts("scales", message, back=True)
    world.advance(days=30)
    found = _verify(world)
    assert (found.broken, found.unchained) == (None, 0)
    kinds = {json.loads(event.body)["kind"] for event in _events(world)}
    assert {"recorded", "proposed", "voted", "answered", "withdrawn", "deprecated"} <= kinds
    for place in (room, alice.direct, bob.direct):
        place.skips()
