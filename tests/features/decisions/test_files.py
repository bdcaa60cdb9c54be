"""Decisions in the forms of others: workbooks, ADR folders, pages, JSON by its schema."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import Connection

from bot.core.errors import Permanent
from bot.features.decisions import folder, records
from bot.features.decisions.finding import Filter
from bot.features.decisions.records import FIELDS
from bot.features.decisions.tables import Decision, Part, Role
from bot.features.rooms.tables import Room
from storage.tables import Person
from storage.tx import Tx
from tests.features.decisions.shelf import NOW, exported, shelf, workspace

ROOT = Path(__file__).parents[3]
#: MADR 4's own template has these headings, in this order.
MADR_4 = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## Pros and Cons of the Options",
    "## More Information",
]
WHOLE: dict[str, Any] = {
    "title": "Roll back to 1.4",
    "context": "Errors began with 1.5\nat noon",
    "drivers": "Refunds\nTrust",
    "options": "Roll back to 1.4\n+ known\n- loses a fix\nHotfix\n- unknown",
    "why": "It is known to work",
    "instead_of": "Hotfix",
    "consequences": "Refunds wait",
    "confirmation": "Errors fall by noon",
    "evidence": "The graph of Monday",
}


@pytest.fixture
def tx() -> Iterator[Tx]:
    with shelf() as conn:
        yield filled(conn)


def filled(conn: Connection) -> Tx:
    """Workspace 1 with D-1, which D-2 stands in the place of."""
    tx = workspace(conn, 1)
    bob = tx.add(
        Person(
            workspace_id=1,
            user="bob",
            name="Bob",
            native_lang="en",
            native_zone="UTC",
            created_at=NOW,
        )
    )
    more: dict[str, Any] = {"workspace_id": 1, "decided_by": bob.id, "decided_at": NOW}
    source = '["C1","m1","u1","2026-11-23T00:00:00+00:00","https://chat.test/m1",null]'
    tx.add(
        Decision(
            **more,
            **WHOLE,
            number=1,
            state="superseded",
            superseded_by=2,
            tags=",payments,",
            uid="u1",
            source=source,
            review_at=datetime(2027, 1, 2, tzinfo=UTC),
        )
    )
    tx.add(Decision(**more, number=2, title="=1+1 修复", supersedes="D-1", uid="u2"))
    tx.add(Part(decision_id=1, role=Role.MAKER, person_id=bob.id, name="Bob"))
    tx.add(Part(decision_id=1, role=Role.CONSULTED, name="张伟"))
    return tx


# ── workbooks ────────────────────────────────────────────────────────────────────────────────────


def test_a_workbook_as_a_spreadsheet_reads_it(tx: Tx, tmp_path: Path) -> None:
    path = exported(tx, "xlsx", tmp_path, zone="Asia/Shanghai")
    sheet = openpyxl.load_workbook(path)["Decisions"]
    head = [cell.value for cell in sheet[1]]
    assert len(head) == len(FIELDS)
    first: dict[str, Any] = dict(zip(FIELDS, sheet[2], strict=True))
    assert first["key"].value == "D-1"
    assert first["decided_at"].value == datetime(2026, 11, 23, 9, 0), "a date, in the zone"  # noqa: DTZ001  workbooks have no zones
    assert first["decided_at"].is_date
    assert first["review_at"].is_date
    assert first["link"].hyperlink.target == "https://chat.test/m1"
    assert first["state"].value == "Superseded"
    assert first["context"].value == WHOLE["context"]
    second: dict[str, Any] = dict(zip(FIELDS, sheet[3], strict=True))
    assert (second["title"].value, second["title"].data_type) == ("=1+1 修复", "s")
    assert second["title"].quotePrefix
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.endswith("3")
    assert sheet.column_dimensions["D"].width > sheet.column_dimensions["A"].width


def test_a_workbook_in_chinese(tx: Tx, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(exported(tx, "xlsx", tmp_path, lang="zh"))
    assert book.sheetnames == ["决策"]


# ── ADR folders ──────────────────────────────────────────────────────────────────────────────────


def read_zip(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {info.filename: file.read(info).decode() for info in file.infolist()}


def test_an_adr_folder_has_the_headings_of_madr_4(tx: Tx, tmp_path: Path) -> None:
    files = read_zip(exported(tx, "adr", tmp_path))
    first, second = "decisions/0001-roll-back-to-1-4.md", "decisions/0002-1-1-修复.md"
    assert list(files) == [first, second, "decisions/README.md"]
    _, front, body = files[first].split("---\n", 2)
    headings = [line for line in body.splitlines() if line.startswith("#")]
    options = ["### Roll back to 1.4", "### Hotfix"]
    assert headings == ["# Roll back to 1.4", *MADR_4[:-1], *options, MADR_4[-1]]
    said = yaml.safe_load(front)
    assert said["status"] == "superseded by [D-2](<0002-1-1-修复.md>)"
    assert said["date"] == "2026-11-23"
    assert (said["decision-makers"], said["consulted"]) == (["Bob"], ["张伟"])
    assert 'Chosen option: "Roll back to 1.4", because It is known to work' in body
    assert "* Good, because known\n* Bad, because loses a fix" in body
    assert "* Superseded by [D-2](<0002-1-1-修复.md>)" in body
    assert "* Supersedes [D-1](<0001-roll-back-to-1-4.md>)" in files[second]
    for target in re.findall(r"\]\(<(.*?)>\)", "".join(files.values())):
        assert f"decisions/{target}" in files, "every link leads somewhere"


def test_a_folder_links_only_to_what_is_in_it(tx: Tx, tmp_path: Path) -> None:
    files = read_zip(exported(tx, "adr", tmp_path, state="accepted"))
    assert list(files) == ["decisions/0002-1-1-修复.md", "decisions/README.md"]
    assert "* Supersedes D-1\n" in files["decisions/0002-1-1-修复.md"]


def test_a_folder_of_too_many_is_refused(
    tx: Tx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "MOST", 1)
    with pytest.raises(Permanent) as refused:
        exported(tx, "adr", tmp_path)
    assert refused.value.code == "too_many_files"
    assert refused.value.message is not None


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    said = json.loads((ROOT / "docs" / "decisions.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(said)
    assert tuple(said["properties"]) == FIELDS
    return Draft202012Validator(said, format_checker=FormatChecker())


def test_json_is_as_its_schema_says(tx: Tx, tmp_path: Path, schema: Draft202012Validator) -> None:
    lines = exported(tx, "jsonl", tmp_path).read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert json.loads(exported(tx, "json", tmp_path).read_text("utf-8")) == rows
    for row in rows:
        schema.validate(row)
    assert rows[0]["options"] == [
        {"name": "Roll back to 1.4", "pros": ["known"], "cons": ["loses a fix"]},
        {"name": "Hotfix", "pros": [], "cons": ["unknown"]},
    ]
    assert rows[1]["supersedes"] == ["D-1"]
    assert rows[1]["review_at"] is None
    assert not schema.is_valid({**rows[0], "state": "maybe"})


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_runs_nothing_of_what_people_wrote(tx: Tx, tmp_path: Path) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    more: dict[str, Any] = {"workspace_id": 1, "decided_by": 1, "decided_at": NOW}
    tx.add(Decision(**more, number=3, title=evil, why=evil, tags=f",{evil},", uid="u3"))
    link = json.dumps({"link": "javascript:alert(3)"})
    tx.add(Decision(**more, number=4, title="Linked", imported=link, uid="u4"))
    page = exported(tx, "html", tmp_path, lang="zh").read_text("utf-8")
    assert page.count("<script>") == 1, "its own"
    assert "<img" not in page
    assert "javascript:" not in page
    assert '<html lang="zh"' in page
    assert re.search(r"script-src 'sha256-[\w+/=]{44}'", page)
    assert "@" not in re.sub(
        r"@media[^{]*", "", page.split("<body>", maxsplit=1)[0].split("<style>")[0]
    )


# ── what is private ──────────────────────────────────────────────────────────────────────────────


def test_who_may_not_know_of_a_decision_does_not_read_its_number(tx: Tx, tmp_path: Path) -> None:
    room = tx.add(
        Room(
            workspace_id=1,
            number=1,
            title="Layoffs",
            severity=3,
            is_private=True,
            lang="en",
            zone="UTC",
            opened_by=1,
            opened_at=NOW,
            channel_name="wr-1",
        )
    )
    secret = tx.get(Decision, 2)
    assert secret is not None
    tx.change(secret, room_id=room.id)
    for form in ("jsonl", "csv", "md", "html"):
        content = exported(tx, form, tmp_path, person=1).read_text("utf-8")
        assert "D-1" in content
        for word in ("D-2", "修复", "Layoffs"):
            assert word not in content, form
    files = read_zip(exported(tx, "adr", tmp_path, person=1))
    assert "D-2" not in "".join(files.values())
    first = tx.get(Decision, 1)
    assert first is not None
    public = tx.add(
        Room(
            workspace_id=1,
            number=2,
            title="Payments",
            severity=3,
            lang="en",
            zone="UTC",
            opened_by=1,
            opened_at=NOW,
            channel_name="wr-2",
        )
    )
    tx.change(first, room_id=public.id)
    assert "D-2" not in exported(tx, "csv", tmp_path, room=public.id).read_text("utf-8")
    tx.change(secret, room_id=None)
    assert "D-2" in exported(tx, "csv", tmp_path, room=public.id).read_text("utf-8")


# ── which ones ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"text": "noon"}, ["D-1"]),
        ({"text": "修复"}, ["D-2"]),
        ({"tags": ["payments"]}, ["D-1"]),
        ({"state": "accepted"}, ["D-2"]),
        ({"since": "2027-01-01T00:00:00+00:00"}, []),
        ({"by": 1}, ["D-1", "D-2"]),
        ({"by": 99}, []),
    ],
)
def test_only_some(tx: Tx, tmp_path: Path, query: dict[str, object], keys: list[str]) -> None:
    from bot.features.decisions import finding

    for number in (1, 2):
        decision = tx.get(Decision, number)
        assert decision is not None
        finding.index(tx, decision)
    content = exported(tx, "csv", tmp_path, **query).read_text("utf-8-sig")
    assert [row["key"] for row in csv.DictReader(io.StringIO(content))] == keys


def test_a_batch_after_another(tx: Tx, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(records, "_BATCH", 1)
    found = list(records.read_records(tx, Filter(1)))
    assert [[each.key for each in batch] for batch in found] == [["D-1"], ["D-2"]]
    assert len(json.loads(exported(tx, "json", tmp_path).read_text("utf-8"))) == 2
