"""Forms in sections as modals: a heading a section, and whole sections or none of one."""

from __future__ import annotations

import pytest

from adapters.slack import limits, views
from bot.core.chat import FieldKind, Form, FormField
from bot.core.text import Reader, Strong, t
from tests.adapters.slack.judges import view_faults
from tests.adapters.slack.sketch import sketch

QUESTIONS = 5


def form(rooms: int, *, value: str = "", is_wrong: bool = False) -> Form:
    """What somebody in so many rooms is asked in a stand-up."""
    error = t("Please answer this one.") if is_wrong else None
    fields = [
        FormField(
            f"r{room}_q{number}",
            FieldKind.LONG,
            t("{n}", n=number),
            value=value,
            error=error,
            section=t("{room}", room=Strong(f"WR-{room} Payments")) if number == 0 else None,
        )
        for room in range(1, rooms + 1)
        for number in range(QUESTIONS)
    ]
    return Form("standup", t("Stand-up"), tuple(fields), t("Send"), {"runs": "1"})


def opened(shown: Form) -> list[dict[str, object]]:
    drawn, metadata = views.packed(shown, {})
    view = views.modal(drawn, Reader(), private_metadata=metadata, callback_id="form")
    assert view_faults(view) == []
    blocks: list[dict[str, object]] = view["blocks"]
    return blocks


def inputs(blocks: list[dict[str, object]]) -> list[object]:
    return [each["block_id"] for each in blocks if each["type"] == "input"]


def test_a_section_begins_with_its_heading() -> None:
    lines = sketch(opened(form(2))).splitlines()
    assert lines[0] == "# WR-1 Payments"
    assert lines[1 + QUESTIONS] == "# WR-2 Payments"
    assert len(lines) == 2 + 2 * QUESTIONS


def test_a_heading_that_is_too_long_for_one_is_a_bold_sentence() -> None:
    long = "x" * 200
    first = FormField("a", FieldKind.LINE, t("A"), section=t("{room}", room=Strong(long)))
    shown = Form("standup", t("Stand-up"), (first,), t("Send"))
    assert sketch(opened(shown)).splitlines()[0].strip("*") == long


def test_as_many_sections_as_slack_takes_blocks() -> None:
    fits = limits.VIEW_BLOCKS // (QUESTIONS + 1)
    assert len(inputs(opened(form(fits)))) == fits * QUESTIONS
    assert "does not fit" not in sketch(opened(form(fits)))


@pytest.mark.parametrize("is_wrong", [False, True])
@pytest.mark.parametrize("value", ["", "长" * 3000])
def test_a_section_that_does_not_fit_is_named_and_nothing_of_it_shown(
    value: str, *, is_wrong: bool
) -> None:
    rooms = 30
    blocks = opened(form(rooms, value=value, is_wrong=is_wrong))
    shown = len(inputs(blocks)) // QUESTIONS
    assert 1 <= shown < rooms
    expected = [f"r{room}_q{n}" for room in range(1, shown + 1) for n in range(QUESTIONS)]
    assert inputs(blocks) == expected, "whole sections"
    said = sketch(blocks).splitlines()[0]
    assert said.startswith(f"{rooms - shown} more parts do not fit here.")
    assert [f"WR-{room} Payments" in said for room in range(1, rooms + 1)] == [
        room > shown for room in range(1, rooms + 1)
    ]
    assert "shortened" not in sketch(blocks[-1:])
