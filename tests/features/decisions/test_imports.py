"""Imports: a real history, and files that are not what they say."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.i18n import plain
from bot.core.text import Reader
from bot.features.decisions import adr, drafts, importing, incoming, verifying
from bot.features.decisions.drafts import Unreadable
from bot.features.decisions.incoming import read_path
from bot.features.decisions.records import Record
from bot.features.decisions.tables import Decision
from storage.tables import Person, Workspace
from storage.tx import Tx
from tests.features.decisions.shelf import NOW, exported, imported, shelf, workspace

DATA = Path(__file__).parent / "data"


@pytest.fixture
def tx() -> Iterator[Tx]:
    with shelf() as conn:
        yield workspace(conn, 1)


def said(path: Path) -> list[str]:
    """Why nothing can be imported from it."""
    with pytest.raises(Unreadable) as found:
        read_path(path)
    return [
        f"{each.file}:{each.line}: {plain(each.why, Reader())}" for each in found.value.troubles
    ]


def records(path: Path) -> dict[str, Record]:
    return {draft.record.key: draft.record for draft in read_path(path)}


# ── a real history ───────────────────────────────────────────────────────────────────────────────


def test_an_adr_tools_folder() -> None:
    found = records(DATA / "shell-tools")
    assert len(found) == 10
    help_comments = found["D-5"]
    assert help_comments.title == "Help comments"
    assert (help_comments.state, help_comments.superseded_by) == ("superseded", "D-9")
    assert found["D-9"].supersedes == ("D-5",)
    assert found["D-10"].state == "proposed"
    assert help_comments.decided_at == "2016-02-13T00:00:00+00:00"
    assert "# this is no heading" in help_comments.consequences, "a fence keeps its lines"
    assert found["D-2"].context.count("\n\n") == 1


def test_a_madr_folder() -> None:
    first, second, third = (draft.record for draft in read_path(DATA / "madr"))
    assert first.decision_makers == ("Ana", "Bo")
    assert first.decided_by == "Ana"
    assert first.consulted == ("Chi",)
    assert first.drivers == "Found by who reads the code\nNeeds no server"
    assert first.options.split("\n") == [
        "Files in the repository",
        "+ they are versioned",
        "- there is no search",
        "A wiki",
        "+ everybody can edit it",
        "Nothing",
    ]
    assert (
        first.why
        == 'Chosen option: "Files in the repository", because they are reviewed like code.'
    )
    assert first.confirmation == "Reviewers ask for the file."
    assert "They stand in `docs/decisions`." in first.evidence, "what has no place is kept"
    assert "Looked at again every spring." in first.evidence
    assert "comment" not in first.context
    assert second.superseded_by == "D-2"
    assert third.decision_makers == ("Ana", "Chi"), "MADR 2 has a list below the title"
    assert third.decided_at == "2023-06-01T00:00:00+00:00"
    assert "The list can be read" in third.consequences


def test_a_history_is_imported_found_and_superseded(tx: Tx, tmp_path: Path) -> None:
    assert imported(tx, DATA / "shell-tools") == (10, 0)
    assert imported(tx, DATA / "shell-tools") == (0, 10)
    lines = exported(tx, "jsonl", tmp_path, text="iso dates").read_text("utf-8").splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["D-8"]
    assert verifying.verify(tx.conn, 1).broken is None
    home = tx.get(Workspace, 1)
    assert home is not None
    assert home.decisions_made == 10, "the next one is D-11"
    for form in ("md", "html", "xlsx", "csv", "adr", "json", "jsonl"):
        assert exported(tx, form, tmp_path).stat().st_size > 1000


def test_numbers_that_are_taken_are_given_anew(tx: Tx, tmp_path: Path) -> None:
    tx.add(Decision(workspace_id=1, number=5, title="Here before", decided_at=NOW, uid="h"))
    assert imported(tx, DATA / "shell-tools") == (10, 0)
    lines = exported(tx, "jsonl", tmp_path).read_text("utf-8").splitlines()
    found = {(row := json.loads(line))["title"]: row for line in lines}
    assert found["Help comments"]["key"] == "D-11"
    assert found["Help scripts"]["supersedes"] == ["D-11"], "what refers to it follows"
    assert found["Here before"]["key"] == "D-5"


def test_people_and_rooms_that_are_known_are_theirs(tx: Tx, tmp_path: Path) -> None:
    person = tx.add(
        Person(
            workspace_id=1,
            user="ana",
            name="Ana",
            native_lang="en",
            native_zone="UTC",
            created_at=NOW,
        )
    )
    imported(tx, DATA / "madr")
    decision = tx.get(Decision, 1)
    assert decision is not None
    assert decision.decided_by == person.id
    assert decision.imported is None


@pytest.mark.parametrize("key", ["D-10000001", "D-999999999"])
def test_a_number_beyond_all_is_not_kept(tx: Tx, tmp_path: Path, key: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"title": "Far", "key": key}))
    [planned] = importing.plan(tx, 1, read_path(path))
    assert planned.number == 1


# ── lines that are at fault ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "It is no JSON object."),
        ("[1]", "It is no JSON object."),
        ("[" * 100_000, "It is no JSON object."),
        ("{}", "There is no title."),
        ('{"title": " "}', "There is no title."),
        ('{"title": 7}', "title cannot be 7."),
        ('{"title": "x", "titel": "y"}', "There is no field titel. Did you mean title?"),
        ('{"title": "x", "zzzzzz": "y"}', "There is no field zzzzzz."),
        ('{"title": "x", "key": "12"}', "key cannot be 12."),
        ('{"title": "x", "key": "D-0"}', "key cannot be D-0."),
        ('{"title": "x", "state": "maybe"}', "state cannot be maybe."),
        ('{"title": "x", "decided_at": "monday"}', "decided_at cannot be monday."),
        ('{"title": "x", "decided_at": "2026-01-01"}', "decided_at cannot be 2026-01-01."),
        (
            '{"title": "x", "decided_at": "0001-01-01T00:00:00+09:00"}',
            "decided_at cannot be 0001-01-01T00:00:00+09:00.",
        ),
        ('{"title": "x", "tags": "a"}', "tags cannot be a."),
        ('{"title": "x", "tags": ["a,b"]}', 'tags cannot be ["a,b"].'),
        ('{"title": "x", "tags": ["#"]}', 'tags cannot be ["#"].'),
        ('{"title": "x", "consulted": [""]}', 'consulted cannot be [""].'),
        ('{"title": "x", "consulted": ["a\\nb"]}', "consulted cannot be a b."),
        ('{"title": "x", "items": ["3"]}', "items cannot be 3."),
        ('{"title": "x", "supersedes": ["WR-1"]}', "supersedes cannot be WR-1."),
        ('{"title": "x", "quorum": "0"}', "quorum cannot be 0."),
        ('{"title": "x", "link": "javascript:alert(1)"}', "link cannot be javascript:alert(1)."),
        ('{"title": "x", "uid": "../x"}', "uid cannot be ../x."),
        ('{"title": "x", "options": [{"n": 1}]}', 'options cannot be {"n": 1}.'),
        ('{"title": "x", "options": [{"name": ""}]}', 'options cannot be [{"name": ""}].'),
        ('{"title": "x", "owner": "' + "a" * 1001 + '"}', "owner is longer than 1000 characters."),
        ('{"title": "' + "a" * 50_001 + '"}', "title is longer than 50000 characters."),
        (
            '{"title": "x", "key": "D-1", "superseded_by": "D-1"}',
            "It supersedes itself: D-1 → D-1.",
        ),
    ],
)
def test_a_line_of_json_that_is_at_fault(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(f'{{"title": "Fine"}}\n\n{line}\n')
    assert said(path) == [f"x.jsonl:3: {why}".replace("50000", "50,000")]


def test_rings_of_several_and_doubles_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    rows: list[dict[str, Any]] = [
        {"title": "a", "key": "D-1", "superseded_by": "D-2"},
        {"title": "b", "key": "D-2", "superseded_by": "D-1"},
        {"title": "c", "key": "D-3", "superseded_by": "D-1"},
        {"title": "a", "key": "D-1", "superseded_by": "D-2"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert said(path) == [
        "x.jsonl:4: It is the same as x.jsonl:1.",
        "x.jsonl:1: It supersedes itself: D-1 → D-2 → D-1.",
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"name\nx\n", "1: The first line has to name the columns, title among them."),
        (b"", "1: The first line has to name the columns, title among them."),
        (b"title,why\nx\n", "2: It has 1 cells, and the first line has 2."),
        (b'title\n"x\ny"\n"z"z\n', "4: It is no CSV: ',' expected after '\"'"),
        (b"title,state\nx,accepted\n\ny,no\n", "4: state cannot be no."),
        ("title\né".encode("latin-1"), "0: It is not in UTF-8."),
        (b"title\n", "0: There are no decisions in it."),
    ],
)
def test_a_table_that_is_at_fault(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert said(path) == [f"x.csv:{why}"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "0001-x.md:1: There is no title: a line that begins with #."),
        (b"---\nstatus: x\n", "0001-x.md:1: The front matter has no end: a line ---."),
        (b"---\nstatus: ok\na: [\n---\n# x", "0001-x.md:3: The front matter is no YAML."),
        (b"---\n- a\n---\n# x", "0001-x.md:1: The front matter is no YAML."),
        (b"---\nstatus: maybe\n---\n\n# x", "0001-x.md:5: state cannot be maybe."),
        (b"# x\n\nDate: soon\n", "0001-x.md:1: decided_at cannot be soon."),
        (b"\xff", "0001-x.md:0: It is not in UTF-8."),
    ],
)
def test_an_adr_that_is_at_fault(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "0001-x.md").write_bytes(content)
    assert said(tmp_path) == [why]


def test_all_troubles_are_told_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("{}\n" * 100)
    assert len(said(path)) == incoming.MOST_TROUBLES


# ── files that are not what they say ─────────────────────────────────────────────────────────────

FINE = "# Fine\n\nDate: 2026-01-01\n"


def zipped(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name", ["../0001-x.md", "/etc/0001-x.md", "a/../../x.md", "C:\\x.md", "..\\x.md"]
)
def test_no_path_leads_out_of_a_zip(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "x.zip", **{"0002-fine.md": FINE, name: FINE})
    assert said(path) == [f"{name}:0: Its path leads out of the folder."]


def test_no_link_leads_out_of_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as file:
        entry = zipfile.ZipInfo("0001-x.md")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(entry, "/etc/passwd")
    assert said(path) == ["0001-x.md:0: It leads out of the folder."]


def test_no_link_leads_out_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret")
    folder = tmp_path / "adr"
    folder.mkdir()
    (folder / "0001-x.md").symlink_to(tmp_path / "secret.md")
    assert said(folder) == ["0001-x.md:0: It leads out of the folder."]


def test_a_zip_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "MOST_OF_ONE", 10_000)
    path = zipped(tmp_path / "x.zip", **{"0001-x.md": "a" * 1_000_000})
    assert path.stat().st_size < 10_000
    assert said(path) == ["0001-x.md:0: It is too large."]
    monkeypatch.setattr(incoming, "MOST_OF_ALL", 100_000)
    assert said(path) == ["x.zip:0: It is too large."]
    monkeypatch.setattr(incoming, "MOST_FILES", 0)
    assert said(zipped(tmp_path / "y.zip", **{"0001-x.md": FINE})) == ["y.zip:0: It is too large."]


def test_a_zip_that_lies_about_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size in its directory is what whoever made it wrote there."""
    monkeypatch.setattr(incoming, "MOST_OF_ONE", 10_000)
    path = zipped(tmp_path / "x.zip", **{"0001-x.md": "a" * 1_000_000})
    content = path.read_bytes()
    size = (1_000_000).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (5000).to_bytes(4, "little")))
    [why] = said(path)
    assert "It is no zip file" in why or "too large" in why


