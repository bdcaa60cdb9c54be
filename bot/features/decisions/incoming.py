"""Files that decisions are imported from: ADR folders, also in a zip, JSON Lines, CSV.

Whatever is handed in, only what it says is read: no path leads out of it, nothing is unpacked onto
a disk, and no more of it is read than a decision log can have.
"""

from __future__ import annotations

import csv
import io
import json
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from bot.core.filetext import from_csv_cell
from bot.core.text import Code, Msg, t
from bot.features.decisions import adr
from bot.features.decisions.drafts import Draft, Trouble, Unreadable, Wrong, record_of
from bot.features.decisions.records import LISTS

#: Bytes of one decision, of all of them, and how many files a folder has.
MOST_OF_ONE = 4 * 2**20
MOST_OF_ALL = 1024 * 2**20
MOST_FILES = 60_000
#: Troubles that are told; who mends these sees the next.
MOST_TROUBLES = 20
#: What ADR folders have besides decisions.
_OTHERS = re.compile(r"(readme|index|template|adr-template|.*-template).*\.md", re.IGNORECASE)
_NUMBER = re.compile(r"^(?:adr-?)?(\d{1,9})(?=\D|$)", re.IGNORECASE)


def read_path(path: Path) -> list[Draft]:
    """The decisions of a folder or a file, in order. Unreadable: why not one of them is taken."""
    drafts: list[Draft] = []
    troubles: list[Trouble] = []
    for found in _found(path):
        if isinstance(found, Draft):
            drafts.append(found)
            continue
        troubles.append(found)
        if len(troubles) == MOST_TROUBLES:
            break
    troubles = troubles or [*_twice(drafts), *_rings(drafts)][:MOST_TROUBLES]
    if not drafts and not troubles:
        troubles.append(Trouble(path.name, 0, t("There are no decisions in it.")))
    if troubles:
        raise Unreadable(troubles)
    return drafts


def _found(path: Path) -> Iterator[Draft | Trouble]:
    if path.is_dir():
        return _folder(path)
    readers = {".zip": _zip, ".jsonl": _json_lines, ".ndjson": _json_lines, ".csv": _table}
    reader = readers.get(path.suffix.casefold())
    if reader is None:
        why = t("It can be an ADR folder, or a file .zip, .jsonl or .csv.")
        return iter([Trouble(path.name, 0, why)])
    with path.open("rb"):  # which says what is in the way, if anything is
        return reader(path)


def _twice(drafts: Iterable[Draft]) -> Iterator[Trouble]:
    seen: dict[str, Draft] = {}
    for draft in drafts:
        first = seen.setdefault(draft.record.uid, draft)
        if first is not draft:
            where = Code(f"{first.file}:{first.line}")
            yield Trouble(draft.file, draft.line, t("It is the same as {where}.", where=where))


def _rings(drafts: list[Draft]) -> Iterator[Trouble]:
    """Decisions that stand, in the end, in their own place."""
    after = {each.record.key: each.record.superseded_by for each in drafts if each.record.key}
    fine: set[str] = set()
    for draft in drafts:
        seen: list[str] = []
        key = draft.record.key
        while key and key not in fine and key not in seen:
            seen.append(key)
            key = after.get(key, "")
        if key in seen:
            keys = Code(" → ".join([*seen[seen.index(key) :], key]))
            yield Trouble(draft.file, draft.line, t("It supersedes itself: {keys}.", keys=keys))
        fine.update(seen)


# ── ADR folders ──────────────────────────────────────────────────────────────────────────────────


def _folder(path: Path) -> Iterator[Draft | Trouble]:
    files = sorted(each for each in path.rglob("*.md") if not _OTHERS.fullmatch(each.name))
    total = 0
    for count, each in enumerate(files):
        name = each.relative_to(path).as_posix()
        if not each.resolve().is_relative_to(path.resolve()) or not each.is_file():
            yield Trouble(name, 0, t("It leads out of the folder."))
            continue
        with each.open("rb") as file:
            content = file.read(MOST_OF_ONE + 1)
        total += len(content)
        if total > MOST_OF_ALL or count >= MOST_FILES:
            yield Trouble(path.name, 0, t("It is too large."))
            return
        yield _adr(name, content)


def _zip(path: Path) -> Iterator[Draft | Trouble]:
    try:
        with zipfile.ZipFile(path) as file:
            yield from _members(path.name, file)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        yield Trouble(path.name, 0, t("It is no zip file: {why}", why=str(error)))


