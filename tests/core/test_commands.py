"""Commands as values, and as what stands in a button."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bootstrap import registry
from bot.core import commands as c
from bot.core.chat import Button, Buttons, Card, line
from bot.core.commands import PAYLOAD_VERSION, Command, Kind, Step, command, dump, load, step
from bot.core.effects import (
    Address,
    CreateChannel,
    DirectMessage,
    Home,
    Invite,
    PostCard,
    RedrawCard,
    SendFile,
    User,
    dump_card,
    dump_effect,
    lane,
    load_card,
    load_effect,
)
from bot.core.keys import ItemKey, RoomKey
from bot.core.platform import encode
from bot.core.text import Reader, t


@command("paint", t("Paint"), also=("刷",), examples=("/paint fence",))
class Paint(Command):
    what: str = c.rest(t("What?"))
    room: RoomKey | None = c.room_key(default=None)
    item: ItemKey | None = c.item_key(default=None)
    people: tuple[int, ...] = c.people(t("People"), default=())
    until: datetime | None = c.when(t("Until"), default=None)
    layers: float = c.number(t("Layers"), default=1.0)


@step("paint dried")
class Dried(Step):
    fence: int


KNOWN: dict[str, type[Command]] = {"paint": Paint, "paint dried": Dried}
FULL = Paint(
    what="fence",
    room=RoomKey(7),
    item=ItemKey(3, 7),
    people=(1, 2),
    until=datetime(2026, 11, 24, tzinfo=UTC),
    layers=2.5,
)


def test_a_definition_is_read_off_the_class() -> None:
    spec = Paint.spec
    assert (spec.path, spec.root, spec.public, spec.also) == ("paint", "paint", True, ("刷",))
    assert [(p.name, p.kind, p.required, p.positional) for p in spec.params] == [
        ("what", Kind.REST, True, True),
        ("room", Kind.KEY, False, True),
        ("item", Kind.KEY, False, True),
        ("people", Kind.PEOPLE, False, False),
        ("until", Kind.WHEN, False, False),
        ("layers", Kind.NUMBER, False, False),
    ]
    assert not Dried.spec.public


def test_commands_are_values() -> None:
    assert Paint(what="x") == Paint(what="x")
    with pytest.raises(AttributeError):
        Paint(what="x").what = "y"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize("made", [FULL, Paint(what="x"), Paint(what=""), Dried(fence=3)])
def test_payloads_come_back(made: Command) -> None:
    assert load(json.loads(json.dumps(dump(made))), KNOWN) == made


def test_a_payload_has_only_what_matters() -> None:
    assert dump(Paint(what="x")) == {"do": "paint", "v": PAYLOAD_VERSION, "with": {"what": "x"}}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "paint",
        [],
        {},
        {"do": "paint"},
        {"do": "paint", "v": 1},
        {"do": "paint", "v": 1, "with": []},
        {"do": "paint", "v": "1", "with": {"what": "x"}},
        {"do": "paint", "v": PAYLOAD_VERSION + 1, "with": {"what": "x"}},
        {"do": "varnish", "v": 1, "with": {}},
        {"do": ["paint"], "v": 1, "with": {}},
        {"do": "paint", "v": 1, "with": {}},
        {"do": "paint", "v": 1, "with": {"what": 3}},
        {"do": "paint", "v": 1, "with": {"what": "x", "people": [None]}},
        {"do": "paint", "v": 1, "with": {"what": "x", "room": "WR-7"}},
        {"do": "paint", "v": 1, "with": {"what": "x", "until": "soon"}},
    ],
)
def test_what_is_no_payload(payload: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  of many kinds, and each says which
        load(payload, KNOWN)


def test_what_an_old_payload_says_too_much_is_overheard() -> None:
    """A parameter that has gone since does not spoil a button."""
    payload = {"do": "paint", "v": 1, "with": {"what": "x", "gone": True}, "more": 1}
    assert load(payload, KNOWN) == Paint(what="x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(registry().commands)), JSON, st.integers(-1, 2))
def test_any_payload_is_a_command_or_none(path: str, values: object, version: int) -> None:
    try:
        made = load({"do": path, "v": version, "with": values}, registry().commands)
    except ValueError:
        return
    assert made.spec.path == path


def test_a_button_carries_a_command_and_maybe_its_form() -> None:
    assert encode(Button(t("Go"), Paint(what="x"))) == dump(Paint(what="x"))
    assert encode(Button(t("Go"), Paint(what="x"), opens_form=True)) == {
        **dump(Paint(what="x")),
        "form": True,
    }


def test_cards_and_effects_come_back() -> None:
    card = Card(t("Hello {who}", who="x"), (Buttons((Button(t("Go"), FULL),)),))
    assert load_card(dump_card(card), KNOWN) == card
    here, reader = Address("p", "w", "C1"), Reader("zh", "Asia/Shanghai")
    for effect in (
        PostCard(here, card, reader, live="room:7", then=Dried(fence=1)),
        Invite(here, ("a", "b")),
        CreateChannel(Home("p", "w"), "name", "Title", private=True, then=Dried(fence=2)),
        RedrawCard(here, "5", "room:7", reader),
        SendFile(User("p", "w", "u"), "decisions", {"room": 1}, "x.md", t("Here"), reader),
    ):
        assert load_effect(dump_effect(effect), KNOWN) == effect


def test_an_unknown_command_inside_spoils_the_effect() -> None:
    effect = PostCard(
        Address("p", "w", "C1"), Card(t("x"), (Buttons((Button(t("Go"), FULL),)),)), Reader()
    )
    with pytest.raises(ValueError, match="names no command"):
        load_effect(dump_effect(effect), {})


def test_lanes() -> None:
    card = line(t("x"))
    here = Address("p", "w", "C1", thread="9")
    assert lane(PostCard(here, card, Reader())) == "p/w/C1"
    assert lane(DirectMessage(User("p", "w", "u"), card, Reader())) == "p/w/@u"
    assert lane(CreateChannel(Home("p", "w"), "n", "t")) == "p/w"


def test_every_command_of_muster_has_a_name_in_both_languages() -> None:
    for cls in registry().commands.values():
        if cls.spec.public:
            assert any(not name.isascii() for name in cls.spec.also), cls.spec.path
