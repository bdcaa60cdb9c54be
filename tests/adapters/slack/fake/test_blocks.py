"""What Slack refuses of blocks and views: one step beyond every limit; and takes: up to it."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.adapters.slack.fake.bolt import slack_client
from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.anyio


def text(length: int) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": "x" * length}


def plain(length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


def button(action: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(3), "action_id": action, **more}


def actions(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "actions", "elements": list(elements)}]


def options(count: int) -> list[dict[str, Any]]:
    return [{"text": plain(3), "value": str(i)} for i in range(count)]


def menu(kind: str, count: int) -> list[dict[str, Any]]:
    return actions({"type": kind, "action_id": "m", "options": options(count)})


DIVIDER = {"type": "divider"}
BAD_BLOCKS: dict[str, list[dict[str, Any]]] = {
    "51 blocks": [DIVIDER] * 51,
    "a section of 3001": [{"type": "section", "text": text(3001)}],
    "an empty section": [{"type": "section", "text": text(0)}],
    "a section without text": [{"type": "section"}],
    "11 fields": [{"type": "section", "fields": [text(1)] * 11}],
    "a field of 2001": [{"type": "section", "fields": [text(2001)]}],
    "a header of 151": [{"type": "header", "text": plain(151)}],
    "a header in mrkdwn": [{"type": "header", "text": text(5)}],
    "11 in a context": [{"type": "context", "elements": [text(1)] * 11}],
    "an empty context": [{"type": "context", "elements": []}],
    "26 buttons": actions(*[button(str(i)) for i in range(26)]),
    "no buttons": actions(),
    "a label of 76": actions(button(text=plain(76))),
    "a value of 2001": actions(button(value="x" * 2001)),
    "an action id of 256": actions(button("x" * 256)),
    "an action id twice": actions(button(), button()),
    "a block id twice": [{"type": "divider", "block_id": "b"}] * 2,
    "a block id of 256": [{"type": "divider", "block_id": "b" * 256}],
    "a red button": actions(button(style="red")),
    "101 options": menu("static_select", 101),
    "6 in an overflow": menu("overflow", 6),
    "11 checkboxes": menu("checkboxes", 11),
    "no options": menu("static_select", 0),
    "an option of 76": actions(
        {
            "type": "static_select",
            "action_id": "m",
            "options": [{"text": plain(76), "value": "1"}],
        }
    ),
    "an option value of 151": actions(
        {
            "type": "static_select",
            "action_id": "m",
            "options": [{"text": plain(3), "value": "1" * 151}],
        }
    ),
    "a confirmation of 301": actions(button(confirm={"text": plain(301)})),
    "a confirmation title of 101": actions(button(confirm={"title": plain(101), "text": plain(3)})),
    "unknown": [{"type": "nonsense"}],
    "two tables": [{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}] * 2,
    "a row of 21": [{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}] * 21]}],
}


@pytest.mark.parametrize("name", BAD_BLOCKS)
async def test_bad_blocks(name: str) -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="general", text="t", blocks=BAD_BLOCKS[name])
        assert caught.value.response["error"] == "invalid_blocks"
        assert caught.value.response["response_metadata"]["messages"]
        assert not slack.team.posts_of(slack.team.channel("general"))


GOOD_BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": text(3000), "accessory": button("b", value="x" * 2000)},
    {"type": "section", "fields": [text(100)] * 10},
    {"type": "header", "text": plain(150)},
    {"type": "context", "elements": [text(1)] * 10},
    *actions(*[button(str(i)) for i in range(25)]),
    *menu("overflow", 5),
    *menu("static_select", 100),
    # Measured by others: unique within a block only.
    *actions(button("b")),
]


async def test_blocks_at_the_limit() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        blocks = GOOD_BLOCKS + [DIVIDER] * (50 - len(GOOD_BLOCKS))
        posted = await client.chat_postMessage(channel="general", text="t", blocks=blocks)
        ids = [block["block_id"] for block in posted["message"]["blocks"]]
        assert len(set(ids)) == 50


def view(**changes: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain(24), "blocks": [DIVIDER], **changes}


FIELD = {
    "type": "input",
    "label": plain(5),
    "element": {"type": "plain_text_input", "action_id": "v"},
}
BAD_VIEWS: dict[str, dict[str, Any]] = {
    "a title of 25": view(title=plain(25)),
    "no title": {"type": "modal", "blocks": [DIVIDER]},
    "an input and no button": view(blocks=[FIELD]),
    "a button of 25": view(submit=plain(25)),
    "101 blocks": view(blocks=[DIVIDER] * 101),
    "metadata of 3001": view(private_metadata="x" * 3001),
    "a callback id of 256": view(callback_id="x" * 256),
    "something unknown": view(colour="red"),
    "a table": view(blocks=[{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}]),
    "a home tab": view(type="home"),
    "a number without a kind": view(
        blocks=[FIELD | {"element": {"type": "number_input", "action_id": "v"}}], submit=plain(3)
    ),
    "a label of 2001": view(blocks=[FIELD | {"label": plain(2001)}], submit=plain(3)),
}


@pytest.mark.parametrize("name", BAD_VIEWS)
async def test_bad_views(name: str) -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        mei = slack.team.person("Mei")
        trigger = slack.triggers.new(slack.team, mei.id)
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=BAD_VIEWS[name])
        assert caught.value.response["error"] == "invalid_arguments"
        assert mei.modal is None
        await client.views_open(trigger_id=trigger, view=view())  # the trigger was not used up
