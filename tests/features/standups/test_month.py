"""A month of a bilingual team on the playground: every prompt, thread and report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from adapters.playground.places import MUSTER
from tests.features.standups.month import BEGINS, DAYS, HOME, Post, Stage, played, tell
from tests.features.standups.stage import names, sends
from tests.world import Actor, Place, World


class OnWorld:
    """Implements `Stage`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, Actor] = {}
        #: By channel: the newest message that was looked at.
        self.seen: dict[str, int] = {}

    async def meets(self, who: str, lang: str, zone: str) -> None:
        self.people[who] = self.world.person(who, lang="zh" if lang == "zh" else "en", zone=zone)

    async def travels(self, who: str, zone: str) -> None:
        self.world.town.people.change(self.people[who].id, zone=zone)
        self.people[who].dms(f"/muster timezone {zone}").hears(zone)

    async def opens(self, who: str, key: str, title: str, *others: str) -> None:
        with_them = " ".join(f"@{other}" for other in others)
        self.people[who].says(f"/warroom open {title} {with_them}").hears(key)
        self.world.channel("general").skips()

    async def at(self, when: datetime) -> None:
        self.world.at(f"{when.astimezone(UTC):%Y-%m-%d %H:%M}")

    async def down_until(self, when: datetime) -> None:
        self.world.clock.move_to(when)
        self.world.settle()

    async def says(self, who: str, text: str, room: str | None = None) -> str:
        actor = self.people[who]
        said = actor.dms(text) if room is None else actor.says(text, self.world.room(room))
        return said.text

    async def holds(self, who: str) -> Mapping[str, str]:
        said = self.people[who].dms("/standup")
        return {short: str(said.value(name)) for short, name in names(said).items()}

    async def fills(self, who: str, values: Mapping[str, str]) -> str:
        return sends(self.people[who].dms("/standup"), **values).text

    async def told(self, who: str) -> list[str]:
        actor = self.people[who]
        return [post.words for post in self._unread(actor.direct, actor)]

    async def posted(self, key: str) -> list[Post]:
        return self._unread(self.world.room(key), None)

    async def now(self, key: str, post: Post) -> str:
        return self.world.words(self.world.town.messages.get(post.id))

    def _unread(self, place: Place, actor: Actor | None) -> list[Post]:
        """As `World.unread`, but of what is new alone: a month has many messages."""
        messages = self.world.town.messages
        rows = messages._store.rows(
            "SELECT * FROM messages WHERE channel = ? AND id > ? ORDER BY id",
            place.id,
            self.seen.get(place.id, 0),
        )
        found = []
        for message in map(messages._message, rows):
            self.seen[place.id] = int(message.id)
            if message.author != MUSTER or message.id in self.world._read:
                continue
            said = self.world.words(message, actor.reader if actor else None)
            found.append(Post(message.id, message.thread, said))
            self.world.mark(message)
        return found


@pytest.mark.timeout(600)  # some seconds of work, thousands of commits: a busy machine takes long
def test_a_month() -> None:
    with World(at=BEGINS) as world:
        stage: Stage = OnWorld(world)
        month = played(tell(stage))
        assert len(month.reports) == len(DAYS)
        assert set(HOME) == {"Alice", "Bob", "李雷", "韩梅梅"}


@pytest.mark.timeout(300)
def test_its_beginning_on_each_engine(database_url: str) -> None:
    """A day of some only, leave, a late answer: on PostgreSQL too."""
    with World(database_url, at=BEGINS) as world:
        assert len(played(tell(OnWorld(world), days=4)).reports) == 4
