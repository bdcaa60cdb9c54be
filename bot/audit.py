"""`muster audit export`: the audit log for whoever runs the machine, private rooms included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.text import Msg, Strong, t, tn
from bot.export import progress, whole
from bot.features.audit.actions import RECORDED, begin_of
from bot.settings import Settings
from bot.store import opened, read, workspace_named, write
from storage import timeline
from storage.rows import Rows


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported, as it was said on the command line."""

    format: str
    since: str | None = None
    until: str | None = None
    #: "slack" or "slack:T0123"; None is the only one that there is.
    workspace: str | None = None


def export_audit(settings: Settings, wanted: Wanted, out: str) -> int:
    """Write the audit log to the file `out`, or to standard output; how many lines.

    That it was done is its last line the next time. Problem: there is no such thing; Refused: a
    day is none.
    """
    export = registry().exports["audit"]
    now = SystemClock().now()
    query: dict[str, Any] = {
        "format": wanted.format,
        "since": _begin(wanted.since, settings, "since"),
        "until": _begin(wanted.until, settings, "until"),
        "lang": settings.language,
    }
    with opened(settings) as database:
        nobody = t("Nobody has used Muster yet: there is nothing to export.")
        home = read(database, lambda c: workspace_named(Rows(c), wanted.workspace, nobody).id)
        query["workspace"] = home
        with whole(out) as path, progress(None) as report:
            count = read(database, lambda conn: export(Rows(conn), query, path, report))
        write(database, lambda conn: _record(Rows(conn), home, now))
    return count


def _begin(day: str | None, settings: Settings, field: str) -> str | None:
    return None if day is None else begin_of(day, settings.timezone, field).isoformat()


def _record(rows: Rows, home: int, now: datetime) -> None:
    text = t("The audit log was exported at the command line")
    timeline.write(rows, [timeline.Record(RECORDED, text, None, now)], workspace=home, person=None)


def done(count: int, out: str) -> Msg:
    """What came of it, in a sentence."""
    return tn("{n} line in {file}", "{n} lines in {file}", count, file=Strong(out))
