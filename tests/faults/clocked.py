"""`muster …`, by a clock that a test moves either way: python -m tests.faults.clocked run

The file that `MOVED` names says by how many seconds the clock is wrong. Only what asks for the time
of day is moved; what waits (the event loop) goes by a clock that no administrator can set.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

MOVED = "MUSTER_TEST_MOVED"
_real_time = time.time  # noqa: TID251  the clock that is moved


def _by() -> float:
    return float(Path(os.environ[MOVED]).read_text(encoding="utf-8"))


def _time() -> float:
    return _real_time() + _by()


class _Datetime(datetime):
    """What APScheduler takes for `datetime`."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _Datetime:
        now = datetime.now(UTC) + timedelta(seconds=_by())  # noqa: TID251  as above
        return cls.fromtimestamp(now.timestamp(), tz)


def main() -> None:
    """Move every clock that Muster and its libraries read, and be Muster."""
    import apscheduler.executors.base
    import apscheduler.schedulers.base

    import bot.cli
    from bot.core.clock import SystemClock

    def now(self: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=_by())  # noqa: TID251  as above

    SystemClock.now = now  # type: ignore[method-assign]  # that is the fault
    time.time = _time  # noqa: TID251  Bolt asks it how old a request is
    apscheduler.schedulers.base.datetime = _Datetime
    apscheduler.executors.base.datetime = _Datetime
    bot.cli.main()


if __name__ == "__main__":
    main()
