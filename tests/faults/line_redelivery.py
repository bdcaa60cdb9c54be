"""Everything that people do is delivered one to four times, at once and again later, in any order,
to two replicas on one PostgreSQL (to one process on SQLite): whatever it is, it happens once.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select

from bot.features.decisions.tables import Decision
from bot.features.items.tables import Item, State
from bot.features.rooms import notes
from storage.rows import table_of
from storage.tables import Entry, Inbox
from tests.fakes.feishu import Chat, FakeFeishu
from tests.fakes.feishu import Person as FeishuPerson
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.channels import Channel
from tests.fakes.slack.deliveries import Attempt
from tests.fakes.slack.people import Person
from tests.faults.databases import database
from tests.faults.finding import Engine, Finding, Scale, some
from tests.faults.nursery import Nursery
from tests.faults.places import SlackPlace, feishu_posts, feishu_settings
from tests.faults.site import Site, until

TITLE = "each delivery 1 to 4 times, shuffled, concurrent"
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
#: How many people do how often all that is to be done.
PEOPLE = 3
ROUNDS: Mapping[Scale, int] = {"short": 2, "long": 40}
COPIES = (1, 4)
#: What share of the copies comes later, among other things.
LATER = 0.3
_item = table_of(Item)
_entry = table_of(Entry)


class Postman:
    """Stands between a platform and Muster, and hands everything over several times."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._late: list[Callable[[], Awaitable[Any]]] = []
        self.deliveries = 0
        self.copies = 0

    async def hand_over(self, deliver: Callable[[], Awaitable[Any]]) -> list[Any]:
        """Deliver one to four times at once, but for what is kept for later; all answers."""
        count = self._chance.randint(*COPIES)
        self.deliveries += 1
        self.copies += count
        later = sum(self._chance.random() < LATER for _ in range(count - 1))
        self._late += [deliver] * later
        answers = await asyncio.gather(*(deliver() for _ in range(count - later)))
        if self._chance.random() < LATER:
            await self.empty()
        return list(answers)

    async def empty(self) -> None:
        """Deliver what was kept, in another order."""
        late, self._late = self._late, []
        self._chance.shuffle(late)
        await asyncio.gather(*(deliver() for deliver in late))

    def serve_slack(self, slack: FakeSlack, sites: list[Site]) -> None:
        """Slack's every request goes to this postman, and from here to any of the replicas."""
        deliveries, post = slack.deliveries, slack.deliveries.post

        async def posted(body: bytes, headers: dict[str, str]) -> Attempt:
            async def once() -> Attempt:
                # `post` reads this before it waits for anything.
                deliveries.url = f"{self._chance.choice(sites).address}/slack/events"
                return await post(body, headers)

            answers = await self.hand_over(once)
            good = [each for each in answers if each.is_good and each.body]
            return cast("Attempt", (good or answers)[0])

        deliveries.post = posted  # type: ignore[method-assign]  # that is what the line is about

    def serve_feishu(self, feishu: FakeFeishu) -> None:
        """So do Feishu's events and callbacks, through any of the long connections."""
        events, push, call = feishu.events, feishu.events._push, feishu.events.call

        async def pushed(app: Any, payload: dict[str, Any]) -> bool:
            return any(await self.hand_over(lambda: push(app, payload)))

        async def called(app: Any, payload: dict[str, Any]) -> tuple[int, Any]:
            answers = await self.hand_over(lambda: call(app, payload))
            good = [each for each in answers if each[0] == 0 and each[1]]
            return cast("tuple[int, Any]", (good or answers)[0])

        events._push = pushed  # type: ignore[method-assign]  # as above
        events.call = called  # type: ignore[method-assign]  # as above


@dataclass
class Ledger:
    """What people did, and how often it is there."""

    #: Title → what kind of delivery it was.
    done: dict[str, str] = field(default_factory=dict)
    #: Items that were marked as done by a button.
    pressed: int = 0
    wrong: list[str] = field(default_factory=list)
    deliveries: int = 0
    copies: int = 0
    taken: int = 0
    posts: int = 0

    def check(self, site: Site, posts: Counter[str], postman: Postman) -> None:
        """Compare with the database, while it is there."""
        titles = site.rows(select(_item.c.text).union_all(select(table_of(Decision).c.title)))
        said = site.rows(select(_entry.c.text).where(_entry.c.kind == notes.KIND))
        found = Counter(str(title) for (title,) in titles)
        for title, kind in self.done.items():
            times = found[title] + sum(f'"{title}"' in text for (text,) in said)
            if times != 1:
                self.wrong.append(f"{kind} {title} {times} times")
        finished = site.count(select(func.count()).where(_item.c.state == State.DONE))
        closed = site.count(select(func.count()).where(_entry.c.kind == "item.done"))
        if not self.pressed == finished == closed:
            self.wrong.append(f"{self.pressed} pressed, {finished} done, {closed} times")
        self.wrong += [f"{times} posts {post}" for post, times in posts.items() if times > 1]
        self.posts += sum(posts.values())
        self.deliveries += postman.deliveries
        self.copies += postman.copies
        self.taken += site.count(select(func.count()).select_from(table_of(Inbox)))
        self.done.clear()
        self.pressed = 0


