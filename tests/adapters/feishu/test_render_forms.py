"""Forms: drawn as containers, and read again as they come back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.feishu import answers, render
from adapters.feishu.answers import NotOurs
from bot.core.chat import Choice, FieldKind, Form, FormField
from bot.core.text import Reader, Strong, t
from bot.core.when import parse_when
from tests.adapters.feishu.card_rules import check

CHINESE = Reader("zh", "Asia/Shanghai")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PEOPLE = ("ou_chen", "ou_alice", "ou_bob")


def field(kind: FieldKind, value: str | tuple[str, ...] = "", **more: Any) -> FormField:
    return FormField("x", kind, t("Due"), value=value, **more)


def drawn(
    *fields: FormField, people: tuple[str, ...] = (), reader: Reader = CHINESE, **more: Any
) -> dict[str, Any]:
    """A form as a card that the rules approve of."""
    form = Form("item add", t("Add an item"), fields, t("Send"), {"room": "WR-1"}, **more)
    card = render.form(form, reader, {"asked": "om_1"}, people=people)
    assert check(card) == []
    return card


def inside(card: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = card["body"]["elements"][0]["elements"]
    return found


def said(card: dict[str, Any]) -> str:
    return json.dumps(inside(card), ensure_ascii=False)


def the_input(card: dict[str, Any]) -> dict[str, Any]:
    [found] = [each for each in inside(card) if "name" in each and each["tag"] != "button"]
    return found


def sent(card: dict[str, Any], *values: Any) -> dict[str, Any]:
    """The action of the card's submit button, with a value for each of its inputs."""
    named = [each for each in inside(card) if "name" in each]
    names = [each["name"] for each in named if each["tag"] != "button"]
    return {
        "tag": "button",
        "name": named[-1]["name"],
        "timezone": "Asia/Shanghai",
        "value": named[-1]["behaviors"][0]["value"],
        "form_value": dict(zip(names, values, strict=True)),
    }


def test_a_form_says_what_it_is_for_and_what_it_needs() -> None:
    card = drawn(field(FieldKind.LINE, required=True, hint=t("Severity")), intro=t("Open"))
    assert card["header"]["title"]["i18n_content"]["en_us"] == "Add an item"
    intro, label, line, submit = inside(card)
    assert intro["i18n_content"]["en_us"] == "Open"
    assert label["i18n_content"]["zh_cn"].endswith("<font color='red'>*</font>")
    assert line["required"] is True
    assert line["placeholder"]["i18n_content"] == {"en_us": "Severity", "zh_cn": "级别"}
    assert submit["form_action_type"] == "submit"
    assert submit["behaviors"][0]["value"] == {
        "do": "item add",
        "kept": {"room": "WR-1"},
        "ctx": {"asked": "om_1"},
        "was": {},
    }


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        (FieldKind.LINE, "input"),
        (FieldKind.LONG, "input"),
        (FieldKind.NUMBER, "input"),
        (FieldKind.SELECT, "input"),  # nothing to choose from
        (FieldKind.PERSON, "select_person"),
        (FieldKind.PEOPLE, "multi_select_person"),
        (FieldKind.WHEN, "picker_datetime"),
        (FieldKind.FLAG, "checker"),
    ],
)
@pytest.mark.parametrize("speech", ["en", "zh", "both"])
def test_each_kind_has_its_input(kind: FieldKind, tag: str, speech: Any) -> None:
    card = drawn(field(kind, required=True), reader=Reader(speech))
    assert the_input(card)["tag"] == tag


def test_a_refused_form_says_why_beside_the_field() -> None:
    card = drawn(field(FieldKind.LINE, "abc", error=t("{x} is no number.", x="<b>")))
    label, line, error, _ = inside(card)
    assert line["default_value"] == "abc"
    assert error["content"] == "<font color='red'>&#60;b&#62; is no number.</font>"
    assert label["tag"] == error["tag"] == "markdown"


def test_a_long_text_has_several_lines_and_comes_back_as_it_was() -> None:
    text = "**a** <at id=all></at>\n1. b"
    line = the_input(drawn(field(FieldKind.LONG, text)))
    assert line["input_type"] == "multiline_text"
    assert line["default_value"] == text


def test_a_text_that_is_too_long_for_an_input_is_said_to_be_cut() -> None:
    card = drawn(field(FieldKind.LONG, "长" * 1001))
    assert the_input(card)["default_value"] == "长" * 1000
    assert "too long for this field" in said(card)
    assert "too long" not in said(drawn(field(FieldKind.LONG, "长" * 1000)))


def test_a_form_of_many_long_texts_still_fits() -> None:
    many = [FormField(f"f{n}", FieldKind.LONG, t("Due"), value="长" * 1000) for n in range(20)]
    card = drawn(*many)
    assert said(card).count("too long for this field") == 20


