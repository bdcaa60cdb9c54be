"""Has it happened? Looking for what an effect left behind, by its key.

Messages carry the key in their metadata, files in the id of the block beside them, and a channel is
known by its name and by who made it. Whoever wrote it must be Muster: metadata is no secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import structlog

from adapters.slack.calls import Api
from adapters.slack.errors import Rejected
from adapters.slack.tries import Tries, Try

log = structlog.get_logger(__name__)
#: The type of the metadata that Muster's messages carry.
EVENT_TYPE = "muster_effect"
#: How far back to look for what another process may have done: longer than anything is retried, and
#: than Muster is ever down.
WINDOW = 7 * 24 * 3600.0
#: Seconds before the first try: Slack's own clocks may differ.
_SLACK = 300.0
#: Pages to look through, of 200 messages each. What lies further back counts as not there.
MOST_PAGES = 20
#: Pages of the channels that Muster is in.
_MOST_LISTS = 25
#: What the id of a block begins with that carries a key; Slack takes 255 characters.
_MARK = "muster "

_Message = Mapping[str, Any]


def metadata(key: str, *, of: str = "", part: int = 0, digest: str = "") -> dict[str, Any]:
    """The metadata of a message.

    `part` counts those that continue the message `of`; `digest` tells how each looks.
    """
    payload: dict[str, Any] = {"key": key}
    if of:
        payload |= {"of": of, "part": part, "digest": digest}
    return {"event_type": EVENT_TYPE, "event_payload": payload}


def mark(key: str) -> str:
    """The id of a block that carries a key."""
    return f"{_MARK}{key}"[:255]


def payload(message: _Message) -> Mapping[str, Any]:
    """What `metadata` put into a message; nothing if that is not of ours."""
    found: Mapping[str, Any] = message.get("metadata") or {}
    if found.get("event_type") != EVENT_TYPE:
        return {}
    inside: Mapping[str, Any] = found.get("event_payload") or {}
    return inside


class Prober:
    """Looks for effects in one workspace."""

    def __init__(self, api: Api, tries: Tries) -> None:
        self._api = api
        self._tries = tries

    def settled(self, key: str) -> str | None:
        """What this process knows itself: the id, "" for certainly not done, None for nothing."""
        known = self._tries.get(key)
        if known is None:
            return None
        if known.made:
            return known.made
        return None if known.is_doubtful else ""

    async def message(
        self, key: str, bot_user: str, channel: str, thread: str | None = None
    ) -> _Message | None:
        """The message with this key in a channel, or in a thread there.

        Where Slack allows one page a minute, the next look goes on where this one had to stop.
        """
        known, oldest = self._suspect(key)
        args = {
            "channel": channel,
            "ts": thread,
            "oldest": f"{oldest:.6f}" if oldest else None,
            "include_all_metadata": "1",
        }
        method = "conversations.replies" if thread else "conversations.history"
        for _ in range(MOST_PAGES):
            try:
                page, cursor = await self._api.page(method, args, known.cursor)
            except Rejected as rejected:
                # Where nothing can be read, nothing can be found; posting will say the rest.
                log.warning("slack.probe_refused", method=method, code=rejected.code)
                break
            for found in page["messages"]:
                if found.get("user") == bot_user and _carries(found, key):
                    self._tries.remember(key, str(found["ts"]))
                    return dict(found)
            known.cursor = cursor
            if not cursor:
                break
        else:
            log.warning("slack.probe_gave_up", channel=channel)
        self._tries.cleared(key)
        return None

    async def channel(self, key: str, name: str, bot_user: str) -> Mapping[str, Any] | None:
        """The channel called `name` that Muster made, of late."""
        _, oldest = self._suspect(key)
        args = {"types": "public_channel,private_channel", "exclude_archived": "1"}
        cursor = ""
        for _ in range(_MOST_LISTS):
            page, cursor = await self._api.page("users.conversations", args, cursor)
            for found in page["channels"]:
                is_ours = found.get("name") == name and found.get("creator") == bot_user
                if is_ours and float(found.get("created") or 0) >= oldest:
                    self._tries.remember(key, str(found["id"]))
                    return dict(found)
            if not cursor:
                break
        self._tries.cleared(key)
        return None

    def _suspect(self, key: str) -> tuple[Try, float]:
        """What is known of a key, and since when by Slack's clock to look for it: 0 is ever.

        Whoever looks has asked Slack who Muster is there, so it has said what time it is.
        """
        heard = self._api.heard_at
        long_ago = heard - WINDOW if heard is not None else None
        known = self._tries.suspect(key, long_ago)
        since = known.since if known.since is not None else long_ago
        return known, max(0.0, since - _SLACK) if since is not None else 0.0


def _carries(message: _Message, key: str) -> bool:
    if payload(message).get("key") == key:
        return True
    return any(block.get("block_id") == mark(key) for block in message.get("blocks") or ())


def continuations(
    messages: list[_Message], of: str, bot_user: str
) -> Iterator[tuple[int, _Message]]:
    """The messages that continue the message `of`, with the number of each."""
    for found in messages:
        inside = payload(found)
        if found.get("user") == bot_user and inside.get("of") == of and inside.get("part"):
            yield int(inside["part"]), found
