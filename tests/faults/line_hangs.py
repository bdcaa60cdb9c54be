"""A platform that hangs, and answers that are lost: nobody waits for it, nobody sees a thing twice.

First not a single call is answered, and people go on: whatever is acknowledged then has waited for
no call. Then the platforms answer late, and what they were asked to do is done though its answer
never arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.fakes.feishu import Chat, Person
from tests.fakes.slack import Channel
from tests.fakes.slack import Person as SlackPerson
from tests.faults.finding import Engine, Finding, Scale
from tests.faults.forgeries import Forger, seen_by
from tests.faults.front import Front, database, found, front, until

TITLE = "platform hangs 0.1 / 1 / 10 s; delivered but the answer lost"
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
#: Seconds that platforms wait for an acknowledgement.
IN_TIME = 3.0
#: Milliseconds of an acknowledgement that are promised, at the 99th percentile.
TARGET = 100.0
#: Calls that people see something of.
SLACK_DEEDS = (
    "conversations.create",
    "conversations.invite",
    "chat.postMessage",
    "chat.update",
    "pins.add",
    "bookmarks.add",
)
FEISHU_DEEDS = (
    "POST /open-apis/im/v1/chats",
    "POST /open-apis/im/v1/chats/{chat_id}/members",
    "POST /open-apis/im/v1/messages",
    "PATCH /open-apis/im/v1/messages/{message_id}",
    "POST /open-apis/im/v1/pins",
)
ALWAYS = 1_000_000


@dataclass(frozen=True)
class Size:
    """How long the platforms hang, and for how much of what people do."""

    lags: tuple[float, ...]
    #: Acknowledgements that are timed for each lag; none in the short form.
    timed: int
    #: Rooms that are opened on each platform while answers are lost, one after the other, and how
    #: many answers of each kind are lost in each.
    rooms: int
    losses: int
    #: Seconds that calls stay late after the last command, and that all is to be done in then: in
    #: Feishu two hundred answers into one chat, each ten seconds late, take half an hour.
    lagging: float
    patience: float


SIZES = {
    "short": Size((1.0,), 0, 1, 2, 30, 90),
    "long": Size((0.1, 1.0, 10.0), 200, 8, 3, 60, 300),
}


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """See the module."""
    with tempfile.TemporaryDirectory(prefix="muster-hangs-") as folder:
        home = Path(folder)
        with database(engine, home) as url:
            return asyncio.run(_measure(SIZES[scale], home, url, random.Random(seed)))


async def _measure(size: Size, home: Path, url: str, chance: random.Random) -> list[Finding]:
    async with front(home, url, MUSTER_PLAYGROUND="off") as on:
        scene = await Scene.set(on, chance)
        findings = await scene.nobody_answers()
        for lag in size.lags:
            findings += await scene.late(lag, size)
        await scene.answers_are_lost(size)
        findings += scene.seen_once()
        return findings


@dataclass
class Scene:
    """Somebody on each platform whom Muster knows, each in a room."""

    on: Front
    mei: SlackPerson
    general: Channel
    li: Person
    forger: Forger
    #: The rooms that were asked for, by platform.
    slack_rooms: list[str]
    feishu_rooms: list[str]
    #: The items that were added in the first of them.
    items: int = 0

    @classmethod
    async def set(cls, on: Front, chance: random.Random) -> Scene:
        mei = on.slack.team.person("Mei")
        general = on.slack.team.channel("general")
        li = on.tenant.person("李雷", lang="en_us")
        await mei.writes("@Muster open S0", general)
        await li.dm("开 F0")
        await on.feishu.settled()
        made = cls(on, mei, general, li, Forger(on, chance, *seen_by(on)), ["S0"], ["F0"])
        await made.quiet(60)
        return made

    async def quiet(self, within: float) -> None:
        """Wait until everything has been done."""
        await until(lambda: self.on.waiting() == 0, within, every=0.1)

    # What happens.

    async def nobody_answers(self) -> list[Finding]:
        """People go on while every call hangs, known ones and strangers."""
        on = self.on
        hang = on.slack.faults.hangs(times=None)
        on.feishu.faults.hang("* /open-apis/*", ALWAYS)
        statuses = []
        for _ in range(5):
            statuses.append((await self.mei.types("/warroom list", self.general)).status)
            statuses.append(await self.add_item())
        stranger = on.slack.team.person("Nobody")
        met = (await stranger.types("/warroom list", self.general)).status
        events = len(on.feishu.events.log)
        for number in range(5):
            self.feishu_rooms.append(f"F-hang-{number}")
            await self.li.dm(f"开 F-hang-{number}")
        await on.tenant.person("陌生人").dm("攻关 列表")
        await on.feishu.settled(IN_TIME + 2)
        acked = [event.is_acked for event in on.feishu.events.log[events:]]
        hang.lift()
        on.feishu.faults.clear()
        await self.quiet(90)
        return [
            _all("Slack: acknowledged while no call is answered", [s == 200 for s in statuses]),
            _all("Slack: as above, of somebody new", [met == 200]),
            _all("Feishu: acknowledged while no call is answered", acked),
        ]

    async def late(self, lag: float, size: Size) -> list[Finding]:
        """Every call is answered so late; what people do is acknowledged at once."""
        on = self.on
        fault = on.slack.faults.lag(lag)
        on.feishu.faults.lag("* /open-apis/*", lag, ALWAYS)
        took: dict[str, list[float]] = {"Slack": [], "Feishu": []}
        for _ in range(3):
            assert await self.add_item() == 200
        for _ in range(size.timed):
            for request in self.forger.genuine("whoami"):
                began = time.perf_counter()
                async with on.browser.post(
                    on.address + request.path, data=request.body, headers=request.headers
                ) as answer:
                    assert answer.status == 200, request.name
                took[request.name].append(time.perf_counter() - began)
        with contextlib.suppress(AssertionError):
            await self.quiet(size.lagging)
        fault.lift()
        on.feishu.faults.clear()
        await self.quiet(size.patience)
        return [_p99(f"{name}, {lag:g} s", times) for name, times in took.items() if times]

    async def answers_are_lost(self, size: Size) -> None:
        """What is done is not heard of: so many times running, in each room anew."""
        on = self.on
        for number in range(1, size.rooms + 1):
            for method in SLACK_DEEDS:
                on.slack.faults.drops_after_delivery(method, times=size.losses)
            for match in FEISHU_DEEDS:
                on.feishu.faults.drop_after(match, size.losses)
            self.slack_rooms.append(f"S{number}")
            self.feishu_rooms.append(f"F{number}")
            assert (await self.mei.types(f"/warroom open S{number}", self.general)).status == 200
            await self.li.dm(f"开 F{number}")
            assert await self.add_item() == 200
            await self.quiet(size.patience)
            on.slack.faults.lift()
            on.feishu.faults.clear()

    async def add_item(self) -> int:
        """Add one in the first room; the status of the acknowledgement."""
        channel = await found(partial(_channel, self.on, "S0"))
        typed = await self.mei.types(f"/item add Number {self.items:03}", channel)
        self.items += 1
        return typed.status

    # What is seen in the end.

    def seen_once(self) -> list[Finding]:
        """Every room, card and post, exactly once."""
        on = self.on
        channels = Counter(c.name.partition("-")[2].partition("-")[2] for c in self._channels())
        chats = Counter(c.name.partition(" ")[2] for c in self._chats())
        wanted = Counter([*map(str.lower, self.slack_rooms), *self.feishu_rooms])
        there = channels + chats
        posts = Counter[str]()
        for channel in self._channels():
            posts += Counter(_key(channel, words) for words in self._words(channel))
        for chat in self._chats():
            seen = [each for each in self.li.sees(chat) if each.message.sender is self._bot]
            posts += Counter(_key(chat, each.words) for each in seen)
        items = [self._posts_of(number) for number in range(self.items)]
        failed = on.count("SELECT COUNT(*) FROM outbox WHERE state = 'failed'")
        twice = {key: n for key, n in posts.items() if n > 1}
        return [
            Finding(
                "channels of rooms, each once",
                f"{sum(there.values())}",
                f"{sum(wanted.values())}",
                holds=there == wanted,
            ),
            Finding("posts seen twice", f"{len(twice)} of {len(posts)}", "0", holds=not twice),
            Finding(
                "items announced exactly once",
                f"{items.count(1)}",
                f"{self.items}",
                holds=items == [1] * self.items,
            ),
            Finding("effects given up", f"{failed}", "0", holds=failed == 0),
        ]

    @property
    def _bot(self) -> object:
        return self.on.app

    def _channels(self) -> list[Channel]:
        channels = self.on.slack.team.channels.values()
        return [c for c in channels if c.name.startswith("wr-")]

    def _chats(self) -> list[Chat]:
        return [c for c in self.on.feishu.chats.values() if c.mode == "group"]

    def _words(self, channel: Channel) -> list[str]:
        seen = self.mei.sees(channel) if self.mei.id in channel.members else []
        return [each.words for each in seen if each.by == "Muster" and not each.is_ephemeral]

    def _posts_of(self, number: int) -> int:
        words = self._words(next(c for c in self._channels() if c.name.endswith("-s0")))
        return sum(f"Number {number:03}" in each.split("\n")[0] for each in words)


def _channel(on: Front, title: str) -> Channel | None:
    channels = on.slack.team.channels.values()
    return next((c for c in channels if c.name.endswith(f"-{title.lower()}")), None)


def _key(place: Channel | Chat, words: str) -> str:
    return f"{place.id} {words}"


def _all(what: str, good: list[bool]) -> Finding:
    return Finding(what, f"{sum(good)} of {len(good)}", "all", holds=all(good) and bool(good))


def _p99(what: str, times: list[float]) -> Finding:
    ordered = sorted(times)
    middle, last = (
        ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 for part in (0.5, 0.99)
    )
    measured = f"{last:.0f} ms (middle {middle:.0f} ms, {len(times)} times)"
    target = f"< {TARGET:g} ms"
    return Finding(f"acknowledgement, p99: {what}", measured, target, holds=last < TARGET)
