"""What a terminal shows."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.terminal.chat import Options, run
from tests.running import environment

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def at_a_terminal(home: Path, *lines: str, args: tuple[str, ...] = (), prompt: str = "> ") -> str:
    """What somebody sees who types these lines, each after a prompt, and then ends the input."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "chat", *args],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=home,
        env={**environment(home), "TERM": "xterm-256color", "COLUMNS": "200"},
    ) as talking:
        os.close(theirs)
        shown = ""
        for typed in [*(f"{line}\n" for line in lines), "\x04"]:
            shown += _shown(ours, prompt)
            os.write(ours, typed.encode())
        shown += _shown(ours, None)
        os.close(ours)
        assert talking.wait(30) == 0, shown
    return shown


def _shown(terminal: int, prompt: str | None) -> str:
    """What comes until the cursor stands behind a prompt; without one, until the program ends."""
    shown = b""
    while prompt is None or not _COLOURS.sub("", shown.decode("utf-8", "ignore")).endswith(prompt):
        assert select.select([terminal], [], [], 30)[0], shown.decode()
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # the program has ended, and nobody has the other side any more
            break
    return shown.decode()


def test_somebody_at_a_terminal_sees_colours_and_a_prompt(tmp_path: Path) -> None:
    shown = at_a_terminal(
        tmp_path,
        "alice: /warroom open Slow checkout --severity 1",
        "alice@WR-1:",
        "/item add [Check] the logs",
        "alice: /decide",
        "!advance 1h",
    )
    assert "\x1b[" in shown
    words = _COLOURS.sub("", shown).replace("\r\n", "\n")
    assert "Try alice: /warroom open Slow checkout" in words
    assert "muster> " in words
    assert "alice@WR-1> " in words
    assert "#wr-1-slow-checkout | WR-1 Slow checkout\n" in words
    assert "• WR-1-1 [Check] the logs (Action · nobody yet) [Done] [Blocked…]\n" in words
    assert "* Fill it in like this: alice: {title: …" in words
    assert "* It is " in words


def test_json_is_the_same_at_a_terminal(tmp_path: Path) -> None:
    shown = at_a_terminal(tmp_path, "alice: /muster whoami", args=("--json",), prompt="")
    assert '{"kind": "said", "line": 1, ' in shown
    assert "muster> " not in shown


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(tmp_path / "nothing", Options(), Settings.without_file(home=tmp_path))
