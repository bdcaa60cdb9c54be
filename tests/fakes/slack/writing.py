"""Commands, messages, reactions."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, cast

from tests.fakes.slack import interactions
from tests.fakes.slack.channels import Channel, Pin
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.messages import Message, rich_text
from tests.fakes.slack.person import Who
from tests.fakes.slack.results import Result
from tests.fakes.slack.seen import Seen
from tests.fakes.slack.typed import as_text, pieces

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person


class Writes(Who):
    async def types(self, line: str, channel: Channel | str | None = None) -> Result:
        """A slash command, in a channel or (default) in the direct messages with the bot."""
        place = self._place(channel)
        name, _, text = line.partition(" ")
        assert name.startswith("/"), f"no command: {line}"
        if self._escapes(name):
            text = as_text(self.team, pieces(self.team, text), command=True)
        response = self.slack.responses.new(self.team, self.user.id, place)
        payload = interactions.command(self.team, self.user, place, name, text.strip(), response)
        attempt = await self.slack.deliveries.send("command", payload)
        result = Result.of(cast("Person", self), attempt, response)
        if not result.error and attempt.body:
            body = attempt.body if isinstance(attempt.body, dict) else {"text": str(attempt.body)}
            try:
                self.slack.responses.say(response, body)
            except SlackError as error:
                # What people are told when the acknowledgement itself is malformed.
                result.error = f"invalid_command_response: {error.body()}"
                self.errors.append(result.error)
        return result

    def _escapes(self, name: str) -> bool:
        """Whether the app has asked for references instead of names; without a manifest it has."""
        commands = self.slack.feature("slash_commands")
        known = [one for one in commands if one["command"] == name]
        assert known or not commands, f"{name} is not in the manifest"
        return not known or bool(known[0].get("should_escape"))

    async def writes(
        self,
        text: str,
        place: Channel | str | None = None,
        thread: Seen | str | None = None,
        *,
        broadcast: bool = False,
    ) -> Seen:
        """A message; a reply if a thread is named, sent to the channel as well with `broadcast`."""
        channel = self._place(place)
        self._member(channel)
        assert not channel.is_archived, f"{channel} is archived"
        some = pieces(self.team, text)
        message = Message(
            self.slack.ts(),
            self.team.id,
            channel.id,
            self.user.id,
            as_text(self.team, some, command=False),
            rich_text(text, some),
            client_msg_id=str(uuid.uuid4()),
        )
        if thread is not None:
            first = channel.find(thread.ts if isinstance(thread, Seen) else thread)
            first.thread_ts = first.ts
            message.thread_ts = first.ts
            message.is_broadcast = broadcast
        channel.messages[message.ts] = message
        await self._told(*self.slack.events.posted(self.team, channel, message))
        return Seen(self.team, channel, message)

    async def edits(self, seen: Seen, text: str) -> Seen:
        message = seen.message
        assert message.user == self.user.id, "people edit their own messages"
        before = message.json()
        some = pieces(self.team, text)
        message.text = as_text(self.team, some, command=False)
        message.blocks = rich_text(text, some)
        message.edited = {"user": self.user.id, "ts": self.slack.ts()}
        await self._told(self.slack.events.changed(self.team, seen.channel, message, before))
        return seen

    async def deletes(self, seen: Seen) -> None:
        seen.message.is_deleted = True
        await self._told(self.slack.events.removed(self.team, seen.channel, seen.message))

    async def reacts(self, emoji: str, seen: Seen) -> Seen:
        users = seen.message.reactions.setdefault(emoji.strip(":"), [])
        assert self.user.id not in users, "already reacted"
        users.append(self.user.id)
        return await self._reacted(seen, emoji, on=True)

    async def unreacts(self, emoji: str, seen: Seen) -> Seen:
        users = seen.message.reactions[emoji.strip(":")]
        users.remove(self.user.id)
        if not users:
            del seen.message.reactions[emoji.strip(":")]
        return await self._reacted(seen, emoji, on=False)

    async def _reacted(self, seen: Seen, emoji: str, *, on: bool) -> Seen:
        told = self.slack.events.reacted(
            self.team, seen.channel, seen.message, self.user.id, emoji.strip(":"), on=on
        )
        await self._told(told)
        return seen

    async def pins(self, seen: Seen) -> None:
        now = int(self.slack.clock.now())
        seen.channel.pins[seen.ts] = Pin(seen.ts, self.user.id, now)
        self.slack.events.pinned(self.team, seen.channel, seen.message, self.user.id, on=True)
