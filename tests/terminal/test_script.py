"""What a line means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.i18n import plain
from bot.core.text import LANGUAGES, Reader
from bot.terminal.script import (
    Advances,
    Fills,
    GoesTo,
    Introduces,
    MakesChannel,
    NotUnderstoodError,
    Presses,
    Says,
    length,
    read,
    speaker,
    statements,
)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("alice: hello", Says("alice", None, "hello")),
        ("  alice :  hello  ", Says("alice", None, "hello")),
        ("alice@WR-1: /item list", Says("alice", "WR-1", "/item list")),
        ("alice @ #general: hi", Says("alice", "general", "hi")),
        ("陈晨：你好", Says("陈晨", None, "你好")),
        ("陈晨＠dm：/帮助", Says("陈晨", "dm", "/帮助")),
        ("Mary Ann: a: b", Says("Mary Ann", None, "a: b")),
        ("alice: two\nlines", Says("alice", None, "two\nlines")),
        ("\ufeffalice: marked", Says("alice", None, "marked")),
        ("bob@WR-1: [Done]", Presses("bob", "WR-1", "Done")),
        ("bob: [ Done ] the logs", Presses("bob", None, "Done", "the logs")),
        ("bob: [a] [b]", Presses("bob", None, "a", "[b]")),
        ("bob: {}", Fills("bob", ())),
        ("bob: {title: x}", Fills("bob", (("title", "x"),))),
        ("bob: {title: x; why: y;}", Fills("bob", (("title", "x"), ("why", "y")))),
        ("bob: {标题：甲；原因：乙}", Fills("bob", (("标题", "甲"), ("原因", "乙")))),
        ('bob: {a: "x; y"; b: 1}', Fills("bob", (("a", "x; y"), ("b", "1")))),
        (r"bob: {a: one\ntwo; b=}", Fills("bob", (("a", "one\ntwo"), ("b", "")))),
        ("bob: {url: http://x/y}", Fills("bob", (("url", "http://x/y"),))),
        ("!person bob", Introduces("bob")),
        ("!person Mary Ann zh", Introduces("Mary Ann", "zh")),
        (
            "!person 陈晨 zh Asia/Shanghai admin",
            Introduces("陈晨", "zh", "Asia/Shanghai", is_admin=True),
        ),
        ("!person bob UTC en", Introduces("bob", "en", "UTC")),
        ("!person admin", Introduces("admin")),
        ("!channel incidents", MakesChannel("incidents")),
        ("!channel #secret private", MakesChannel("secret", is_private=True)),
        ("!advance 26h", Advances(timedelta(hours=26))),
        ("！advance 1h30m", Advances(timedelta(minutes=90))),
        ("!at 2026-09-20T09:30", GoesTo(datetime(2026, 9, 20, 9, 30))),  # noqa: DTZ001  no zone
        (
            "!at 2026-09-20 09:30+08:00",
            GoesTo(datetime(2026, 9, 20, 9, 30, tzinfo=timezone(timedelta(hours=8)))),
        ),
        ("!at 2026-09-20T01:30Z", GoesTo(datetime(2026, 9, 20, 1, 30, tzinfo=UTC))),
        ("", None),
        ("   ", None),
        ("# alice: hello", None),
        ("  #", None),
    ],
)
def test_a_line_means(line: str, meaning: object) -> None:
    assert read(line) == meaning


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hello", "Say who it is"),
        ("/warroom open x: y", "Say who it is"),
        (": hello", "Say who it is"),
        ("[Done]", "Say who it is"),
        ("alice:", "alice says nothing"),
        ("alice@WR-1:   ", "alice says nothing"),
        ("bob: {just words}", "A form is filled in like this"),
        ("bob: {: x}", "A form is filled in like this"),
        ("!dance", "There is no !dance. There are: !advance, !at, !person and !channel"),
        ("!", "There is no !"),
        ("!advance", "A length of time looks like 26h, 1h30m and 2 days"),
        ("!advance soon", "A length of time"),
        ("!advance 5 parsecs", "A length of time"),
        ("!advance 3h later", "A length of time"),
        ("!advance -3h", "A length of time"),
        ("!advance 0h", "A length of time"),
        ("!advance 999999999999d", "A length of time"),
        ("!at tomorrow", "A date and time looks like"),
        ("!at 1799", "A date and time looks like"),
        ("!person", "Say who it is"),
        ("!channel", "A channel is made like this"),
        ("!channel a b c", "A channel is made like this"),
    ],
)
def test_why_a_line_means_nothing_is_said(line: str, words: str) -> None:
    with pytest.raises(NotUnderstoodError) as error:
        read(line)
    assert words in plain(error.value.message, Reader())


@given(st.text(max_size=80))
def test_any_line_means_something_or_is_refused_in_words(line: str) -> None:
    try:
        read(line)
    except NotUnderstoodError as error:
        said = [plain(error.message, Reader(lang)) for lang in LANGUAGES]
    else:
        return
    assert all(said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", timedelta(minutes=90)),
        ("2 days", timedelta(days=2)),
        ("1 w", timedelta(weeks=1)),
        ("1.5h", timedelta(minutes=90)),
        ("1d 2h 3m 4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("1 Hour", timedelta(hours=1)),
        ("5min", timedelta(minutes=5)),
    ],
)
def test_a_length_of_time(text: str, expected: timedelta) -> None:
    assert length(text) == expected


def test_lines_have_their_numbers_and_can_go_on() -> None:
    lines = ["alice: a\\\n", "b\r\n", "\n", "bob: c\n", "eve: d\\"]
    assert list(statements(lines)) == [(1, "alice: a\nb"), (3, ""), (4, "bob: c"), (5, "eve: d\n")]


def test_who_speaks() -> None:
    assert speaker("alice@WR-1: x") == "alice"
    assert speaker("/item list") is None
    assert speaker("!advance 1h") is None
