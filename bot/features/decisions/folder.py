"""Decisions as an ADR folder: a zip of Markdown files, numbered as adr-tools numbers them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bot.core.errors import Permanent
from bot.core.text import t
from bot.core.words import shortened
from bot.features.decisions import finding, madr
from bot.features.decisions.finding import Filter
from bot.features.decisions.queries import decisions
from bot.features.decisions.records import Record, as_instant
from bot.features.decisions.tables import TEXTS
from storage.rows import Rows

#: The folder inside the zip, and its table of contents.
FOLDER = "decisions"
INDEX = "README.md"
#: More files than this are no folder that anybody could read, and a zip lists all its files at its
#: end, so that they are all in memory.
MOST = 50_000
#: Zip has no earlier dates.
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


class Names:
    """The files of the decisions of an export, for the links between them."""

    def __init__(self, rows: Rows, wanted: Filter) -> None:
        self._rows = rows
        self._wanted = wanted

    def of(self, record: Record) -> dict[str, str]:
        """The files that a record links to, by key; only of what is in the same export."""
        keys = [*record.supersedes, *filter(None, [record.superseded_by])]
        if not keys:
            return {}
        numbers = [int(key.partition("-")[2]) for key in keys]
        columns = [decisions.c.number, *(decisions.c[name] for name in (*TEXTS, "tags"))]
        dialect = self._rows.conn.dialect.name
        query = finding.narrowed(select(*columns), self._wanted, dialect)
        found = self._rows.conn.execute(query.where(decisions.c.number.in_(numbers))).all()
        return {
            f"D-{row.number}": madr.filename(row.number, row.title)
            for row in found
            if finding.is_found(row, self._wanted)
        }


def write(records: Iterable[Record], path: Path, names: Names) -> None:
    """Write the zip. Permanent if there are more than `MOST`. The same records, the same bytes."""
    contents: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for record in records:
            if len(contents) == MOST:
                code = "too_many_files"
                narrow = t("A folder has at most {n} decisions: narrow it down.", n=MOST)
                raise Permanent(code, narrow)
            name = madr.filename(record.number, record.title)
            file.writestr(_entry(name, record), madr.render(record, names.of(record)))
            contents.append(
                f"* [{record.key}](<{name}>) {madr.escaped(shortened(record.title, 120))}"
            )
        last = "\n".join(["# Architecture Decision Records", "", *contents, ""])
        file.writestr(_entry(INDEX), last)


def _entry(name: str, record: Record | None = None) -> zipfile.ZipInfo:
    at = max(as_instant(record.decided_at), _EPOCH) if record else _EPOCH
    entry = zipfile.ZipInfo(f"{FOLDER}/{name}", at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
