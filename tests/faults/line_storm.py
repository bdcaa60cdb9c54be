"""Half of all calls come too often: nothing is lost, nobody calls inside a pause, order holds.

People open rooms and add items in them, while Slack and Feishu refuse every other call with a
Retry-After, whatever it is about. Muster is a process of its own, and its time is everybody's.
"""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.fakes.feishu import Chat, Person
from tests.fakes.slack import Channel
from tests.fakes.slack import Person as SlackPerson
from tests.fakes.slack import Seen as SlackSeen
from tests.faults.finding import Engine, Finding, Scale
from tests.faults.front import Front, database, found, front, until

TITLE = "429 on half of all calls, Retry-After 1–30 s"
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
#: Seconds after a Retry-After was said for which a call may have been on its way.
ON_ITS_WAY = 0.5
#: A storm of fewer refusals proves nothing.
FEWEST = 2
_NUMBER = re.compile(r"Number (\d+)")


@dataclass(frozen=True)
class Size:
    """How bad it is, and for how much of what people do."""

    between: tuple[int, int]
    slack_rooms: int
    feishu_rooms: int
    items: int
    #: Real seconds for all of it.
    patience: float


SIZES = {"short": Size((1, 2), 2, 2, 3, 150), "long": Size((1, 30), 6, 2, 10, 3600)}


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """See the module."""
    with tempfile.TemporaryDirectory(prefix="muster-storm-") as folder:
        home = Path(folder)
        with database(engine, home) as url:
            return asyncio.run(_measure(SIZES[scale], home, url, random.Random(seed)))


async def _measure(size: Size, home: Path, url: str, chance: random.Random) -> list[Finding]:
    async with front(home, url, MUSTER_PLAYGROUND="off") as on:
        slack = on.slack.faults.storms(0.5, size.between, chance)
        feishu = on.feishu.faults.storms(0.5, size.between, chance)
        orders = await asyncio.gather(_in_slack(on, size), _in_feishu(on, size))
        await until(lambda: on.waiting() == 0, size.patience, every=0.2)
        slack_order, feishu_order = (order() for order in orders)
        early = [each.after for each in on.slack.limits.early if each.method != "response_url"]
        rooms, items = size.slack_rooms + size.feishu_rooms, size.items
        lost = on.count("SELECT COUNT(*) FROM outbox WHERE state = 'failed'")
        findings = [
            _equal("rooms open", on.titles(), [*_titles("S", size.slack_rooms),
                                               *_titles("F", size.feishu_rooms)]),
            _equal("items", on.count("SELECT COUNT(*) FROM item"), rooms * items),
            _equal("effects given up", lost, 0),
            *_told("Slack", slack.hits, len(on.slack.calls), early),
            *_told("Feishu", feishu.hits, len(on.feishu.calls), feishu.early),
        ]  # fmt: skip
        wanted = list(range(items))
        for name, order in (("Slack", slack_order), ("Feishu", feishu_order)):
            good = sum(each == wanted for each in order)
            wrong = next((each for each in order if each != wanted), "")
            findings.append(
                Finding(
                    f"{name}: channels with every post once and in order",
                    f"{good} of {len(order)} {wrong}".rstrip(),
                    "all",
                    holds=good == len(order) > 0,
                )
            )
        return findings


def _titles(kind: str, count: int) -> list[str]:
    return [f"{kind}{number}" for number in range(count)]


#: Gives, for each room, the numbers of the items in the order of its posts.
Order = Callable[[], list[list[int]]]


async def _in_slack(on: Front, size: Size) -> Order:
    """What people do there."""
    general = on.slack.team.channel("general")
    rooms: list[tuple[SlackPerson, Channel]] = []
    for title in _titles("S", size.slack_rooms):
        person = on.slack.team.person(f"Mei {title}")
        assert (await person.types(f"/warroom open {title}", general)).status == 200
        rooms.append((person, await found(partial(_channel, on, title), size.patience)))
    for person, channel in rooms:
        await until(lambda: person.id in channel.members, size.patience)  # noqa: B023  awaited here
    for number in range(size.items):
        for person, channel in rooms:
            assert (await person.types(f"/item add Number {number}", channel)).status == 200

    def order() -> list[list[int]]:
        return [_numbers(_said(person.sees(channel))) for person, channel in rooms]

    return order


def _channel(on: Front, title: str) -> Channel | None:
    channels = on.slack.team.channels.values()
    return next((c for c in channels if c.name.endswith(f"-{title.lower()}")), None)


def _said(posts: Iterable[SlackSeen]) -> Iterator[str]:
    """What was posted for everybody, but for the card of the room."""
    return (seen.words for seen in posts if not seen.is_ephemeral and not seen.is_pinned)


async def _in_feishu(on: Front, size: Size) -> Order:
    """As `_in_slack`."""
    rooms: list[tuple[Person, Chat]] = []
    for title in _titles("F", size.feishu_rooms):
        person = on.tenant.person(f"李 {title}", lang="en_us")
        await person.dm(f"开 {title}")
        rooms.append((person, await found(partial(_chat, on, title), size.patience)))
    for person, chat in rooms:
        await until(lambda: person.user in chat.members, size.patience)  # noqa: B023  as above
    for number in range(size.items):
        for person, chat in rooms:
            await person.writes(f"@集结 item add Number {number}", chat)
            await on.feishu.settled(60)

    def order() -> list[list[int]]:
        return [
            _numbers(
                seen.words
                for seen in person.sees(chat)
                if seen.message.sender is not person.user and not seen.is_pinned
            )
            for person, chat in rooms
        ]

    return order


def _chat(on: Front, title: str) -> Chat | None:
    return next((c for c in on.feishu.chats.values() if c.name.endswith(f" {title}")), None)


def _numbers(posts: Iterable[str]) -> list[int]:
    """The numbers of the items that posts are about, in their order."""
    return [int(found[1]) for words in posts if (found := _NUMBER.search(words))]


def _told(name: str, hits: int, calls: int, early: list[float]) -> list[Finding]:
    late = [after for after in early if after > ON_ITS_WAY]
    return [
        Finding(f"{name}: calls refused", f"{hits:,} of {calls:,}", "some", holds=hits > FEWEST),
        Finding(
            f"{name}: calls inside a Retry-After", f"{len(late)}", "0", holds=not late
        ),
    ]  # fmt: skip


def _equal(what: str, there: object, wanted: object) -> Finding:
    if isinstance(there, list) and isinstance(wanted, list):
        is_right = sorted(there) == sorted(wanted)
        return Finding(what, f"{len(there)}", f"{len(wanted)}", holds=is_right)
    return Finding(what, str(there), str(wanted), holds=there == wanted)
