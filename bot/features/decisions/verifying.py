"""Whether the chain of what happened to decisions holds, and the decisions are as it left them.

The events are read once, in order, and each decision's row once. Between the two stand, of each
decision, three numbers of 64 bits: its last event, and fingerprints of its facts and its texts.
Those few that were changed after they were made are folded from their events again.

What it costs is reading and hashing, so bodies are not parsed where a look at them will do: in
canonical JSON no key repeats and quotes in strings are escaped, so comparing text is as good.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Connection, String, select, type_coerce

from bot.features.decisions.chain import (
    BEGINNINGS,
    GENESIS,
    canonical,
    events,
    of_decision,
    seal,
)
from bot.features.decisions.queries import decisions
from bot.features.decisions.tables import TEXTS
from storage.rows import Rows

#: Rows that are read at once.
_BATCH = 2000
#: Higher numbers than any workspace will come to: what says so was not written by Muster.
_MOST = 100_000_000


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain is broken for the first time: `event` of decision D-`number`, and how.

    how: "missing" (events before it), "link", "hash", "text" (a text is not the sealed one, or
    gone), "anchor" (it is not the one that was made known), "row" (the decision itself is not as
    its events left it; `event` is the last one of these), or "unknown" (no event made it).
    """

    event: int
    number: int
    how: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of verifying: how many events, the hash of the last, where it is broken if it is.

    `unchained` counts decisions from before the chain, to which nothing has happened since.
    """

    events: int
    head: str
    broken: Break | None = None
    unchained: int = 0


class _Numbers:
    """A number of 64 bits for each decision, by its number; 0 for those that have none."""

    def __init__(self) -> None:
        self._all = array("q")

    def __getitem__(self, number: int) -> int:
        return self._all[number] if number < len(self._all) else 0

    def __setitem__(self, number: int, value: int) -> None:
        if number >= len(self._all):
            self._all.extend(bytes(max(number + 1 - len(self._all), len(self._all) // 4)))
        self._all[number] = value

    def first(self) -> int:
        """The lowest decision that has one; 0 if there is none."""
        return next((number for number, value in enumerate(self._all) if value), 0)


@dataclass(slots=True)
class _Ledger:
    """How the events that were read so far leave the decisions."""

    seen: _Numbers = field(default_factory=_Numbers)
    facts: _Numbers = field(default_factory=_Numbers)
    texts: _Numbers = field(default_factory=_Numbers)
    #: Decisions whose texts were changed after their first event.
    changed: set[int] = field(default_factory=set)
    #: Texts that are gone, by decision and name, until an event says that they were redacted.
    gone: dict[tuple[int, str], int] = field(default_factory=dict)
    #: The lowest number of a decision that was made when there was a chain already.
    first_made: int = _MOST

    def enter(self, seq: int, number: int, body: str, at: int, given: dict[str, Any]) -> None:
        """Take in an event that holds by itself; its facts begin at `at` in its body."""
        end = body.index(_KIND, at)
        self.facts[number] = hash(body[at:end])
        kind = body[end + len(_KIND) : body.index('"', end + len(_KIND))]
        if not self.seen[number]:
            self.texts[number] = _print(given)
        elif _NONE_CLEARED not in body or any(name in _TEXTS for name in given):
            self.changed.add(number)
        self.seen[number] = seq
        if None in given.values():
            self.changed.add(number)
            self.gone |= {(number, name): seq for name, pair in given.items() if pair is None}
        if kind == "redacted":
            self.gone.pop((number, json.loads(body)["data"]["field"]), None)
        elif number < self.first_made and kind in BEGINNINGS:
            self.first_made = number


_TEXTS = frozenset(TEXTS)
_SORTED = sorted(TEXTS)
_KIND = ',"kind":"'
_NONE_CLEARED = '"cleared":[],'
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # what `decode` calls


def _print(given: dict[str, Any]) -> int:
    """The fingerprint of the texts of an event, which come in the order of their names."""
    return hash(tuple([(name, pair and pair[1]) for name, pair in given.items() if name in _TEXTS]))


def verify(
    conn: Connection,
    workspace: int,
    anchor: tuple[int, str] | None = None,
    report: Callable[[int], None] = lambda _: None,
) -> Verified:
    """Check every event of a workspace, and the decisions against their last events.

    `anchor` is the number of an event and its hash (or how it begins), as they were made known.
    """
    ledger = _Ledger()
    count, previous = 0, GENESIS
    c = events.c
    query = select(c.seq, c.number, c.body, c.opened, c.previous, c.hash)
    for row in _streamed(conn, query.where(c.workspace_id == workspace).order_by(c.seq)):
        seq, number, body, _, _, own = row
        count += 1
        follows = f',"decision":{number},"is":'
        at = body.find(follows) + len(follows)
        how, given = _judged(row, count, previous, has_number=at >= len(follows))
        if not how and anchor is not None and seq == anchor[0] and not own.startswith(anchor[1]):
            how = "anchor"
        if how:
            return Verified(count - 1, previous, Break(seq, number, how))
        ledger.enter(seq, number, body, at, given)
        previous = own
        if count % _BATCH == 0:
            report(count)
    if anchor is not None and count < anchor[0]:
        return Verified(count, previous, Break(anchor[0], 0, "missing"))
    if ledger.gone:
        (number, name), seq = min(ledger.gone.items(), key=lambda each: each[1])
        return Verified(count, previous, Break(seq, number, "text", name))
    broken, unchained = _compared(conn, workspace, ledger)
    return Verified(count, previous, broken, unchained)


def _streamed(conn: Connection, query: Any) -> Iterator[Any]:
    with conn.execute(query, execution_options={"yield_per": _BATCH}) as found:
        for batch in found.partitions():
            yield from batch


def _judged(row: Any, count: int, previous: str, *, has_number: bool) -> tuple[str, dict[str, Any]]:
    """What is wrong with an event, if anything; and the texts that it has."""
    seq, number, body, opened, link, own = row
    if seq != count or link != previous:
        return ("missing" if seq != count else "link"), {}
    is_same = _sha256(f"{link}\n{body}".encode()).hexdigest() == own
    if not is_same or not has_number or not 0 < number < _MOST:
        return "hash", {}
    if opened == "{}":
        return ("" if body.endswith(f'"sealed":{{}},"seq":{seq}}}') else "text"), {}
    try:
        given, end = _scan(opened, 0)
        is_sealed = end == len(opened) and body.endswith(
            f'"sealed":{_sealed(given, body)},"seq":{seq}}}'
        )
    except (StopIteration, ValueError, TypeError, AttributeError):
        return "text", {}
    return ("" if is_sealed else "text"), given


_sha256 = hashlib.sha256


def _sealed(given: dict[str, Any], body: str) -> str:
    """The seals that an event with these texts has, as JSON; of one that is gone, the one there."""
    if None in given.values():
        there = json.loads(body)["sealed"]
        return canonical(
            {
                name: there.get(name) if pair is None else seal(pair[0], name, pair[1])
                for name, pair in given.items()
            }
        )
    seals = [
        '"' + name + '":"' + _sha256((salt + "\n" + name + "\n" + text).encode()).hexdigest() + '"'
        for name, (salt, text) in given.items()
    ]
    return "{" + ",".join(seals) + "}"


def _compared(conn: Connection, workspace: int, ledger: _Ledger) -> tuple[Break | None, int]:
    """The first decision that is not as its events left it; and how many there are without any."""
    c = decisions.c
    # As the driver gives it: a datetime would be made of text, and text of that again.
    decided_at = type_coerce(c.decided_at, String).label("decided_at")
    columns = [c.decided_by, c.state, c.supersedes, c.superseded_by, c.tags, c.withdrawn_at]
    query = select(c.number, decided_at, *columns, *(c[name] for name in _SORTED))
    query = query.where(c.workspace_id == workspace).order_by(c.number)
    unchained = 0
    for row in _streamed(conn, query):
        number = row[0]
        seq = ledger.seen[number]
        if not seq and number > ledger.first_made:
            return Break(0, number, "unknown"), unchained
        if not seq:
            unchained += 1
            continue
        ledger.seen[number] = 0
        if hash(_facts(row)) != ledger.facts[number]:
            return Break(seq, number, "row", "facts"), unchained
        texts = [
            (name, text) for name, text in zip(_SORTED, row[8:], strict=True) if text is not None
        ]
        if number in ledger.changed:
            wrong = _folded(conn, workspace, number, dict(texts))
            if wrong is not None:
                return Break(seq, number, "row", wrong), unchained
        elif hash(tuple(texts)) != ledger.texts[number]:
            return Break(seq, number, "row", "texts"), unchained
    missing = ledger.seen.first()
    if missing:
        return Break(ledger.seen[missing], missing, "row"), unchained
    return None, unchained


def _facts(row: Any) -> str:
    """As `canonical(facts_of(…))`."""
    _, at, by, state, supersedes, superseded_by, tags, withdrawn_at = row[:8]
    return (
        f'{{"decided_at":"{_iso(at)}","decided_by":{_number(by)},"state":"{state}",'
        f'"superseded_by":{_number(superseded_by)},"supersedes":{_quoted(supersedes)},'
        f'"tags":{_quoted(tags)},"withdrawn":{"false" if withdrawn_at is None else "true"}}}'
    )


def _iso(value: Any) -> str:
    if isinstance(value, str):  # SQLite's: 2026-11-23 01:00:00.000000, in UTC
        return f"{value[:10]}T{value[11:19] if value.endswith('.000000') else value[11:]}+00:00"
    return str(value.astimezone(UTC).isoformat())


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def _quoted(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


def _folded(conn: Connection, workspace: int, number: int, texts: dict[str, str]) -> str | None:
    """Which text of a decision is not as its events, one after the other, left it."""
    state: dict[str, str] = {}
    for event in of_decision(Rows(conn), workspace, number):
        for name in json.loads(event.body)["cleared"]:
            state.pop(name, None)
        given = json.loads(event.opened).items()
        state |= {name: pair[1] for name, pair in given if pair is not None and name in _TEXTS}
    names = (name for name in TEXTS if state.get(name) != texts.get(name))
    return next(names, None)
