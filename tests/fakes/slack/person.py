"""What all deeds of a person's share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.channels import Channel

if TYPE_CHECKING:
    from tests.fakes.slack.deliveries import Delivery
    from tests.fakes.slack.modal import Home, Modal
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.users import User
    from tests.fakes.slack.workspace import Workspace


class Who:
    """Somebody in a workspace."""

    slack: FakeSlack
    team: Workspace
    user: User
    errors: list[str]
    picked: dict[tuple[str, str], dict[str, Any]]

    if TYPE_CHECKING:

        @property
        def modal(self) -> Modal | None: ...

        @property
        def home(self) -> Home | None: ...

    def _place(self, place: Channel | str | None) -> Channel:
        """A channel, by itself, by its name or id; None: direct messages with the bot."""
        if isinstance(place, Channel):
            return place
        if place is None:
            return self.team.direct(self.team.bot.id, self.user.id)
        found = self.team.channels.get(place) or self.team.named(place)
        assert found is not None, f"no channel {place}"
        return found

    def _member(self, channel: Channel) -> None:
        """People see public channels, and write where they are members."""
        is_open = channel.kind == "channel" and not channel.is_archived
        if is_open and self.user.id not in channel.members:
            channel.members.append(self.user.id)
            self.slack.events.joined(self.team, channel, self.user.id)
        assert self.user.id in channel.members, f"{self.user.name} is not in {channel}"

    async def _told(self, *deliveries: Delivery | None) -> None:
        """Return when the app has been told once."""
        for delivery in deliveries:
            if delivery is not None:
                await delivery.tried.wait()
