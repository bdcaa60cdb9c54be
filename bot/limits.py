"""How much one person, and one workspace, may ask at once: so that no script starves the others.

Token buckets in memory: each holds what may be asked in `PERIOD`, and fills at that pace. Commands
count, with buttons and forms; what a platform tells of does not, nor does a delivery that comes
again. Each process has buckets of its own: with N that take deliveries in, N times as much gets
in at the most.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.errors import Refused
from bot.core.platform import Incoming, Picked, Pressed, Submitted, Typed
from bot.core.text import Msg, t

PERIOD = timedelta(seconds=10)
#: Buckets, and deliveries, that are remembered; the one that was used the longest ago goes first.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class TooMuch:
    """A delivery was more than its sender, or their workspace, may ask at once."""

    refused: Refused
    #: They have not been told just now.
    is_news: bool


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime
    told_at: datetime | None = None


@dataclass(slots=True)
class _Buckets:
    """Those of all people, or of all workspaces. `size` 0: there is no limit."""

    size: int
    _known: OrderedDict[tuple[str, ...], _Bucket] = field(default_factory=OrderedDict)

    def filled(self, key: tuple[str, ...], now: datetime) -> _Bucket:
        """Whose bucket, with what is in it by now."""
        bucket = self._known.get(key)
        if bucket is None:
            bucket = self._known[key] = _Bucket(self.size, now)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
            return bucket
        self._known.move_to_end(key)
        passed = max(now - bucket.at, timedelta())  # a clock may be put back
        bucket.left = min(self.size, bucket.left + self.size * (passed / PERIOD))
        bucket.at = now
        return bucket


class Limits:
    """Counts what comes through the door."""

    def __init__(self, *, person: int, workspace: int, spared: Collection[str] = ()) -> None:
        """Commands in each `PERIOD`; 0 is no limit. `spared` are platforms that have none."""
        self._people = _Buckets(person)
        self._workspaces = _Buckets(workspace)
        self._spared = frozenset(spared)
        self._passed: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def stop(self, incoming: Incoming, now: datetime) -> TooMuch | None:
        """None if it may come in, and then it counts; else what to say."""
        if incoming.platform in self._spared or not _counts(incoming):
            return None
        delivery = (incoming.platform, incoming.workspace, incoming.delivery)
        if delivery in self._passed:
            return None  # what became of it is for the inbox to say
        whole, person = delivery[:2], (*delivery[:2], incoming.sender.user)
        mine = self._people.filled(person, now) if self._people.size else None
        ours = self._workspaces.filled(whole, now) if self._workspaces.size else None
        if mine is not None and mine.left < 1:
            return _told(mine, _yours(self._people.size), now)
        if ours is not None and ours.left < 1:
            return _told(mine or ours, _everybodys(), now)
        for bucket in (mine, ours):
            if bucket is not None:
                bucket.left -= 1
        self._passed[delivery] = None
        if len(self._passed) > MOST:
            self._passed.popitem(last=False)
        return None


def _counts(incoming: Incoming) -> bool:
    match incoming.what:
        case Typed(is_overheard=is_overheard):
            return not is_overheard
        case Pressed() | Submitted() | Picked():
            return True
        case _:
            return False


def _told(bucket: _Bucket, sentence: Msg, now: datetime) -> TooMuch:
    is_news = bucket.told_at is None or now - bucket.told_at >= PERIOD
    if is_news:
        bucket.told_at = now
    return TooMuch(Refused(sentence), is_news)


def _yours(most: int) -> Msg:
    return t(
        "That was too fast for me: I take at most {most} commands from one person in {seconds} "
        "seconds. This one was not done. Please wait a moment, then send it again.",
        most=str(most),
        seconds=str(int(PERIOD.total_seconds())),
    )


def _everybodys() -> Msg:
    return t(
        "Too much is coming from this workspace at once. This one was not done. "
        "Please wait a moment, then send it again."
    )
