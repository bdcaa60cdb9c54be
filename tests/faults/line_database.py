"""PostgreSQL falls over and the network to it is cut, while people keep asking.

The ways in which it is away: `restart` (pg_ctl stop -m immediate, and start), `cut` (connections
are reset, new ones too), `stall` (bytes stop, then go on), `pulled` (a cable between two network
namespaces: nothing arrives, nobody is told; only where the machine allows it).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import make_url

from bot.features.rooms import notes
from storage.rows import table_of
from storage.tables import Entry
from tests.fakes.slack import FakeSlack
from tests.faults.databases import Server, server
from tests.faults.finding import Engine, Finding, Scale, some
from tests.faults.nursery import Nursery
from tests.faults.places import Asked, SlackPlace
from tests.faults.relay import Cable, relay
from tests.faults.site import Site, until

TITLE = "PostgreSQL falls over; the network to it is cut"
ENGINES: tuple[Engine, ...] = ("postgresql",)
#: How often it goes away in each way.
TIMES: Mapping[Scale, Mapping[str, int]] = {
    "short": {"restart": 3, "cut": 1, "stall": 1, "pulled": 1},
    "long": {"restart": 20, "cut": 5, "stall": 5, "pulled": 5},
}
#: Seconds that it is away.
AWAY: Mapping[Scale, tuple[float, float]] = {"short": (0.5, 2.0), "long": (0.5, 12.0)}
#: Seconds between one word of somebody's and the next; and between troubles.
PACE = 0.1
REST = 1.0
BACK = 2.0
_entry = table_of(Entry)
_TITLE = re.compile(r"Note-\d+-\d+\.")


@dataclass
class Street:
    """A Muster, its database, whatever lies between the two, and people who keep asking."""

    site: Site
    place: SlackPlace
    asked: list[Asked] = field(default_factory=list)
    #: By kind of trouble: seconds until somebody who asked after it was over was served.
    back: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    #: When somebody asked and was served, both by time.monotonic().
    served: list[tuple[float, float]] = field(default_factory=list)
    _asking: set[asyncio.Task[None]] = field(default_factory=set)

    async def keep_asking(self) -> None:
        """One note after the other, until cancelled; none waits for the one before."""
        number = 0
        while True:
            number += 1
            task = asyncio.create_task(self._ask(f"Note-{self.site.port}-{number}."))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            await asyncio.sleep(PACE)

    async def _ask(self, title: str) -> None:
        began = time.monotonic()
        is_acknowledged = await self.place.says(f"/warroom note WR-1 {title}")
        self.asked.append(Asked("note", title, is_acknowledged))
        if is_acknowledged():
            self.served.append((began, time.monotonic()))

    async def suffer(self, trouble: Trouble, seconds: float) -> None:
        """The database is away for so long; wait until somebody is served again."""
        await asyncio.to_thread(trouble.begin)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(trouble.end)
        over = time.monotonic()
        await until(lambda: self._first_after(over), of=f"service after {trouble.kind}")
        self.back[trouble.kind].append(self._first_after(over) - over)
        await asyncio.sleep(REST)

    def _first_after(self, at: float) -> float:
        """When the first was served of those who asked after `at`; 0.0 if nobody was."""
        return min((end for began, end in self.served if began >= at), default=0.0)

    async def rest(self) -> None:
        """Let those who asked be answered, and what they asked for be done."""
        while self._asking:
            await asyncio.wait(self._asking)
        await until(self.site.is_quiet, 120, of="rest after all troubles")

    def stands(self) -> Counter[str]:
        """How often each note stands in the timeline."""
        texts = self.site.rows(select(_entry.c.text).where(_entry.c.kind == notes.KIND))
        return Counter(title for (text,) in texts for title in _TITLE.findall(text))


@dataclass(frozen=True)
class Trouble:
    """A way in which PostgreSQL is away."""

    kind: str
    begin: Callable[[], None]
    #: Returns when it is there again.
    end: Callable[[], None]


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """What became of what people were told had been done, and how soon they were served again."""
    assert engine == "postgresql"
    chance = random.Random(seed)
    seen = Seen()
    with (
        tempfile.TemporaryDirectory(prefix="muster-database-") as folder,
        Nursery() as nursery,
        server() as pg,
    ):
        with relay(pg.socket) as line:
            site = Site(Path(folder) / "near", _url(pg, line.port), nursery)
            troubles = [
                Trouble("restart", pg.falls, pg.rises),
                Trouble("cut", lambda: line.says("cut"), lambda: line.says("go")),
                Trouble("stall", lambda: line.says("stall"), lambda: line.says("go")),
            ]
            asyncio.run(_lived(site, troubles, scale, chance, seen))
        with _cable() as cable:
            if cable is not None:
                with relay(pg.socket, host=cable.far, inside=cable.inside) as line:
                    url = _url(pg, line.port, cable.far)
                    site = Site(Path(folder) / "far", url, nursery)
                    pulled = Trouble("pulled", cable.pull, lambda: cable.plug(line.port))
                    asyncio.run(_lived(site, [pulled], scale, chance, seen))
    return _findings(seen, scale)


@dataclass
class Seen:
    """What was seen at all streets."""

    asked: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    back: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, street: Street) -> None:
        """Count, while the database is there."""
        stands = street.stands()
        known = [each.title for each in street.asked if each.is_acknowledged()]
        posts = street.place.posts()
        self.asked += len(street.asked)
        self.acknowledged += len(known)
        self.lost += [title for title in known if not stands[title]]
        self.doubled += [what for what, n in (stands + posts).items() if n > 1]
        for kind, seconds in street.back.items():
            self.back[kind] += seconds


def _findings(seen: Seen, scale: Scale) -> list[Finding]:
    timed = scale == "long"  # beside other tests a second is no measure
    findings = [
        Finding(
            "acknowledged commands lost",
            f"{some(seen.lost)} of {seen.acknowledged} ({seen.asked} sent)",
            "0",
            holds=not seen.lost and seen.acknowledged > 0,
        ),
        Finding("commands or posts doubled", some(seen.doubled), "0", holds=not seen.doubled),
    ]
    for kind, times in TIMES[scale].items():
        back = seen.back[kind]
        if kind == "pulled" and not back:
            findings.append(Finding("served again after pulled", "not allowed here", "-", True))
            continue
        found = f"≤ {max(back, default=0.0):.2f} s, {len(back)} times"
        must = f"< {BACK:.0f} s, {times} times" + ("" if timed else ", in the long form")
        holds = len(back) == times and (max(back, default=0.0) < BACK or not timed)
        findings.append(Finding(f"served again after {kind}", found, must, holds))
    return findings


async def _lived(
    site: Site, troubles: list[Trouble], scale: Scale, chance: random.Random, seen: Seen
) -> None:
    async with FakeSlack(record=None) as slack:
        place = SlackPlace(slack)
        site.settings = place.settings
        street = Street(site, place)
        site.start()
        try:
            await site.up()
            await place.begin(site)
            assert (await place.says("/warroom open Trouble"))(), site.last_words()
            await until(site.is_quiet, of="the room")
            asking = asyncio.create_task(street.keep_asking())
            plan = [each for each in troubles for _ in range(TIMES[scale][each.kind])]
            chance.shuffle(plan)
            for trouble in plan:
                await street.suffer(trouble, chance.uniform(*AWAY[scale]))
            asking.cancel()
            await street.rest()
            seen.add(street)
        finally:
            await site.kill()


def _url(pg: Server, port: int, host: str = "127.0.0.1") -> str:
    """A new database, by way of a relay."""
    there = make_url(pg.database())
    return there.set(host=host, port=port, query={}).render_as_string(hide_password=False)


@contextlib.contextmanager
def _cable() -> Iterator[Cable | None]:
    """A cable to pull; None where the machine does not allow it."""
    cable = Cable(f"mf{os.getpid() % 100000}", f"10.213.{os.getpid() % 250}")
    try:
        try:
            cable.lay()
        except (OSError, subprocess.CalledProcessError):
            yield None
        else:
            yield cable
    finally:
        cable.remove()
