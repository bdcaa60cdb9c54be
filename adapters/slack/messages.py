"""Messages: posted once, continued in their thread where they are long, and redrawn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from adapters.slack import render
from adapters.slack.cache import Cache
from adapters.slack.calls import Api
from adapters.slack.errors import Rejected
from adapters.slack.files import Files
from adapters.slack.probing import Prober, continuations, metadata, payload
from adapters.slack.render import Drawn
from adapters.slack.tries import Tries
from bot.core.chat import Card
from bot.core.text import Reader

log = structlog.get_logger(__name__)
#: Messages that continue a long one; what is longer yet becomes a file.
MOST_REPLIES = 5
#: What the file is called.
_WHOLE = "whole.md"
#: Why somebody cannot be told something in a channel: they or Muster are not in it, or nobody can
#: be any more. They are told in private.
_ELSEWHERE = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "method_not_supported_for_channel_type",
        "not_in_channel",
        "user_not_in_channel",
    }
)
#: Seconds and number of direct conversations kept in mind; they never change.
_FRESH, _MOST = 24 * 3600.0, 10_000
_PAGES = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message goes: a channel, and the thread in it."""

    channel: str
    thread: str | None = None

    def under(self, message: str) -> Spot:
        """Where what continues a message goes: its own thread, or the one it is in."""
        return Spot(self.channel, self.thread or message)


@dataclass(frozen=True, slots=True)
class Letter:
    """A card on its way: where to, for whom, and under which key."""

    spot: Spot
    card: Card
    reader: Reader
    key: str

    def drawn(self) -> Drawn:
        return render.message(self.card, self.reader)

    def replies(self, drawn: Drawn) -> list[Drawn]:
        """What did not fit, as messages."""
        return render.replies(drawn.overflow, self.reader) if drawn.overflow else []


