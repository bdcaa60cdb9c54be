"""Processes that follow each other on one database, each armed to die at a named point while people
ask for rooms, items and decisions, and the days go by that make stand-ups ask and neglect climb.

What a process leaves is found by the next one, which is armed for the next point and may die of
that already. One that gets nowhere near its point is killed where it stands. At the end one that is
not armed finishes whatever is unfinished, and everything is counted.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.core.points import POINTS
from bot.features.decisions.tables import Decision
from bot.features.escalation.tables import Parcel
from bot.features.items.tables import Item
from bot.features.rooms.tables import Room
from bot.features.standups.tables import Stand, Turn
from storage.rows import table_of
from storage.tables import LiveCard, Outbox
from tests.faults.databases import database
from tests.faults.finding import Engine, Finding, Scale, some
from tests.faults.nursery import Nursery
from tests.faults.places import Asked, Place, place
from tests.faults.site import KILLED, Site, until

TITLE = "kill -9 at every named point"
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
#: Rounds on each platform; a process dies in nearly all of them.
ROUNDS: Mapping[Scale, Mapping[str, int]] = {
    "short": {"playground": 36, "slack": 18, "feishu": 12},
    "long": {"playground": 340, "slack": 120, "feishu": 80},
}
#: Seconds of a lease, so that a test can wait for its end; and how much later work must go on.
LEASE = 2.0
GRACE = 5.0
#: Points that are only passed when a timer is due.
TIMED = {point for point in POINTS if "timer" in point}
#: Which column says what was asked for.
TITLES = {
    "room": table_of(Room).c.title,
    "item": table_of(Item).c.text,
    "decision": table_of(Decision).c.title,
}
_outbox = table_of(Outbox)
_live = table_of(LiveCard)


@dataclass
class Chapter:
    """What happened on one platform."""

    site: Site
    place: Place
    chance: random.Random
    asked: list[Asked] = field(default_factory=list)
    #: Times that a process died at each point; "" where it was killed elsewhere.
    kills: Counter[str] = field(default_factory=Counter)
    #: Seconds from a death to the next claim of what it had in hand.
    resumed: list[float] = field(default_factory=list)
    day: int = 0

    async def live(self, rounds: int) -> None:
        """Die `rounds` times, recover, and be at rest."""
        self.site.start()
        await self.site.up()
        await self.place.begin(self.site)
        await self._met()
        await self._found()
        await self.site.kill()
        for number, kill_at in enumerate(self._schedule(rounds)):
            await self._round(number, kill_at)
        self.site.start()
        await self._met()
        for _ in range(2):  # what was not acknowledged may be delivered again: 15 s, 5 min
            await self.place.later(301)
        await until(
            self.site.is_quiet,
            900,  # what many deaths have left undone leaves at the platform's own pace
            of=f"{self.place.name} at rest at the end",
            but=self.site.on_its_way,
        )
        await self.site.kill()

    async def _met(self) -> None:
        """Wait until it serves and the platform has a way to it; or it has died."""
        await self.site.up()
        await until(lambda: self.site.has_ended() or self.place.is_open(), of="a connection")

    def _schedule(self, rounds: int) -> list[str]:
        """Where to die: every point as often as any other, at its first, second, … time."""
        points = [each for each in POINTS if self._has_time or each not in TIMED]
        where = []
        for number in range(rounds):
            point = points[number % len(points)]
            most = 5 if point.startswith("worker.") else len(self._kinds(number))
            where.append(f"{point}:{1 + (number // len(points)) % most}")
        self.chance.shuffle(where)
        return where

    @staticmethod
    def _kinds(number: int) -> tuple[str, ...]:
        """What is asked for in a round. The room of all items gets one post of it: at one a second,
        as platforms have it, more would pile up there."""
        return ("room", "item" if number % 2 else "decision")

    @property
    def _has_time(self) -> bool:
        return self.place.name != "feishu"

    async def _found(self) -> None:
        """The room that all the others' items belong to, with a stand-up every day."""
        lines = ["/warroom open Founding @bob"]
        if self._has_time:
            setup = "/standup setup 09:30 --closes 8h --zone UTC --room WR-1"
            lines.append(f'{setup} --days "every day"')
        for line in lines:
            is_acknowledged = await self.place.says(line)
            await until(self.site.is_quiet, of="the founding")
            assert is_acknowledged(), self.site.last_words()

    async def _round(self, number: int, kill_at: str) -> None:
        point = kill_at.partition(":")[0]
        work = self.site.claimed()
        died = self.site.ended_at
        if self._has_time and (point in TIMED or number % 4 == 0):
            await self._next_morning()
            work = {}  # by that clock its lease ended long ago
        self.site.start(kill_at)
        await self._met()
        if not self.site.has_ended():
            await asyncio.gather(*(self._ask(kind, number) for kind in self._kinds(number)))
        if work:
            await until(
                lambda: self.site.has_ended() or self.site.is_resumed(work),
                of=f"work of the dead to be resumed, round {number}, {self.place.name}",
            )
            if self.site.is_resumed(work):
                self.resumed.append(time.monotonic() - died)
        await until(
            lambda: self.site.has_ended() or self.site.is_quiet(),
            300,  # as above
            of=f"round {number}, {kill_at}, {self.place.name}",
            but=self.site.on_its_way,
        )
        if self.site.has_ended():
            assert await self.site.ended() == KILLED, self.site.last_words()
            self.kills[point] += 1
        else:
            await self.site.kill()
            self.kills[""] += 1

    async def _next_morning(self) -> None:
        """Both clocks go to the next day, a quarter of an hour after the stand-up begins."""
        self.day += 1
        real = datetime.now(UTC)  # noqa: TID251  how far both are to be ahead of it
        morning = real.replace(hour=9, minute=45) + timedelta(days=self.day)
        ahead = (morning - real).total_seconds()
        await self.place.later(ahead - self.site.ahead)
        self.site.ahead = ahead

    async def _ask(self, kind: str, number: int) -> None:
        title = f"{kind.capitalize()}-{self.place.name}-{number}"
        line = {
            "room": f"/warroom open {title} @bob",
            "item": f"/item add WR-1 {title}",
            "decision": f"/decide --room WR-1 {title}",
        }[kind]
        self.asked.append(Asked(kind, title, await self.place.says(line)))

    # What is left of it all.

    def found(self, kind: str) -> Counter[str]:
        """How often each title stands in the database."""
        return Counter(title for (title,) in self.site.rows(select(TITLES[kind])))

    def lost(self) -> list[str]:
        """What was acknowledged and is not there."""
        found = {kind: self.found(kind) for kind in TITLES}
        return [
            each.title
            for each in self.asked
            if each.is_acknowledged() and not found[each.kind][each.title]
        ]

    def doubled(self) -> list[str]:
        """What is there twice: rows that people asked for, cards that are kept, posts."""
        rows = [title for kind in TITLES for title, n in self.found(kind).items() if n > 1]
        cards = self.site.rows(
            select(_live.c.live, _live.c.channel)
            .group_by(_live.c.live, _live.c.channel)
            .having(func.count() > 1)
        )
        posts = [post for post, n in self.place.posts().items() if n > 1]
        return rows + [str(tuple(each)) for each in cards] + posts

    def stuck(self) -> list[str]:
        """Effects that were given up, and rooms that never opened."""
        failed = self.site.rows(
            select(_outbox.c.key, _outbox.c.error).where(_outbox.c.state == "failed")
        )
        rooms = self.site.rows(select(TITLES["room"]).where(table_of(Room).c.opening != "ready"))
        return [str(tuple(each)) for each in [*failed, *rooms]]


