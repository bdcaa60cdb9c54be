"""What people do and see: forms, menus, Home tabs, channels; and the fake as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from tests.adapters.slack.fake.app import App, listening
from tests.adapters.slack.fake.bolt import slack_client
from tests.fakes.slack import FakeSlack, Modal, Person

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[4]


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def field(label: str, kind: str, **more: Any) -> dict[str, Any]:
    optional = more.pop("optional", True)
    return {
        "type": "input",
        "block_id": label.lower(),
        "label": plain(label),
        "optional": optional,
        "element": {"type": kind, "action_id": "value", **more},
    }


OPTIONS = [{"text": plain(name), "value": name.lower()} for name in ("Low", "High")]
FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("All kinds"),
    "submit": plain("Send"),
    "notify_on_close": True,
    "blocks": [
        field("Title", "plain_text_input", optional=False, max_length=10),
        field("Count", "number_input", is_decimal_allowed=False, min_value="1"),
        field("Who", "users_select"),
        field("All", "multi_users_select"),
        field("When", "datetimepicker"),
        field("Day", "datepicker", initial_date="2026-11-23"),
        field("Hour", "timepicker"),
        field("How", "static_select", options=OPTIONS, initial_option=OPTIONS[0]),
        field("Many", "multi_static_select", options=OPTIONS),
        field("Sure", "checkboxes", options=OPTIONS[:1]),
        field("One", "radio_buttons", options=OPTIONS),
        field("Room", "conversations_select"),
        field("Found", "external_select"),
    ],
}


async def opens(slack: FakeSlack, who: Person, view: dict[str, Any] = FORM) -> Modal:
    async with slack_client(slack) as client:
        await client.views_open(trigger_id=slack.triggers.new(slack.team, who.id), view=view)
    assert who.modal is not None
    return who.modal


def sent(app: App) -> dict[str, Any]:
    """What the last form brought, by label in lower case."""
    values = app.of("view_submission")[-1].payload["view"]["state"]["values"]
    return {
        label: next(value for key, value in state["value"].items() if key != "type")
        for label, state in values.items()
    }


async def test_every_kind_of_input() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        mei, bo = slack.team.person("Mei", tz="Asia/Shanghai"), slack.team.person("Bo")
        general = slack.team.channel("general")
        modal = await opens(slack, mei)
        assert modal.title == "All kinds"
        assert modal.inputs["How"].options == ["Low", "High"]
        assert modal.values["Day"] == "2026-11-23"
        app.will(200, {"options": [{"text": plain("Found it"), "value": "f"}]})
        noon = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001  she means her own zone
        await mei.fills(
            {
                "Title": "tea",
                "Count": 3,
                "Who": bo,
                "All": [mei, bo],
                "When": noon,
                "Day": date(2026, 12, 1),
                "Hour": time(9, 30),
                "How": "High",
                "Many": ["Low", "High"],
                "Sure": True,
                "One": "Low",
                "Room": general,
                "Found": "Found it",
            }
        )
        assert (await mei.submits()).status == 200
        assert sent(app) == {
            "title": "tea",
            "count": "3",
            "who": bo.id,
            "all": [mei.id, bo.id],
            "when": int(noon.replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()),
            "day": "2026-12-01",
            "hour": "09:30",
            "how": OPTIONS[1],
            "many": OPTIONS,
            "sure": OPTIONS[:1],
            "one": OPTIONS[0],
            "room": general.id,
            "found": {"text": plain("Found it"), "value": "f"},
        }
        assert app.of("block_suggestion")[0].payload["value"] == "Found it"
        assert mei.modal is None


async def test_a_form_that_slack_does_not_let_go() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        mei = slack.team.person("Mei")
        await opens(slack, mei)
        assert set((await mei.submits()).refused) == {"Title"}
        await mei.fills({"Title": "x" * 11, "Count": 0})
        assert set((await mei.submits()).refused) == {"Title", "Count"}
        assert not app.taken
        with pytest.raises(AssertionError, match="no 'Colour'"):
            await mei.fills({"Colour": "red"})
        with pytest.raises(AssertionError, match="no option 'Medium'"):
            await mei.fills({"How": "Medium"})


async def test_what_the_app_answers_to_a_form() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        mei = slack.team.person("Mei")
        await opens(slack, mei)
        await mei.fills({"Title": "tea"})
        app.will(200, {"response_action": "errors", "errors": {"title": "Not tea"}})
        assert (await mei.submits()).refused == {"Title": "Not tea"}
        assert mei.modal is not None
        assert mei.modal.errors == {"Title": "Not tea"}
        app.will(200, {"response_action": "errors", "errors": {"nowhere": "Lost"}})
        assert "invalid_errors" in (await mei.submits()).error
        app.will(200, {"response_action": "update", "view": {**FORM, "title": plain("Again")}})
        await mei.submits()
        assert mei.modal.title == "Again"
        assert mei.modal.values["Title"] == "tea"
        app.will(200, {"response_action": "push", "view": {**FORM, "title": plain("On top")}})
        await mei.submits()
        assert mei.modal.title == "On top"
        await mei.closes_modal()
        assert mei.modal.title == "Again"
        [closed] = app.of("view_closed")
        assert closed.payload["is_cleared"] is False
        app.will(200, {"response_action": "update", "view": {"type": "modal"}})
        assert "invalid_arguments" in (await mei.submits()).error
        app.will(500)
        assert (await mei.submits()).error == "dispatch_failed"
        assert mei.modal is not None
        app.will(200, {"response_action": "clear"})
        await mei.submits()
        assert mei.modal is None


MENU = {
    "type": "static_select",
    "action_id": "severity",
    "placeholder": plain("Severity"),
    "options": OPTIONS,
}
MORE = {"type": "overflow", "action_id": "more", "options": [OPTIONS[0], OPTIONS[1]]}


async def test_menus_confirmations_and_state() -> None:
    async with (
        FakeSlack(record=None) as slack,
        listening(slack) as app,
        slack_client(slack) as client,
    ):
        mei = slack.team.person("Mei")
        confirm = {"title": plain("Sure?"), "text": plain("Really?")}
        close = {
            "type": "button",
            "action_id": "close",
            "text": plain("Close"),
            "confirm": confirm,
            "value": "7",
        }
        section = {
            "type": "section",
            "block_id": "s",
            "text": {"type": "mrkdwn", "text": f"*Hello* <@{mei.id}> <!date^1^{{date}}|Monday>"},
            "accessory": MORE,
        }
        row: dict[str, Any] = {"type": "actions", "block_id": "a", "elements": [MENU, close]}
        blocks = [section, row]
        await client.chat_postMessage(channel="general", text="card", blocks=blocks)
        [card] = mei.sees("general")
        assert card.words.splitlines()[0] == "Hello @Mei Monday"
        assert set(card.buttons) == {"Low", "High", "Close"}
        assert card.buttons["Close"].confirm == confirm
        await mei.presses("High", card)
        assert app.taken[-1].payload["actions"][0]["type"] == "overflow"
        await mei.picks("Severity", "High", card)
        assert app.taken[-1].payload["actions"][0]["selected_option"] == OPTIONS[1]
        await mei.presses("Close", card)
        payload = app.taken[-1].payload
        assert payload["actions"][0]["value"] == "7"
        assert payload["state"]["values"]["a"]["severity"]["selected_option"] == OPTIONS[1]
        assert payload["message"]["ts"] == card.ts
        with pytest.raises(AssertionError, match="no 'Open'"):
            await mei.presses("Open", card)


async def test_home_and_shortcuts() -> None:
    async with (
        FakeSlack(record=None) as slack,
        listening(slack) as app,
        slack_client(slack) as client,
    ):
        shortcuts = [
            {"name": "Make an item", "type": "message", "callback_id": "item"},
            {"name": "Open a room", "type": "global", "callback_id": "open"},
        ]
        tabs = {"home_tab_enabled": True}
        slack.manifest({"features": {"shortcuts": shortcuts, "app_home": tabs}})
        slack.events.subscribed = None
        mei = slack.team.person("Mei")
        assert await mei.opens_home() is None
        assert app.taken[-1].payload["event"]["tab"] == "home"
        section = {"type": "section", "text": plain("Nothing due")}
        button = {"type": "button", "action_id": "x", "text": plain("Help")}
        blocks = [section, {"type": "actions", "elements": [button]}]
        await client.views_publish(user_id=mei.id, view={"type": "home", "blocks": blocks})
        home = await mei.opens_home()
        assert home is not None
        assert "Nothing due" in home.words
        await mei.presses("Help", home)
        assert app.taken[-1].payload["view"]["type"] == "home"
        seen = await mei.writes("broken", "general")
        await mei.shortcut("Make an item", seen)
        assert app.taken[-1].payload["callback_id"] == "item"
        assert app.taken[-1].payload["message"]["text"] == "broken"
        await mei.global_shortcut("open")
        assert app.taken[-1].payload["type"] == "shortcut"
        with pytest.raises(AssertionError, match="no message shortcut"):
            await mei.shortcut("Open a room", seen)


async def test_what_others_do_not_see() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        mei, bo = slack.team.person("Mei"), slack.team.person("Bo")
        secret = slack.team.channel("secret", private=True, members=[mei])
        await client.chat_postEphemeral(channel=secret.id, user=mei.id, text="psst")
        assert [one.is_ephemeral for one in mei.sees(secret)] == [True]
        with pytest.raises(AssertionError, match="is not in"):
            bo.sees(secret)
        thread = await mei.writes("first", secret)
        await mei.writes("second", secret, thread=thread)
        assert [one.text for one in mei.sees(secret, thread=thread)] == ["first", "second"]


async def test_until_says_what_is_there() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        await client.chat_postMessage(channel="general", text="something else")
        with pytest.raises(AssertionError, match="something else"):
            await slack.until(lambda: False, patience=0.05)


async def asks(control: str, deed: str, **given: Any) -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{control}{deed}", json=given) as answer,
    ):
        return await answer.json()


async def test_the_fake_is_a_program() -> None:
    program = subprocess.Popen(  # noqa: ASYNC220  it is only started here
        [sys.executable, "-m", "tests.fakes.slack"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "MUSTER_SLACK_RECORD"},
    )
    try:
        assert program.stdout is not None
        text = ""
        while not text.endswith("}\n"):
            text += program.stdout.readline()
        there = json.loads(text)
        async with FakeSlack(record=None) as app_side, listening(app_side):
            await asks(there["control"], "delivers", url=app_side.deliveries.url)
            await asks(there["control"], "person", name="Mei", tz="Asia/Shanghai")
            typed = await asks(there["control"], "types", person="Mei", line="/muster help")
            assert typed["result"]["status"] == 200
            await asks(there["control"], "writes", person="Mei", text="hi", channel="general")
            seen = await asks(there["control"], "sees", person="Mei", channel="general")
            assert [one["words"] for one in seen["result"]] == ["hi"]
            state = await asks(there["control"], "state")
            assert state["result"]["deliveries"][0]["name"] == "/muster"
            assert "error" in await asks(there["control"], "presses", person="Mei", label="x")
            assert "one of" in (await asks(there["control"], "explode"))["error"]
    finally:
        program.terminate()
        assert program.wait(10) == 0
        if program.stdout is not None:
            program.stdout.close()
