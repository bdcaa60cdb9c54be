"""The audit log: who changed what, for those who may know, harmless to whoever opens it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from bot.features.audit.exports import FAMILIES, KINDS, export
from storage.tx import Tx
from tests.features.audit.kinds import recorded
from tests.world import Actor, World


@pytest.fixture
def alice(world: World) -> Actor:
    """The first to come, who administers the workspace."""
    alice = world.person("Alice")
    alice.dms("/muster whoami").hears("Alice")
    return alice


def lines(world: World, person: Actor | None, tmp_path: Path, **query: Any) -> list[dict[str, Any]]:
    """What somebody's export has; None is whoever runs the machine."""
    file = tmp_path / "audit.jsonl"

    def job(tx: Tx) -> int:
        by = (
            None
            if person is None
            else next(
                row[0]
                for row in tx.conn.exec_driver_sql('SELECT id, "user" FROM person').all()
                if row[1] == person.id
            )
        )
        wanted = {"workspace": tx.workspace_id, "person": by, "format": "jsonl", **query}
        return export(tx, wanted, file, lambda _: None)

    count = world.read(job)
    found = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert count == len(found)
    return found


def test_an_administrator_gets_who_changed_what(world: World, alice: Actor) -> None:
    bob = world.person("Bob")
    alice.dms("/muster settings --language zh").hears()
    alice.dms("/muster admin @bob").hears("administers")
    alice.dms("/export audit").hears_nothing()
    [message] = {each.id: each for each in world.unread() if each.file is not None}.values()
    world.mark(message)
    rows = list(csv.DictReader(io.StringIO(world.file(message).lstrip("\ufeff"))))
    told = [(row["kind"], row["by"]) for row in rows]
    assert told == [
        ("workspace.settings", "Alice"),
        ("workspace.admin", "Alice"),
        ("audit.exported", "Alice"),
    ]
    assert rows[0]["text"] == "'@Alice changed settings: language"  # for a spreadsheet
    assert rows[0]["at"] == "2026-11-23T01:00:00+00:00"
    assert bob.id != alice.id


def test_nobody_else_gets_it(world: World, alice: Actor) -> None:
    bob = world.person("Bob")
    bob.dms("/export audit").hears("Only people who administer this workspace can do that.")


def test_what_happened_in_a_private_room_is_left_out(world_on_both: World, tmp_path: Path) -> None:
    world = world_on_both
    alice = world.person("Alice")
    alice.dms("/muster whoami").hears("Alice")
    bob = world.person("Bob")
    bob.dms("/warroom open Layoffs --private").hears()
    room = world.room("WR-1")
    bob.says("/decide Tell nobody", room).hears_nothing()
    bob.says("/export decisions", room).hears_nothing()
    room.skips()
    assert lines(world, alice, tmp_path) == []
    assert [each["kind"] for each in lines(world, bob, tmp_path)] == ["decisions.exported"]
    [whole] = lines(world, None, tmp_path)
    assert (whole["room"], whole["by"]) == ("WR-1", "Bob")
    assert "Tell nobody" not in str(whole)


def test_by_time(world: World, alice: Actor, tmp_path: Path) -> None:
    for language in ("zh", "en", "zh"):
        alice.dms(f"/muster settings --language {language}").hears()
        world.advance(days=1)
    since, until = "2026-11-24T00:00:00+00:00", "2026-11-25T00:00:00+00:00"
    assert len(lines(world, None, tmp_path)) == 3
    assert len(lines(world, None, tmp_path, since=since)) == 2
    assert len(lines(world, None, tmp_path, since=since, until=until)) == 1


def test_a_day_that_is_none_is_refused(world: World, alice: Actor) -> None:
    alice.dms("/export audit --since soon").hears("soon is no day", "2026-11-01")


def test_a_name_is_no_formula(world: World, tmp_path: Path) -> None:
    mallory = world.person("=HYPERLINK(1)")
    mallory.dms("/muster settings --language zh").hears()
    file = tmp_path / "audit.csv"
    world.read(
        lambda tx: export(tx, {"workspace": tx.workspace_id, "format": "csv"}, file, lambda _: None)
    )
    [row] = csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))
    assert row["by"] == "'=HYPERLINK(1)"


def test_what_the_log_is_made_of_is_recorded_somewhere() -> None:
    known = recorded()
    assert [kind for kind in KINDS if kind not in known] == []
    for family in ("audit.", "calendar.", "people.", "workspace."):
        assert family in FAMILIES
        assert any(kind.startswith(family) for kind in known), family
