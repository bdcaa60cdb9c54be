"""Two hundred made-up companies live with the ladder: never early, never twice, never forgotten."""

from __future__ import annotations

import pytest

from tests.features.escalation.simulation.judge import Broken
from tests.features.escalation.simulation.run import command, main, simulate
from tests.features.escalation.simulation.town import Size

SMALL = Size()
SEEDS = 200
#: As many at a time: a test says which of them failed, and the workers share them.
_AT_A_TIME = 20


@pytest.mark.parametrize("first", range(1, SEEDS + 1, _AT_A_TIME))
def test_nothing_is_early_or_twice_or_missing(first: int) -> None:
    reports = [simulate(seed, SMALL) for seed in range(first, first + _AT_A_TIME)]
    # Companies in which nothing happens would prove nothing.
    assert sum(each.asks for each in reports) > 50 * _AT_A_TIME
    assert sum(each.messages for each in reports) > 50 * _AT_A_TIME
    assert sum(each.tops for each in reports) > _AT_A_TIME


def test_a_seed_is_the_same_company_every_time() -> None:
    assert simulate(7, SMALL) == simulate(7, SMALL)


def test_a_failing_seed_says_how_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.features.escalation.simulation.judge.CEILING", -1)
    size = ["--days", "24", "--rooms", "3", "--items", "14"]
    assert main(["--seed", "3", *size]) == 1
    said = capsys.readouterr().out
    assert said.startswith('make climb ARGS="--seed 3 --days 24 --rooms 3 --items 14"\n')
    assert "of the day to" in said
    with pytest.raises(Broken, match="--seed 3"):
        simulate(3, SMALL)
    monkeypatch.undo()
    assert command(3, SMALL) in said
    assert main(["--seed", "3", "--seeds", "2", *size]) == 0
