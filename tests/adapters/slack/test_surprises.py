"""The thirteen surprises of Slack, slack-bolt and slack-sdk that were measured: none is ours.

Each has a test that is named after it; what is examined more closely elsewhere says so.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.oauth.token_rotation import async_rotator
from sqlalchemy import func, select

from adapters.slack.methods import METHOD
from bot.core.platform import Answer, Incoming
from bot.features.rooms.tables import Room
from storage.rows import table_of
from tests.adapters.slack.stage import KEY, MODES, Mode, Stage, oauth_stage, stage
from tests.fakes.slack import FakeSlack
from tests.running import Running, running

pytestmark = pytest.mark.anyio
#: The published reference of Slack's methods, where it is at hand.
ORACLE = Path(__file__).parents[4] / "shared" / "oracles" / "slack" / "methods"


#: Payloads that Muster has no use for, some of them broken.
UNHANDLED: list[tuple[str, dict[str, Any]]] = [
    ("event", {"type": "event_callback", "event_id": "Ev1", "event": {"type": "new_one"}}),
    ("interaction", {"type": "never_heard_of"}),
    ("interaction", {"type": "view_closed", "view": {"id": "V1"}}),
    ("interaction", {"type": "block_actions", "actions": []}),
    ("interaction", {"type": "block_actions", "actions": [{"action_id": "x"}]}),
    ("interaction", {"type": "view_submission", "view": {"private_metadata": "{"}}),
    ("options", {"type": "block_suggestion", "value": "x"}),
]
#: Payloads of a shape that Slack does not document, and that Bolt stumbles over.
MISSHAPEN: list[tuple[str, dict[str, Any]]] = [
    ("event", {"type": "event_callback", "event_id": "Ev2"}),
    ("event", {"type": "event_callback", "event_id": "Ev3", "event": None}),
    ("event", {"type": "event_callback", "event_id": "Ev4", "event": [{"type": "message"}]}),
    ("event", {"type": "event_callback", "event": "message", "is_ext_shared_channel": True}),
    ("event", {"type": "event_callback", "event": None, "is_ext_shared_channel": True}),
    ("event", {"type": "event_callback", "enterprise": 5, "event": {"type": "message"}}),
]


async def rooms(on: Stage) -> int:
    query = select(func.count()).select_from(table_of(Room))
    counted: int | None = await on.muster.db.read(lambda conn: conn.execute(query).scalar())
    return counted or 0


@pytest.mark.parametrize("mode", MODES)
class TestAcknowledging:
    async def test_surprise_1_an_error_after_the_commit_does_not_un_acknowledge(
        self, mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with stage(tmp_path, mode) as on:
            mei = on.team.person("Mei")

            async def broken(*_: Any) -> None:
                raise RuntimeError("while it is shown")

            monkeypatch.setattr(on.adapter._inbound._answers, "show", broken)
            result = await mei.types("/warroom", on.general)
            assert (result.status, result.error) == (200, "")
            assert result.seconds < 2.5

    async def test_surprise_1_an_error_before_the_commit_is_said_at_once(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode) as on:
            mei = on.team.person("Mei")
            handle = on.adapter._inbound._handle
            assert handle is not None

            async def broken(_: Incoming) -> Answer:
                raise RuntimeError("before anything is done")

            on.adapter._inbound.listen(broken)
            on.slack.deliveries.patience = 1.0 if mode == "socket" else 20.0
            said = await mei.writes("@Muster open Trouble", on.general)
            [mention] = [one for one in on.slack.deliveries.log if one.name == "app_mention"]
            # Over HTTP 500 within moments, no stall; through the socket no acknowledgement.
            assert mention.attempts[0].status == (500 if mode == "http" else 0)
            assert said.by == "Mei"
            # Slack brings it again, and it is done then.
            on.adapter._inbound.listen(handle)
            on.slack.clock.advance(400)
            await on.slack.until(lambda: mention.attempts[-1].is_good)
            await on.settled()
            assert await rooms(on) == 1

    async def test_surprise_2_a_slow_slack_makes_no_slow_acknowledgement(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode) as on:
            mei = on.team.person("Mei", locale="en-US")
            await mei.types("/warroom open Trouble", on.general)
            await on.settled()
            room = await on.room("WR-1")
            bob = on.team.person("Bob")
            on.team.group("oncall", [mei, bob])
            await bob.joins(room)
            await on.settled()
            # What is looked up on the way: whose date it is, and who is in a group.
            slow = on.slack.faults.lag(4.0)
            eve = on.team.person("Eve")
            result = await eve.types("/warroom open More --people @oncall", on.general)
            assert (result.status, result.error) == (200, "")
            assert result.seconds < 2.5
            result = await bob.types("/item add Look --due tomorrow 17:00", room)
            assert (result.status, result.error) == (200, "")
            assert result.seconds < 2.5
            slow.lift()

    async def test_surprise_4_an_event_delivered_again_happens_once(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode) as on:
            mei = on.team.person("Mei")
            await mei.writes("@Muster open Trouble", on.general)
            [mention] = [one for one in on.slack.deliveries.log if one.name == "app_mention"]
            for _ in range(4):
                on.slack.deliveries.redelivers(mention)
            await on.slack.until(lambda: len(mention.attempts) == 5)
            assert all(attempt.is_good for attempt in mention.attempts)
            await on.settled()
            assert await rooms(on) == 1

    async def test_a_fourteenth_a_command_may_speak_of_a_payload(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        """Bolt reads any form with that word in it as an interaction, and finds none: {}."""
        async with stage(tmp_path, mode) as on:
            mei = on.team.person("Mei", locale="en-US")
            said = await mei.types("/warroom open payload=0 & a payload too large", on.general)
            assert said.status == 200
            await on.settled()
            assert await rooms(on) == 1
            opened = await on.slack.until(lambda: said.said)
            assert "payload=0 & a payload too large" in opened.words

    async def test_surprise_8_what_nobody_handles_is_acknowledged(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode) as on:
            whose = {"team_id": on.team.id, "team": {"id": on.team.id}, "user": {"id": "U000001"}}
            for kind, payload in UNHANDLED:
                attempt = await on.slack.deliveries.send(kind, payload | whose)
                assert (attempt.status, attempt.error) == (200, ""), payload

    async def test_what_bolt_cannot_read_is_no_fault(
        self, mode: Mode, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with stage(tmp_path, mode) as on:
            whose = {"team_id": on.team.id, "team": {"id": on.team.id}, "user": {"id": "U000001"}}
            for kind, payload in MISSHAPEN:
                attempt = await on.slack.deliveries.send(kind, payload | whose)
                # Over a socket nothing can be turned away: it would only come again.
                expected = (400, "http_error") if mode == "http" else (200, "")
                assert (attempt.status, attempt.error) == expected, payload
        assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []

    async def test_a_workspace_and_a_way_back_that_are_none(
        self, mode: Mode, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with stage(tmp_path, mode, secret_key=KEY) as on:
            whose: list[dict[str, Any]]
            whose = [{"team_id": "[null]"}, {"team": {"id": ["T1"]}}, {"team_id": {}}]
            urls: list[Any] = ["null", "http://[", {"url": 1}, f"{on.slack.base}/nowhere"]
            for who in whose:
                for url in urls:
                    pressed = {"type": "block_actions", "actions": [], "response_url": url, **who}
                    attempt = await on.slack.deliveries.send("interaction", pressed)
                    assert (attempt.status, attempt.error) == (200, ""), pressed
        errors = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
        assert [one for one in errors if "should be installed into" not in one] == []


async def test_surprise_5_no_call_for_each_request(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        team = slack.add_team("First", installed=False)
        async with oauth_stage(tmp_path, slack) as on:
            admin = team.person("Admin", is_admin=True, locale="en-US")
            await admin.installs(on.address)
            lobby = team.channel("lobby")
            await (await admin.types("/warroom list", lobby)).hears("No war rooms")
            await slack.quiet()
            before = len(slack.calls)
            for _ in range(5):
                assert (await admin.types("/warroom list", lobby)).said is not None
            assert slack.calls[before:] == []


async def test_surprise_6_one_session_for_everything(tmp_path: Path) -> None:
    """The calls of the Web API share connections: `test_client_messages`; here response_url too."""
    async with stage(tmp_path, "http") as on:
        connector = on.adapter.session().connector
        assert connector is not None
        for n in range(6):
            person = on.team.person(f"P{n}", locale="en-US")
            # A stranger's answer goes through the response_url.
            await (await person.types("/warroom list", on.general)).hears("No war rooms")
        await on.slack.quiet()
        assert on.slack.called("response_url")
        assert len(connector._conns) == 1, "one host, one pool"
        assert on.adapter._web.session is on.adapter.client(on.team.id).api.session


@pytest.mark.parametrize("mode", MODES)
async def test_surprise_7_a_dropped_connection_posts_once(mode: Mode, tmp_path: Path) -> None:
    """With the worker and its outbox; the client alone: `test_client_probing`."""
    async with stage(tmp_path, mode) as on:
        mei = on.team.person("Mei", locale="en-US")
        on.slack.faults.drops_after_delivery("chat.postMessage", times=2)
        on.slack.faults.drops_after_delivery("conversations.create")
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        named = [c.name for c in on.team.channels.values() if c.name.startswith("wr-1")]
        assert named == ["wr-1-trouble"]
        room = await on.room("WR-1")
        assert len([one for one in mei.sees(room) if one.by == "Muster"]) == 1
        assert len([one for one in mei.sees(on.general) if not one.is_ephemeral]) == 1


class Apart:
    """Muster as a process of its own, beside a Slack in this one."""

    def __init__(self, slack: FakeSlack, home: Path, mode: Mode) -> None:
        self.slack, self.home, self.mode = slack, home, mode

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running]:
        with running(self.home, playground="off") as process:
            address = await asyncio.to_thread(lambda: process.address)
            if self.mode == "http":
                self.slack.delivers_to(f"{address}/slack/events")
            else:
                await self.slack.until(lambda: self.slack.socket.connections)
            yield process


@pytest.fixture
async def apart(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Apart]:
    mode: Mode = request.param
    async with FakeSlack() as slack:
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.team.bot_token)
        monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.signing_secret)
        monkeypatch.setenv("SLACK_API_URL", slack.api)
        if mode == "socket":
            monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)
        assert not os.environ.get("SLACK_CLIENT_ID")
        yield Apart(slack, tmp_path, mode)


@pytest.mark.parametrize("apart", MODES, indirect=True)
async def test_surprise_3_and_10_what_is_acknowledged_outlives_sigterm(apart: Apart) -> None:
    """Asked to end in the midst of answering: it answers, ends by itself, and goes on later."""
    slack = apart.slack
    team = slack.team
    mei, bob = team.person("Mei", locale="en-US"), team.person("Bob", locale="zh-CN")
    async with apart.running() as process:
        slack.faults.lag(0.5)
        opened, listed = await asyncio.gather(
            mei.types("/warroom open Trouble", "general"), bob.types("/warroom list", "general")
        )
        assert (opened.status, listed.status) == (200, 200)
        assert not listed.all_said
        # 10: connections to the database, to Slack and from it are open; it ends all the same.
        assert await asyncio.to_thread(process.stop) == 0
        assert process.logs[-1]["event"] == "stopped"
        assert "unfinished" not in process.logs[-1]
    # 3: somebody new, whose language had to be looked up, was still answered.
    [said] = listed.all_said
    assert "没有" in said.words or "Trouble" in said.words
    slack.faults.lift()
    async with apart.running() as process:
        room = await slack.until(lambda: team.named("wr-1-trouble"), patience=30)
        await slack.until(lambda: room.pins and mei.id in room.members, patience=30)
        await slack.until(lambda: [m for m in mei.sees("general") if "WR-1" in m.words])
        await slack.quiet(0.3)
        assert await asyncio.to_thread(process.stop) == 0
    assert len([one for one in mei.sees(room) if one.by == "Muster"]) == 1
    assert len([c for c in team.channels.values() if c.name.startswith("wr-")]) == 1


async def test_surprise_9_a_workspace_where_it_is_not_installed(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        stranger = slack.add_team("Stranger")
        async with oauth_stage(tmp_path, slack, public_url="https://muster.example") as on:
            mei = stranger.person("Mei")
            result = await mei.types("/warroom open Trouble", stranger.channel("general"))
            assert (result.status, result.ack) == (200, None)
            said = await result.hears("Muster is not installed", "https://muster.example")
            assert "集结" in said.words
            assert await rooms(on) == 0


async def test_surprise_11_timers_renew_the_token_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeSlack() as slack:
        slack.limits.on = False
        team = slack.add_team("First", installed=False)
        slack.oauth.rotates = True
        async with oauth_stage(tmp_path, slack) as on:
            admin = team.person("Admin", is_admin=True, locale="en-US")
            await admin.installs(on.address)
            first = team.bot_token
            installs = on.adapter.installs
            assert await installs.token(team.id) == first
            # Eleven hours later nobody has asked for anything, and a timer has something to say.
            slack.clock.advance(11 * 3600)
            later = on.muster.clock.now
            monkeypatch.setattr(installs, "_now", lambda: later() + timedelta(hours=11))
            monkeypatch.setattr(async_rotator, "time", lambda: installs._now().timestamp())
            installs._kept.clear()
            # Many at once: the refresh token is good once.
            renewed = set(await asyncio.gather(*(installs.token(team.id) for _ in range(5))))
            assert renewed == {team.bot_token}
            assert renewed != {first}


@pytest.mark.parametrize("code", ["missing_scope", "not_allowed_token_type", "ratelimited"])
async def test_surprise_12_nothing_hangs_on_reading_threads(code: str, tmp_path: Path) -> None:
    """Whether a bot may read a channel's threads, Slack's own pages do not agree."""
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        room = await on.room("WR-1")
        first = await mei.writes("What do we know?", room)
        on.slack.faults.fails("conversations.replies", code, times=3)
        reply = await mei.writes("The gateway was restarted", room, thread=first)
        # A shortcut brings the message along, and a mention is one.
        await mei.shortcut("Add to timeline", reply)
        await mei.writes("@Muster note The pool was too small", room, thread=first)
        await on.slack.quiet()
        shown = await mei.types("/warroom timeline", room)
        await shown.hears("gateway was restarted", "pool was too small")


@pytest.mark.skipif(not ORACLE.exists(), reason="the reference of Slack's methods is not at hand")
def test_surprise_13_every_method_is_called_as_documented() -> None:
    """The verb and the encoding are our own choice, not the SDK's; the calls: `.ci/run`."""
    for name, method in METHOD.items():
        reference = json.loads((ORACLE / f"{name}.json").read_text())
        assert reference["http_method"] == ("GET" if method.carried == "query" else "POST"), name
        if method.carried == "json":
            assert reference["json_input_supported"], name


def test_surprise_13_no_method_whose_request_the_sdk_sends_otherwise_than_documented() -> None:
    strange = {"conversations.inviteShared", "dnd.setSnooze", "chat.stopStream", "chat.unfurl"}
    assert not strange & set(METHOD)
    assert not [name for name in METHOD if name.startswith("slackLists.")]


def test_all_thirteen_are_here() -> None:
    names = [name for name in globals() if name.startswith("test_surprise_")]
    names += [name for name in vars(TestAcknowledging) if name.startswith("test_surprise_")]
    numbers = {int(part) for name in names for part in name.split("_")[2:5] if part.isdecimal()}
    assert numbers >= set(range(1, 14))
