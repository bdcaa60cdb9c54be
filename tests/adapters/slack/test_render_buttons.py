"""A press brings back what its button meant, however long; or else it asks."""

from __future__ import annotations

import itertools
import json
import random
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import buttons, limits, render
from adapters.slack.blocks import Drawing, units
from bot.core import commands
from bot.core.chat import Button, Buttons, Card, Entries, Entry, FieldKind, Form, FormField, Tone
from bot.core.platform import encode
from bot.core.text import Reader, t
from bot.core.words import clean
from tests.adapters.slack import samples
from tests.adapters.slack.samples import Do

EN = Reader()


def press(element: dict[str, Any], option: int = 0) -> dict[str, Any]:
    """The action that Slack sends when `element` is used."""
    action = {"type": element["type"], "action_id": element["action_id"]}
    if element["type"] == "button":
        return action | {"value": element["value"]}
    return action | {"selected_option": element["options"][option]}


def only(element: dict[str, Any]) -> Any:
    return buttons.pressed(press(element))


def noise(length: int) -> str:
    """Text that cannot be compressed."""
    return "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=length))


@settings(deadline=None)
@given(samples.buttons, samples.readers)
def test_a_press_is_the_button(button: Button, reader: Reader) -> None:
    element = buttons.button(button, reader, "press-1")
    assert limits.width(element["value"]) <= 2000
    found, meant = only(element), encode(button)
    assert found["do"] == meant["do"]
    # Whatever is missing is asked for.
    if found.get("form") == meant.get("form"):
        assert found["with"].keys() == meant["with"].keys()


@pytest.mark.parametrize(
    "what", ["", "short", '<!channel> & "quotes" \\ \'n', "中文 🎉", "x " * 3000]
)
@pytest.mark.parametrize("opens_form", [False, True])
def test_a_payload_comes_back_exactly(what: str, opens_form: bool) -> None:
    button = Button(t("Do"), Do(what=what, details="y"), opens_form=opens_form)
    element = buttons.button(button, EN, "press-1")
    assert only(element) == encode(button)
    assert not set(element["value"]) & set("<>&")


def test_what_is_too_long_even_compressed_opens_the_form_instead() -> None:
    button = Button(t("Do"), Do(what="short", details=noise(5000), anyway=True))
    assert only(buttons.button(button, EN, "press-1")) == {
        "do": "sample do",
        "v": 1,
        "with": {"what": "short", "details": "", "anyway": True},
        "form": True,
    }


def test_a_required_text_that_is_too_long_still_makes_a_command() -> None:
    button = Button(t("Do"), Do(what=noise(5000), details="y"))
    payload = only(buttons.button(button, EN, "press-1"))
    assert payload["form"] is True
    assert commands.load(payload, {"sample do": Do}) == Do(what="", details="y")


def test_the_form_in_a_card_is_opened_by_a_button() -> None:
    [unit] = units(samples.EXAMPLE, Drawing(EN))
    payload = only(unit.blocks[0]["accessory"])
    assert payload == {
        "do": "sample do",
        "v": 1,
        "fields": {
            each.name: list(each.value) if isinstance(each.value, tuple) else each.value
            for each in samples.EXAMPLE.fields
        },
        "kept": {"item": "WR-7-3"},
        "form": True,
    }


def test_a_form_in_a_card_gives_up_its_longest_value() -> None:
    fields = tuple(
        FormField(name, FieldKind.LONG, t("x"), value=value)
        for name, value in (("a", "kept"), ("b", noise(2500)), ("c", noise(3000)))
    )
    form = Form("sample do", t("Do it"), fields, t("Send"), {"origin": noise(9000)})
    [unit] = units(form, Drawing(EN))
    payload = only(unit.blocks[0]["accessory"])
    assert payload["fields"] == {"a": "kept", "b": "", "c": ""}
    assert payload["kept"] == {}


@settings(deadline=None)
@given(samples.forms)
def test_any_form_in_a_card_can_be_opened(form: Form) -> None:
    payload = json.loads(json.dumps(buttons.unpacked(buttons.form_value(form))))
    assert payload["do"] == form.command
    assert payload["form"] is True


# Menus.


def entry(*given: Button) -> dict[str, Any]:
    """The section of a line with these buttons, and the blocks below it under "below"."""
    [unit] = units(Entries((Entry("Line", None, given),)), Drawing(EN))
    section, *below = unit.blocks
    return section | {"below": below}


def some(count: int, what: str = "x") -> list[Button]:
    return [Button(t("{n}", n=n), Do(what=f"{what}{n}")) for n in range(count)]


