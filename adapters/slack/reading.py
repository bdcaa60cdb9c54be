"""Messages of others, read as they stand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import structlog

from adapters.slack.calls import Api, Body
from adapters.slack.errors import Rejected
from adapters.slack.incoming_text import message_text
from adapters.slack.people import People
from bot.core.effects import Address, Quoted
from bot.core.errors import MusterError

log = structlog.get_logger(__name__)
#: People whose names are looked up for one message.
_MOST_NAMES = 20
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")


class MessageReader:
    """Reads messages of a workspace."""

    def __init__(self, api: Api, people: People) -> None:
        self._api = api
        self._people = people

    async def read(self, place: Address, message: str) -> Quoted:
        """The message, with its link. Permanent: "message_not_found", "not_in_channel"."""
        found = await self._found(place, message)
        text = message_text(found)
        author = str(found.get("user") or found.get("bot_id") or "")
        thread = str(found.get("thread_ts") or "")
        return Quoted(
            place.channel,
            message,
            author,
            text,
            datetime.fromtimestamp(float(message), UTC),
            link=await self._link(place.channel, message),
            thread=thread if thread != message and thread else None,
            names=await self._names([author, *_MENTION.findall(text)]),
        )

    async def _found(self, place: Address, message: str) -> Body:
        """Nothing says whether a message stands in a thread, so the channel is looked at first."""
        args = {"channel": place.channel, "oldest": message, "latest": message}
        args |= {"inclusive": "1", "limit": "1"}
        if place.thread in {None, message}:
            page = await self._api.call("conversations.history", args)
            if found := _the(message, page):
                return found
        thread = place.thread or message
        try:
            # It gives the thread's first message as well.
            more = {**args, "ts": thread, "limit": "2"}
            found = _the(message, await self._api.call("conversations.replies", more))
        except Rejected as rejected:
            if rejected.code != "thread_not_found":
                raise
            found = None
        if found is None:
            raise Rejected("message_not_found")
        return found

    async def _link(self, channel: str, message: str) -> str:
        args = {"channel": channel, "message_ts": message}
        try:
            return str((await self._api.call("chat.getPermalink", args))["permalink"])
        except Rejected as rejected:
            log.info("slack.no_permalink", code=rejected.code)
            return ""

    async def _names(self, users: list[str]) -> dict[str, str]:
        names: dict[str, str] = {}
        for user in list(dict.fromkeys(users))[:_MOST_NAMES]:
            if not user.startswith(("U", "W")):
                continue
            try:
                names[user] = (await self._people.profile(user)).name
            except MusterError as error:
                log.info("slack.person_unknown", reason=str(error))
        return names


def _the(message: str, page: dict[str, Any]) -> Body | None:
    return next((one for one in page.get("messages") or () if one.get("ts") == message), None)
