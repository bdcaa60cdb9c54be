"""Imports: what would come of them, and then, all at once or not at all, what does.

A decision is known by its lasting id, so that the same file can be imported again and again. What
is there already stays as it is, whatever the file says of it by now.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import select, update

from bot.features.decisions import chain, finding
from bot.features.decisions.drafts import Draft
from bot.features.decisions.queries import decisions
from bot.features.decisions.records import IMPORTED, Record, as_instant
from bot.features.decisions.tables import TEXTS, Decision, Part, Role
from bot.features.rooms.queries import Room, rooms
from storage.rows import Rows, table_of
from storage.tables import Person, Workspace
from storage.tx import Tx

#: A higher number is not kept: those that come after it would have more digits than keys have.
HIGHEST = 10_000_000
_BATCH = 500
_people = table_of(Person)
_workspaces = table_of(Workspace)
_ROLES = {
    Role.MAKER: "decision_makers",
    Role.CONSULTED: "consulted",
    Role.INFORMED: "informed",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A decision of a file, with the number that it has here, or will have."""

    draft: Draft
    number: int
    is_there: bool


def plan(rows: Rows, workspace: int, drafts: Sequence[Draft]) -> list[Planned]:
    """What would come of an import. A decision keeps its number where that is free."""
    mine = decisions.c.workspace_id == workspace
    there = _found(rows, mine, decisions.c.uid, [draft.record.uid for draft in drafts])
    wanted = [_number(draft.record.key) for draft in drafts]
    taken = set(_found(rows, mine, decisions.c.number, wanted).values())
    made = rows.value(select(_workspaces.c.decisions_made).where(_workspaces.c.id == workspace))
    next_one = max([int(made), *(number for number in wanted if number <= HIGHEST)]) + 1
    planned = []
    for draft, number in zip(drafts, wanted, strict=True):
        if (known := there.get(draft.record.uid)) is not None:
            planned.append(Planned(draft, known, is_there=True))
            continue
        kept = number
        if not 0 < number <= HIGHEST or number in taken:
            kept, next_one = next_one, next_one + 1
        taken.add(kept)
        planned.append(Planned(draft, kept, is_there=False))
    return planned


def _found(rows: Rows, mine: Any, column: Any, values: Iterable[Any]) -> dict[Any, int]:
    """The numbers of the decisions that have one of the values, by it."""
    found: dict[Any, int] = {}
    for some in _some(values):
        query = select(column, decisions.c.number).where(mine, column.in_(some))
        found.update((row[0], row[1]) for row in rows.conn.execute(query))
    return found


def _some(values: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(values)
    while some := list(islice(left, _BATCH)):
        yield some


def _number(key: str) -> int:
    return int(key.partition("-")[2] or 0)


def carry_out(
    tx: Tx, planned: Sequence[Planned], room: Room | None, report: Callable[[int], None]
) -> int:
    """Add the decisions that are not there yet; how many. With `room` all of them are its own.

    Else a decision is that of the room which it names, if there is one of the same key and title;
    or the workspace's own.
    """
    numbers = {each.draft.record.key: each.number for each in planned if each.draft.record.key}
    context = _Context(tx, room, numbers)
    count = 0
    for some in _some(each for each in planned if not each.is_there):
        made = [context.add(each) for each in some]
        chain.extend(tx, [chain.News(decision, "imported") for decision in made])
        count += len(made)
        report(count)
    highest = max((each.number for each in planned), default=0)
    mine = _workspaces.c.id == tx.workspace_id
    behind = _workspaces.c.decisions_made < highest
    tx.execute(update(_workspaces).where(mine, behind).values(decisions_made=highest))
    return count


class _Context:
    """What the decisions of an import refer to here."""

    def __init__(self, tx: Tx, room: Room | None, numbers: Mapping[str, int]) -> None:
        self._tx = tx
        self._room = room
        self._numbers = numbers
        here = select(rooms).where(rooms.c.workspace_id == tx.workspace_id)
        self._rooms = {(each.key, each.title): each.id for each in tx.all(Room, here)}
        named = select(_people.c.name, _people.c.id).where(
            _people.c.workspace_id == tx.workspace_id
        )
        found = tx.conn.execute(named).all()
        counts = Counter(name for name, _ in found)
        #: By names that only one person has.
        self._people = {name: person for name, person in found if counts[name] == 1}

    def add(self, planned: Planned) -> Decision:
        record = planned.draft.record
        room = self._room.id if self._room else self._rooms.get((record.room, record.room_title))
        columns = self._columns(record, is_at_home=room is not None)
        said = self._unknown(record, columns, room)
        texts: dict[str, Any] = {name: getattr(record, name) or None for name in TEXTS}
        decision = self._tx.add(
            Decision(
                workspace_id=self._tx.workspace_id,
                number=planned.number,
                room_id=room,
                **texts,
                **columns,
                uid=record.uid,
                imported=json.dumps(said, ensure_ascii=False) if said else None,
            )
        )
        for role, name in _ROLES.items():
            for person in getattr(record, name):
                known = self._people.get(person)
                self._tx.add(Part(decision_id=decision.id, role=role, person_id=known, name=person))
        finding.index(self._tx, decision)
        return decision

    def _columns(self, record: Record, *, is_at_home: bool) -> dict[str, Any]:
        after = self._numbers.get(record.superseded_by)
        before = [self._numbers.get(key) for key in record.supersedes]
        return {
            "state": record.state,
            "decided_by": self._people.get(record.decided_by),
            "decided_at": _at(record.decided_at) or self._tx.now,
            "owner_id": self._people.get(record.owner),
            "tags": f",{','.join(record.tags)}," if record.tags else None,
            # In another room, or workspace, the same keys are other items'.
            "items": " ".join(record.items) or None if is_at_home else None,
            "quorum": record.quorum or None,
            "deadline_at": _at(record.deadline_at),
            "closed_at": _at(record.closed_at),
            "review_at": _at(record.review_at),
            # What is not in the file may be anything here: then it is kept as it was said.
            "supersedes": " ".join(f"D-{number}" for number in before) or None
            if None not in before
            else None,
            "superseded_by": after,
        }

    @staticmethod
    def _unknown(
        record: Record, columns: Mapping[str, Any], room: int | None
    ) -> dict[str, str | tuple[str, ...]]:
        """What the record says that no row here does."""
        known = {
            "room": room,
            "room_title": room,
            "link": None,
            "owner": columns["owner_id"],
            **{name: columns[name] for name in IMPORTED if name in columns},
        }
        said = {name: getattr(record, name) for name in IMPORTED}
        return {name: value for name, value in said.items() if value and known[name] is None}


def _at(instant: str) -> Any:
    return as_instant(instant) if instant else None
