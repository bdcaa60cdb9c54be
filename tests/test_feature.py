"""Features, and the registry of them all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from bot.bootstrap import registry
from bot.core.commands import Command, Step
from bot.core.events import KnownCommands, OpenWork, RoomTouched
from bot.feature import Feature, Registry
from tests.lab import FEATURE, Hello, Looped, Posted, loop

if TYPE_CHECKING:
    from storage.tx import Tx


@pytest.mark.parametrize(
    "other",
    [
        Feature("x", commands={Hello: FEATURE.commands[Hello]}),
        Feature("x", live={"lab": lambda tx, row: None}),
    ],
)
def test_two_features_of_one_claim(other: Feature) -> None:
    with pytest.raises(ValueError, match="is claimed twice"):
        Registry((FEATURE, other))


def test_two_exports_of_one_name() -> None:
    def export(*_: object) -> int:
        return 0

    one, other = (Feature(name, exports={"all": export}) for name in "ab")
    with pytest.raises(ValueError, match="'all' is claimed twice"):
        Registry((one, other))


def test_what_a_registry_knows() -> None:
    known = Registry((FEATURE,))
    assert known.use_case(Hello) is FEATURE.commands[Hello]
    assert list(known.reactions(Looped())) == [loop]
    assert list(known.reactions(RoomTouched(1))) == []
    anybody = cast("Tx", SimpleNamespace(is_outsider=False))
    [commands] = known.ask(anybody, KnownCommands())
    assert Hello in commands
    assert Posted not in commands
    assert list(known.ask(None, OpenWork(1))) == []  # type: ignore[arg-type]  # nobody answers


def test_every_command_of_muster_can_be_carried_out() -> None:
    known = registry()
    for cls in known.commands.values():
        assert callable(known.use_case(cls))
        assert issubclass(cls, Command)
        assert issubclass(cls, Step) == (not cls.spec.public)


def test_every_table_belongs_to_one_feature() -> None:
    tables = [table for feature in registry().features for table in feature.tables]
    assert len(tables) == len(set(tables))