def test_a_select_starts_with_its_value() -> None:
    choices = (Choice("1", t("Severity")), Choice("2", t("Owner")), Choice("2", t("Again")))
    select = the_input(drawn(field(FieldKind.SELECT, "2", choices=choices)))
    assert select["initial_index"] == 2
    assert [each["value"] for each in select["options"]] == ["1", "2"]
    assert select["options"][0]["text"]["i18n_content"]["zh_cn"] == "级别"
    assert "initial_index" not in the_input(drawn(field(FieldKind.SELECT, "9", choices=choices)))


def test_one_of_very_many_is_typed() -> None:
    choices = tuple(Choice(str(n), t("Due")) for n in range(61))
    assert the_input(drawn(field(FieldKind.SELECT, choices=choices)))["tag"] == "input"


# People.


def test_people_start_chosen_when_it_is_known_who_can_be() -> None:
    one = the_input(drawn(field(FieldKind.PERSON, "ou_dora"), people=PEOPLE))
    assert one["initial_option"] == "ou_dora"
    assert [each["value"] for each in one["options"]] == ["ou_dora", *PEOPLE]
    chosen = ("ou_bob", "ou_alice")
    several = the_input(drawn(field(FieldKind.PEOPLE, chosen), people=PEOPLE))
    assert several["selected_values"] == ["ou_bob", "ou_alice"]


def test_without_candidates_nobody_is_chosen_and_empty_means_as_before() -> None:
    card = drawn(field(FieldKind.PERSON, "ou_bob", required=True))
    assert the_input(card)["options"] == []
    assert "required" not in the_input(card)
    assert "<person id='ou_bob'" in said(card)
    assert "<at" not in said(card), "a form pings nobody"
    assert render.submitted(sent(card, None))[1] == {"x": "ou_bob"}
    assert render.submitted(sent(card, "ou_alice"))[1] == {"x": "ou_alice"}
    several = drawn(field(FieldKind.PEOPLE, ("ou_bob", "ou_chen")))
    assert render.submitted(sent(several, None))[1] == {"x": ("ou_bob", "ou_chen")}
    assert render.submitted(sent(several, ["ou_alice"]))[1] == {"x": ("ou_alice",)}


def test_people_come_back_as_ids() -> None:
    card = drawn(field(FieldKind.PEOPLE), people=PEOPLE)
    assert render.submitted(sent(card, ["ou_a", "ou_b"]))[1] == {"x": ("ou_a", "ou_b")}
    assert render.submitted(sent(card, None))[1] == {"x": ()}


# Dates and times.


def test_a_time_that_was_picked_is_one_instant_whoever_reads_it() -> None:
    card = drawn(field(FieldKind.WHEN))
    command, values, kept = render.submitted(sent(card, "2026-11-24 17:00 +0800"))
    assert (command, kept) == ("item add", {"room": "WR-1"})
    text = values["x"]
    assert isinstance(text, str)
    for zone in ("Asia/Shanghai", "America/New_York"):
        moment = parse_when(text, now=NOW, zone=ZoneInfo(zone))
        assert moment.at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_a_time_that_nobody_touched_is_what_it_was() -> None:
    card = drawn(field(FieldKind.WHEN, "2026-11-24 17:00"))
    assert the_input(card)["initial_datetime"] == "2026-11-24 17:00"
    # The client's zone is not the one that it was filled in for.
    assert render.submitted(sent(card, "2026-11-24 17:00 -0500"))[1] == {"x": "2026-11-24 17:00"}
    moved = "2026-11-24 18:00 -0500"
    assert render.submitted(sent(card, moved))[1] == {"x": moved}
    assert render.submitted(sent(card, ""))[1] == {"x": ""}, "cleared"
    assert render.submitted(sent(card, None))[1] == {"x": ""}


def test_a_time_from_a_refused_form_starts_the_next_one() -> None:
    card = drawn(field(FieldKind.WHEN, "2026-11-24 17:00 +0800"))
    assert the_input(card)["initial_datetime"] == "2026-11-24 17:00"
    again = render.submitted(sent(card, "2026-11-24 17:00 +0800"))[1]
    assert again == {"x": "2026-11-24 17:00 +0800"}


def test_a_time_that_no_picker_can_show_is_typed() -> None:
    card = drawn(field(FieldKind.WHEN, "明天下午5点"))
    assert the_input(card)["tag"] == "input"
    assert the_input(card)["default_value"] == "明天下午5点"
    assert render.submitted(sent(card, "后天"))[1] == {"x": "后天"}
    assert render.submitted(sent(card, ""))[1] == {"x": ""}


# Flags, and the rest.


@pytest.mark.parametrize(
    ("came", "value"), [(True, "yes"), (False, ""), ("true", "yes"), ("false", ""), (None, "")]
)
def test_a_flag_comes_back_as_yes_or_nothing(came: Any, value: str) -> None:
    card = drawn(field(FieldKind.FLAG, "yes"))
    assert the_input(card)["checked"] is True
    assert render.submitted(sent(card, came))[1] == {"x": value}