@pytest.mark.parametrize("content", [b"", b"PK", b"# no zip"])
def test_a_file_that_is_no_zip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert said(path)[0].startswith("x.zip:0: It is no zip file")


def test_a_folder_or_a_line_that_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "MOST_OF_ONE", 50)
    (tmp_path / "0001-x.md").write_text("# x\n" + "a" * 100)
    assert said(tmp_path) == ["0001-x.md:0: It is too large."]
    monkeypatch.setattr(incoming, "MOST_OF_ALL", 10)
    assert said(tmp_path) == [f"{tmp_path.name}:0: It is too large."]
    path = tmp_path / "x.jsonl"
    path.write_text("a" * 100)
    assert said(path) == ["x.jsonl:1: It is too large."]
    path.write_bytes(b'"\xff"')
    assert said(path) == ["x.jsonl:1: It is not in UTF-8."]


def test_other_files_and_empty_folders(tmp_path: Path) -> None:
    assert said(tmp_path) == [f"{tmp_path.name}:0: There are no decisions in it."]
    path = tmp_path / "x.docx"
    path.write_text("")
    assert said(path) == ["x.docx:0: It can be an ADR folder, or a file .zip, .jsonl or .csv."]
    with pytest.raises(FileNotFoundError):
        read_path(tmp_path / "nothing.csv")


