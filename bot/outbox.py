"""`muster outbox`: what could not be delivered and what waits, for whoever runs the machine.

It can be used beside a Muster that runs: what is tried again is taken up by its worker, within
seconds. What is in the messages is shown only where that was asked for.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.text import Code, Msg, Reader, Strong, t, tn
from bot.delivery import Courier
from bot.dispatch import Door
from bot.problems import Problem
from bot.settings import Settings
from bot.store import opened, read, write
from storage import letters, migrate, timeline
from storage.db import Database
from storage.letters import Letter, Which
from storage.rows import Rows, table_of
from storage.tables import Workspace

#: Effects that are tried again or dropped in one transaction, so that a Muster that runs gets in.
GROUP = 1000
#: Characters of why, in the table.
_WHY = 40
_COLUMNS = ("id", "lane", "kind", "state", "age", "tries", "error")
_ALL: tuple[Which, ...] = ("failed", "open")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which effects, and how to show them. `which` None: what failed, then what waits."""

    which: str | None = None
    platform: str | None = None
    count: int = 50
    bodies: bool = False
    as_json: bool = False


def listing(settings: Settings, wanted: Wanted) -> tuple[list[str], bool]:
    """The effects that are wanted, as lines of a table or a JSON object each; are there more?"""
    now = SystemClock().now()

    def look(conn: Connection) -> list[Letter]:
        found: list[Letter] = []
        for which in [each for each in _ALL if wanted.which in {None, each}]:
            left = wanted.count + 1 - len(found)
            found += letters.listed(conn, which, count=left, platform=wanted.platform)
        return found

    with opened(settings) as database:
        found = read(database, look)
    shown, has_more = found[: wanted.count], len(found) > wanted.count
    if wanted.as_json:
        return [_as_json(each, now, bodies=wanted.bodies) for each in shown], has_more
    return (_table(shown, now, bodies=wanted.bodies) if shown else []), has_more


def show(settings: Settings, number: int, *, bodies: bool, as_json: bool) -> list[str]:
    """One effect, a line for each of its facts. Problem: there is none, or it has left."""
    now = SystemClock().now()
    with opened(settings) as database:
        found = read(database, lambda conn: _one(conn, number, lock=False))
    if as_json:
        return [_as_json(found, now, bodies=bodies)]
    facts = _facts(found, now, bodies=bodies)
    return [f"{name}: {'' if value is None else value}".rstrip() for name, value in facts.items()]


def retry(settings: Settings, numbers: Sequence[int], *, platform: str | None) -> Msg:
    """Let effects be tried now; without numbers, all that failed. Problem: one cannot be."""
    now = SystemClock().now()
    with opened(settings) as database:
        act = _Act(_RETRIED, now, lambda conn, each: letters.retry(conn, each, now))
        tried = _change(database, numbers, platform, act)
    return tn("{n} effect is tried again.", "{n} effects are tried again.", tried)


def drop(settings: Settings, numbers: Sequence[int], *, platform: str | None) -> Msg:
    """Give effects up; without numbers, all that failed. Problem: one cannot be.

    What was waiting for an effect is told that it failed, and goes on from there.
    """
    now = SystemClock().now()
    with opened(settings) as database:
        instance = write(database, migrate.instance_of)
        courier = Courier(_door(database, settings, instance), {})

        def give_up(conn: Connection, letter: Letter) -> bool:
            try:
                return courier.drop(conn, letter, now)
            except ValueError:  # nobody can read it
                return letters.drop(conn, letter, now)

        dropped = _change(database, numbers, platform, _Act(_DROPPED, now, give_up))
    return tn("{n} effect is given up.", "{n} effects are given up.", dropped)


def _door(database: Database, settings: Settings, instance: str) -> Door:
    defaults = Reader(settings.language, settings.timezone)
    return Door(database, registry(), SystemClock(), instance=instance, defaults=defaults)


@dataclass(frozen=True, slots=True)
class _Act:
    """Something to do to effects: as what it is noted, when, and how; False if it cannot be."""

    noted: str
    now: datetime
    do: Callable[[Connection, Letter], bool]


def _change(database: Database, numbers: Sequence[int], platform: str | None, act: _Act) -> int:
    """Do it to those effects, to all of them or to none; or to all that failed. To how many."""
    if numbers:
        return write(database, lambda conn: _to_each(conn, numbers, act))
    done = 0
    last: int | None = 0
    while last is not None:
        some, last = write(database, functools.partial(_to_some, last, platform, act))
        done += some
    return done


