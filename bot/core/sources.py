"""Where something that Muster keeps was said: a message, remembered with its time and its link."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Self

from bot.core.effects import Quoted


@dataclass(frozen=True, slots=True)
class Source:
    """A message that something was made of. As text it is compact JSON, to be kept in a form."""

    channel: str
    message: str
    author: str
    at: datetime
    link: str = ""
    thread: str | None = None

    @classmethod
    def of(cls, quoted: Quoted) -> Self:
        """The message that was read."""
        return cls(
            quoted.channel, quoted.message, quoted.author, quoted.at, quoted.link, quoted.thread
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `str` made of one; ValueError if it is something else."""
        match json.loads(text):
            case [
                str(channel),
                str(message),
                str(author),
                str(at),
                str(link),
                (str() | None) as thread,
            ]:
                instant = datetime.fromisoformat(at)
                if instant.tzinfo is None:
                    reason = "an instant without its offset"
                    raise ValueError(reason)
                return cls(channel, message, author, instant, link, thread)
            case _:
                reason = "not a source"
                raise ValueError(reason)

    def __str__(self) -> str:
        parts = [part.isoformat() if isinstance(part, datetime) else part for part in astuple(self)]
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))

    @property
    def key(self) -> str:
        """The message, apart from all others of the workspace."""
        return f"{self.channel}/{self.message}"
