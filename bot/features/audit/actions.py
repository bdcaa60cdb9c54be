"""Handing the audit log out. That it was done is in it, too."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.core.chat import line
from bot.core.effects import SendFile
from bot.core.errors import Refused
from bot.core.platform import Say
from bot.core.text import Code, Strong, t
from bot.core.words import shortened
from bot.feature import Outcome
from bot.features.audit.commands import ExportAudit
from storage.tx import Tx

RECORDED = "audit.exported"


def export_audit(cmd: ExportAudit, tx: Tx, now: datetime) -> Outcome:
    """Deliver it as a file, to the one who asked and nobody else."""
    query = {
        "workspace": tx.workspace_id,
        "person": tx.asker,
        "format": cmd.format,
        "since": _begin(cmd.since, tx.reader.zone, "since"),
        "until": _begin(cmd.until, tx.reader.zone, "until"),
        "lang": tx.reader.lang,
    }
    note = t("{who} exported the audit log", who=tx.mention(tx.asker))
    tx.record(RECORDED, note)
    sent = SendFile(
        tx.user(tx.asker), "audit", query, f"audit.{cmd.format}", t("The audit log"), tx.reader
    )
    told = None if tx.is_direct else Say(line(t("The file is on its way to you.")))
    return Outcome(told, (sent,))


def _begin(day: str | None, zone: str, field: str) -> str | None:
    return None if day is None else begin_of(day, zone, field).isoformat()


def begin_of(day: str, zone: str, field: str) -> datetime:
    """When the day 2026-11-01 begins in a zone. Refused if it is none."""
    try:
        found = date.fromisoformat(day.strip())
    except ValueError:
        sentence = t(
            "{words} is no day. Say for example {example}.",
            words=Strong(shortened(day)),
            example=Code("2026-11-01"),
        )
        raise Refused(sentence, field=field) from None
    return datetime.combine(found, time(), ZoneInfo(zone))