class Messages:
    """The messages of Muster in a workspace."""

    def __init__(
        self,
        api: Api,
        tries: Tries,
        prober: Prober,
        files: Files,
        *,
        clock: Callable[[], float],
        bot_user: Callable[[], Awaitable[str]],
    ) -> None:
        """`bot_user` gives Muster's own user id."""
        self._api = api
        self._tries = tries
        self._prober = prober
        self._files = files
        self._bot_user = bot_user
        self._direct = Cache(self._opened, clock=clock, seconds=_FRESH, size=_MOST)
        #: Cards (channel and message) that are continued in their thread, as far as is known.
        self._continued: set[tuple[str, str]] = set()

    async def direct(self, user: str) -> Spot:
        """The direct conversation with somebody."""
        return Spot(await self._direct.get(user))

    async def post(self, letter: Letter) -> str:
        """Post a card, all of it; its id. A part that is known to be there is not posted again."""
        drawn, key = letter.drawn(), letter.key
        known = self._tries.get(key)
        ts = known.made if known else ""
        if not ts:
            ts = await self._posted(letter.spot, drawn, key, metadata(key))
        await self._continue(letter, ts, drawn)
        return ts

    async def found(self, letter: Letter) -> str | None:
        """The id of a card that was posted; what is missing of it is added. None if it was not.

        Raises as `post`.
        """
        key, spot = letter.key, letter.spot
        if self._prober.settled(key) is None:
            await self._prober.message(key, await self._bot_user(), spot.channel, spot.thread)
        made = self._prober.settled(key)
        if not made:
            return None
        if letter.drawn().overflow:
            await self._recall(letter, made)
        return await self.post(letter)

    async def tell(self, letter: Letter, user: str) -> str:
        """Show a card to somebody alone: there, or else in their direct conversation."""
        drawn = render.message(letter.card, letter.reader, rest=render.BELOW)
        parts = [drawn, *letter.replies(drawn)]
        if len(parts) > 1 + MOST_REPLIES:
            return await self._told_in_private(letter, user)
        try:
            for number, part in enumerate(parts):
                await self._shown(letter.spot, user, part, _part(letter.key, number))
        except Rejected as rejected:
            if rejected.code not in _ELSEWHERE:
                raise
            return await self._told_in_private(letter, user)
        return self._prober.settled(letter.key) or ""

    async def _told_in_private(self, letter: Letter, user: str) -> str:
        return await self.post(replace(letter, spot=await self.direct(user)))

    async def update(self, letter: Letter, message: str) -> None:
        """Redraw a card, and what continues it in its thread."""
        drawn, channel = letter.drawn(), letter.spot.channel
        await self._api.call("chat.update", {"channel": channel, "ts": message, **_content(drawn)})
        if drawn.overflow or (channel, message) in self._continued:
            try:
                await self._continue_anew(letter, message, drawn)
            except Rejected as rejected:
                # The card itself is as it should be. Threads may be locked, or not for us to read.
                log.warning("slack.not_continued", code=rejected.code)

    # What there was no room for.

    async def _continue(self, letter: Letter, ts: str, drawn: Drawn) -> None:
        parts = letter.replies(drawn)
        if not parts:
            return
        thread = letter.spot.under(ts)
        self._continued.add((thread.channel, ts))
        try:
            if len(parts) > MOST_REPLIES:
                await self._attach(letter, thread, drawn)
                return
            for number, part in enumerate(parts, 1):
                await self._continue_with(letter, ts, part, number)
        except Rejected as rejected:
            # The card itself is there. Threads may be locked.
            log.warning("slack.not_continued", code=rejected.code)

    async def _continue_with(self, letter: Letter, ts: str, part: Drawn, number: int) -> None:
        key = _part(letter.key, number)
        known = self._tries.get(key)
        if known is None or not known.made:
            marked = metadata(key, of=ts, part=number, digest=_digest(part))
            await self._posted(letter.spot.under(ts), part, key, marked)

    async def _attach(self, letter: Letter, thread: Spot, drawn: Drawn) -> None:
        content = (drawn.overflow or "").encode()
        place = (thread.channel, thread.thread)
        await self._files.send(place, _WHOLE, content, _WHOLE, f"{letter.key}.file")

    async def _continue_anew(self, letter: Letter, ts: str, drawn: Drawn) -> None:
        """Redraw what continues a card: add what is missing, delete what is left over."""
        channel = letter.spot.channel
        wanted = letter.replies(drawn)
        if len(wanted) > MOST_REPLIES:
            if (channel, ts) not in self._continued:
                await self._continue(letter, ts, drawn)
            wanted = []
        there = await self._continuations(letter.spot, ts)
        for number, part in enumerate(wanted, 1):
            old, digest = there.pop(number, None), _digest(part)
            if old is None:
                await self._continue_with(letter, ts, part, number)
            elif (was := payload(old)).get("digest") != digest:
                marked = metadata(str(was["key"]), of=ts, part=number, digest=digest)
                args = {"channel": channel, "ts": old["ts"], "metadata": marked}
                await self._api.call("chat.update", {**args, **_content(part)})
        for old in there.values():
            await self._api.call("chat.delete", {"channel": channel, "ts": old["ts"]})
        if drawn.overflow is None:
            self._continued.discard((channel, ts))

    async def _recall(self, letter: Letter, ts: str) -> None:
        """Learn what another process has posted of a card."""
        try:
            there = await self._continuations(letter.spot, ts)
        except Rejected as rejected:
            # Better a part that comes twice than one that never does.
            log.warning("slack.probe_refused", code=rejected.code)
            there = {}
        for number, found in there.items():
            self._tries.remember(_part(letter.key, number), str(found["ts"]))
        file = f"{letter.key}.file"
        too_long = len(letter.replies(letter.drawn())) > MOST_REPLIES
        if too_long and self._prober.settled(file) is None:
            thread = letter.spot.under(ts)
            bot_user = await self._bot_user()
            await self._prober.message(file, bot_user, thread.channel, thread.thread)

    async def _continuations(self, spot: Spot, ts: str) -> dict[int, Mapping[str, Any]]:
        """The messages that continue a card, by their number."""
        thread = spot.under(ts)
        args = {"channel": thread.channel, "ts": thread.thread, "include_all_metadata": "1"}
        found: dict[int, Mapping[str, Any]] = {}
        cursor, bot_user = "", await self._bot_user()
        for _ in range(_PAGES):
            page, cursor = await self._api.page("conversations.replies", args, cursor)
            found |= dict(continuations(page["messages"], ts, bot_user))
            if not cursor:
                break
        return found

    # Calls.

    async def _posted(self, spot: Spot, drawn: Drawn, key: str, marked: dict[str, Any]) -> str:
        args = {
            "channel": spot.channel,
            "thread_ts": spot.thread,
            "metadata": marked,
            "unfurl_links": False,
            "unfurl_media": False,
            **_content(drawn),
        }
        async with self._tries.trying(key) as attempt:
            attempt.made = str((await self._api.call("chat.postMessage", args))["ts"])
        return attempt.made

    async def _shown(self, spot: Spot, user: str, drawn: Drawn, key: str) -> str:
        known = self._tries.get(key)
        if known is not None and known.made:
            return known.made
        args = {"channel": spot.channel, "user": user, "thread_ts": spot.thread}
        async with self._tries.trying(key) as attempt:
            answer = await self._api.call("chat.postEphemeral", {**args, **_content(drawn)})
            attempt.made = str(answer["message_ts"])
        return attempt.made

    async def _opened(self, user: str) -> str:
        answer = await self._api.call("conversations.open", {"users": user})
        return str(answer["channel"]["id"])


def _content(drawn: Drawn) -> dict[str, Any]:
    return {"text": drawn.text, "blocks": drawn.blocks}


def _digest(drawn: Drawn) -> str:
    """A fingerprint of how a message looks: Slack gives its blocks back with more in them."""
    return hashlib.sha256(json.dumps(drawn.blocks).encode()).hexdigest()[:16]


def _part(key: str, number: int) -> str:
    """The key of a part; the first is the card itself."""
    return f"{key}.{number}" if number else key
