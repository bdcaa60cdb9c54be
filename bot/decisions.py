"""The decision log at the command line: whether anybody has tampered with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.core.text import Code, Msg, Strong, t, tn
from bot.export import progress
from bot.features.decisions import chain, verifying
from bot.features.decisions.verifying import Break, Verified
from bot.problems import Problem
from bot.settings import Settings
from bot.store import opened, read, workspace_named
from storage.rows import Rows

_ANCHOR = re.compile(r"(\d{1,12}):([0-9a-f]{8,64})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Finding:
    """What to say of a log, line by line, and whether all is well with it."""

    lines: tuple[Msg, ...]
    is_whole: bool


def verify(settings: Settings, anchor: str | None, workspace: str | None) -> Finding:
    """Check the chain of a workspace. Problem: there is no such workspace, or `anchor` is none."""
    known = _read_anchor(anchor) if anchor is not None else None
    nobody = t("Nobody has used Muster yet: there is nothing to verify.")
    with opened(settings) as database:
        home = read(database, lambda conn: workspace_named(Rows(conn), workspace, nobody))
        mine = chain.events.c.workspace_id == home.id
        count = select(func.count()).select_from(chain.events).where(mine)
        total = int(read(database, lambda conn: conn.execute(count).scalar_one()))
        with progress(total) as report:
            found = read(database, lambda conn: verifying.verify(conn, home.id, known, report))
    return Finding(tuple(_told(found)), found.broken is None)


def _read_anchor(text: str) -> tuple[int, str]:
    found = _ANCHOR.fullmatch(text.strip())
    if found is None:
        raise Problem(
            t(
                "{words} is no anchor. It stands below the decisions of the week: {example}.",
                words=Strong(text[:80]),
                example=Code("1204:9f86d081…"),
            )
        )
    return int(found[1]), found[2].lower()


def _told(found: Verified) -> list[Msg]:
    lines: list[Msg] = []
    if found.broken is not None:
        lines.append(_broken(found.broken))
    else:
        lines.append(
            tn(
                "{n} event, and nobody has tampered with it",
                "{n} events, and nobody has tampered with them",
                found.events,
            )
        )
        if found.events:
            lines.append(t("Anchor: {anchor}", anchor=Code(f"{found.events}:{found.head}")))
    if found.unchained:
        lines.append(
            tn(
                "{n} decision is older than the log, which says nothing of it",
                "{n} decisions are older than the log, which says nothing of them",
                found.unchained,
            )
        )
    return lines


def _broken(found: Break) -> Msg:
    """Where it is broken first, and what that means."""
    event, key, what = found.event, Strong(f"D-{found.number}"), Code(found.what or "-")
    meanings = {
        "missing": t("Broken at event {event}: events before it are missing", event=event),
        "link": t(
            "Broken at event {event} ({key}): it does not follow from the one before it",
            event=event,
            key=key,
        ),
        "hash": t("Broken at event {event} ({key}): it was changed", event=event, key=key),
        "text": t(
            "Broken at event {event} ({key}): what somebody wrote was changed or taken away",
            event=event,
            key=key,
        ),
        "anchor": t("Broken at event {event}: it is not the one that was made known", event=event),
        "row": t(
            "{key} was changed past the log: {what}; its last event is {event}",
            key=key,
            what=what,
            event=event,
        ),
        "unknown": t("{key} was added past the log: no event tells of it", key=key),
    }
    return meanings[found.how]
