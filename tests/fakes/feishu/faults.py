"""What can go wrong, said beforehand."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

Kind = Literal[
    "lag", "hang", "status", "code", "html", "empty", "drop_before", "drop_after", "garbage"
]


@dataclass
class Fault:
    """One trouble, for the next `times` calls that match."""

    kind: Kind
    match: str
    times: int
    code: int = 0
    http: int = 0
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def fits(self, method: str, path: str, template: str) -> bool:
        return self.times > 0 and (
            f"{method} {template}" == self.match or fnmatchcase(f"{method} {path}", self.match)
        )


@dataclass
class Storm:
    """A share of all calls is refused, each with a time before which nobody may call again.

    Documented for the whole app: HTTP 429 or code 99991400, `x-ogw-ratelimit-reset` in seconds.
    """

    share: float
    between: tuple[int, int]
    chance: random.Random
    hits: int = 0
    #: When the pause in force was said, and when it is over.
    said: float = 0.0
    until: float = 0.0
    #: Calls within a pause, as seconds since it was said: one at once after it was on its way.
    early: list[float] = field(default_factory=list)

    def strikes(self, path: str, now: float) -> Fault | None:
        """What becomes of a call that comes now."""
        if not path.startswith("/open-apis/") or path.startswith("/open-apis/auth/"):
            return None
        if now < self.until:
            self.early.append(now - self.said)
        if self.chance.random() >= self.share:
            return None
        self.hits += 1
        seconds = self.chance.randint(*self.between)
        if now + seconds > self.until:
            self.said, self.until = now, now + seconds
        name = self.chance.choice(("x-ogw-ratelimit-reset", "Retry-After"))
        # Of Feishu itself, or of a gateway before it.
        body = self.chance.choice(
            ('{"code": 99991400, "msg": "request trigger frequency limit"}', "")
        )
        return Fault("status", path, 1, http=429, headers={name: str(seconds)}, body=body)


class Faults:
    """The script of troubles.

    `match` is "METHOD /path/with/{placeholders}" as documented, or a pattern with `*` against
    "METHOD /the/real/path"; "*" is every call, the token's and the endpoint's too.
    """

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._release = asyncio.Event()
        #: Half-open long connections: nothing is answered, nothing is sent.
        self.silent = False
        #: The next n handshakes of the long connection are refused.
        self.refused_handshakes = 0
        #: Data frames are cut into pieces of this many bytes, and sent in this order.
        self.chunk_size: int | None = None
        self.chunk_order: Literal["straight", "reversed"] = "straight"
        #: Every event is delivered this many times (same event_id), on any connection.
        self.copies = 1
        #: Button values arrive as JSON strings, as the documentation allows.
        self.string_values = False
        #: While it is there, calls come too often.
        self.storm: Storm | None = None

    def storms(self, share: float, between: tuple[int, int], chance: random.Random) -> Storm:
        """That share of all calls is refused, until `storm` is None again."""
        self.storm = Storm(share, between, chance)
        return self.storm

    def lag(self, match: str, seconds: float, times: int = 1) -> None:
        """Answer that much later (real time)."""
        self._add("lag", match, times, seconds=seconds)

    def hang(self, match: str, times: int = 1) -> None:
        """Take the request and never answer, until `release`."""
        self._add("hang", match, times)

    def status(self, match: str, http: int, times: int = 1, **headers: str) -> None:
        """A bare HTTP status, as a gateway gives it; header names with `_` for `-`."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self._add("status", match, times, http=http, headers=named)

    def code(self, match: str, code: int, times: int = 1, http: int = 0) -> None:
        """One of Feishu's own refusals."""
        self._add("code", match, times, code=code, http=http)

    def html(self, match: str, times: int = 1, http: int = 502) -> None:
        """A page of a proxy instead of JSON."""
        page = "<html><body>Bad Gateway</body></html>"
        self._add("html", match, times, http=http, body=page)

    def garbage(self, match: str, body: str = '{"code":', times: int = 1) -> None:
        """Whatever text, called JSON, with HTTP 200."""
        self._add("garbage", match, times, http=200, body=body)

    def empty(self, match: str, times: int = 1) -> None:
        """HTTP 200 without a body."""
        self._add("empty", match, times, http=200)

    def drop_before(self, match: str, times: int = 1) -> None:
        """Cut the connection; nothing was done."""
        self._add("drop_before", match, times)

    def drop_after(self, match: str, times: int = 1) -> None:
        """Do it, then cut the connection instead of answering."""
        self._add("drop_after", match, times)

    def release(self) -> None:
        """Let everything that hangs go on."""
        self._release.set()
        self._release = asyncio.Event()

    def clear(self) -> None:
        """No more troubles."""
        self._planned.clear()
        self.release()
        self.silent = False
        self.refused_handshakes = 0
        self.chunk_size = None
        self.chunk_order = "straight"
        self.copies = 1
        self.string_values = False
        self.storm = None

    async def hanging(self) -> None:
        await self._release.wait()

    def take(self, method: str, path: str, template: str, now: float = 0.0) -> Fault | None:
        """The trouble planned for this call, if any; it is used up by that."""
        for fault in self._planned:
            if fault.fits(method, path, template):
                fault.times -= 1
                return fault
        return self.storm.strikes(path, now) if self.storm else None

    def _add(self, kind: Kind, match: str, times: int, **rest: Any) -> None:
        self._planned.append(Fault(kind, match, times, **rest))
