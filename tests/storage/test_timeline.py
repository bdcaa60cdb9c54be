"""The timeline: what happened, in order, in any language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.core.platform import Sender
from bot.core.text import Mention, Msg, Strong, When, t, tn
from storage import identity, timeline
from storage.rows import Rows
from storage.tables import Workspace
from storage.timeline import Record

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def rows(conn: Connection) -> Rows:
    return Rows(conn)


@pytest.fixture
def home(rows: Rows) -> Workspace:
    return identity.workspace_of(rows, "playground", "w", NOW)


def record(n: int, room: int | None = 7, key: str | None = None) -> Record:
    return Record("note", t("Line {n}", n=n), room, NOW + timedelta(minutes=n), key)


def write(rows: Rows, home: Workspace, *records: Record) -> None:
    timeline.write(rows, records, workspace=home.id, person=None)


def numbers(rows: Rows, room: int = 7, *, count: int = 99, before: int | None = None) -> list[int]:
    found = timeline.latest(rows, room, count=count, before=before)
    return [int(str(timeline.text_of(entry).values["n"])) for entry in found]


@pytest.mark.parametrize(
    "text",
    [
        t("{who} opened {room}", who=Mention("U1", "王芳"), room=Strong("WR-7")),
        t("Due {at}", at=When(NOW)),
        tn("{n} item", "{n} items", 3),
    ],
)
def test_a_line_comes_back_as_it_was_written(rows: Rows, home: Workspace, text: Msg) -> None:
    person = identity.person_of(rows, home, Sender("U1"), NOW)
    timeline.write(rows, [Record("opened", text, 7, NOW)], workspace=home.id, person=person.id)

    (entry,) = timeline.latest(rows, 7, count=9)
    assert timeline.text_of(entry) == text
    assert (entry.kind, entry.at, entry.room_id) == ("opened", NOW, 7)
    assert (entry.workspace_id, entry.person_id, entry.key) == (home.id, person.id, None)


def test_chinese_is_stored_as_it_is_written(rows: Rows, home: Workspace) -> None:
    timeline.write(rows, [Record("x", t("群"), 7, NOW)], workspace=home.id, person=None)

    assert "群" in timeline.latest(rows, 7, count=1)[0].text


def test_lines_are_read_page_by_page_the_newest_first(rows: Rows, home: Workspace) -> None:
    write(rows, home, *(record(n) for n in range(5)))
    write(rows, home, record(5), record(99, room=8), record(98, room=None))

    assert numbers(rows) == [5, 4, 3, 2, 1, 0]
    assert numbers(rows, count=2) == [5, 4]
    last = timeline.latest(rows, 7, count=2)[-1]
    assert numbers(rows, count=2, before=last.id) == [3, 2]
    assert timeline.count(rows, 7) == 6
    assert numbers(rows, 8) == [99]


def test_a_room_without_lines(rows: Rows) -> None:
    assert timeline.count(rows, 7) == 0
    assert timeline.latest(rows, 7, count=9) == []


def test_a_line_with_a_key_is_written_once(rows: Rows, home: Workspace) -> None:
    write(rows, home, record(1, key="a"), record(2, key="b"), record(3), record(4))

    with pytest.raises(IntegrityError):
        write(rows, home, record(5, key="a"))
