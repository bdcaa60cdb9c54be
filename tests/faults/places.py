"""Where people talk to a Muster that dies: the playground, a Slack, a Feishu; one at a time.

A place keeps who asked for what and whether Muster acknowledged it, as that platform sees it, and
can say which of Muster's posts stand there twice.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.slack.manifest import SCOPES, manifest
from bot.bootstrap import registry
from tests.fakes.feishu import App, FakeFeishu, Person
from tests.fakes.feishu.events import Event
from tests.fakes.slack import FakeSlack
from tests.faults.site import Site, until


@dataclass(frozen=True)
class Asked:
    """What somebody asked for. Its title is nobody else's."""

    kind: str
    title: str
    #: Whether Muster has acknowledged it; for good when all is over.
    is_acknowledged: Callable[[], bool]


class Place(Protocol):
    """A platform, as a line uses it."""

    name: str
    #: Settings of the Muster that talks there.
    settings: dict[str, str]

    async def begin(self, site: Site) -> None:
        """Meet: `site` serves for the first time."""

    def is_open(self) -> bool:
        """Whether there is a way to the process that serves."""

    async def says(self, line: str) -> Callable[[], bool]:
        """Somebody asks for something, in a line; whether it was acknowledged."""

    async def later(self, seconds: float) -> None:
        """The platform's own clock goes on."""

    def posts(self) -> Counter[str]:
        """How often each post of Muster's stands there."""


def _const(value: bool) -> Callable[[], bool]:
    return lambda: value


class PlaygroundPlace:
    """The playground: a channel, and Alice, who writes commands into it."""

    name = "playground"

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self._site: Site | None = None
        self._general = ""

    async def begin(self, site: Site) -> None:
        self._site = site
        for name in ("alice", "bob"):
            assert await self._call("people", {"name": name}), site.last_words()
        state = await self._call("state?as=alice")
        self._general = next(iter(state["channels"]))["id"]

    def is_open(self) -> bool:
        return True

    async def says(self, line: str) -> Callable[[], bool]:
        said = {"as": "alice", "channel": self._general, "text": line}
        return _const(await self._call("say", said) is not None)

    async def later(self, seconds: float) -> None:
        """It has no clock but Muster's."""

    def posts(self) -> Counter[str]:
        assert self._site is not None
        connection = sqlite3.connect(self._site.home / "playground.db")
        try:
            found = connection.execute(
                "SELECT 'pinned in ' || channel FROM messages WHERE author = 'muster' AND is_pinned"
                " UNION ALL SELECT 'channel ' || title FROM channels WHERE title LIKE 'WR-%'"
            ).fetchall()
        finally:
            connection.close()
        return Counter(what for (what,) in found)

    async def _call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return await asyncio.to_thread(self._called, path, body)

    def _called(self, path: str, body: dict[str, Any] | None) -> Any:
        """What it answers; None if the process has died meanwhile."""
        assert self._site is not None
        request = urllib.request.Request(  # noqa: S310  always http
            f"{self._site.address}/playground/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  as above
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None


class SlackPlace:
    """A workspace over HTTP, and Mei, who types slash commands in #general."""

    name = "slack"

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        slack.limits.on = False
        slack.manifest(manifest(registry().commands.values(), prefix=""))
        slack.team.grants(SCOPES)
        self.settings = slack_settings(slack)
        self._general = slack.team.channel("general")
        self._mei = slack.team.person("alice", tz="UTC")
        slack.team.person("bob", tz="UTC")

    async def begin(self, site: Site) -> None:
        self._slack.delivers_to(f"{site.address}/slack/events")

    def is_open(self) -> bool:
        return True

    async def says(self, line: str) -> Callable[[], bool]:
        said = await self._mei.types(line, self._general)
        return _const(said.status == 200)

    async def later(self, seconds: float) -> None:
        self._slack.clock.advance(seconds)

    def posts(self) -> Counter[str]:
        return slack_posts(self._slack)


def slack_settings(slack: FakeSlack) -> dict[str, str]:
    """How Muster is told of a fake Slack."""
    return {
        "MUSTER_PLAYGROUND": "off",
        "SLACK_API_URL": slack.api,
        "SLACK_BOT_TOKEN": slack.team.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
    }


def slack_posts(slack: FakeSlack) -> Counter[str]:
    """How often each post of Muster's stands in Slack: by the key in its metadata, and its part."""
    found: Counter[str] = Counter()
    for channel in slack.team.channels.values():
        for message in channel.shown():
            inside = (message.metadata or {}).get("event_payload") or {}
            if "key" in inside:
                found[f"{inside['key']} {inside.get('part', 0)}"] += 1
    return found


class FeishuPlace:
    """A tenant over the long connection, and Li, who writes to the bot alone."""

    name = "feishu"

    def __init__(self, feishu: FakeFeishu) -> None:
        self._feishu = feishu
        tenant = feishu.tenant()
        self._app: App = tenant.app()
        self._li: Person = tenant.person("alice", lang="en_us")
        tenant.person("bob", lang="en_us")
        self.settings = feishu_settings(feishu, self._app)
        self._site: Site | None = None

    async def begin(self, site: Site) -> None:
        self._site = site

    def is_open(self) -> bool:
        return bool(self._feishu.sockets.of(self._app))

    async def says(self, line: str) -> Callable[[], bool]:
        message = await self._li.dm(line.removeprefix("/").removesuffix(" @bob"))
        [event] = [
            each
            for each in self._feishu.events.of("im.message.receive_v1")
            if each.payload["event"]["message"]["message_id"] == message.id
        ]
        await until(lambda: event.tries or (self._site and self._site.has_ended()), of="an ack")
        return _acked(event)

    async def later(self, seconds: float) -> None:
        self._feishu.clock.advance(seconds)
        await self._feishu.settled()

    def posts(self) -> Counter[str]:
        return feishu_posts(self._feishu)


def _acked(event: Event) -> Callable[[], bool]:
    return lambda: event.is_acked


def feishu_settings(feishu: FakeFeishu, app: App) -> dict[str, str]:
    """How Muster is told of a fake Feishu."""
    return {
        "MUSTER_PLAYGROUND": "off",
        "FEISHU_APP_ID": app.id,
        "FEISHU_APP_SECRET": app.secret,
        "FEISHU_DOMAIN": feishu.url,
    }


def feishu_posts(feishu: FakeFeishu) -> Counter[str]:
    """How often each of Muster's messages stands in a chat of Feishu: by where, and what it says.

    Feishu keeps no mark of the effect in a message; so this tells posts apart where every title
    is given once, and nothing is said again because of the time. What only one person sees is left
    out.
    """
    found: Counter[str] = Counter()
    for chat in feishu.chats.values():
        for person in chat.members[:1]:
            reader = Person(feishu, person)
            for seen in reader.sees(chat):
                if isinstance(seen.message.sender, App) and seen.message.only_for is None:
                    found[f"{chat.id} {seen.words}"] += 1
    return found


@asynccontextmanager
async def place(name: str) -> AsyncIterator[Place]:
    """A place of that name."""
    if name == "slack":
        async with FakeSlack(record=None) as slack:
            yield SlackPlace(slack)
    elif name == "feishu":
        async with FakeFeishu() as feishu:
            yield FeishuPlace(feishu)
    else:
        yield PlaygroundPlace()
