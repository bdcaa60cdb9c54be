"""Lines from files, pipes and people."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.terminal import lines as lines_module
from bot.terminal.lines import Lines
from bot.terminal.prompt import Prompt


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def test_the_lines_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes("a\r\n陈\n\n".encode() + b"\xff last")
    with file.open("rb") as opened:
        source = Lines(opened.fileno())
        assert source.ahead() == ["a\r", "陈", "", "\ufffd last"]
        assert list(source) == ["a\r\n", "陈\n", "\n", "\ufffd last"]


def test_of_a_pipe_what_is_there_is_read_ahead(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    source = Lines(reading)
    assert source.ahead() == [""]
    os.write(writing, b"alice: a\nbo")
    assert source.ahead() == ["alice: a", "bo"]
    lines = iter(source)
    assert next(lines) == "alice: a\n"
    os.write(writing, b"b: b\neve")
    assert next(lines) == "bob: b\n"
    os.close(writing)
    assert list(lines) == ["eve"]


def test_no_program_is_read_ahead_of_for_ever(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "_FARTHEST", 4)
    monkeypatch.setattr(lines_module, "_CHUNK", 4)
    reading, writing = pipe
    os.write(writing, b"a\nb\nc\nd\n")
    assert Lines(reading).ahead() == ["a", "b", ""]
    os.close(writing)


def test_where_a_pipe_cannot_be_asked_nothing_is_read_ahead(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("only sockets")

    monkeypatch.setattr(select, "select", refuse)
    reading, writing = pipe
    os.write(writing, b"a\n")
    source = Lines(reading)
    assert source.ahead() == [""]
    os.close(writing)
    assert list(source) == ["a\n"]


class Typist:
    """Somebody who types, and sees the prompts."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        if not self._lines:
            raise EOFError
        return self._lines.pop(0)


def test_whoever_spoke_last_need_not_say_so() -> None:
    typist = Typist(
        "/muster help",
        "alice: /item list",
        "/warroom list",
        "bob@WR-1:",
        "hello",
        "陈晨@dm：",
        "",
        "!advance 1h",
        "# words",
        "你好",
    )
    prompt = Prompt(ask=typist)
    assert prompt.ahead() == []
    assert list(prompt) == [
        "/muster help",
        "alice: /item list",
        "alice: /warroom list",
        "bob@WR-1: hello",
        "!advance 1h",
        "# words",
        "陈晨@dm: 你好",
    ]
    assert typist.prompts[:5] == ["muster> ", "muster> ", "alice> ", "alice> ", "bob@WR-1> "]


@pytest.mark.parametrize("end", ["!quit", " !exit "])
def test_quitting_ends_it(end: str) -> None:
    assert list(Prompt(ask=Typist("alice: a", end, "alice: b"))) == ["alice: a"]


def test_words_are_completed() -> None:
    prompt = Prompt(["/item list", "/item add", "/decide"], ask=Typist())
    found = [prompt._completion("/item", state) for state in range(3)]
    assert found == ["/item add", "/item list", None]


def test_without_readline_nothing_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "readline", None)
    assert list(Prompt(ask=Typist("alice: a"))) == ["alice: a"]
