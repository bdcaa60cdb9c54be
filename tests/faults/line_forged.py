"""Who is none of the platforms, and who only holds the line: refused or shed; others are served.

Each kind of forgery is sent to its address, among genuine requests, which show that the moulds
would be taken in. Then connections that say nothing, or a byte now and then, take every place that
there is, while people go on working.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot import connections
from tests.fakes.slack import Channel, Person
from tests.faults.finding import Engine, Finding, Scale
from tests.faults.forgeries import CARDS, EVENTS, SAY, SLACK, Forger, Request, seen_by
from tests.faults.front import FILES, Front, database, front, until

TITLE = "forged, stale, replayed, oversized and slow requests, idle connections"
#: Nothing of it reaches the database.
ENGINES: tuple[Engine, ...] = ("sqlite",)
ROUNDS = {"short": 2, "long": 100}
SLOW = {"short": 60, "long": 500}
IDLE = {"short": 1_200, "long": 10_000}
#: Seconds that a slow one is let alone beyond its time before that is held against Muster.
SLACKNESS = 5.0
ADDRESSES = (SLACK, EVENTS, CARDS, SAY)


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """See the module."""
    with tempfile.TemporaryDirectory(prefix="muster-forged-") as folder:
        home = Path(folder)
        with database(engine, home) as url:
            return asyncio.run(_measure(scale, home, url, seed))


async def _measure(scale: Scale, home: Path, url: str, seed: int) -> list[Finding]:
    with _files(IDLE[scale] + 2_000):
        async with front(home, url) as on:
            scene = await Scene.set(on, random.Random(seed))
            found = await forged(scene, ROUNDS[scale])
            found += await replayed(scene, ROUNDS[scale])
            found += await slow(scene, SLOW[scale])
            found += await idle(scene, IDLE[scale])
            found.append(_quiet(on))
            return found


@contextlib.contextmanager
def _files(count: int) -> Iterator[None]:
    """Let this process have so many files, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count, hard)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@dataclass
class Scene:
    """Somebody on each platform, and who would like to be them."""

    on: Front
    mei: Person
    general: Channel
    channel: str
    forger: Forger
    served: int = 0
    unserved: list[str] = field(default_factory=list)

    @classmethod
    async def set(cls, on: Front, chance: random.Random) -> Scene:
        mei = on.slack.team.person("Mei")
        general = on.slack.team.channel("general")
        li = on.tenant.person("李雷")
        await mei.writes("@Muster whoami", general)
        await li.dm("我是谁")
        await on.feishu.settled()
        assert await on.post("/playground/api/people", {"name": "alice"}) == 200
        async with on.browser.get(f"{on.address}/playground/api/state?as=alice") as answer:
            channel = (await answer.json())["channels"][0]["id"]
        forger = Forger(on, chance, *seen_by(on))
        return cls(on, mei, general, channel, forger)

    def taken_in(self) -> int:
        """Deliveries that were, but for what Muster found out by itself."""
        return self.on.count("SELECT COUNT(*) FROM inbox WHERE delivery NOT LIKE 'profile %'")

    async def send(self, request: Request) -> int:
        """The status of the answer; 0 if there was none."""
        url = f"{self.on.address}{request.path}"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            headers = request.headers
            async with self.on.browser.post(url, data=request.body, headers=headers) as answer:
                return answer.status
        return 0

    async def work(self) -> None:
        """One thing on each platform, as people do it; noted whether it was served."""
        typed = await self.mei.types("/warroom list", self.general)
        self._note("Slack", typed.status)
        for request in self.forger.genuine():
            self._note(request.name, await self.send(request))
        self._note("playground", await self.on.say("/muster whoami", self.channel, "alice"))
        async with self.on.browser.get(f"{self.on.address}/healthz") as answer:
            self._note("healthz", answer.status)

    def _note(self, who: str, status: int) -> None:
        if status == 200:
            self.served += 1
        else:
            self.unserved.append(f"{who} {status}")