@dataclass
class SlackStory:
    """What people do in Slack."""

    slack: FakeSlack
    sites: list[Site]
    ledger: Ledger
    room: Channel

    async def day(self, person: Person, number: int) -> None:
        """All that one person does in a round."""
        end = f"{person.name}-{number}"
        ledger, room = self.ledger, self.room
        await person.types(f"/item add Command-{end}", room)
        ledger.done[f"Command-{end}"] = "command"
        await person.types("/item add", room)
        await self.slack.until(lambda: person.modal)
        await person.fills({"What is to be done?": f"Modal-{end}"})
        sent = await person.submits()
        assert not sent.refused, sent.refused
        ledger.done[f"Modal-{end}"] = "modal"
        await person.writes(f"@Muster /item add Event-{end}", room)
        ledger.done[f"Event-{end}"] = "event"
        written = await person.writes(f"Emoji-{end}", room)
        await person.reacts("scales", written)
        ledger.done[f"Emoji-{end}"] = "emoji"
        await self.settled()
        card = next(
            seen
            for seen in person.sees(room)
            if "added WR-1-" in seen.words and f"Command-{end}" in seen.words
        )
        await person.presses("Done", card)
        ledger.pressed += 1

    async def settled(self) -> None:
        await self.slack.quiet()
        await until(self.sites[0].is_quiet, of="rest", but=self.sites[0].on_its_way)


async def _in_slack(sites: list[Site], rounds: int, chance: random.Random, ledger: Ledger) -> None:
    async with FakeSlack(record=None) as slack:
        place = SlackPlace(slack)
        await _started(sites, place.settings)
        await place.begin(sites[0])
        postman = Postman(chance)
        postman.serve_slack(slack, sites)
        people = [slack.team.person(f"p{n}", tz="UTC") for n in range(PEOPLE)]
        others = " ".join(f"@{person.name}" for person in people)
        assert (await place.says(f"/warroom open Trouble {others}"))()
        await until(sites[0].is_quiet, of="the room")
        room = await slack.until(lambda: slack.team.named("wr-1-trouble"))
        story = SlackStory(slack, sites, ledger, room)
        for number in range(rounds):
            await asyncio.gather(*(story.day(person, number) for person in people))
            await postman.empty()
            await story.settled()
        ledger.check(sites[0], place.posts(), postman)


@dataclass
class FeishuStory:
    """What people do in Feishu."""

    feishu: FakeFeishu
    sites: list[Site]
    ledger: Ledger
    room: Chat

    async def day(self, person: FeishuPerson, number: int) -> None:
        end = f"{person.name}-{number}"
        ledger, room = self.ledger, self.room
        await person.writes(f"@集结 /item add Message-{end}", room)
        ledger.done[f"Message-{end}"] = "message"
        written = await person.writes(f"Emoji-{end}", room)
        await person.reacts("Pin", written)
        ledger.done[f"Emoji-{end}"] = "emoji"
        await self.settled()
        [summary] = [seen for seen in person.sees(room) if seen.is_pinned]
        await person.presses("Add an item", summary)
        form = await person.expects("What is to be done", chat=room)
        sent = await person.fills(form, {"What is to be done? *": f"Form-{end}"})
        assert sent.error is None, sent
        ledger.done[f"Form-{end}"] = "form"

    async def settled(self) -> None:
        await self.feishu.settled()
        await until(self.sites[0].is_quiet, of="rest", but=self.sites[0].on_its_way)


async def _in_feishu(sites: list[Site], rounds: int, chance: random.Random, ledger: Ledger) -> None:
    async with FakeFeishu() as feishu:
        feishu.limits.on = False
        tenant = feishu.tenant()
        app = tenant.app()
        people = [tenant.person(f"p{n}", lang="en_us") for n in range(PEOPLE)]
        await _started(sites, feishu_settings(feishu, app))
        await until(lambda: feishu.sockets.of(app), of="a connection")
        postman = Postman(chance)
        postman.serve_feishu(feishu)
        group = tenant.group("Duty", people)
        others = " ".join(f"@{person.name}" for person in people[1:])
        await people[0].writes(f"@集结 /warroom open Trouble {others}", group)
        room = await feishu.until(
            lambda: next((c for c in feishu.chats.values() if c.name.startswith("WR-1 ")), None)
        )
        story = FeishuStory(feishu, sites, ledger, room)
        await story.settled()
        for number in range(rounds):
            await asyncio.gather(*(story.day(person, number) for person in people))
            await postman.empty()
            await story.settled()
        ledger.check(sites[0], feishu_posts(feishu), postman)


async def _started(sites: list[Site], settings: Mapping[str, str]) -> None:
    for site in sites:
        site.settings = settings
        site.start()
        await site.up()  # the first one gives the database its tables


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """How often things happened that were delivered often."""
    ledger = Ledger()
    replicas = {"sqlite": 1, "postgresql": 2}[engine]
    with tempfile.TemporaryDirectory(prefix="muster-again-") as folder, Nursery() as nursery:
        for name, story in (("slack", _in_slack), ("feishu", _in_feishu)):
            home = Path(folder) / name
            with database(engine, home) as url:
                sites = [Site(home / str(n), url, nursery) for n in range(replicas)]
                asyncio.run(_told(story, sites, ROUNDS[scale], random.Random(seed), ledger))
    at_least = 50 if scale == "short" else 1000
    return [
        Finding(
            "delivered",
            f"{ledger.deliveries} things, {ledger.copies} times, to {replicas}",
            f"≥ {at_least} things",
            holds=ledger.deliveries >= at_least and ledger.copies > ledger.deliveries,
        ),
        Finding(
            "happened not once",
            f"{some(ledger.wrong)} (taken in {ledger.taken}, posts {ledger.posts})",
            "0",
            holds=not ledger.wrong,
        ),
    ]


async def _told(
    story: Callable[[list[Site], int, random.Random, Ledger], Awaitable[None]],
    sites: list[Site],
    rounds: int,
    chance: random.Random,
    ledger: Ledger,
) -> None:
    try:
        await story(sites, rounds, chance, ledger)
    finally:
        for site in sites:
            await site.kill()
