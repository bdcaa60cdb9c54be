"""Muster in one Slack workspace: performs its effects there, each once.

What this process does not know it looks up before an effect is tried again (`probe`). What nobody
but one person sees leaves no trace that could be looked up: an ephemeral message and a Home tab are
sent again when in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, assert_never

import aiohttp
import structlog

from adapters.slack import limits, render
from adapters.slack.calls import TIMEOUT, Api, TokenSource
from adapters.slack.channels import Channels
from adapters.slack.errors import Rejected
from adapters.slack.files import Files
from adapters.slack.installation import Examined, Identity, Installation
from adapters.slack.messages import Letter, Messages, Spot
from adapters.slack.mrkdwn import atoms, fitted
from adapters.slack.pace import Pace, Sleep
from adapters.slack.people import People
from adapters.slack.probing import Prober
from adapters.slack.reading import MessageReader
from adapters.slack.tries import Tries
from bot.core.effects import (
    Address,
    Archive,
    Bookmark,
    CreateChannel,
    Describe,
    DirectMessage,
    Effect,
    Home,
    Invite,
    Pin,
    PostCard,
    PublishHome,
    ReadMessage,
    Receipt,
    RedrawCard,
    Remove,
    SendFile,
    Tell,
    UpdateCard,
    Urgent,
    User,
)
from bot.core.replicas import Quotas
from bot.core.text import Reader

log = structlog.get_logger(__name__)


class SlackClient:
    """Speaks to Slack for one workspace."""

    def __init__(  # noqa: PLR0913  all of it by name
        self,
        token_source: TokenSource,
        *,
        team: str,
        base_url: str,
        session: aiohttp.ClientSession,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        timeout: float = TIMEOUT,
        sleep: Sleep = asyncio.sleep,
        quotas: Quotas | None = None,
        prefix: str = "",
    ) -> None:
        """`clock` gives monotonic seconds, and `sleep` waits for them.

        `prefix` stands before the names of slash commands here.
        `session` is made with `trust_env`: see `calls.Api`.
        """
        self.team = team
        self._prefix = prefix
        self.pace = Pace(clock, sleep, quotas=quotas, place=f"slack/{team}")
        self._now = now
        self.api = Api(
            token_source,
            team=team,
            base_url=base_url,
            session=session,
            pace=self.pace,
            timeout=timeout,
        )
        self.people = People(self.api, clock, team)
        self._tries = Tries(lambda: self.api.heard_at)
        self._prober = Prober(self.api, self._tries)
        self._channels = Channels(self.api, self._tries)
        self._files = Files(self.api, self._tries)
        self._messages = Messages(
            self.api,
            self._tries,
            self._prober,
            self._files,
            clock=clock,
            bot_user=self._bot_user,
        )
        self._reader = MessageReader(self.api, self.people)
        self._installation = Installation(self.api, clock, now)

    async def call(
        self,
        method: str,
        args: Mapping[str, Any] | None = None,
        *,
        patience: float | None = None,
    ) -> Mapping[str, Any]:
        """Call a method of `methods.METHOD`. Raises Temporary or Permanent: see `Api.call`."""
        return await self.api.call(method, args, patience=patience)

    @property
    def trouble(self) -> str | None:
        """Slack's word for why nothing works here at present; None while it does."""
        return self.api.trouble

    # Effects.

    async def perform(self, effect: Effect, key: str) -> Receipt:  # noqa: PLR0911  one case a kind
        """Do it. Raises Temporary or Permanent with Slack's word."""
        match effect:
            case CreateChannel():
                return await self._create(effect, key)
            case PostCard() | DirectMessage():
                letter = await self._letter(effect, key)
                return self._posted(effect, letter, await self._messages.post(letter))
            case Tell(user=user):
                return Receipt(await self._messages.tell(await self._letter(effect, key), user))
            case UpdateCard(message=message):
                await self._messages.update(await self._letter(effect, key), message)
                return Receipt(message)
            case PublishHome(to, _, card, reader):
                args = {"user_id": to.user, "view": render.home(card, self._here(reader))}
                await self.api.call("views.publish", args)
                return Receipt()
            case ReadMessage():
                return await self._read(effect)
            case RedrawCard() | SendFile():
                # The worker makes an UpdateCard of the one, and the other goes to `send_file`.
                raise TypeError(type(effect).__name__)
            case _:
                return await self._change(effect)

    async def _change(
        self, effect: Invite | Remove | Describe | Pin | Archive | Bookmark | Urgent
    ) -> Receipt:
        """Change a channel: what can be done twice and be the same."""
        channel = effect.to.channel
        match effect:
            case Invite(users=users):
                return Receipt(channel, refused=await self._invite(channel, users))
            case Remove(user=user):
                await self._channels.remove(channel, user)
            case Describe(title=title, topic=topic):
                await self._channels.describe(channel, title, topic)
            case Pin(message=message):
                await self._channels.pin(channel, message)
            case Archive():
                await self._channels.archive(channel)
            case Bookmark(title=title, url=url):
                return Receipt(await self._channels.bookmark(channel, title, url), link=url)
            case Urgent():
                raise Rejected("not_supported")
            case _:
                assert_never(effect)
        return Receipt(channel)

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """Share the file at `content`. As `perform`."""
        written = await asyncio.to_thread(content.read_bytes)
        note = (
            fitted(atoms(effect.note, self._here(effect.reader)), limits.SECTION)[0]
            or effect.filename
        )
        spot = await self._spot(effect.to)
        place = (spot.channel, spot.thread)
        file = await self._files.send(place, effect.filename, written, note, key)
        return Receipt(file, effect.filename, link=await self._files.link(file))

    async def probe(self, effect: Effect, key: str) -> Receipt | None:
        """The receipt of an effect that has happened, else None; what is missing of it is done.

        None as well for what cannot be looked up, or does no harm a second time.
        """
        match effect:
            case CreateChannel():
                return await self._probe_channel(effect, key)
            case PostCard() | DirectMessage():
                letter = await self._letter(effect, key)
                found = await self._messages.found(letter)
                return self._posted(effect, letter, found) if found else None
            case Tell(user=user):
                if self._prober.settled(key):
                    return await self.perform(effect, key)
                letter = await self._letter(effect, key)
                return await self._probe_post(
                    replace(letter, spot=await self._messages.direct(user))
                )
            case SendFile():
                return await self._probe_file(effect, key)
            case _:
                return None

    async def _letter(
        self, effect: PostCard | DirectMessage | Tell | UpdateCard, key: str
    ) -> Letter:
        return Letter(await self._spot(effect.to), effect.card, self._here(effect.reader), key)

    def _here(self, reader: Reader) -> Reader:
        """As somebody reads in Slack, which takes only the slash commands that it was told of."""
        return replace(reader, prefix=self._prefix)

    async def _spot(self, to: Address | User) -> Spot:
        if isinstance(to, User):
            return await self._messages.direct(to.user)
        return Spot(to.channel, to.thread)

    async def _create(self, effect: CreateChannel, key: str) -> Receipt:
        made, name = await self._channels.create(effect.name, key, private=effect.private)
        return await self._described(effect, made, name)

    async def _described(self, effect: CreateChannel, made: str, name: str) -> Receipt:
        """With its topic; a channel that may not have one is a channel all the same."""
        try:
            await self._channels.describe(made, effect.title, effect.topic)
        except Rejected as rejected:
            log.warning("slack.not_described", code=rejected.code)
        return Receipt(made, name, link=f"{(await self.identity()).url}archives/{made}")

    async def _invite(self, channel: str, users: tuple[str, ...]) -> dict[str, str]:
        """Bring people in, and the members of user groups (ids that begin with S)."""
        bot_user = await self._bot_user()
        everybody: list[str] = []
        refused: dict[str, str] = {}
        for user in users:
            if not user.startswith("S"):
                everybody.append(user)
                continue
            try:
                everybody += await self.people.group(user)
            except Rejected as rejected:
                refused[user] = rejected.code
        wanted = [user for user in everybody if user != bot_user]
        return refused | await self._channels.invite(channel, wanted)

    async def _read(self, effect: ReadMessage) -> Receipt:
        if isinstance(effect.to, Home):
            # Slack names no message without its channel.
            raise Rejected("message_not_found")
        quoted = await self._reader.read(effect.to, effect.message)
        return Receipt(effect.message, link=quoted.link, quoted=quoted)

    async def _probe_channel(self, effect: CreateChannel, key: str) -> Receipt | None:
        if self._prober.settled(key) is None:
            bot_user = await self._bot_user()
            await self._prober.channel(key, effect.name, bot_user)
        made = self._prober.settled(key)
        return await self._described(effect, made, effect.name) if made else None

    async def _probe_post(self, letter: Letter) -> Receipt | None:
        found = await self._messages.found(letter)
        return Receipt(found) if found else None

    @staticmethod
    def _posted(effect: PostCard | DirectMessage, letter: Letter, message: str) -> Receipt:
        direct = letter.spot.channel if isinstance(effect, DirectMessage) else ""
        return Receipt(message, channel=direct)

    async def _probe_file(self, effect: SendFile, key: str) -> Receipt | None:
        file = self._prober.settled(key)
        if file is None:
            spot, bot_user = await self._spot(effect.to), await self._bot_user()
            found = await self._prober.message(key, bot_user, spot.channel, spot.thread)
            if found is not None:
                file = self._tries.remember(key, str(found["files"][0]["id"]))
        if not file:
            return None
        return Receipt(file, effect.filename, link=await self._files.link(file))

    # The workspace itself.

    async def identity(self) -> Identity:
        """Who Muster is here, asked once a day. Raises Temporary or Permanent."""
        return await self._installation.identity()

    async def examined(self) -> Examined:
        """What Slack says of this installation just now. Raises Temporary or Permanent."""
        return await self._installation.examined()

    async def _bot_user(self) -> str:
        return (await self.identity()).bot_user
