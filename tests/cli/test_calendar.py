"""`muster calendar`: a month in the terminal, days from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calls import call, problem


def _lines(*args: str) -> list[str]:
    result = call("calendar", "show", *args)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_a_month_with_its_make_up_workday(home: Path) -> None:
    assert _lines("2026-10", "--region", "CN") == [
        "October 2026",
        "Region: China",
        "Workdays: 18",
        "Working hours: 09:00–18:00",
        "",
        "Mon   Tue   Wed   Thu   Fri   Sat   Sun",
        "                   (1)   (2)   (3)   (4)",
        " (5)   (6)   (7)    8     9   [10]  (11)",
        " 12    13    14    15    16   (17)  (18)",
        " 19    20    21    22    23   (24)  (25)",
        " 26    27    28    29    30   (31)",
        "",
        "• Thu 1 Oct – Sat 3 Oct: National Day",
        "• Mon 5 Oct: National Day (observed)",
        "• Tue 6 Oct: day off, in exchange for Sun 20 Sept",
        "• Wed 7 Oct: day off, in exchange for Sat 10 Oct",
        "• Sat 10 Oct: workday, in exchange for Wed 7 Oct",
        "(4) is a day off, [10] is a workday on what would be a day off.",
    ]


def test_a_month_in_chinese_stands_in_columns(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_LANGUAGE", "zh")
    lines = _lines("2027-02", "--region", "中国")
    assert lines[:2] == ["2027年2月", "地区：中国"]
    assert "中国 2027 年的放假安排还没有公布，公布之前周一到周五按工作日计算。" in lines
    header = lines.index("周一   周二   周三   周四   周五   周六   周日")
    assert lines[header + 1] == "   1      2      3      4      5     (6)    (7)"


def test_the_region_is_that_of_the_time_zone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Region: none: Monday to Friday are workdays" in _lines("2026-10")
    monkeypatch.setenv("MUSTER_TIMEZONE", "Asia/Shanghai")
    assert "Region: China" in _lines("2026-10")
    assert len(_lines()) > 8


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("soon",), "soon is no month. Say for example 2026-10."),
        (("2026-10", "--region", "Q"), "I know no region Q. Say for example CN."),
    ],
)
def test_what_cannot_be_shown(home: Path, args: tuple[str, ...], said: str) -> None:
    assert problem(call("calendar", "show", *args)) == said


def _write(home: Path, text: str) -> str:
    file = home / "days.csv"
    file.write_bytes(text.encode())
    return str(file)


def test_days_are_loaded_and_hold(told: Path) -> None:
    file = _write(told, "date,kind,name\n2027-02-08,off,春节\n2027-02-20,work\n")
    result = call("calendar", "load", file)
    assert result.exit_code == 0, result.output
    assert "2 days loaded from days.csv" in result.output
    again = _write(told, "2027-02-08,work,Release\n")
    assert "1 day loaded" in call("calendar", "load", again).output
    story = told / "story"
    story.write_text("alice: /muster calendar 2027-02", "utf-8")
    page = call("chat", "--db", str(told / "muster.db"), str(story)).output
    assert "Mon 8 Feb: workday of the team: Release" in page
    assert "Sat 20 Feb: workday of the team" in page


def test_a_line_at_fault_loads_nothing(told: Path) -> None:
    file = _write(told, "2027-02-08,off\n2027-02-30,off\n")
    assert problem(call("calendar", "load", file)) == (
        "days.csv: Line 2: 2027-02-30 is no date; one looks like 2027-02-05. Nothing was loaded."
    )
    story = told / "story"
    story.write_text("alice: /muster calendar 2027-02", "utf-8")
    page = call("chat", "--db", str(told / "muster.db"), str(story)).output
    assert "Workdays: 20" in page


def test_what_cannot_be_loaded(home: Path) -> None:
    file = _write(home, "2027-02-08,off\n")
    assert "There is no database muster.db yet" in problem(call("calendar", "load", file))
    assert "days.csv: No such file" in problem(
        call("calendar", "load", str(home / "no" / "days.csv"))
    )
    assert problem(call("calendar", "load", _write(home, "date,kind\n"))) == (
        "There are no days in days.csv."
    )
    (home / "days.csv").write_bytes(b"2027-02-08,off,\xb4\xba\n")
    assert problem(call("calendar", "load", file)) == "days.csv is not in UTF-8."
    (home / "days.csv").write_bytes(b"#" * 5_000_001)
    assert problem(call("calendar", "load", file)) == "days.csv is too large for a calendar."


def test_nobody_has_a_calendar_yet(home: Path) -> None:
    assert call("db", "upgrade").exit_code == 0
    file = _write(home, "2027-02-08,off\n")
    assert "Nobody has used Muster yet: there is no calendar" in problem(
        call("calendar", "load", file)
    )


def test_of_a_workspace_that_is_not_there(told: Path) -> None:
    file = _write(told, "2027-02-08,off\n")
    assert problem(call("calendar", "load", file, "--workspace", "slack")) == (
        "There is no workspace slack, but playground:playground."
    )
