"""`muster audit export`: everything, for whoever runs the machine."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.calls import call, problem


def test_it_is_exported_and_that_is_in_it(told: Path) -> None:
    assert call("export", "decisions", "--out", str(told / "decisions.md")).exit_code == 0
    file = told / "audit.jsonl"
    assert call("audit", "export", "--out", str(file)).output == f"1 line in {file}\n"
    again = call("audit", "export")
    found = [json.loads(line) for line in again.output.splitlines()]
    assert [each["kind"] for each in found] == ["decisions.exported", "audit.exported"]
    assert [each["by"] for each in found] == ["", ""]
    assert "at the command line" in found[0]["text"]


def test_by_day_and_as_csv(told: Path) -> None:
    result = call("audit", "export", "--format", "csv", "--until", "2001-01-01")
    assert result.output.lstrip("\ufeff").splitlines() == ["id,at,kind,by,by_id,room,text"]
    assert "soon is no day" in problem(call("audit", "export", "--since", "soon"))


def test_files_are_for_their_owner_alone(told: Path) -> None:
    assert (told / "muster.db").stat().st_mode & 0o077 == 0
