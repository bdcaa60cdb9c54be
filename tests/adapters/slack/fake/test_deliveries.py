"""How payloads reach the app: signed, retried, doubled, through sockets."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any

import aiohttp
import pytest

from tests.adapters.slack.fake.app import App, listening
from tests.adapters.slack.fake.bolt import slack_client
from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.anyio


def retries(app: App) -> list[tuple[str | None, str | None]]:
    return [
        (one.headers.get("X-Slack-Retry-Num"), one.headers.get("X-Slack-Retry-Reason"))
        for one in app.taken
    ]


async def test_a_signature_can_be_checked_by_hand() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        await slack.team.person("Mei").types("/muster help", "general")
        [taken] = app.taken
        base = b"v0:" + taken.headers["X-Slack-Request-Timestamp"].encode() + b":" + taken.raw
        digest = hmac.new(slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        assert taken.headers["X-Slack-Signature"] == f"v0={digest}"


async def test_the_ladder_of_an_event() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        slack.clock.freeze()
        for _ in range(3):
            app.will(500)
        await slack.team.person("Mei").writes("hello", slack.team.person("Mei").dm)
        await slack.until(lambda: len(app.taken) == 2)
        slack.clock.advance(59)
        await slack.quiet()
        assert len(app.taken) == 2
        slack.clock.advance(1)
        await slack.until(lambda: len(app.taken) == 3)
        slack.clock.advance(300)
        await slack.until(lambda: len(app.taken) == 4)
        assert retries(app) == [
            (None, None),
            ("1", "http_error"),
            ("2", "http_error"),
            ("3", "http_error"),
        ]
        assert len({one.payload["event_id"] for one in app.taken}) == 1
        await slack.until(slack.deliveries.log[0].done.is_set)


async def test_an_app_can_decline_retries() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        app.will(500, x_slack_no_retry="1")
        mei = slack.team.person("Mei")
        await mei.writes("hello", mei.dm)
        await slack.until(slack.deliveries.log[0].done.is_set)
        assert len(app.taken) == 1


async def test_a_slow_app_is_told_again_and_a_person_sees_a_timeout() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        slack.deliveries.patience = 0.1
        app.held = asyncio.Event()
        mei = slack.team.person("Mei")
        result = await mei.types("/muster help", "general")
        assert (result.status, result.error) == (0, "operation_timeout")
        assert mei.errors == ["operation_timeout"]
        await mei.writes("hello", mei.dm)
        await slack.until(lambda: ("1", "http_timeout") in retries(app))
        # Commands are not repeated.
        assert app.events().count("/muster") == 1
        app.held.set()


async def test_an_app_that_is_not_there() -> None:
    async with FakeSlack(record=None) as slack:
        slack.delivers_to("http://127.0.0.1:9/")
        result = await slack.team.person("Mei").types("/muster help", "general")
        assert result.error == "dispatch_failed"


async def test_a_malformed_acknowledgement_is_shown_as_an_error() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        app.will(200, {"blocks": [{"type": "section"}]})
        result = await slack.team.person("Mei").types("/muster help", "general")
        assert result.error.startswith("invalid_command_response")


async def test_duplicates_and_redelivery() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        mei = slack.team.person("Mei")
        slack.deliveries.duplicates(1)
        await mei.writes("hello", mei.dm)
        await slack.until(lambda: len(app.taken) == 2)
        slack.deliveries.redelivers(slack.deliveries.log[0])
        await slack.until(lambda: len(app.taken) == 3)
        assert len({one.payload["event_id"] for one in app.taken}) == 1
        await mei.writes("again", mei.dm)
        await slack.quiet()
        assert len(app.taken) == 4


async def test_the_checks_of_an_address() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        await slack.deliveries.check_url()
        assert app.taken[0].payload["type"] == "url_verification"
        assert "event" not in app.taken[0].payload
        await slack.deliveries.check_ssl()
        assert app.taken[1].payload["ssl_check"] == "1"
        assert "X-Slack-Signature" not in app.taken[1].headers


async def test_only_what_is_subscribed_and_only_where_the_bot_is() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        events = ["app_mention", "message.im"]
        slack.manifest({"settings": {"event_subscriptions": {"bot_events": events}}})
        mei = slack.team.person("Mei")
        elsewhere = slack.team.channel("elsewhere", bot=False)
        await mei.writes("@Muster can you hear me", elsewhere)
        await mei.writes("plain", "general")
        await mei.writes("@Muster hello", "general")
        await mei.writes("hello", mei.dm)
        await slack.quiet()
        assert app.events() == ["app_mention", "message"]
        assert [one.payload["event"]["channel_type"] for one in app.of("message")] == ["im"]


async def test_what_is_typed_becomes_references() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        team = slack.team
        mei, bo = team.person("Mei"), team.person("Bo Li")
        group = team.group("oncall")
        await mei.types(
            "/warroom open <a> & @Bo Li @oncall #general https://x.example/?a=1&b", None
        )
        assert app.taken[0].payload["text"] == (
            f"open &lt;a&gt; &amp; <@{bo.id}|bo.li> <!subteam^{group.id}|@oncall> "
            f"<#{team.channel('general').id}|general> <https://x.example/?a=1&amp;b>"
        )
        assert app.taken[0].payload["channel_name"] == "directmessage"
        seen = await mei.writes("hello @Bo Li, me@Bo.example and @here", "general")
        assert seen.text == f"hello <@{bo.id}>, me@Bo.example and <!here>"
        assert seen.words == "hello @Bo Li, me@Bo.example and @here"


class Client:
    """A Socket Mode client by hand."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def next(self) -> dict[str, Any]:
        got: dict[str, Any] = json.loads((await self.ws.receive(5)).data)
        return got

    async def acks(self, envelope: dict[str, Any], payload: Any = None) -> None:
        body = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
        await self.ws.send_str(json.dumps(body))