def test_one_button_stands_beside_its_line() -> None:
    [button] = some(1)
    assert only(entry(button)["accessory"]) == encode(button)


@pytest.mark.parametrize(
    ("count", "kind"), [(2, "overflow"), (5, "overflow"), (6, "static_select")]
)
def test_more_are_a_menu(count: int, kind: str) -> None:
    shown = some(count)
    element = entry(*shown)["accessory"]
    assert element["type"] == kind
    found = [buttons.pressed(press(element, n)) for n in range(count)]
    assert found == [encode(each) for each in shown]


def test_long_commands_are_a_row_below_their_line() -> None:
    shown = some(3, "what is to be done " + noise(150))
    section = entry(*shown)
    assert "accessory" not in section
    [row] = section["below"]
    assert [only(each) for each in row["elements"]] == [encode(each) for each in shown]


def test_a_command_that_asks_first_is_no_option_of_a_menu() -> None:
    sure = Button(t("Drop"), Do(what="x"), Tone.DANGER, t("Drop it?"))
    section = entry(*some(1), sure)
    [row] = section["below"]
    assert row["elements"][1]["confirm"] == {
        "title": {"type": "plain_text", "text": "Are you sure?", "emoji": True},
        "text": {"type": "plain_text", "text": "Drop it?", "emoji": True},
        "confirm": {"type": "plain_text", "text": "Drop", "emoji": True},
        "deny": {"type": "plain_text", "text": "Cancel", "emoji": True},
        "style": "danger",
    }


def test_two_buttons_that_do_the_same_are_no_menu() -> None:
    same = Button(t("Do"), Do(what="x"))
    assert "accessory" not in entry(same, same)


# Rows.


def test_all_buttons_of_a_card_can_be_pressed() -> None:
    shown = some(60)
    blocks = render.message(Card(t("Many"), (Buttons(tuple(shown)),)), EN).blocks
    elements = [e for block in blocks if block["type"] == "actions" for e in block["elements"]]
    assert [only(each) for each in elements] == [encode(each) for each in shown]
    ids = [each["action_id"] for each in elements]
    assert len(set(ids)) == 60
    assert all(each.startswith(buttons.PRESS) for each in ids)


def test_a_tone_is_a_style() -> None:
    styles = {
        tone: buttons.button(Button(t("Do"), Do(what="x"), tone), EN, "press-1").get("style")
        for tone in Tone
    }
    assert {tone: style for tone, style in styles.items() if style} == {
        Tone.GOOD: "primary",
        Tone.DANGER: "danger",
    }


# What is none of ours.


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"type": "button"},
        {"type": "users_select", "selected_user": "U1"},
        {"type": "overflow", "selected_option": None},
        {"type": "button", "value": "not JSON"},
        {"type": "button", "value": "z:!!!"},
        {"type": "button", "value": "z:AAAA"},
        {"type": "button", "value": "z:字"},
        {"type": "static_select", "selected_option": {"value": "z:"}},
    ],
)
def test_a_strange_action_is_refused(action: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever the sentence
        buttons.pressed(action)


def test_a_payload_that_was_cut_off_is_refused() -> None:
    whole = buttons.packed({"do": "x " * 4000}, 2000)
    assert whole is not None
    for end in range(2, len(whole)):
        with pytest.raises(ValueError):  # noqa: PT011  whatever the sentence
            buttons.unpacked(whole[:end])


def test_a_payload_that_would_unpack_to_very_much_is_refused() -> None:
    bomb = buttons.packed({"do": "x" * 1_100_000}, 3000)
    assert bomb is not None
    with pytest.raises(ValueError, match="too large"):
        buttons.unpacked(bomb)


texts = st.text().filter(lambda text: text == clean(text))


@given(
    st.recursive(
        texts | st.integers() | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
        max_leaves=20,
    )
)
def test_anything_packed_is_unpacked(payload: Any) -> None:
    text = buttons.packed(payload, 10_000)
    assert text is not None
    assert buttons.unpacked(text) == payload


@pytest.mark.parametrize("text", ["\x85", "\x00", "\ud83d", "\u202e", "\x1b[2J"])
def test_what_cannot_be_shown_is_not_sent(text: str) -> None:
    packed = buttons.packed({"what": f"a{text}b"}, 2000)
    assert packed is not None
    assert packed.encode().decode().isprintable()
    assert buttons.unpacked(packed) == {"what": clean(f"a{text}b")}


def test_action_ids_never_repeat() -> None:
    actions = Drawing(EN).actions
    ids = list(itertools.islice(actions, 1000))
    assert len(set(ids)) == 1000
