"""The walk: open, join, item, decide, export, close, piped into `muster chat`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.running import environment, muster

WALK = (
    "# the whole of it",
    "!at 2026-11-23T09:00",
    "alice: /warroom open Payment timeouts --severity 1",
    "bob@WR-1: [Join]",
    "alice@WR-1: /item add Check the gateway logs --owner @bob --due tomorrow 5pm",
    "bob@WR-1: [Done]",
    "alice@WR-1: /decide Roll back to 1.4 --why Errors began with 1.5",
    "!advance 26h",
    "alice@WR-1: /export decisions --format csv",
    "alice@WR-1: /warroom close Rolled back",
)


KEYS = [
    "kind",
    "line",
    "at",
    "place",
    "channel",
    "to",
    "thread",
    "message",
    "lang",
    "text",
    "card",
    "form",
    "file",
    "people",
    "refused",
]


def test_the_walk_piped_as_text(tmp_path: Path) -> None:
    done = muster("chat", home=tmp_path, given="\n".join(WALK))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "#wr-1-payment-timeouts | WR-1 Payment timeouts" in lines
    assert "#wr-1-payment-timeouts | In the channel: bob" in lines
    assert "#wr-1-payment-timeouts | @bob finished WR-1-1 Check the gateway logs" in lines
    assert "#wr-1-payment-timeouts | Decision D-1 Roll back to 1.4" in lines
    assert "* It is Tue 24 Nov 2026, 11:00" in lines
    assert any("| [decisions-WR-1.csv, " in line for line in lines)
    assert any("    D-1,WR-1,Payment timeouts,Roll back to 1.4," in line for line in lines)
    assert "#wr-1-payment-timeouts | @alice closed WR-1 Payment timeouts" in lines
    assert "#wr-1-payment-timeouts ~ WR-1 Payment timeouts is closed" in lines
    assert not (tmp_path / "muster.db").exists()


def test_the_walk_piped_as_json(tmp_path: Path) -> None:
    done = muster("chat", "--json", home=tmp_path, given="\n".join(WALK))
    assert (done.returncode, done.stderr) == (0, "")
    deeds = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(list(deed) == KEYS for deed in deeds)
    assert {deed["kind"] for deed in deeds} == {
        "channel",
        "file",
        "invited",
        "pinned",
        "posted",
        "said",
        "updated",
    }
    [file] = [deed["file"] for deed in deeds if deed["kind"] == "file"]
    assert file["name"] == "decisions-WR-1.csv"
    assert file["size"] == len(file["text"].encode()) + len("\ufeff".encode())
    assert "Roll back to 1.4" in file["text"]
    last = [deed for deed in deeds if deed["card"] and deed["place"] == "WR-1"][-1]
    assert last["card"]["tone"] == "done"


def test_a_file_is_read_and_what_is_not_understood_is_named(tmp_path: Path) -> None:
    story = tmp_path / "story.txt"
    story.write_text("alice: /muster whoami\nwhat?\n\nalice: [Nothing]\nalice@dm: hello\n", "utf-8")
    done = muster("chat", story, home=tmp_path)
    assert done.returncode == 1
    assert "#general (only alice) | You are alice" in done.stdout
    assert "@alice | Hello!" in done.stdout
    first, second = done.stderr.splitlines()
    assert first.startswith("line 2: Say who it is.")
    assert second == "line 4: alice sees no buttons there."


def test_a_line_is_answered_before_the_next_one_is_there(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "chat", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(tmp_path),
        text=True,
    ) as talking:
        assert talking.stdin is not None
        assert talking.stdout is not None
        for number in (1, 2):
            talking.stdin.write("alice: /muster whoami\n")
            talking.stdin.flush()
            assert json.loads(talking.stdout.readline())["line"] == number
        talking.stdin.close()
        assert talking.wait(20) == 0


def test_whoever_reads_no_further_is_no_trouble(tmp_path: Path) -> None:
    story = tmp_path / "story.txt"
    story.write_text("alice: /muster help\n" * 200, "utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "chat", str(story)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(tmp_path),
    ) as talking:
        assert talking.stdout is not None
        assert talking.stderr is not None
        talking.stdout.readline()
        talking.stdout.close()
        assert talking.wait(60) == 0
        assert talking.stderr.read() == b""
