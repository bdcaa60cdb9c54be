"""A Slack, and one client that speaks to it: the adapter's outgoing half by itself.

Both go by the fake's clock, and who waits for a turn moves it, so that limits hold to the second
and cost no time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from adapters.slack.client import SlackClient
from bot.core.chat import Card, Paragraph
from bot.core.effects import Address, DirectMessage, Home, PostCard, User
from bot.core.text import Reader, t
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.channels import Channel
from tests.fakes.slack.messages import Message
from tests.fakes.slack.workspace import Workspace

ENGLISH = Reader("en")


def card(title: str = "Payment timeouts", *paragraphs: str) -> Card:
    return Card(t("{title}", title=title), tuple(Paragraph(each) for each in paragraphs))


@dataclass
class Rig:
    slack: FakeSlack
    session: aiohttp.ClientSession
    client: SlackClient

    @property
    def team(self) -> Workspace:
        return self.slack.team

    @property
    def home(self) -> Home:
        return Home("slack", self.team.id)

    @property
    def general(self) -> Channel:
        found = self.team.named("general")
        assert found is not None
        return found

    def at(self, channel: Channel | None = None, thread: str | None = None) -> Address:
        return Address("slack", self.team.id, (channel or self.general).id, thread)

    def user(self, person: Any) -> User:
        return User("slack", self.team.id, person.id)

    def post(self, shown: Card | None = None, thread: str | None = None) -> PostCard:
        return PostCard(self.at(thread=thread), shown or card(), ENGLISH)

    def direct(self, person: Any, shown: Card | None = None) -> DirectMessage:
        return DirectMessage(self.user(person), shown or card(), ENGLISH)

    def posts(self, channel: Channel | None = None) -> list[Message]:
        """What the bot has posted, oldest first."""
        return self.team.posts_of(channel or self.general)

    def calls(self, method: str) -> int:
        return len(self.slack.called(method))

    def another(self, **more: Any) -> SlackClient:
        """A client that remembers nothing: the process after this one."""
        given: dict[str, Any] = {
            "team": self.team.id,
            "base_url": self.slack.api,
            "session": self.session,
            "clock": self.slack.clock.now,
            "now": self.slack.clock.when,
            "sleep": self._wait,
            **more,
        }
        return SlackClient(self._token, **given)

    async def _wait(self, seconds: float) -> None:
        self.slack.clock.advance(seconds)

    async def _token(self) -> str:
        return self.team.bot_token


@asynccontextmanager
async def rig(
    prepare: Callable[[FakeSlack], None] = lambda _: None, **client: Any
) -> AsyncIterator[Rig]:
    """`prepare` sets the scene before the client comes; `client` are more arguments of it."""
    async with FakeSlack() as slack, aiohttp.ClientSession(trust_env=True) as session:
        prepare(slack)
        made = Rig(slack, session, None)  # type: ignore[arg-type]  # the next line has it
        made.client = made.another(**client)
        yield made
        assert not slack.limits.early, "called although Slack had asked to wait"
