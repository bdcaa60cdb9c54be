"""Times that are over, as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Refused
from bot.features.decisions.past import parse_since

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Monday, nine in the morning in Shanghai.
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "local"),
    [
        ("2026-10-01", "2026-10-01 00:00"),
        ("2019-05-05", "2019-05-05 00:00"),
        ("2026-11-20 15:00", "2026-11-20 15:00"),
        ("Oct 1", "2026-10-01 00:00"),
        ("10月1日", "2026-10-01 00:00"),
        ("Dec 24", "2025-12-24 00:00"),
        ("monday", "2026-11-16 00:00"),
        ("周五", "2026-11-20 00:00"),
        ("today", "2026-11-23 00:00"),
        ("昨天", "2026-11-22 00:00"),
        ("前天", "2026-11-21 00:00"),
        ("本周", "2026-11-23 00:00"),
        ("last week", "2026-11-16 00:00"),
        ("This Month", "2026-11-01 00:00"),
        ("上个月", "2026-10-01 00:00"),
        ("this year", "2026-01-01 00:00"),
        ("去年", "2025-01-01 00:00"),
        ("24 hours", "2026-11-22 09:00"),
        ("2小时前", "2026-11-23 07:00"),
    ],
)
def test_understood(said: str, local: str) -> None:
    found = parse_since(said, now=NOW, zone=SHANGHAI)
    assert found.tzinfo is UTC
    assert f"{found.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2w", "2026-11-09"),
        ("2 weeks ago", "2026-11-09"),
        ("三周前", "2026-11-02"),
        ("3 months", "2026-08-23"),
    ],
)
def test_lengths_count_back(said: str, day: str) -> None:
    found = parse_since(said, now=NOW, zone=SHANGHAI)
    assert f"{found.astimezone(SHANGHAI):%Y-%m-%d}" == day


@pytest.mark.parametrize(
    "said", ["", " ", "tomorrow", "明天", "下周三", "next week", "in 2 days", "2030-01-01", "blah"]
)
def test_refused(said: str) -> None:
    with pytest.raises(Refused, match="time that is over") as refused:
        parse_since(said, now=NOW, zone=SHANGHAI)
    assert refused.value.field == "since"


@given(st.text(max_size=40))
def test_any_text_is_a_time_that_is_over_or_refused(said: str) -> None:
    try:
        found = parse_since(said, now=NOW, zone=SHANGHAI)
    except Refused:
        return
    assert found <= NOW