@dataclass
class Count:
    """All platforms together."""

    kills: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    acknowledged: int = 0
    posts: int = 0
    prompts: int = 0
    climbed: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    resumed: list[float] = field(default_factory=list)

    def add(self, chapter: Chapter) -> None:
        """Count a chapter, while its database is still there."""
        self.kills += chapter.kills
        self.asked += len(chapter.asked)
        self.acknowledged += sum(each.is_acknowledged() for each in chapter.asked)
        self.posts += sum(chapter.place.posts().values())
        self.prompts += chapter.site.count(
            select(func.count()).where(table_of(Turn).c.state != Stand.DUE)
        )
        self.climbed += chapter.site.count(
            select(func.count()).where(table_of(Parcel).c.sent_at.is_not(None))
        )
        self.lost += chapter.lost()
        self.doubled += chapter.doubled()
        self.stuck += chapter.stuck()
        self.resumed += chapter.resumed


def counted(scale: Scale, engine: Engine, seed: int, folder: Path) -> Count:
    """Live through all of it, a platform after the other."""
    count = Count()
    with Nursery() as nursery:
        for name, rounds in ROUNDS[scale].items():
            with database(engine, folder / name) as url:
                asyncio.run(
                    _lived(
                        Site(folder / name, url, nursery, lease=LEASE), name, rounds, seed, count
                    )
                )
    return count


async def _lived(site: Site, name: str, rounds: int, seed: int, count: Count) -> None:
    async with place(name) as where:
        site.settings = where.settings
        chapter = Chapter(site, where, random.Random(seed))
        try:
            await chapter.live(rounds)
        finally:
            await site.kill()
        count.add(chapter)


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """What a few hundred deaths leave behind."""
    with tempfile.TemporaryDirectory(prefix="muster-kills-") as folder:
        count = counted(scale, engine, seed, Path(folder))
    named = {point: n for point, n in count.kills.items() if point}
    slowest = max(count.resumed, default=0.0)
    missed = sorted(set(POINTS) - set(named))
    at_least = {"short": 60, "long": 500}[scale]
    timed = scale == "long"  # beside other tests a second is no measure
    return [
        Finding(
            "killed at named points",
            f"{sum(named.values())} times at {len(named)} points, {count.kills['']} elsewhere",
            f"≥ {at_least}, at all {len(POINTS)}",
            holds=count.kills.total() >= at_least and not missed,
        ),
        Finding(
            "acknowledged commands lost",
            f"{some(count.lost)} of {count.acknowledged} ({count.asked} sent)",
            "0",
            holds=not count.lost and count.acknowledged > 0,
        ),
        Finding(
            "rooms, items, decisions, cards, posts doubled",
            f"{some(count.doubled)} of {count.posts} posts"
            f" ({count.prompts} turns of stand-ups, {count.climbed} escalations)",
            "0",
            holds=not count.doubled and count.prompts > 0 and count.climbed > 0,
        ),
        Finding("rooms and effects left behind", some(count.stuck), "0", holds=not count.stuck),
        Finding(
            f"work resumed after a death (a lease is {LEASE:.0f} s)",
            f"≤ {slowest:.1f} s, {len(count.resumed)} times",
            f"≤ {LEASE + GRACE:.0f} s",
            holds=bool(count.resumed) and (slowest <= LEASE + GRACE or not timed),
        ),
    ]
