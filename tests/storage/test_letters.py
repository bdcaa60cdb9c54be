"""Dead letters: what is tried again keeps its key and is doubted; what is dropped is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from bot.core.chat import Card
from bot.core.effects import Address, Effect, Home, Pin, PublishHome, User
from bot.core.text import Reader, t
from storage import letters, outbox
from storage.letters import Letter

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
HOME = Home("p", "w")
PAGE = PublishHome(User("p", "w", "U1"), "home:1", Card(t("Yours")), Reader())


def pin(channel: str, workspace: str = "w", platform: str = "p") -> Effect:
    return Pin(Address(platform, workspace, channel), "m")


def failed(conn: Connection, *effects: Effect) -> list[Letter]:
    """Effects that were tried once, and given up."""
    for number, effect in enumerate(effects):
        outbox.put(conn, [effect], key=f"{effect.to}-{number}", now=NOW)
        [claimed] = outbox.claim(conn, NOW, count=1)
        outbox.finish(conn, claimed.id, now=NOW, error="nope")
    return letters.listed(conn, "failed", count=99)


def test_a_dead_letter_that_is_tried_again_is_doubtful(conn: Connection) -> None:
    [letter] = failed(conn, pin("C1"))
    assert letters.retry(conn, letter, LATER)
    [claimed] = outbox.claim(conn, LATER, count=9)
    assert (claimed.id, claimed.key) == (letter.id, letter.key)
    assert claimed.is_doubtful
    assert claimed.created_at == LATER, "it has a day of tries again"
    assert letters.listed(conn, "failed", count=9) == []


def test_it_leaves_before_what_waits_in_its_lane(conn: Connection) -> None:
    [letter] = failed(conn, pin("C1"))
    outbox.put(conn, [pin("C1")], key="new", now=NOW)
    letters.retry(conn, letter, LATER)
    assert [claimed.id for claimed in outbox.claim(conn, LATER, count=9)] == [letter.id]


def test_it_is_tried_again_once(conn: Connection) -> None:
    """Two people press at the same time; the second has seen what the first has."""
    [letter] = failed(conn, pin("C1"))
    assert letters.retry(conn, letter, LATER)
    outbox.claim(conn, LATER, count=9)
    assert not letters.retry(conn, letter, LATER)
    assert not letters.drop(conn, letter, LATER)
    [claimed] = letters.listed(conn, "open", count=9)
    assert claimed.state == "claimed"


def test_one_that_waits_is_hastened(conn: Connection) -> None:
    outbox.put(conn, [pin("C1")], key="k", now=NOW)
    [claimed] = outbox.claim(conn, NOW, count=1)
    outbox.postpone(conn, claimed.id, until=LATER, error="busy", now=NOW)
    letter = letters.one(conn, claimed.id)
    assert letter is not None
    assert letters.retry(conn, letter, NOW)
    assert [each.attempts for each in outbox.claim(conn, NOW, count=9)] == [2]


def test_one_in_hand_is_left_alone(conn: Connection) -> None:
    outbox.put(conn, [pin("C1")], key="k", now=NOW)
    outbox.claim(conn, NOW, count=1)
    [letter] = letters.listed(conn, "open", count=9)
    assert not letters.retry(conn, letter, NOW)
    assert not letters.drop(conn, letter, NOW)


def test_one_that_collapses_gives_way_to_a_newer_one(conn: Connection) -> None:
    [letter] = failed(conn, PAGE)
    outbox.put(conn, [PAGE], key="new", now=NOW)
    assert letters.retry(conn, letter, LATER)
    [claimed] = outbox.claim(conn, LATER, count=9)
    assert claimed.key == "new-0"
    assert outbox.counts(conn) == {"claimed": 1}


@pytest.mark.parametrize("waits", [False, True])
def test_what_is_dropped_is_gone(conn: Connection, *, waits: bool) -> None:
    if waits:
        outbox.put(conn, [pin("C1")], key="k", now=NOW)
        [letter] = letters.listed(conn, "open", count=9)
    else:
        [letter] = failed(conn, pin("C1"))
    assert letters.drop(conn, letter, LATER)
    assert outbox.claim(conn, LATER, count=9) == []
    assert outbox.counts(conn) == {}
    assert letters.one(conn, letter.id) is None
    assert outbox.forget_old(conn, LATER + outbox.KEPT) == 0
    assert outbox.forget_old(conn, LATER + outbox.KEPT + timedelta(seconds=1)) == 1


def test_of_one_workspace(conn: Connection) -> None:
    """Also where its name begins as another's, or has what stands for any character."""
    mine, whole = pin("C1"), PAGE
    others = [pin("C1", "wx"), pin("C1", "w", "q"), pin("C1", "%"), pin("C1", "_")]
    found = failed(conn, mine, *others, whole)
    assert len(found) == 6
    assert [each.key for each in letters.listed(conn, "failed", count=9, home=HOME)] == [
        found[0].key,
        found[5].key,
    ]
    assert letters.count(conn, "failed", HOME) == 2
    assert letters.count(conn, "failed", Home("p", "_")) == 1
    assert letters.one(conn, found[1].id, HOME) is None
    assert letters.one(conn, found[0].id, HOME) == found[0]
    assert [e.platform for e in letters.listed(conn, "failed", count=9, platform="q")] == ["q"]


def test_what_has_failed_since(conn: Connection) -> None:
    failed(conn, pin("C1"))
    assert letters.count(conn, "failed", HOME, since=NOW) == 1
    assert letters.count(conn, "failed", HOME, since=NOW + timedelta(seconds=1)) == 0


def test_pages(conn: Connection) -> None:
    found = failed(conn, *(pin(f"C{number}") for number in range(3)))
    assert letters.listed(conn, "failed", count=2) == found[:2]
    assert letters.listed(conn, "failed", count=2, after=found[1].id) == found[2:]


def test_what_it_is(conn: Connection) -> None:
    [one, page] = failed(conn, pin("C1"), PAGE)
    assert (one.kind, one.channel, one.has_failed, one.error) == ("pin", "C1", True, "nope")
    assert (page.kind, page.channel) == ("publish_home", None)
