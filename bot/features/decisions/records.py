"""Decisions as records: as they are read for exports, and as imports hand them in.

They are read as they are needed, so that an export of any size takes the memory of one batch.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, or_, select, type_coerce
from sqlalchemy.sql import Select

from bot.core.sources import Source
from bot.features.decisions import finding
from bot.features.decisions.finding import Filter
from bot.features.decisions.queries import decisions, parts, visible
from bot.features.decisions.tables import Role
from bot.features.rooms import queries as rooms
from storage.rows import Rows, table_of
from storage.tables import Person

_people = table_of(Person)
_owners = table_of(Person).alias("owner")
#: Rows that are read at once.
_BATCH = 500


class Record(NamedTuple):
    """A decision as a row of an export. Instants are in UTC, ISO 8601; "" is not there."""

    key: str
    room: str
    room_title: str
    title: str
    why: str
    instead_of: str
    decided_by: str
    decided_at: str
    #: Opens the message that it was made of; "" if it was made of none, or none can be opened.
    link: str
    state: str = "accepted"
    context: str = ""
    drivers: str = ""
    #: As `options.read_options` has it.
    options: str = ""
    consequences: str = ""
    confirmation: str = ""
    evidence: str = ""
    decision_makers: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    owner: str = ""
    tags: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    superseded_by: str = ""
    quorum: str = ""
    deadline_at: str = ""
    closed_at: str = ""
    review_at: str = ""
    #: The same wherever it is exported to and imported from.
    uid: str = ""

    @property
    def number(self) -> int:
        """12 of D-12."""
        return int(self.key.partition("-")[2])


FIELDS = Record._fields
#: The fields that have several values.
LISTS = frozenset({"decision_makers", "consulted", "informed", "tags", "items", "supersedes"})
INSTANTS = frozenset({"decided_at", "deadline_at", "closed_at", "review_at"})


def as_instant(text: str) -> datetime:
    """The instant of a field."""
    return datetime.fromisoformat(text)


def _raw(name: str) -> Any:
    # As the driver gives it: making a datetime of it and text of that again takes half the time.
    return type_coerce(decisions.c[name], String).label(name)


_PLAIN = (
    "state",
    "context",
    "drivers",
    "options",
    "consequences",
    "confirmation",
    "evidence",
)
_columns = (
    decisions.c.id,
    decisions.c.number,
    rooms.rooms.c.number.label("room_number"),
    rooms.rooms.c.title.label("room_title"),
    decisions.c.title,
    decisions.c.why,
    decisions.c.instead_of,
    _people.c.name.label("decider"),
    _raw("decided_at"),
    decisions.c.source,
    *(decisions.c[name] for name in _PLAIN),
    _owners.c.name.label("owner"),
    decisions.c.tags,
    decisions.c["items"],
    decisions.c.supersedes,
    decisions.c.superseded_by,
    decisions.c.quorum,
    _raw("deadline_at"),
    _raw("closed_at"),
    _raw("review_at"),
    decisions.c.uid,
    decisions.c.imported,
)


def selected(wanted: Filter, dialect: str, *, by_room: bool = False) -> Select[Any]:
    """The query of an export, the oldest first; `by_room`: those of no room, then room by room."""
    query = (
        select(*_columns)
        .select_from(decisions)
        .outerjoin(_people, _people.c.id == decisions.c.decided_by)
        .outerjoin(_owners, _owners.c.id == decisions.c.owner_id)
        .outerjoin(rooms.rooms, rooms.rooms.c.id == decisions.c.room_id)
    )
    query = finding.narrowed(query, wanted, dialect)
    if by_room:
        number = rooms.rooms.c.number
        query = query.order_by(number.is_not(None), number)
    return query.order_by(decisions.c.number)


def read_records(rows: Rows, wanted: Filter, *, by_room: bool = False) -> Iterator[list[Record]]:
    """The decisions that match, the oldest first, some at a time, read as they are needed.

    A decision that the viewer may not see is not named as superseded by, or superseding, either.
    """
    query = selected(wanted, rows.conn.dialect.name, by_room=by_room)
    found = rows.conn.execution_options(yield_per=_BATCH).execute(query)
    for partition in found.partitions():
        batch: Iterable[Any] = partition
        if wanted.text or wanted.tags:
            batch = [row for row in partition if finding.is_found(row, wanted)]
        people = _people_of(rows, [row[0] for row in batch])
        hidden = _hidden(rows, batch, wanted)
        yield [_record(row, people.get(row[0], _NOBODY), hidden) for row in batch]


#: As plain text: an enumeration's own hash is slow, a million times three.
_MAKER, _CONSULTED, _INFORMED = Role.MAKER.value, Role.CONSULTED.value, Role.INFORMED.value
_NOBODY: Mapping[str, tuple[str, ...]] = {}
_parts = select(parts.c.decision_id, parts.c.role, parts.c.name).order_by(parts.c.id)
_of_some = _parts.where(parts.c.decision_id.in_(bindparam("some", expanding=True)))
#: Decisions that were made one after the other: cheaper to ask for than five hundred of them.
_of_a_run = _parts.where(parts.c.decision_id.between(bindparam("first"), bindparam("last")))


def _people_of(rows: Rows, some: list[int]) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
    found: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    if not some:
        return found
    first, last = min(some), max(some)
    is_run = last - first < 2 * len(some)
    values: dict[str, Any] = {"first": first, "last": last} if is_run else {"some": some}
    for decision, role, name in rows.conn.execute(_of_a_run if is_run else _of_some, values):
        found[decision][role] = (*found[decision].get(role, ()), name)
    return found


def _hidden(rows: Rows, batch: Iterable[Any], wanted: Filter) -> frozenset[int]:
    """The numbers that the batch names and who reads it may not know."""
    if wanted.viewer is None and wanted.room is None:
        return frozenset()  # whoever runs the machine sees everything
    named = {row.superseded_by for row in batch if row.superseded_by is not None}
    named |= {_number(key) for row in batch for key in (row.supersedes or "").split()}
    if not named:
        return frozenset()
    query = select(decisions.c.number).where(
        decisions.c.workspace_id == wanted.workspace, decisions.c.number.in_(named)
    )
    if wanted.viewer is not None:
        query = query.where(visible(wanted.viewer))
    else:  # all in the room read it
        public = select(rooms.rooms.c.id).where(rooms.rooms.c.is_private.is_(False))
        of = decisions.c.room_id
        query = query.where(or_(of.is_(None), of == wanted.room, of.in_(public)))
    return frozenset(named) - frozenset(rows.conn.execute(query).scalars())


def _number(key: str) -> int:
    return int(key.partition("-")[2])


def _record(row: Any, people: Mapping[str, tuple[str, ...]], hidden: frozenset[int]) -> Record:
    (
        _,
        number,
        room,
        room_title,
        title,
        why,
        instead_of,
        decider,
        decided_at,
        source,
        state,
        context,
        drivers,
        options,
        consequences,
        confirmation,
        evidence,
        owner,
        tags,
        items,
        supersedes,
        superseded_by,
        quorum,
        deadline_at,
        closed_at,
        review_at,
        uid,
        imported,
    ) = row
    record = Record(
        f"D-{number}",
        f"WR-{room}" if room else "",
        room_title or "",
        title,
        why or "",
        instead_of or "",
        decider or "",
        _iso(decided_at),
        Source.parse(source).link if source else "",
        state,
        context or "",
        drivers or "",
        options or "",
        consequences or "",
        confirmation or "",
        evidence or "",
        people.get(_MAKER, ()) if people else (),
        people.get(_CONSULTED, ()) if people else (),
        people.get(_INFORMED, ()) if people else (),
        owner or "",
        tuple(tag for tag in tags.split(",") if tag) if tags else (),
        tuple(items.split()) if items else (),
        _known(supersedes, hidden) if supersedes else (),
        f"D-{superseded_by}" if superseded_by and superseded_by not in hidden else "",
        quorum or "",
        _iso(deadline_at) if deadline_at else "",
        _iso(closed_at) if closed_at else "",
        _iso(review_at) if review_at else "",
        uid or "",
    )
    return _as_imported(record, imported) if imported else record


def _known(keys: str, hidden: frozenset[int]) -> tuple[str, ...]:
    return tuple(key for key in keys.split() if _number(key) not in hidden)


def _as_imported(record: Record, said: str) -> Record:
    """What an import had said stands where nothing that Muster has does."""
    kept: dict[str, Any] = {
        name: tuple(value) if name in LISTS else value
        for name, value in json.loads(said).items()
        if name in IMPORTED and not getattr(record, name)
    }
    return record._replace(**kept)


#: What an import keeps as it was said, for there may be no such row here.
IMPORTED = (
    "room",
    "room_title",
    "decided_by",
    "link",
    "owner",
    "items",
    "supersedes",
    "superseded_by",
)


def _iso(value: Any) -> str:
    if isinstance(value, str):  # SQLite's: 2026-11-23 01:00:00.000000, in UTC
        time = value[11:19] if value.endswith(".000000") else value[11:]
        return f"{value[:10]}T{time}+00:00"
    return str(value.astimezone(UTC).isoformat())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export was asked for, as its query says it in JSON values."""

    filter: Filter
    format: str
    lang: str = "en"
    zone: str = "UTC"

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Wanted:
        """The query of `SendFile`, or of the command line."""
        return cls(
            Filter.of(query), query["format"], query.get("lang", "en"), query.get("zone", "UTC")
        )
