"""Forty lives, each from its seed: nothing lost, twice, stuck, or told abroad."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import judge, life
from tests.simulation.mutants import MUTANTS, found
from tests.simulation.run import command, main, shortened

SEEDS = 40
#: As many at a time: a test says which of them failed, and the workers share them.
_AT_A_TIME = 4
#: A short life is as good as a long one to show that it can be had again.
_SHORT = 12
_ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)  # two seconds, but on a machine with much else to do
@pytest.mark.parametrize("first", range(1, SEEDS + 1, _AT_A_TIME))
def test_a_life_breaks_nothing(first: int) -> None:
    lived = [life.run(seed) for seed in range(first, first + _AT_A_TIME)]
    broken = [(command(each.seed, life.STEPS), each.broken) for each in lived if each.broken]
    assert not broken, broken
    # Lives in which nothing happens would prove nothing.
    assert sum(each.figures["posts"] for each in lived) > 5 * _AT_A_TIME
    assert sum(each.figures["deliveries"] for each in lived) > 15 * _AT_A_TIME
    assert sum(each.figures["processes"] for each in lived) > _AT_A_TIME
    assert sum(each.figures["timers"] for each in lived) >= 1


def test_a_seed_is_the_same_life_to_the_last_row() -> None:
    once, again = (life.run(7, steps=_SHORT) for _ in range(2))
    assert once.digest == again.digest
    assert once.story == again.story
    assert life.run(8, steps=_SHORT).digest != once.digest


@pytest.mark.timeout(300)
def test_and_so_it_is_in_other_processes_that_hash_differently() -> None:
    program = f"from tests.simulation.life import run; print(run(7, steps={_SHORT}).digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
            timeout=200,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert digests == {life.run(7, steps=_SHORT).digest}


@pytest.mark.timeout(300)
def test_a_life_that_breaks_says_how_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def grumble(self: judge.Judge, *_: object) -> None:
        self.wrong("a judge who likes nothing that is shown")

    monkeypatch.setattr(judge.Judge, "saw", grumble)
    assert main(["--seeds", "1", "--first", "7", "--jobs", "1", "--steps", str(_SHORT)]) == 1
    said = capsys.readouterr().out
    assert command(7, _SHORT) in said
    assert "a judge who likes nothing" in said
    ended = life.run(7, steps=_SHORT)
    short, left_out, calm = shortened(ended, _SHORT)
    assert short.broken[-1] == ended.broken[-1]
    assert len(left_out) >= _SHORT // 2
    assert "crash" in calm
    again = life.run(7, steps=_SHORT, calm=calm, left_out=left_out)
    assert again.digest == short.digest


@pytest.mark.parametrize("name", MUTANTS)
def test_every_guard_that_can_be_broken_is_there(name: str) -> None:
    mutant = MUTANTS[name]
    assert (_ROOT / mutant.file).read_text("utf-8").count(mutant.before) == 1


@pytest.mark.timeout(300)
def test_a_broken_guard_shows() -> None:
    shown = found(MUTANTS["language"], 3)
    assert shown is not None
    assert "is spoken to in" in shown
