"""`muster slack manifest`, and what `muster doctor` says of a Slack."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
import yaml

from bot import doctor
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.settings import Settings
from tests.cli.calls import call, problem
from tests.fakes.slack import FakeSlack


@pytest.fixture(autouse=True)
def _no_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SLACK_")]:
        monkeypatch.delenv(name)


def test_the_manifest_is_the_same_in_both_notations(home: Path) -> None:
    as_json = call("slack", "manifest", "--name", "集结")
    as_yaml = call("slack", "manifest", "--name", "集结", "--format", "yaml")
    made = json.loads(as_json.output)
    assert yaml.safe_load(as_yaml.output) == made
    assert made["display_information"]["name"] == "集结"
    assert made["settings"]["socket_mode_enabled"] is True
    commands = [each["command"] for each in made["features"]["slash_commands"]]
    assert {"/warroom", "/item", "/decide", "/decisions", "/export", "/muster"} <= set(commands)


def test_over_http_it_has_addresses(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "MUSTER_PUBLIC_URL" in problem(call("slack", "manifest", "--http"))
    monkeypatch.setenv("MUSTER_PUBLIC_URL", "https://muster.example.com/")
    monkeypatch.setenv("SLACK_COMMAND_PREFIX", "ops-")
    made = json.loads(call("slack", "manifest", "--http").output)
    [opening] = [
        each for each in made["features"]["slash_commands"] if each["command"] == "/ops-warroom"
    ]
    assert opening["url"] == "https://muster.example.com/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == opening["url"]


@pytest.mark.parametrize(("grants", "is_fine"), [(None, True), (["commands", "chat:write"], False)])
def test_the_doctor_compares_what_was_granted(
    grants: list[str] | None, is_fine: bool, tmp_path: Path
) -> None:
    async def story() -> list[str]:
        async with FakeSlack(record=None) as slack:
            made = json.loads(call("slack", "manifest").output)
            scopes = made["oauth_config"]["scopes"]["bot"]
            slack.team.grants(grants or scopes)
            settings = Settings.without_file(
                home=tmp_path,
                slack_bot_token=slack.team.bot_token,
                slack_signing_secret=slack.signing_secret,
                slack_api_url=slack.api,
            )
            found = await asyncio.to_thread(doctor._platforms, settings)
            assert all(finding.is_fine for finding in found) is is_fine
            return [plain(finding.text, Reader()) for finding in found]

    said = "\n".join(asyncio.run(story()))
    assert "Slack: Muster is in" in said
    assert ("has not granted" in said) is not is_fine
