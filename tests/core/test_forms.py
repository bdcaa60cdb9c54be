"""Forms, made of commands; and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bootstrap import registry
from bot.core import commands as c
from bot.core.chat import FieldKind, Form, FormField
from bot.core.commands import Command, Option, command
from bot.core.forms import Invalid, beginning, form_again, form_of, read_form
from bot.core.i18n import plain
from bot.core.keys import ItemKey, RoomKey
from bot.core.text import Reader, t
from tests.core.circle import Circle

COLOURS = (Option("red", t("Red"), ("红",)), Option(2, t("Green")))


@command("paint", t("Paint"), submit=t("Go"))
class Paint(Command):
    room: RoomKey | None = c.room_key(default=None)
    item: ItemKey = c.item_key()
    what: str = c.rest(t("What?"), max_length=100, hint=t("Any thing"))
    story: str = c.rest(t("Story"), default="", max_length=500)
    colour: str | int = c.choice(t("Colour"), COLOURS, default="red")
    by: int | None = c.person(t("By"), default=None)
    helpers: tuple[int, ...] = c.people(t("Helpers"), default=())
    until: datetime | None = c.when(t("Until"), default=None)
    layers: float | None = c.number(t("Layers"), default=None)
    glossy: bool = c.flag(t("Glossy"), default=False)
    why: str | None = c.long(t("Why"), default=None)
    page: float | None = c.number(t("Page"), default=None, in_form=False)


FULL: dict[str, Any] = {
    "room": RoomKey(1),
    "item": ItemKey(3, 1),
    "what": "fence",
    "story": "long",
    "colour": 2,
    "by": 2,
    "helpers": (2, 3),
    "until": datetime(2026, 11, 24, 17, tzinfo=UTC),
    "layers": 1234567.0,
    "glossy": True,
    "why": "a\nb",
    "page": 0.5,
}


def _form(**values: Any) -> Form:
    return form_of(Paint, values, Circle(zone=ZoneInfo("Asia/Shanghai")))


def _fields(form: Form) -> dict[str, Any]:
    return {each.name: each.value for each in form.fields}


def test_an_empty_form_has_what_counts_when_nothing_is_said() -> None:
    form = _form()
    assert (form.command, form.title, form.submit) == ("paint", t("Paint"), t("Go"))
    assert [(each.name, each.kind, each.value, each.required) for each in form.fields] == [
        ("item", FieldKind.LINE, "", True),
        ("what", FieldKind.LINE, "", True),
        ("story", FieldKind.LONG, "", False),
        ("colour", FieldKind.SELECT, "red", False),
        ("by", FieldKind.PERSON, "", False),
        ("helpers", FieldKind.PEOPLE, (), False),
        ("until", FieldKind.WHEN, "", False),
        ("layers", FieldKind.NUMBER, "", False),
        ("glossy", FieldKind.FLAG, "", False),
        ("why", FieldKind.LONG, "", False),
    ]
    assert form.kept == {}
    assert form.fields[1].hint == t("Any thing")
    assert form.fields[1].max_length == 100
    assert [choice.value for choice in form.fields[3].choices] == ["red", "2"]


def test_a_full_form() -> None:
    form = _form(**FULL)
    assert _fields(form) == {
        "what": "fence",
        "story": "long",
        "colour": "2",
        "by": "bob",
        "helpers": ("bob", "chen"),
        "until": "2026-11-25 01:00",
        "layers": "1234567",
        "glossy": "yes",
        "why": "a\nb",
    }
    assert form.kept == {"room": "WR-1", "item": "WR-1-3", "page": "0.5"}


def test_what_is_sent_as_it_was_filled_in_is_the_same_command() -> None:
    circle = Circle(zone=ZoneInfo("Asia/Shanghai"))
    form = form_of(Paint, FULL, circle)
    assert read_form(Paint, _fields(form), form.kept, circle) == Paint(**FULL)


def test_what_is_left_empty_counts_as_not_said() -> None:
    made = read_form(
        Paint, {"item": "3", "what": "x", "colour": "", "by": (), "why": " \n"}, {}, Circle()
    )
    assert made == Paint(item=ItemKey(3), what="x")


def test_people_in_other_shapes() -> None:
    made = read_form(
        Paint, {"what": "x", "helpers": "bob chen bob", "by": ("chen",)}, {"item": "3"}, Circle()
    )
    assert made == Paint(item=ItemKey(3), what="x", helpers=(2, 3), by=3)


def test_every_error_at_once() -> None:
    sent: dict[str, str | tuple[str, ...]] = {
        "item": "x",
        "what": "y" * 101,
        "colour": "blue",
        "by": "nobody",
        "helpers": ("bob", "nobody"),
        "until": "yesterday",
        "layers": "many",
        "glossy": "perhaps",
    }
    with pytest.raises(Invalid) as invalid:
        read_form(Paint, sent, {"room": "x"}, Circle())
    errors = {name: plain(error, Reader()) for name, error in invalid.value.errors.items()}
    assert errors == {
        "room": "x is no key. A key looks like WR-7.",
        "item": "x is no key. A key looks like WR-7-3.",
        "what": '"What?" may have at most 100 characters; this has 101.',
        "colour": "blue is none of red or 2.",
        "by": "I do not know anybody called nobody here.",
        "helpers": "I do not know anybody called nobody here.",
        "until": "yesterday is in the past.",
        "layers": "many is not a number.",
    }
    form = form_again(Paint, sent, {"room": "x"}, invalid.value.errors)
    assert _fields(form) == {
        "room": "x",
        "story": "",
        "why": "",
        **sent,
    }
    assert form.kept == {}, "what is wrong with something kept is asked for"
    assert {each.name for each in form.fields if each.error} == set(errors)


def test_what_is_missing() -> None:
    with pytest.raises(Invalid) as invalid:
        read_form(Paint, {"what": " "}, {"item": "3"}, Circle())
    assert plain(invalid.value.errors["what"], Reader()) == "Still needed: What?"


def test_what_is_wrong_as_a_whole_stands_above() -> None:
    form = form_again(
        Paint, {"what": "x"}, {"item": "3", "page": "1"}, {"": t("No"), "what": t("Why")}
    )
    assert form.intro == t("No")
    assert form.kept == {"item": "3", "page": "1"}
    assert [each.error for each in form.fields if each.name == "what"] == [t("Why")]


def test_too_many_people() -> None:
    with pytest.raises(Invalid) as invalid:
        read_form(Paint, {"what": "x", "helpers": "bob " * 5000}, {"item": "3"}, Circle())
    assert "too many people" in plain(invalid.value.errors["helpers"], Reader())


ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
VALUES = st.one_of(
    ANY,
    st.sampled_from(["WR-1", "3", "bob", "red", "1", "tomorrow", "yes"]),
    st.lists(ANY, max_size=3).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_form_is_read_or_refused_and_comes_back_whole(data: st.DataObject) -> None:
    known = [cls for cls in registry().commands.values() if cls.spec.public]
    cls = data.draw(st.sampled_from(known))
    names = st.sampled_from([param.name for param in cls.spec.params] or ["x"]) | ANY
    sent = data.draw(st.dictionaries(names, VALUES, max_size=8))
    kept = data.draw(st.dictionaries(names, ANY, max_size=3))
    invalid: Invalid | None = None
    try:
        made = read_form(cls, sent, kept, Circle())
    except Invalid as found:
        invalid = found
    else:
        assert type(made) is cls
    if invalid is not None:
        form = form_again(cls, sent, kept, invalid.errors)
        shown = _fields(form)
        assert all(shown[name] == sent[name] for name in shown if name in sent)
        assert form.intro is not None or any(each.error for each in form.fields)


def _parts(*sections: bool) -> Form:
    fields = (
        FormField(str(n), FieldKind.LINE, t("{n}", n=n), section=t("S{n}", n=n) if starts else None)
        for n, starts in enumerate(sections)
    )
    return Form("x", t("X"), tuple(fields), t("Send"))


def test_the_fields_of_a_section_are_one_part() -> None:
    names = [
        ["".join(each.name for each in part) for part in _parts(*sections).parts]
        for sections in ((), (False, False), (True, False, True), (False, True, False))
    ]
    assert names == [[], ["01"], ["01", "2"], ["0", "12"]]


def test_the_beginning_of_a_form_says_what_is_left_out() -> None:
    form = _parts(True, False, True, True)
    assert beginning(form, 3) is form
    short = beginning(form, 1)
    assert [each.name for each in short.fields] == ["0", "1"]
    assert short.intro is not None
    said = plain(short.intro, Reader())
    assert said.startswith("2 more parts do not fit here.")
    assert said.endswith("S2 and S3")
    above = beginning(replace(form, intro=t("Hello.")), 2).intro
    assert above is not None
    assert plain(above, Reader()).startswith("Hello. One more part does not fit here.")
