"""The people around a command."""

from __future__ import annotations

import pytest

from bot.core.errors import Refused
from bot.core.i18n import plain
from bot.core.platform import Incoming, Sender, Typed
from bot.core.text import Reader
from bot.people import Circle, sound
from storage import identity
from storage.tx import Tx
from tests.world import START, World


def _circle(tx: Tx, **names: str) -> Circle:
    for user, name in (("U1", "Alice"), ("U2", "Sam"), ("U3", "sam"), ("U4", "陈工")):
        identity.person_of(tx, tx.workspace, Sender(user, name), START)
    return Circle(tx, START, names)


def _why(refused: pytest.ExceptionInfo[Refused]) -> str:
    return plain(refused.value.message, Reader())


def test_people_by_id_and_by_name(world: World) -> None:
    def look(tx: Tx) -> None:
        circle = _circle(tx)
        assert circle.named("alice") == circle.named("ALICE") == circle.person("U1")
        assert circle.named("u1") == circle.person("U1")
        assert circle.named("陈工") == circle.person("U4")
        assert circle.named("nobody") is None
        assert circle.user_of(circle.person("U4")) == "U4"
        assert circle.name_of("U1") == "Alice"
        assert circle.name_of("U9") == "U9"

    world.read(look)


def test_several_of_one_name(world: World) -> None:
    def look(tx: Tx) -> None:
        with pytest.raises(Refused) as refused:
            _circle(tx).named("SAM")
        assert _why(refused) == "Several people are called SAM: U2 and U3."

    world.read(look)


def test_whom_the_platform_names_is_met(world: World) -> None:
    def look(tx: Tx) -> None:
        circle = _circle(tx, U9="Eve\x00")
        assert circle.name_of("U9") == "Eve\x00"
        eve = circle.person("U9")
        assert tx.person_by_id(eve).name == "Eve"
        assert circle.person("U9") == eve
        with pytest.raises(Refused) as refused:
            circle.person("U8" + "x" * 100)
        assert _why(refused).startswith("I do not know anybody called U8xxx")
        assert _why(refused).endswith("… here.")

    world.read(look)


def test_who_is_known_by_the_number_of_a_row(world: World) -> None:
    def look(tx: Tx) -> None:
        circle = _circle(tx)
        alice = circle.person("U1")
        other = identity.workspace_of(tx, "playground", "elsewhere", START)
        stranger = identity.person_of(tx, other, Sender("U1", "Alice"), START)
        assert circle.knows(alice)
        for number in (stranger.id, 0, -1, 10**30, None, "1", 1.5):
            assert not circle.knows(number)

    world.read(look)


@pytest.mark.parametrize(
    ("zone", "kept"),
    [
        (None, None),
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("Mars/Olympus", None),
        ("", None),
        ("../x", None),
        ("\x00", None),
    ],
)
def test_a_zone_that_there_is_not_is_not_taken(zone: str | None, kept: str | None) -> None:
    incoming = Incoming("p", "w", "d", Sender("u", "A\x00nn", zone=zone), Typed("x"))
    sender = sound(incoming).sender
    assert (sender.name, sender.zone) == ("Ann", kept)
