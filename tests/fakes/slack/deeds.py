"""What people do to channels and to themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.channels import Channel, Note, check_name
from tests.fakes.slack.person import Who

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person


class Changes(Who):
    async def creates(self, name: str, *, private: bool = False) -> Channel:
        """A channel without the bot."""
        assert self.team.named(name) is None, f"#{name} is taken"
        kind = "group" if private else "channel"
        channel = self.team.make_channel(check_name(name), kind, self.user.id)
        channel.members.append(self.user.id)
        return channel

    async def joins(self, place: Channel | str) -> Channel:
        channel = self._place(place)
        assert channel.kind == "channel", f"nobody joins {channel} by themselves"
        assert self.user.id not in channel.members, f"{self.user.name} is in {channel}"
        channel.members.append(self.user.id)
        self.slack.events.joined(self.team, channel, self.user.id)
        return channel

    async def leaves(self, place: Channel | str) -> None:
        channel = self._place(place)
        channel.members.remove(self.user.id)
        self.slack.events.left(self.team, channel, self.user.id, self.user.id)

    async def invites(self, who: Person | None, place: Channel | str) -> None:
        """Somebody into a channel; None: the bot."""
        channel = self._place(place)
        user = self.team.bot.id if who is None else who.user.id
        assert self.user.id in channel.members, f"{self.user.name} is not in {channel}"
        assert user not in channel.members, f"{user} is in {channel}"
        channel.members.append(user)
        self.slack.events.joined(self.team, channel, user, inviter=self.user.id)

    async def kicks(self, who: Person | None, place: Channel | str) -> None:
        """Somebody out of a channel; None: the bot."""
        channel = self._place(place)
        user = self.team.bot.id if who is None else who.user.id
        channel.members.remove(user)
        self.slack.events.left(self.team, channel, user, self.user.id)

    async def renames(self, place: Channel | str, name: str) -> None:
        channel = self._place(place)
        old, channel.name = channel.name, check_name(name)
        channel.previous_names.insert(0, old)
        self.slack.events.renamed(self.team, channel, self.user.id, old)

    async def archives(self, place: Channel | str) -> None:
        channel = self._place(place)
        assert not channel.is_archived, f"{channel} is archived"
        channel.is_archived = True
        self.slack.events.archived(self.team, channel, self.user.id)

    async def unarchives(self, place: Channel | str) -> None:
        channel = self._place(place)
        assert channel.is_archived, f"{channel} is not archived"
        channel.is_archived = False
        self.slack.events.archived(self.team, channel, self.user.id)

    async def converts_to_private(self, place: Channel | str) -> None:
        """A public channel into a private one: its id stays."""
        channel = self._place(place)
        assert channel.kind == "channel", f"{channel} is private"
        channel.kind = "group"
        text = f"<@{self.user.id}> made this channel private"
        subtype = "channel_convert_to_private"
        self.slack.events.notice(self.team, channel, subtype, self.user.id, text)

    async def deletes_channel(self, place: Channel | str) -> None:
        channel = self._place(place)
        event: dict[str, Any] = {
            "type": f"{channel.kind}_deleted",
            "channel": channel.id,
            "actor_id": self.user.id,
        }
        if channel.kind == "group":
            event["date_deleted"] = int(self.slack.clock.now())
        self.slack.events.tell(self.team, event, channel)
        channel.is_deleted = True

    async def changes_channel_id(self, place: Channel | str) -> str:
        """A channel gets another id, as happens when workspaces are merged; the new id."""
        channel = self._place(place)
        old, channel.id = channel.id, self.slack.ids.new("C")
        del self.team.channels[old]
        self.team.channels[channel.id] = channel
        event = {
            "type": "channel_id_changed",
            "old_channel_id": old,
            "new_channel_id": channel.id,
        }
        self.slack.events.tell(self.team, event, channel)
        return channel.id

    async def sets_topic(self, place: Channel | str, topic: str) -> None:
        channel = self._place(place)
        channel.topic = Note(topic, self.user.id, int(self.slack.clock.now()))
        text = f"<@{self.user.id}> set the channel topic: {topic}"
        subtype = f"{channel.kind}_topic"
        self.slack.events.notice(self.team, channel, subtype, self.user.id, text, topic=topic)

    async def shares(self, place: Channel | str) -> str:
        """A channel with another organisation, through Slack Connect; its team id."""
        channel = self._place(place)
        other = self.slack.ids.new("T")
        channel.shared_with.append(other)
        event = {"type": "channel_shared", "connected_team_id": other, "channel": channel.id}
        self.slack.events.tell(self.team, event, channel)
        return other

    async def unshares(self, place: Channel | str) -> None:
        channel = self._place(place)
        other = channel.shared_with.pop()
        event = {
            "type": "channel_unshared",
            "previously_connected_team_id": other,
            "channel": channel.id,
            "is_ext_shared": bool(channel.shared_with),
        }
        self.slack.events.tell(self.team, event, channel)

    async def changes(self, **about: Any) -> None:
        """Something about themselves (fields of User; `name`: the display name; `manager`)."""
        if "name" in about:
            about["display_name"] = about["real_name"] = about.pop("name")
        if manager := about.pop("manager", None):
            self.user.fields[self.team.profile_field("Manager", "user")] = manager.user.id
        for key, value in about.items():
            assert hasattr(self.user, key), f"a user has no {key}"
            setattr(self.user, key, value)
        self.user.updated = int(self.slack.clock.now())
        if self.user.deleted:
            for channel in self.team.channels.values():
                if self.user.id in channel.members and not channel.is_direct:
                    channel.members.remove(self.user.id)
        await self._told(self.slack.events.user_changed(self.team, self.user))

    async def arrives(self) -> None:
        """The workspace has a new member: this one."""
        await self._told(self.slack.events.user_changed(self.team, self.user, "team_join"))