async def forged(scene: Scene, rounds: int) -> list[Finding]:
    """Every kind of forgery; beside them what is genuine."""
    sent, statuses, wrong = 0, Counter[int](), list[str]()
    before = scene.taken_in()
    for request in scene.forger.genuine():
        assert await scene.send(request) == 200, f"the mould is no good: {request.name}"
    genuine = scene.taken_in() - before
    assert genuine == 2, "the moulds are no good: they are not taken in"
    before = scene.taken_in()
    for _ in range(rounds):
        for request in scene.forger.all():
            status = await scene.send(request)
            sent += 1
            statuses[status] += 1
            if not 400 <= status < 500:
                wrong.append(f"{request.name}: {status}")
    entered = scene.taken_in() - before
    return [
        _finding("forged requests taken in", f"{entered} of {sent}", "0", holds=entered == 0),
        _finding(
            "forged requests refused",
            f"{sent - len(wrong)} of {sent} ({_listed(wrong) or dict(statuses)})",
            "all, with 4xx",
            holds=not wrong,
        ),
    ]


async def replayed(scene: Scene, rounds: int) -> list[Finding]:
    """What was genuine once, again."""
    before = scene.taken_in()
    sent = 0
    for _ in range(rounds):
        for request in scene.forger.genuine():
            for _ in range(4):
                await scene.send(request)
                sent += 1
    entered = scene.taken_in() - before
    wanted = 2 * rounds
    what, figure = "replays that had an effect", f"{entered - wanted} of {sent - wanted}"
    return [_finding(what, figure, "0", holds=entered == wanted)]


async def slow(scene: Scene, count: int) -> list[Finding]:
    """Heads and bodies that come a byte at a time, at every address at once."""
    scene.served, scene.unserved = 0, []
    limit = max(connections.HEAD, connections.BODY)
    dawdlers = [
        asyncio.create_task(_dawdle(scene.on, path, limit + SLACKNESS, in_body=in_body))
        for path in ADDRESSES
        for in_body in (False, True)
        for _ in range(count // 8 + 1)
    ]
    while not all(task.done() for task in dawdlers):
        await scene.work()
        await asyncio.sleep(0.5)
    left = [await task for task in dawdlers].count(False)
    return [
        _finding(
            "slow requests that were ended",
            f"{len(dawdlers) - left} of {len(dawdlers)}",
            f"all, within {limit:g} s",
            holds=left == 0,
        ),
        _served(scene, "others served beside slow requests"),
    ]


async def _dawdle(on: Front, path: str, longest: float, *, in_body: bool) -> bool:
    """Whether Muster has ended a request that never gets on, by then."""
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    if in_body:
        head += "content-length: 5000\r\n\r\n{"
    reader, writer = await asyncio.open_connection("127.0.0.1", on.port)
    end = time.monotonic() + longest
    try:
        writer.write(head.encode())
        while time.monotonic() < end:
            if reader.at_eof() or writer.transport.is_closing():
                return True
            writer.write(b" " if in_body else b"x")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1000), 0.5)
    except ConnectionError:
        return True
    finally:
        writer.transport.abort()
    return False


async def idle(scene: Scene, count: int) -> list[Finding]:
    """Connections that say nothing: more than there are places."""
    scene.served, scene.unserved = 0, []
    on, most = scene.on, 0
    held: list[asyncio.StreamWriter] = []
    try:
        for number in range(count):
            with contextlib.suppress(OSError, TimeoutError):
                opening = asyncio.open_connection("127.0.0.1", on.port)
                held.append((await asyncio.wait_for(opening, 5))[1])
            if number % (count // 20) == 0:
                await scene.work()
                most = max(most, on.files)
        most = max(most, on.files)
    finally:
        for writer in held:
            writer.transport.abort()
    await until(lambda: on.files < connections.MOST // 2)
    await scene.work()
    return [
        _served(scene, f"others served beside {count:,} idle connections"),
        _finding(
            "files that Muster had open meanwhile", f"{most:,}", f"< {FILES:,}", holds=most < FILES
        ),
    ]


def _served(scene: Scene, what: str) -> Finding:
    asked = scene.served + len(scene.unserved)
    measured = f"{scene.served} of {asked} {_listed(scene.unserved)}".rstrip()
    return _finding(what, measured, "all", holds=not scene.unserved and asked > 0)


def _quiet(on: Front) -> Finding:
    """Nothing of all this is a fault of ours."""
    errors = [line for line in on.log.splitlines() if '"level": "error"' in line]
    return _finding(
        "errors in the log", f"{len(errors)} {errors[0][:200] if errors else ''}".rstrip(), "0",
        holds=not errors and on.is_alive,
    )  # fmt: skip


def _listed(what: list[str]) -> str:
    return ", ".join(f"{name} × {n}" for name, n in Counter(what).most_common(5))


def _finding(what: str, measured: str, target: str, *, holds: bool) -> Finding:
    return Finding(what, measured, target, holds)