def _to_each(conn: Connection, numbers: Sequence[int], act: _Act) -> int:
    found = [_one(conn, number) for number in dict.fromkeys(numbers)]
    for each in found:
        number = Strong(str(each.id))
        if not act.do(conn, each):
            raise Problem(t("Effect {number} is being delivered just now.", number=number))
        _record(conn, each.home, act, number)
    return len(found)


def _to_some(
    after: int, platform: str | None, act: _Act, conn: Connection
) -> tuple[int, int | None]:
    """Do it to the next that failed; to how many, and the last of them, None if it was the last."""
    found = letters.listed(conn, "failed", count=GROUP, after=after, platform=platform)
    done = Counter(each.home for each in found if act.do(conn, each))
    for home, count in done.items():
        _record(conn, home, act, count)
    return done.total(), found[-1].id if len(found) == GROUP else None


_RETRIED, _DROPPED = "workspace.outbox_retried", "workspace.outbox_dropped"


def _record(conn: Connection, home: tuple[str, str], act: _Act, what: Strong | int) -> None:
    """Note what was done, to which or to how many, on the timeline: it is in the audit log."""
    workspaces = table_of(Workspace)
    mine = (workspaces.c.platform == home[0], workspaces.c.native == home[1])
    workspace = conn.execute(select(workspaces.c.id).where(*mine)).scalar()
    if workspace is None:
        return
    text = _told(what, was_retried=act.noted == _RETRIED)
    line = timeline.Record(act.noted, text, None, act.now)
    timeline.write(Rows(conn), [line], workspace=workspace, person=None)


def _told(what: Strong | int, *, was_retried: bool) -> Msg:
    if isinstance(what, Strong):
        if was_retried:
            return t("Effect {number} was retried at the command line", number=what)
        return t("Effect {number} was given up at the command line", number=what)
    if was_retried:
        return tn(
            "{n} effect was retried at the command line",
            "{n} effects were retried at the command line",
            what,
        )
    return tn(
        "{n} effect was given up at the command line",
        "{n} effects were given up at the command line",
        what,
    )


def _one(conn: Connection, number: int, *, lock: bool = True) -> Letter:
    found = letters.one(conn, number, lock=lock)
    if found is None:
        raise Problem(
            t(
                "There is no effect {number} that failed or waits: see {show}",
                number=Strong(str(number)),
                show=Code("muster outbox list"),
            )
        )
    return found


def _facts(letter: Letter, now: datetime, *, bodies: bool) -> dict[str, Any]:
    facts = {
        "id": letter.id,
        "state": letter.state,
        "platform": letter.platform,
        "lane": letter.lane,
        "kind": letter.kind,
        "attempts": letter.attempts,
        "age_seconds": int((now - letter.created_at).total_seconds()),
        "created_at": letter.created_at.isoformat(),
        "due_at": letter.due_at.isoformat(),
        "finished_at": letter.finished_at.isoformat() if letter.finished_at else None,
        "error": letter.error,
        "key": letter.key,
    }
    return {**facts, "body": json.loads(letter.payload)} if bodies else facts


def _as_json(letter: Letter, now: datetime, *, bodies: bool) -> str:
    return json.dumps(_facts(letter, now, bodies=bodies), ensure_ascii=False)


def _table(found: Sequence[Letter], now: datetime, *, bodies: bool) -> list[str]:
    rows = [_COLUMNS, *(_row(each, now) for each in found)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if not bodies:
        return lines
    told = [lines[0]]
    for line, each in zip(lines[1:], found, strict=True):
        told += [line, f"    {each.payload}"]
    return told


def _row(letter: Letter, now: datetime) -> tuple[str, ...]:
    why = (letter.error or "").partition("\n")[0]
    return (
        str(letter.id),
        letter.lane,
        letter.kind,
        letter.state,
        _age(now - letter.created_at),
        str(letter.attempts),
        why if len(why) <= _WHY else f"{why[: _WHY - 1]}…",
    )


def _age(passed: timedelta) -> str:
    """The two largest units: "2d 3h", "5m 4s"."""
    left = max(0, int(passed.total_seconds()))
    parts: list[str] = []
    for unit, seconds in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        number, left = divmod(left, seconds)
        if number or (unit == "s" and not parts):
            parts.append(f"{number}{unit}")
    return " ".join(parts[:2])