# ── texts of ADRs ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "state", "after"),
    [
        ("Accepted", "accepted", ""),
        ("accepted, 2020-01-01", "accepted", ""),
        ("**Draft**", "proposed", ""),
        ("Superseded by [ADR-0005](0005-x.md)", "superseded", "D-5"),
        ("superceded by ADR 12", "superseded", "D-12"),
        ("", "accepted", ""),
        ("deprecated", "deprecated", ""),
    ],
)
def test_what_a_status_says(status: str, state: str, after: str) -> None:
    values = adr.read(f"# x\n\n* Status: {status}\n", 1)
    values.pop("_line")
    record = drafts.record_of(values)
    assert (record.state, record.superseded_by) == (state, after)


def test_what_has_no_place_is_kept_with_its_heading() -> None:
    values = adr.read("# x\n\nFirst.\n\n## Rollout\n\nSlowly.\n\n### When\n\nMay.\n", 1)
    assert values["context"] == "First."
    assert values["evidence"] == "Rollout\n\nSlowly.\n\nWhen\n\nMay."


def test_what_was_only_argued_is_an_option_too() -> None:
    text = (
        "# x\n\n## Considered Options\n\n* A\n* B\n\n## Pros and Cons of the Options\n\n"
        "### b\n\n* Good, because small\n\n### C\n\nJust words.\n"
    )
    values = adr.read(text, None)
    assert values["options"].split("\n") == ["A", "b", "+ small", "C"]
    assert values["evidence"] == "C: Just words."
    assert values["key"] == ""
