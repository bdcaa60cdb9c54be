"""A database or a clock that is not as it should be: Muster refuses, and recovers by itself.

While the trouble lasts people go on on both platforms and in the playground. What is acknowledged
must be in the database; what is not comes again, by the platforms' own ladders, and is done once.
What was on its way when a clock was put right does not wait for the wrong time to come.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.feishu import Person
from tests.fakes.feishu.events import Event
from tests.fakes.slack import Channel
from tests.fakes.slack import Person as SlackPerson
from tests.faults.clocked import MOVED
from tests.faults.finding import Engine, Finding, Scale
from tests.faults.front import Front, database, front, until
from tests.faults.woes import CLOCKS, DATABASES, NotHereError, Woe, disk_full, small_disk

TITLE = "disk full, read-only file, locked database, clock ±1 h and ±1 day"
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
ROUNDS = {"short": 1, "long": 5}
#: Seconds within which all is well again, once the platforms deliver again.
SOON = 30.0
#: Rooms that were asked for in Slack within a minute, when three more may be.
ROOMS = 17
_MINUTE = 62.0
#: Slack's longest wait before it delivers again, and some.
AGAIN = 301.0
#: Seconds that platforms wait here: long enough to hear a refusal, for a lock is waited for.
PATIENCE = 20.0


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """See the module. There is no chance in it."""
    del seed
    woes = DATABASES[engine] | (CLOCKS if engine == "sqlite" or scale == "long" else {})
    with tempfile.TemporaryDirectory(prefix="muster-troubles-") as folder:
        home = Path(folder)
        with database(engine, home) as url:
            findings = asyncio.run(_measure(home, url, woes, ROUNDS[scale]))
    if scale == "long" and engine == "sqlite":
        findings += _on_a_small_disk(ROUNDS[scale])
    return findings


def _on_a_small_disk(rounds: int) -> list[Finding]:
    """With nothing but its own writing to find out that there is no room."""
    with tempfile.TemporaryDirectory(prefix="muster-disk-") as folder:
        try:
            with small_disk(Path(folder)) as home:
                url = f"sqlite:///{home / 'muster.db'}"
                return asyncio.run(_measure(home, url, {"disk full": disk_full}, rounds))
        except NotHereError as reason:
            return [Finding("disk full", f"not tried: {reason}", "as above", holds=True)]


async def _measure(home: Path, url: str, woes: dict[str, Woe], rounds: int) -> list[Finding]:
    moved = home / "moved"
    moved.write_text("0", encoding="utf-8")
    findings: list[Finding] = []
    program, clock = "tests.faults.clocked", {MOVED: str(moved)}
    async with front(home, url, program=program, MUSTER_PLAYGROUND="off", **clock) as on:
        on.slack.deliveries.patience = PATIENCE
        scene = await Scene.set(on)
        for name, woe in woes.items():
            for _ in range(rounds):
                found = await scene.lives_through(name, woe)
                if name in CLOCKS:
                    found.append(await scene.does_not_wait(name, woe))
                findings = _worst(findings, found)
        errors = Counter(line for line in on.log.splitlines() if "Traceback" in line)
        findings.append(
            Finding("faults of Muster's own in the log", f"{sum(errors.values())}", "0",
                    holds=not errors and on.is_alive)
        )  # fmt: skip
    return findings


def _worst(before: list[Finding], now: list[Finding]) -> list[Finding]:
    """Of several rounds, what did not hold; else what was found first."""
    known = {each.what: each for each in before}
    for each in now:
        if each.what not in known or not each.holds:
            known[each.what] = each
    return list(known.values())


@dataclass
class Scene:
    """Somebody on each platform, who asks for rooms."""

    on: Front
    mei: SlackPerson
    general: Channel
    li: Person
    asked: int = 0
    #: When rooms were asked for in Slack, by the loop's clock.
    asked_at: list[float] = field(default_factory=list)
    #: Titles that must be there in the end: what was acknowledged, or comes again until it is.
    wanted: list[str] = field(default_factory=list)
    #: What Feishu has to deliver again.
    unheard: list[Event] = field(default_factory=list)

    @classmethod
    async def set(cls, on: Front) -> Scene:
        general = on.slack.team.channel("general")
        made = cls(on, on.slack.team.person("Mei"), general, on.tenant.person("李雷"))
        assert await made.types() == 200
        await made.is_well()
        return made

    def title(self) -> str:
        self.asked += 1
        return f"T{self.asked}"

    async def keeps_to_the_limit(self) -> None:
        """Slack makes 20 channels a minute: what waits for that is no trouble of Muster's."""
        now = asyncio.get_running_loop().time
        while sum(now() - at < _MINUTE for at in self.asked_at) > ROOMS:  # noqa: ASYNC110  time has to pass
            await asyncio.sleep(1.0)

    async def types(self) -> int:
        """A slash command: Slack does not deliver it again, so only a 200 promises anything."""
        title = self.title()
        self.asked_at.append(asyncio.get_running_loop().time())
        status = (await self.mei.types(f"/warroom open {title}", self.general)).status
        if status == 200:
            self.wanted.append(title)
        return status

    async def writes(self) -> int:
        """A mention: Slack delivers it again. The status of the first answer."""
        self.wanted.append(self.title())
        self.asked_at.append(asyncio.get_running_loop().time())
        seen = len(self.on.slack.deliveries.log)
        await self.mei.writes(f"@Muster open {self.wanted[-1]}", self.general)
        tries = [
            each.attempts[0].status
            for each in self.on.slack.deliveries.log[seen:]
            if each.name == "app_mention"
        ]
        return tries[0]

    async def sends(self) -> bool:
        """A direct message in Feishu, which delivers it again. Whether it was acknowledged."""
        self.wanted.append(self.title())
        await self.li.dm(f"开 {self.wanted[-1]}")
        event = self.on.feishu.events.of("im.message.receive_v1")[-1]
        await until(lambda: event.tries, PATIENCE + 3)
        if not event.is_acked:
            self.unheard.append(event)
        return bool(event.is_acked)

    async def lives_through(self, name: str, woe: Woe) -> list[Finding]:
        """People go on while the trouble lasts, and after it."""
        on = self.on
        await self.keeps_to_the_limit()
        before = self.taken_in()
        try:
            with woe(on):
                statuses = [await self.types(), await self.writes()]
                is_acked = await self.sends()
                entered = self.taken_in() - before
        except NotHereError as reason:
            return [Finding(f"{name}: refused", f"not tried: {reason}", "all", holds=True)]
        acknowledged = statuses.count(200) + is_acked
        refused = sum(status >= 400 for status in statuses) + (not is_acked)
        # Feishu signs an event once and delivers it for hours: one of an hour ago may be genuine.
        may_enter = acknowledged if name in CLOCKS else 0
        took = await self.recovers()
        there = Counter(on.titles())
        return [
            Finding(
                f"{name}: refused, with 4xx or 5xx",
                f"{refused} of 3 {statuses}" + (f", {may_enter} taken in" if may_enter else ""),
                "all" if name not in CLOCKS else "all, or taken in",
                holds=refused + may_enter == 3,
            ),
            Finding(
                f"{name}: acknowledged and not committed", f"{acknowledged - entered}", "0",
                holds=acknowledged <= entered,
            ),
            Finding(
                f"{name}: well again, and all of it done once",
                f"after {took:.1f} s" if took is not None else f"never: {self.state()}",
                f"within {SOON:g} s",
                holds=took is not None and there == Counter(self.wanted),
            ),
        ]  # fmt: skip

    async def does_not_wait(self, name: str, woe: Woe) -> Finding:
        """An effect is put off while the clock is wrong, and done when it has been put right."""
        on = self.on
        refused = on.slack.faults.answers_429(1, "chat.postMessage", times=None)
        await self.types()
        await until(lambda: refused.hits > 0)
        with woe(on):
            if not name.startswith(
                "clock -"
            ):  # behind time it waits for the time it was put off to
                hits = refused.hits
                await until(lambda: refused.hits > hits)
            await asyncio.sleep(1)
        refused.lift()
        try:
            took = await until(self.is_done, SOON, every=0.1)
        except AssertionError:
            took = None
            # The next trouble shall not suffer from this one.
            on.change("UPDATE outbox SET due_at = created_at")
        return Finding(
            f"{name}: what was put off meanwhile is done when it is put right",
            "never" if took is None else f"after {took:.1f} s",
            f"within {SOON:g} s",
            holds=took is not None,
        )

    async def recovers(self) -> float | None:
        """The seconds until all is as if nothing had been; None if that does not come."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self.again()
            await self.is_well()
        except AssertionError:
            return None
        return loop.time() - began

    async def again(self) -> None:
        """Let the platforms deliver again until all that was promised is there."""
        on = self.on
        end = asyncio.get_running_loop().time() + SOON
        while not self.is_done():
            assert asyncio.get_running_loop().time() < end, self.state()
            on.slack.clock.advance(AGAIN)
            # Its requests are signed with its clock, which must not run away from Muster's.
            for event in self.unheard:
                on.feishu.events.repeat(event)
            await on.feishu.settled(PATIENCE + 3)
            await asyncio.sleep(0.5)
        self.unheard.clear()

    async def is_well(self) -> None:
        """Wait until everything that must be there is, and nothing is on its way."""
        status = 0
        end = asyncio.get_running_loop().time() + SOON
        while status != 200:
            status = await self.types()
            assert status == 200 or asyncio.get_running_loop().time() < end, f"still {status}"
        await until(self.is_done, SOON, every=0.1)

    def is_done(self) -> bool:
        return set(self.wanted) <= set(self.on.titles()) and self.on.waiting() == 0

    def taken_in(self) -> int:
        """Commands that were: rooms that there are."""
        return len(self.on.titles())

    def state(self) -> str:
        missing = set(self.wanted) - set(self.on.titles())
        return f"missing {sorted(missing)}, {self.on.waiting()} on their way"