async def connected(slack: FakeSlack, session: aiohttp.ClientSession) -> Client:
    async with slack_client(slack) as client:
        opened = await client.apps_connections_open(app_token=slack.app_token)
    made = Client(await session.ws_connect(opened["url"]))
    assert (await made.next())["type"] == "hello"
    return made


async def test_each_envelope_goes_to_one_connection() -> None:
    async with FakeSlack(record=None) as slack, aiohttp.ClientSession() as session:
        clients = [await connected(slack, session) for _ in range(2)]
        mei = slack.team.person("Mei")
        asked = [asyncio.create_task(mei.types(f"/muster {i}", "general")) for i in range(2)]
        for client in clients:
            envelope = await client.next()
            assert envelope["type"] == "slash_commands"
            assert envelope["accepts_response_payload"]
            await client.acks(envelope, {"text": envelope["payload"]["text"]})
        said = [(await one).said for one in asked]
        assert [one.text for one in said if one] == ["0", "1"]


async def test_a_closed_socket_and_a_half_open_one() -> None:
    async with FakeSlack(record=None) as slack, aiohttp.ClientSession() as session:
        client = await connected(slack, session)
        mei = slack.team.person("Mei")
        asked = asyncio.create_task(mei.types("/muster", "general"))
        await client.next()
        await slack.socket.close_all()
        assert (await asked).error == "dispatch_failed"
        assert (await client.ws.receive(5)).type in (
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
        )
        other = await connected(slack, session)
        slack.socket.half_open()
        slack.deliveries.patience = 0.05
        assert (await mei.types("/muster", "general")).error == "operation_timeout"
        assert len(slack.socket.connections) == 1
        with pytest.raises(TimeoutError):
            await other.ws.receive(0.05)


async def test_a_refresh_asks_for_a_new_connection() -> None:
    async with FakeSlack(record=None) as slack, aiohttp.ClientSession() as session:
        client = await connected(slack, session)
        await slack.socket.refresh("warning")
        assert (await client.next())["reason"] == "warning"
        assert slack.socket.connections
        await slack.socket.refresh()
        assert (await client.next())["reason"] == "refresh_requested"
        assert not slack.socket.connections


async def test_an_event_that_is_not_acknowledged_comes_again() -> None:
    async with FakeSlack(record=None) as slack, aiohttp.ClientSession() as session:
        client = await connected(slack, session)
        slack.deliveries.patience = 0.05
        mei = slack.team.person("Mei")
        await mei.writes("hello", mei.dm)
        first, second = await client.next(), await client.next()
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        assert first["envelope_id"] != second["envelope_id"]
        assert (second["retry_attempt"], second["retry_reason"]) == (1, "http_timeout")
        await client.acks(second)


async def test_a_ticket_is_good_once() -> None:
    async with FakeSlack(record=None) as slack, aiohttp.ClientSession() as session:
        url = slack.socket.ticket()
        await session.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
