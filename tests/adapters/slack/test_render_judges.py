"""Whatever a card says, Slack takes it; and the judges who say so do see what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from adapters.slack import render, views
from bot.core.chat import Card, Form
from bot.core.text import Reader, t
from tests.adapters.slack import samples
from tests.adapters.slack.judges import message_faults, view_faults

# The cards are large on purpose, and the machine that tests may be busy.
thorough = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


@thorough
@given(samples.cards, samples.readers)
def test_slack_takes_any_card_as_a_message(card: Card, reader: Reader) -> None:
    drawn = render.message(card, reader)
    assert not message_faults(drawn.blocks)
    assert 0 < len(drawn.text.encode("utf-16-le")) // 2 <= 4000
    assert "<" not in drawn.text
    assert ">" not in drawn.text
    for reply in render.replies(drawn.overflow, reader) if drawn.overflow else ():
        assert not message_faults(reply.blocks)


@thorough
@given(samples.cards, samples.readers)
def test_slack_takes_any_card_as_a_view(card: Card, reader: Reader) -> None:
    assert not view_faults(render.home(card, reader))
    assert not view_faults(render.said(card, reader))


@thorough
@given(samples.forms, samples.readers)
def test_slack_takes_any_form(form: Form, reader: Reader) -> None:
    shown, metadata = views.packed(form, {"channel": "C012AB3CD"})
    view = views.modal(shown, reader, private_metadata=metadata, callback_id="form")
    assert not view_faults(view)


# The judges.


GOOD: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "Title", "emoji": True}},
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "*WR-1* <@U012AB3CD> &amp;", "verbatim": True},
        "accessory": {
            "type": "overflow",
            "action_id": "press-1",
            "options": [{"text": {"type": "plain_text", "text": "Done"}, "value": "1"}],
        },
    },
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "press-2",
                "text": {"type": "plain_text", "text": "Join"},
                "value": "{}",
                "confirm": {
                    "title": {"type": "plain_text", "text": "Sure?"},
                    "text": {"type": "plain_text", "text": "Really?"},
                    "confirm": {"type": "plain_text", "text": "Yes"},
                    "deny": {"type": "plain_text", "text": "No"},
                },
            }
        ],
    },
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]},
]

Blocks = list[dict[str, Any]]


def _set(*path: str | int, to: Any) -> Callable[[Blocks], None]:
    def change(blocks: Blocks) -> None:
        node: Any = blocks
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = to

    return change


MUTANTS: dict[str, Callable[[Blocks], None]] = {
    "51 blocks": lambda blocks: blocks.extend([{"type": "divider"}] * 47),
    "too large": lambda blocks: blocks.extend(
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2999, "verbatim": True}}
        for _ in range(5)
    ),
    "no such block": lambda blocks: blocks.append({"type": "paragraph"}),
    "two tables": lambda blocks: blocks.append(copy.deepcopy(blocks[3])),
    "uneven table": lambda blocks: blocks[3]["rows"].append([]),
    "header of 151": _set(0, "text", "text", to="x" * 151),
    "mrkdwn header": _set(0, "text", "type", to="mrkdwn"),
    "empty text": _set(0, "text", "text", to=" "),
    "section of 3001": _set(1, "text", "text", to="x" * 3001),
    "not escaped": _set(1, "text", "text", to="a < b"),
    "a bare ampersand": _set(1, "text", "text", to="a & b"),
    "a mass mention": _set(1, "text", "text", to="<!channel>"),
    "half a sequence": _set(1, "text", "text", to="<@U012AB"),
    "half an escape": _set(1, "text", "text", to="a &am"),
    "parsed names": _set(1, "text", "verbatim", to=False),
    "plain mention": _set(0, "text", "text", to="<!here>"),
    "option text of 76": _set(1, "accessory", "options", 0, "text", "text", to="x" * 76),
    "option value of 151": _set(1, "accessory", "options", 0, "value", to="x" * 151),
    "six options": lambda blocks: blocks[1]["accessory"]["options"].extend(
        [{"text": {"type": "plain_text", "text": "x"}, "value": str(n)} for n in range(5)]
    ),
    "button text of 76": _set(2, "elements", 0, "text", "text", to="x" * 76),
    "button value of 2001": _set(2, "elements", 0, "value", to="x" * 2001),
    "unknown style": _set(2, "elements", 0, "style", to="warning"),
    "unknown key": _set(2, "elements", 0, "colour", to="red"),
    "confirm of 301": _set(2, "elements", 0, "confirm", "text", "text", to="x" * 301),
    "confirm button of 31": _set(2, "elements", 0, "confirm", "deny", "text", to="x" * 31),
    "no buttons": _set(2, "elements", to=[]),
    "26 buttons": _set(
        2,
        "elements",
        to=[
            {
                "type": "button",
                "action_id": f"b{n}",
                "text": {"type": "plain_text", "text": "x"},
                "value": "x",
            }
            for n in range(26)
        ],
    ),
    "action id twice": _set(2, "elements", 0, "action_id", to="press-1"),
    "action id of 256": _set(2, "elements", 0, "action_id", to="x" * 256),
    "block id twice": lambda blocks: [each.update(block_id="x") for each in blocks[:2]].clear(),
}


def test_the_judges_take_a_good_message() -> None:
    assert message_faults(GOOD) == []


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_judges_see_a_bad_message(mutant: str) -> None:
    blocks = copy.deepcopy(GOOD)
    MUTANTS[mutant](blocks)
    assert message_faults(blocks)


def _good_view() -> dict[str, Any]:
    form = samples.EXAMPLE
    return views.modal(form, Reader(), private_metadata="{}", callback_id="form")


VIEW_MUTANTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no title": lambda view: view.pop("title"),
    "title of 25": lambda view: view["title"].update(text="x" * 25),
    "submit of 25": lambda view: view["submit"].update(text="x" * 25),
    "no submit": lambda view: view.pop("submit"),
    "metadata of 3001": lambda view: view.update(private_metadata="x" * 3001),
    "101 blocks": lambda view: view["blocks"].extend([{"type": "divider"}] * 101),
    "no blocks": lambda view: view["blocks"].clear(),
    "block id twice": lambda view: view["blocks"].append(view["blocks"][0]),
    "a table": lambda view: view["blocks"].append(GOOD[3]),
    "an unknown input": lambda view: view["blocks"][0]["element"].update(type="guess"),
    "a hint of 2001": lambda view: view["blocks"][0].update(
        hint={"type": "plain_text", "text": "x" * 2001}
    ),
}


def test_the_judges_take_a_good_view() -> None:
    assert view_faults(_good_view()) == []
    assert view_faults(render.home(Card(t("Muster")), Reader())) == []


@pytest.mark.parametrize("mutant", VIEW_MUTANTS)
def test_the_judges_see_a_bad_view(mutant: str) -> None:
    view = _good_view()
    VIEW_MUTANTS[mutant](view)
    assert view_faults(view)