def test_a_number_and_a_line_come_back_as_text() -> None:
    assert render.submitted(sent(drawn(field(FieldKind.NUMBER)), 3))[1] == {"x": "3"}
    assert render.submitted(sent(drawn(field(FieldKind.LINE)), "a\nb"))[1] == {"x": "a\nb"}
    # Nothing in a text is taken for what a picker sends.
    card = drawn(field(FieldKind.LINE))
    assert render.submitted(sent(card, "2026-11-24 17:00 +0800"))[1] == {
        "x": "2026-11-24 17:00 +0800"
    }


def test_a_name_may_hold_anything() -> None:
    card = drawn(FormField("a_1_b", FieldKind.LINE, t("Due")))
    assert render.submitted(sent(card, "v"))[1] == {"a_1_b": "v"}


def test_what_the_form_was_made_for_comes_back() -> None:
    action = sent(drawn(field(FieldKind.LINE)), "v")
    assert answers.is_submission(action)
    assert not answers.is_cancelled(action)
    assert answers.context(action) == {"asked": "om_1"}
    assert answers.context({**action, "value": json.dumps(action["value"])}) == {"asked": "om_1"}


def test_a_form_can_be_given_up() -> None:
    form = Form("item add", t("Add an item"), (field(FieldKind.LINE),), t("Send"))
    card = render.form(form, CHINESE, {"asked": "om_1"}, cancel=True)
    assert check(card) == []
    button = card["body"]["elements"][1]
    action = {"tag": "button", "value": button["behaviors"][0]["value"]}
    assert answers.is_cancelled(action)
    assert not answers.is_submission(action)
    assert answers.context(action) == {"asked": "om_1"}


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"tag": "button", "value": "no json"},
        {"tag": "button", "value": "[1]"},
        {"tag": "overflow", "option": None, "value": {"do": "x", "kept": {}}},
        {"tag": "button", "value": 7},
    ],
)
def test_what_is_not_ours_is_refused(action: dict[str, Any]) -> None:
    with pytest.raises(NotOurs):
        render.pressed(action)
    with pytest.raises(NotOurs):
        render.submitted(action)
    assert not answers.is_submission(action)
    assert not answers.is_cancelled(action)
    assert answers.context(action) == {}


def test_a_pressed_button_is_no_form() -> None:
    action = {"tag": "button", "value": {"do": "item add", "v": 1, "with": {}}}
    assert not answers.is_submission(action)
    with pytest.raises(NotOurs):
        render.submitted(action)


# Sections.


def asked(rooms: int, value: str = "", **more: Any) -> list[FormField]:
    """What somebody in so many rooms is asked in a stand-up."""
    return [
        FormField(
            f"r{room}_q{number}",
            FieldKind.LONG,
            t("{n}", n=number),
            value=value,
            section=t("R{n}", n=room) if number == 0 else None,
            **more,
        )
        for room in range(1, rooms + 1)
        for number in range(4)
    ]


def names(card: dict[str, Any]) -> list[str]:
    return [each["name"] for each in inside(card) if each["tag"] == "input"]


def test_a_section_begins_with_its_heading() -> None:
    shown = inside(drawn(*asked(2)))
    headings = [each for each in shown if each.get("text_size") == "heading"]
    assert ["R1" in each["content"] for each in headings] == [True, False]
    assert shown.index(headings[1]) == 1 + 2 * 4, "each input has its label"


@pytest.mark.parametrize("value", ["", "长" * 900])
@pytest.mark.parametrize("speech", ["en", "zh", "both"])
def test_a_section_that_does_not_fit_is_named_and_nothing_of_it_shown(
    value: str, speech: Any
) -> None:
    rooms = 40
    error = t("Please answer this one.")
    card = drawn(*asked(rooms, value, error=error), reader=Reader(speech))
    count = len(names(card)) // 4
    assert 1 <= count < rooms
    assert names(card) == [f"l0_r{room}_q{n}" for room in range(1, count + 1) for n in range(4)]
    assert "more parts do not fit here" in said(card) or "还有" in said(card)
    started = [each.get("default_value", "") for each in inside(card) if each["tag"] == "input"]
    assert set(started) == {value}, "sections go before what is written in them does"


def test_one_section_alone_is_cut_as_any_other_form() -> None:
    card = drawn(*[replace(each, section=None) for each in asked(5, "长" * 990)])
    assert len(names(card)) == 20
    assert "its end is missing" in said(card)


def test_a_label_with_something_bold_in_it_is_not_bold_around_it() -> None:
    label = t("{key} {text}", key=Strong("WR-1-1"), text="查网关")
    card = drawn(replace(field(FieldKind.LINE), label=label))
    assert "**WR&#45;1&#45;1** 查网关" in said(card)
    assert said(card).count("**") == 2
