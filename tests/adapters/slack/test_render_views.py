"""Forms as modals, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from adapters.slack import limits, render, views
from adapters.slack.mrkdwn import words
from bot.core.chat import Card, Choice, FieldKind, Form, FormField, Paragraph
from bot.core.forms import form_of, read_form
from bot.core.text import Reader, t
from bot.core.when import parse_when
from bot.core.words import clean
from tests.adapters.slack import samples
from tests.adapters.slack.samples import PLAN, Plan
from tests.adapters.slack.sketch import sketch
from tests.adapters.slack.test_render_buttons import noise
from tests.core.circle import Circle

EN = Reader()
SHANGHAI = Reader("en", "Asia/Shanghai")


def opened(form: Form, reader: Reader = EN, **place: str) -> dict[str, Any]:
    shown, metadata = views.packed(form, place)
    return views.modal(shown, reader, private_metadata=metadata, callback_id="form")


def sent(view: dict[str, Any], **typed: dict[str, Any]) -> dict[str, Any]:
    """The view as Slack sends it back, nothing changed but what is `typed`, by field."""
    values = {
        block["block_id"]: {block["element"]["action_id"]: _state(block["element"])}
        for block in view["blocks"]
        if block["type"] == "input"
    }
    for name, change in typed.items():
        values[name]["value"] |= change
    return view | {"id": "V1", "state": {"values": values}}


def _state(element: dict[str, Any]) -> dict[str, Any]:
    kind = element["type"]
    keys: dict[str, tuple[str, str, Any]] = {
        "plain_text_input": ("value", "initial_value", None),
        "number_input": ("value", "initial_value", None),
        "static_select": ("selected_option", "initial_option", None),
        "users_select": ("selected_user", "initial_user", None),
        "multi_users_select": ("selected_users", "initial_users", []),
        "datetimepicker": ("selected_date_time", "initial_date_time", None),
        "checkboxes": ("selected_options", "initial_options", []),
    }
    key, initial, empty = keys[kind]
    return {"type": kind, key: element.get(initial, empty)}


# Out.


def test_each_kind_of_field_has_its_picker() -> None:
    assert sketch(opened(samples.EXAMPLE)["blocks"]).splitlines() == [
        "What*: plain_text_input(It)",
        "Details: plain_text_input(One",
        "Two)",
        "Severity: select=2 of 3(3)",
        "Lead: users_select(U012AB3CD)",
        "People: multi_users_select(['U012AB3CD', 'U987ZY6XW'])",
        "Due: datetimepicker(1796144400)",
        "Target: number_input(1.5)",
        "Private: checkboxes(Yes)",
    ]


def test_the_block_of_an_input_is_its_field() -> None:
    blocks = opened(samples.EXAMPLE)["blocks"]
    assert [each["block_id"] for each in blocks] == [each.name for each in samples.EXAMPLE.fields]
    assert {each["element"]["action_id"] for each in blocks} == {views.VALUE}


def test_an_empty_form_starts_with_nothing() -> None:
    empty = [replace(each, value=()) for each in samples.EXAMPLE.fields]
    blocks = opened(replace(samples.EXAMPLE, fields=tuple(empty)))["blocks"]
    assert not [key for each in blocks for key in each["element"] if key.startswith("initial")]


def field(kind: FieldKind, value: str, **more: Any) -> dict[str, Any]:
    """The element that is drawn for a field."""
    form = Form("x", t("Do it"), (FormField("f", kind, t("x"), value=value, **more),), t("Send"))
    [block] = [each for each in opened(form, SHANGHAI)["blocks"] if each["type"] == "input"]
    element: dict[str, Any] = block["element"]
    return element | {"hint": block.get("hint", {}).get("text")}


def test_only_what_is_required_must_be_filled_in_and_a_box_never() -> None:
    asked = tuple(replace(each, required=True) for each in samples.EXAMPLE.fields)
    blocks = opened(replace(samples.EXAMPLE, fields=asked))["blocks"]
    assert [each["block_id"] for each in blocks if each["optional"]] == ["private"]


def test_a_date_without_a_zone_is_that_of_the_reader() -> None:
    there = datetime(2026, 12, 1, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    shown = field(FieldKind.WHEN, "2026-12-01 17:00")
    assert shown["initial_date_time"] == int(there.timestamp())
    shown = field(FieldKind.WHEN, "2026-12-01T09:00:00Z")
    assert shown["initial_date_time"] == int(there.timestamp())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldKind.WHEN, "tomorrow 5pm"),
        (FieldKind.WHEN, "1999-01-01 10:00"),
        (FieldKind.NUMBER, "many"),
        (FieldKind.NUMBER, "nan"),
        (FieldKind.SELECT, "purple"),
    ],
)
def test_a_value_that_no_picker_holds_is_shown_in_words(kind: FieldKind, value: str) -> None:
    choices = (Choice("red", t("Red")),)
    shown = field(kind, value, choices=choices)
    assert shown["type"] == "plain_text_input"
    assert shown["initial_value"] == value


@pytest.mark.parametrize(
    "values", [(), ("x" * 151,), ("",), ("a", "a")], ids=["none", "long", "empty", "twice"]
)
def test_options_that_slack_does_not_take_are_typed(values: tuple[str, ...]) -> None:
    choices = tuple(Choice(each, t("Red")) for each in values)
    assert field(FieldKind.SELECT, "", choices=choices)["type"] == "plain_text_input"


def test_more_than_a_hundred_options_are_in_groups() -> None:
    choices = tuple(Choice(str(n), t("{n}", n=n)) for n in range(250))
    shown = field(FieldKind.SELECT, "249", choices=choices)
    assert [len(each["options"]) for each in shown["option_groups"]] == [100, 100, 50]
    assert shown["initial_option"]["value"] == "249"


def test_a_text_longer_than_an_input_says_so() -> None:
    shown = field(FieldKind.LONG, "x" * 3001, max_length=20_000)
    assert shown["initial_value"] == "x" * 3000
    assert shown["max_length"] == 3000
    assert shown["hint"] == "Only the beginning of a longer text fits here."
    assert field(FieldKind.LONG, "x" * 3000)["hint"] is None


def test_a_short_title_is_the_title() -> None:
    view = opened(samples.EXAMPLE, Reader("both"))
    assert view["title"]["text"] == "Do it"
    assert view["blocks"][0]["type"] == "input"


def test_a_long_title_is_shortened_and_stands_above_in_full() -> None:
    title = t("Hand the lead over, with where things stand")
    view = opened(replace(samples.EXAMPLE, title=title))
    assert view["title"]["text"] == "Hand the lead over,…"
    assert sketch(view["blocks"][:1]) == "# Hand the lead over, with where things stand"


def test_a_title_too_long_in_two_languages_is_in_one() -> None:
    title = t("Bring people into a war room")
    view = opened(replace(samples.EXAMPLE, title=title), Reader("both"))
    assert view["title"]["text"] == "Bring people into a war…"
    above = sketch(view["blocks"][:1])
    assert above.startswith("# Bring people into a war room / ")
    assert above.endswith(words(title, Reader("zh")))


def test_a_form_without_fields_still_says_what_it_is_for() -> None:
    form = Form("x", t("Do it"), (), t("Send"))
    assert sketch(opened(form)["blocks"]) == "Do it"


# In.


def test_what_was_filled_in_comes_back() -> None:
    command, values, kept = views.submitted(sent(opened(samples.EXAMPLE)))
    assert command == "sample do"
    assert kept == {"item": "WR-7-3"}
    assert values == {
        "what": "It",
        "details": "One\nTwo",
        "severity": "2",
        "lead": "U012AB3CD",
        "people": ("U012AB3CD", "U987ZY6XW"),
        "due": "2026-12-01T17:00:00Z",
        "target": "1.5",
        "private": "yes",
    }


def test_what_was_left_empty_comes_back_empty() -> None:
    empty = [replace(each, value=()) for each in samples.EXAMPLE.fields]
    _, values, _ = views.submitted(sent(opened(replace(samples.EXAMPLE, fields=tuple(empty)))))
    assert {name for name, value in values.items() if value} == set()
    assert values["people"] == ()


@settings(deadline=None)
@given(samples.forms)
def test_any_form_comes_back_with_all_its_fields(form: Form) -> None:
    command, values, kept = views.submitted(sent(opened(form)))
    assert command == form.command
    assert {each.name for each in form.fields} <= values.keys()
    assert values.keys() | kept.keys() == {each.name for each in form.fields} | form.kept.keys()


def test_a_command_survives_its_modal() -> None:
    """Command → form → modal → submission → the same command, in any zone."""
    for zone in ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Apia"):
        circle = Circle(zone=ZoneInfo(zone))
        form = form_of(Plan, PLAN, circle)
        view = opened(form, Reader("en", zone))
        _, values, kept = views.submitted(sent(view))
        assert read_form(Plan, values, kept, circle) == Plan(**PLAN)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Apia"])
@pytest.mark.parametrize("at", ["2026-11-29T22:30", "2026-12-01T00:00", "2027-03-14T07:30"])
def test_a_picked_date_is_understood_in_any_zone(zone: str, at: str) -> None:
    meant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    view = sent(opened(samples.EXAMPLE), due={"selected_date_time": int(meant.timestamp())})
    _, values, _ = views.submitted(view)
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    due = values["due"]
    assert isinstance(due, str)
    assert parse_when(due, now=now, zone=ZoneInfo(zone)).at == meant


@pytest.mark.parametrize("metadata", ["", "x", "{}", "[1]", '{"do": 1, "kept": {}, "place": {}}'])
def test_a_strange_modal_is_refused(metadata: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever the sentence
        views.submitted({"private_metadata": metadata, "state": {"values": {}}})


def test_a_strange_input_is_refused() -> None:
    view = opened(samples.EXAMPLE) | {"state": {"values": {"x": {"y": {"type": "guess"}}}}}
    with pytest.raises(ValueError, match="guess"):
        views.submitted(view)


# What is kept.


@settings(deadline=None)
@given(samples.forms)
def test_what_is_kept_comes_back(form: Form) -> None:
    shown, metadata = views.packed(form, {"channel": "C1", "thread": "1.2"})
    assert limits.width(metadata) <= 3000
    carried = views.unpacked(metadata)
    assert carried.command == form.command
    assert carried.place == {"channel": "C1", "thread": "1.2"}
    assert carried.kept == {name: clean(value) for name, value in shown.kept.items()}
    moved = {each.name: each.value for each in shown.fields[len(form.fields) :]}
    assert moved | dict(shown.kept) == form.kept


def test_long_texts_are_kept_compressed() -> None:
    form = replace(samples.EXAMPLE, kept={"text": "the same again " * 1000})
    shown, metadata = views.packed(form, {})
    assert shown == form
    assert views.unpacked(metadata).kept == form.kept


def test_what_cannot_be_kept_is_shown_instead() -> None:
    form = replace(samples.EXAMPLE, kept={"item": "WR-7-3", "text": noise(2950), "more": "x"})
    shown, _ = views.packed(form, {"channel": "C1"})
    assert shown.kept == {"item": "WR-7-3", "more": "x"}
    _, values, kept = views.submitted(sent(opened(form, channel="C1")))
    assert values["text"] == noise(2950)
    assert kept == {"item": "WR-7-3", "more": "x"}


def test_a_place_has_to_fit() -> None:
    with pytest.raises(ValueError, match="too long"):
        views.packed(samples.EXAMPLE, {"channel": noise(4000)})


# Errors.


def refused(form: Form, view: dict[str, Any]) -> dict[str, Any]:
    updated = opened(form)
    answer = views.refusal(form, EN, view=view, updated=updated)
    if answer["response_action"] == "update":
        assert answer["view"] is updated
    return answer


def wrong(form: Form, name: str) -> Form:
    error = t("{words} is in the past.", words="<b>")
    fields = [replace(each, error=error if each.name == name else None) for each in form.fields]
    return replace(form, fields=tuple(fields))


def test_an_error_is_said_beside_its_input() -> None:
    answer = refused(wrong(samples.EXAMPLE, "due"), opened(samples.EXAMPLE))
    assert answer == {"response_action": "errors", "errors": {"due": "<b> is in the past."}}


def test_an_error_as_a_whole_draws_the_modal_again() -> None:
    form = replace(samples.EXAMPLE, intro=t("Nobody may do that."))
    view = refused(form, opened(samples.EXAMPLE))["view"]
    assert sketch(view["blocks"]).startswith("Nobody may do that.\n")


def test_an_error_of_a_field_that_was_not_shown_draws_the_modal_again() -> None:
    form = wrong(samples.EXAMPLE, "due")
    before = replace(form, fields=tuple(each for each in form.fields if each.name != "due"))
    view = refused(form, opened(before))["view"]
    assert "⚠️ <b> is in the past.\nDue: " in sketch(view["blocks"])


# Modals that only say something, and the Home tab.


def test_an_answer_can_be_a_modal() -> None:
    view = render.said(Card(t("Join"), (Paragraph(t("Close")),)), EN)
    assert (view["type"], view["title"]["text"]) == ("modal", "Muster")
    assert "submit" not in view
    assert sketch(view["blocks"]) == "# Join\nClose"


def test_a_view_that_is_too_full_says_so() -> None:
    card = Card(t("Join"), (Paragraph("x" * 100),) * 120)
    for view in (render.home(card, EN), render.said(card, EN)):
        assert len(view["blocks"]) == 100
        last = sketch(view["blocks"][-1:])
        assert last == "~This is shortened. Ask me in a direct message to see all of it.~"