def _members(name: str, file: zipfile.ZipFile) -> Iterator[Draft | Trouble]:
    infos = file.infolist()
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_OF_ALL:
        yield Trouble(name, 0, t("It is too large."))
        return
    total = 0
    for info in sorted(infos, key=lambda info: info.filename):
        why = _refused(info)
        if why is not None:
            yield Trouble(info.filename, 0, why)
        elif _is_adr(info):
            # What it says of its size may be a lie: a small zip can be made to fill any memory.
            with file.open(info) as member:
                content = member.read(MOST_OF_ONE + 1)
            total += len(content)
            if total > MOST_OF_ALL:
                yield Trouble(name, 0, t("It is too large."))
                return
            yield _adr(info.filename, content)


def _refused(info: zipfile.ZipInfo) -> Msg | None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", info.filename):
        return t("Its path leads out of the folder.")
    if stat.S_ISLNK(info.external_attr >> 16):
        return t("It leads out of the folder.")
    if info.flag_bits & 1:
        return t("It is encrypted.")
    return None


def _is_adr(info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename).name
    is_hidden = name.startswith(".") or info.filename.startswith("__MACOSX/")
    is_file = not info.is_dir() and name.casefold().endswith(".md") and not is_hidden
    return is_file and not _OTHERS.fullmatch(name)


def _adr(name: str, content: bytes) -> Draft | Trouble:
    if len(content) > MOST_OF_ONE:
        return Trouble(name, 0, t("It is too large."))
    file = PurePosixPath(name).name
    number = _NUMBER.match(file)
    line = 1
    try:
        values = adr.read(content.decode("utf-8"), int(number[1]) if number else None)
        line = values.pop("_line")
        return Draft(record_of(values, name=file), name, line)
    except UnicodeDecodeError:
        return Trouble(name, 0, t("It is not in UTF-8."))
    except adr.BadLine as error:
        return Trouble(name, error.line, error.message)
    except Wrong as error:
        return Trouble(name, line, error.message)


# ── JSON Lines and CSV ───────────────────────────────────────────────────────────────────────────


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers; of one that has no end, its beginning."""
    number = 0
    while line := file.readline(MOST_OF_ONE + 1):
        number += 1
        yield number, line
        if len(line) > MOST_OF_ONE:
            return


def _json_lines(path: Path) -> Iterator[Draft | Trouble]:
    with path.open("rb") as file:
        for number, line in _lines(file):
            if line.strip():
                yield _json_line(path.name, number, line)


def _json_line(name: str, number: int, line: bytes) -> Draft | Trouble:
    if len(line) > MOST_OF_ONE:
        return Trouble(name, number, t("It is too large."))
    try:
        values = json.loads(line.decode("utf-8-sig"))
        if not isinstance(values, dict):
            return Trouble(name, number, t("It is no JSON object."))
        return Draft(record_of(values), name, number)
    except UnicodeDecodeError:
        return Trouble(name, number, t("It is not in UTF-8."))
    except (ValueError, RecursionError):
        return Trouble(name, number, t("It is no JSON object."))
    except Wrong as error:
        return Trouble(name, number, error.message)


@contextmanager
def _long_cells() -> Iterator[None]:
    """The limit is one for all of the process, so it is put back."""
    before = csv.field_size_limit(MOST_OF_ONE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _table(path: Path) -> Iterator[Draft | Trouble]:
    with (
        _long_cells(),
        path.open("rb") as raw,
        io.TextIOWrapper(raw, "utf-8-sig", newline="") as file,
    ):
        rows = csv.reader(file, strict=True)
        try:
            header = next(rows, [])
            if "title" not in header:
                why = t(
                    "The first line has to name the columns, {title} among them.",
                    title=Code("title"),
                )
                yield Trouble(path.name, 1, why)
                return
            line = rows.line_num + 1
            for row in rows:
                if row:
                    yield _row(path.name, line, header, row)
                line = rows.line_num + 1
        except UnicodeDecodeError:
            yield Trouble(path.name, 0, t("It is not in UTF-8."))
        except csv.Error as error:
            yield Trouble(path.name, rows.line_num, t("It is no CSV: {why}", why=str(error)))


def _row(name: str, line: int, header: list[str], row: list[str]) -> Draft | Trouble:
    if len(row) != len(header):
        why = t("It has {n} cells, and the first line has {m}.", n=len(row), m=len(header))
        return Trouble(name, line, why)
    values: dict[str, Any] = {}
    for field, cell in zip(header, row, strict=True):
        text = from_csv_cell(cell)
        values[field] = text.split("\n") if field in LISTS and text else text
    try:
        return Draft(record_of(values), name, line)
    except Wrong as error:
        return Trouble(name, line, error.message)
