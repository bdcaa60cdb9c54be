"""People: what they do in Slack, and what they see of it.

Every deed is a coroutine that returns when Slack has told the app once (or found that it cannot).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack import deeds, forming, installing, writing
from tests.fakes.slack.channels import Channel
from tests.fakes.slack.modal import Home, Modal
from tests.fakes.slack.seen import Seen
from tests.fakes.slack.users import User

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace


class Person(writing.Writes, forming.Fills, deeds.Changes, installing.Installs):
    """Somebody with Slack open."""

    def __init__(self, slack: FakeSlack, team: Workspace, user: User) -> None:
        self.slack, self.team, self.user = slack, team, user
        #: Errors that Slack has shown, such as operation_timeout.
        self.errors: list[str] = []
        #: (channel, ts) → what was picked in the menus of a message.
        self.picked: dict[tuple[str, str], dict[str, Any]] = {}

    def __repr__(self) -> str:
        return f"<{self.user.display_name}>"

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.display_name

    @property
    def dm(self) -> Channel:
        """The direct messages with the bot."""
        return self.team.direct(self.team.bot.id, self.id)

    def sees(
        self, place: Channel | str | None = None, thread: Seen | str | None = None
    ) -> list[Seen]:
        """The messages of a conversation (default: direct messages with the bot) or of a thread.

        With what only they see, without what Slack itself writes ("has joined the channel").
        """
        channel = self._place(place)
        if channel.is_private:
            assert self.id in channel.members, f"{self.name} is not in {channel}"
        all_ = channel.shown() + [one for one in channel.ephemerals if one.seen_by == self.id]
        all_ = [one for one in all_ if not one.subtype or one.subtype == "file_share"]
        first = thread.ts if isinstance(thread, Seen) else thread
        if first is not None:
            all_ = [one for one in all_ if first in (one.ts, one.thread_ts)]
        ordered = sorted(all_, key=lambda one: one.ts)
        return [Seen(self.team, channel, one) for one in ordered]

    @property
    def modal(self) -> Modal | None:
        """The modal on top, if one is open."""
        stack = self.team.stacks.get(self.id)
        return Modal(self.team, stack[-1]) if stack else None

    @property
    def home(self) -> Home | None:
        """The Home tab as it is now; None if the app has published none."""
        view = self.team.homes.get(self.id)
        return Home(self.team, view) if view else None
