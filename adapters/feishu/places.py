"""What kind of conversation a chat is, and who is in it: asked for once, and remembered.

A pressed card names its chat but not its kind (documented: "Card callback"), and what Muster may
say depends on it: in a direct conversation nobody else listens.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

import structlog

from adapters.feishu.api import chats
from adapters.feishu.client import FeishuClient
from bot.core.errors import MusterError

log = structlog.get_logger(__name__)
#: Seconds for which a list of members is believed.
_FRESH = 60.0
#: Seconds for which a group is taken to be made of topics, once nothing could be shown there.
_TOPICS = 3600.0
_MOST = 10_000
#: People that a picker offers: each is some fifty bytes of a card's 30 KB.
MOST_OFFERED = 100


class Places:
    """The chats of one app."""

    def __init__(self, client: FeishuClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._direct: OrderedDict[str, bool] = OrderedDict()
        self._topics: OrderedDict[str, float] = OrderedDict()
        self._members: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()

    def note(self, chat: str, *, is_direct: bool) -> None:
        """What an event or an answer said in passing."""
        if chat:
            self._direct[chat] = is_direct
            self._direct.move_to_end(chat)
            while len(self._direct) > _MOST:
                self._direct.popitem(last=False)

    def note_topics(self, chat: str) -> None:
        """Nothing can be shown to one person alone there: it is made of topics."""
        self._topics[chat] = self._clock()
        self._topics.move_to_end(chat)
        while len(self._topics) > _MOST:
            self._topics.popitem(last=False)

    def has_topics(self, chat: str) -> bool:
        """Whether a group is known to be made of topics; it may become another one."""
        noted_at = self._topics.get(chat)
        return noted_at is not None and self._clock() - noted_at < _TOPICS

    async def is_direct(self, chat: str, patience: float) -> bool:
        """Whether it is a conversation with one person. Where that cannot be told it is not."""
        if chat and chat not in self._direct:
            try:
                async with asyncio.timeout(patience):
                    found = await chats.get(self._client, chat)
            except (TimeoutError, MusterError) as error:
                log.info("feishu.chat_unknown", reason=type(error).__name__)
                return False
            self.note(chat, is_direct=found.get("chat_mode") == "p2p")
        return self._direct.get(chat, False)

    async def members(self, chat: str, patience: float) -> tuple[str, ...]:
        """The open_ids of a group's people; of none that cannot be read in time."""
        read_at, found = self._members.get(chat, (0.0, ()))
        if chat in self._members and self._clock() - read_at < _FRESH:
            return found
        try:
            async with asyncio.timeout(patience):
                read = await chats.members(self._client, chat)
        except (TimeoutError, MusterError) as error:
            log.info("feishu.members_unknown", reason=type(error).__name__)
            return found
        found = tuple(str(each["member_id"]) for each in read if each.get("member_id"))
        self._members[chat] = (self._clock(), found)
        self._members.move_to_end(chat)
        while len(self._members) > _MOST:
            self._members.popitem(last=False)
        return found
