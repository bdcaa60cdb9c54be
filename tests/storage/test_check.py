"""Whether the schema is what the models say, and a draft of what would make it so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage import migrate
from storage.migrate import HEAD, REVISIONS
from tests.storage.opened import engine_of, transaction

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("DROP TABLE live_card", "table live_card is missing"),
        ("CREATE TABLE stray (id INTEGER)", "table stray is not known here"),
        ("ALTER TABLE live_card DROP COLUMN digest", "column live_card.digest is missing"),
        ("ALTER TABLE meta ADD COLUMN stray INTEGER", "column meta.stray is not known here"),
        ("DROP INDEX ix_timer_due_at", "index ix_timer_due_at of timer is missing"),
        ("CREATE INDEX stray ON meta (value)", "index stray of meta is not known here"),
        (
            "DROP INDEX ix_outbox_open; CREATE INDEX ix_outbox_open ON outbox (lane, id)",
            "index ix_outbox_open of outbox is not partial",
        ),
        (
            "DROP INDEX ix_timer_due_at; CREATE INDEX ix_timer_due_at ON timer (key) WHERE id > 7",
            "index ix_timer_due_at of timer is partial",
        ),
        (
            "DROP TABLE meta; CREATE TABLE meta (name VARCHAR PRIMARY KEY, value VARCHAR)",
            "column meta.value: nullable is True, not False",
        ),
        (
            "DROP TABLE live_card; CREATE TABLE live_card (id INTEGER PRIMARY KEY)",
            "constraint uq_live_card_platform_workspace_channel_message of live_card is missing",
        ),
    ],
)
def test_every_difference_is_told(engine: Engine, change: str, line: str) -> None:
    with transaction(engine) as conn:
        for statement in change.split(";"):
            conn.exec_driver_sql(statement)

    assert line in migrate.check(engine)


def test_a_difference_without_words_is_told_as_it_is() -> None:
    assert list(migrate._told(("something", "new", " from", "Alembic"))) == [
        "('something', 'new', ' from', 'Alembic')"
    ]


def test_a_database_without_a_schema_is_told_so(empty: Engine) -> None:
    found = migrate.check(empty)

    assert found[0] == f"the schema is of version None, not {HEAD}"
    assert "table workspace is missing" in found


def test_a_draft_of_the_next_version_has_what_is_missing(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(ROOT / "storage/migrations/versions", tmp_path / "versions")
    with engine_of(sqlite_url) as engine:
        with engine.connect() as conn:
            conn.exec_driver_sql("DROP TABLE live_card")
            conn.exec_driver_sql("DROP INDEX ix_timer_due_at")
        made = migrate.draft(engine, "More of it", folder)

    written = made.read_text(encoding="utf-8")
    number = f"{len(REVISIONS) + 1:04}"
    assert made == folder / f"{number}_more_of_it.py"
    assert f"revision = '{number}'" in written
    assert "op.create_table('live_card'" in written
    assert "sqlite_autoincrement=True" in written
    assert "create_index(batch_op.f('ix_timer_due_at')" in written
    assert "storage" not in written
    assert not list((ROOT / "storage/migrations/versions").glob(f"{number}_more*"))
