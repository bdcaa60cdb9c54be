"""Limits, faults, triggers and response_urls."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack.fake.app import listening
from tests.adapters.slack.fake.bolt import slack_client
from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.anyio
VIEW = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "blocks": [{"type": "divider"}],
}


async def raw(slack: FakeSlack, method: str, **args: str) -> tuple[int, Any, str | None]:
    """A call without the SDK: (status, body, Retry-After)."""
    headers = {"Authorization": f"Bearer {slack.team.bot_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{slack.api}{method}", params=args, headers=headers) as answer,
    ):
        return answer.status, await answer.json(), answer.headers.get("Retry-After")


async def test_posts_come_one_a_second_after_a_burst() -> None:
    async with FakeSlack(record=None) as slack:
        slack.clock.freeze()
        general = slack.team.channel("general").id
        for _ in range(slack.limits.burst):
            assert (await raw(slack, "chat.postMessage", channel=general, text="a"))[0] == 200
        refused = await raw(slack, "chat.postMessage", channel=general, text="a")
        assert refused == (429, {"ok": False, "error": "ratelimited"}, "1")
        assert [one.method for one in slack.limits.exceeded] == ["chat.postMessage"]
        assert not slack.limits.early
        # Another channel has a burst of its own.
        other = slack.team.channel("other").id
        assert (await raw(slack, "chat.postMessage", channel=other, text="a"))[0] == 200
        # Too early, and noticed as such; then in time.
        assert (await raw(slack, "chat.postMessage", channel=general, text="a"))[0] == 429
        assert len(slack.limits.early) == 1
        slack.clock.advance(1.0)
        assert (await raw(slack, "chat.postMessage", channel=general, text="a"))[0] == 200
        assert len(slack.team.posts_of(slack.team.channel("general"))) == slack.limits.burst + 1


async def test_a_tier_is_a_number_of_calls_a_minute() -> None:
    async with FakeSlack(record=None) as slack:
        slack.clock.freeze()
        for i in range(20):
            made = await raw(slack, "conversations.create", name=f"room-{i}")
            assert made[1]["ok"], made
        status, _, wait = await raw(slack, "conversations.create", name="room-20")
        assert (status, wait) == (429, "60")
        assert slack.team.named("room-20") is None
        slack.clock.advance(60)
        assert (await raw(slack, "conversations.create", name="room-20"))[0] == 200


async def test_without_limits() -> None:
    async with FakeSlack(record=None) as slack:
        slack.limits.on = False
        for i in range(25):
            assert (await raw(slack, "conversations.create", name=f"room-{i}"))[0] == 200


async def test_an_unasked_429() -> None:
    async with FakeSlack(record=None) as slack:
        slack.faults.answers_429(7, "auth.test")
        assert (await raw(slack, "auth.test"))[::2] == (429, "7")
        assert not slack.limits.early
        assert (await raw(slack, "auth.test"))[0] == 200
        assert [one.method for one in slack.limits.early] == ["auth.test"]
        slack.faults.answers_429(3, "pins.list")
        general = slack.team.channel("general").id
        for wanted in (429, 200):
            assert (await raw(slack, "pins.list", channel=general))[0] == wanted
        assert [one.method for one in slack.limits.early] == ["auth.test", "pins.list"]


async def test_a_drop_after_delivery_posts_and_the_stock_retry_posts_twice() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        slack.faults.drops_after_delivery("chat.postMessage")
        await client.chat_postMessage(channel="general", text="once?")
        general = slack.team.channel("general")
        assert [one.text for one in slack.team.posts_of(general)] == ["once?", "once?"]


async def test_a_drop_before_delivery_does_nothing() -> None:
    async with FakeSlack(record=None) as slack:
        slack.faults.drops_before("chat.postMessage")
        with pytest.raises(aiohttp.ClientError):
            await raw(slack, "chat.postMessage", channel="general", text="a")
        assert not slack.team.posts_of(slack.team.channel("general"))
        assert slack.called("chat.postMessage")[0].answer is None


async def test_what_hangs_goes_on_when_it_is_lifted() -> None:
    async with FakeSlack(record=None) as slack:
        fault = slack.faults.hangs("auth.test")
        call = asyncio.create_task(raw(slack, "auth.test"))
        await slack.until(lambda: fault.hits)
        assert not call.done()
        fault.lift()
        assert (await call)[0] == 200


async def test_a_fake_that_stops_leaves_no_hanging_call() -> None:
    async with FakeSlack(record=None) as slack:
        fault = slack.faults.hangs("auth.test")
        call = asyncio.create_task(raw(slack, "auth.test"))
        await slack.until(lambda: fault.hits)
    await asyncio.wait([call], timeout=5)
    assert call.done()
    call.exception()


async def test_errors_and_500_and_lag() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        slack.faults.fails("views.open", "expired_trigger_id")
        slack.faults.http_500("auth.test")
        lag = slack.faults.lag(0.05)
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id="1", view=VIEW)
        assert caught.value.response["error"] == "expired_trigger_id"
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert caught.value.response.status_code == 500
        began = asyncio.get_running_loop().time()
        await client.auth_test()
        assert asyncio.get_running_loop().time() - began >= 0.05
        assert lag.hits == 3
        slack.faults.lift()
        began = asyncio.get_running_loop().time()
        await client.auth_test()
        assert asyncio.get_running_loop().time() - began < 0.05


async def opens(slack: FakeSlack, client: AsyncWebClient, trigger: str) -> str:
    """The error of views.open, or empty."""
    try:
        await client.views_open(trigger_id=trigger, view=VIEW)
    except SlackApiError as error:
        return str(error.response["error"])
    return ""


async def test_a_trigger_lives_three_seconds_and_once() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        slack.clock.freeze()
        mei = slack.team.person("Mei")
        first, second = (slack.triggers.new(slack.team, mei.id) for _ in range(2))
        assert await opens(slack, client, first) == ""
        assert await opens(slack, client, first) == "exchanged_trigger_id"
        slack.clock.advance(3.1)
        assert await opens(slack, client, second) == "expired_trigger_id"


async def test_three_views_and_no_more() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        mei = slack.team.person("Mei")
        trigger = slack.triggers.new(slack.team, mei.id)
        with pytest.raises(SlackApiError) as caught:
            await client.views_push(trigger_id=trigger, view=VIEW)
        assert caught.value.response["error"] == "not_found"
        await opens(slack, client, slack.triggers.new(slack.team, mei.id))
        for _ in range(2):
            await client.views_push(trigger_id=slack.triggers.new(slack.team, mei.id), view=VIEW)
        with pytest.raises(SlackApiError) as caught:
            await client.views_push(trigger_id=slack.triggers.new(slack.team, mei.id), view=VIEW)
        assert caught.value.response["error"] == "push_limit_reached"


async def test_an_old_hash_is_a_conflict() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        mei = slack.team.person("Mei")
        trigger = slack.triggers.new(slack.team, mei.id)
        view = (await client.views_open(trigger_id=trigger, view=VIEW))["view"]
        await client.views_update(view_id=view["id"], view=VIEW, hash=view["hash"])
        with pytest.raises(SlackApiError) as caught:
            await client.views_update(view_id=view["id"], view=VIEW, hash=view["hash"])
        assert caught.value.response["error"] == "hash_conflict"


async def respond(url: str, **body: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_a_response_url_lives_five_uses_and_thirty_minutes() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        mei = slack.team.person("Mei")
        said = await mei.types("/muster help", "general")
        url = app.taken[0].payload["response_url"]
        for i in range(5):
            assert await respond(url, text=f"answer {i}") == (200, "ok")
        status, text = await respond(url, text="one more")
        assert status == 404
        assert "used_url" in text
        assert [one.text for one in said.all_said] == [f"answer {i}" for i in range(5)]
        await mei.types("/muster help", "general")
        later = app.taken[1].payload["response_url"]
        slack.clock.advance(30 * 60 + 1)
        status, text = await respond(later, text="late")
        assert status == 404
        assert "expired_url" in text


async def test_a_response_url_replaces_and_deletes_what_was_pressed() -> None:
    async with (
        FakeSlack(record=None) as slack,
        listening(slack) as app,
        slack_client(slack) as client,
    ):
        mei, bo = slack.team.person("Mei"), slack.team.person("Bo")
        button = {
            "type": "button",
            "text": {"type": "plain_text", "text": "Join"},
            "action_id": "join",
        }
        blocks = [{"type": "actions", "elements": [button]}]
        await client.chat_postMessage(channel="general", text="card", blocks=blocks)
        [card] = mei.sees("general")
        await mei.presses("Join", card)
        url = app.of("block_actions")[0].payload["response_url"]
        await respond(url, text="all of you", response_type="in_channel")
        await respond(url, text="only you")
        await respond(url, text="changed", replace_original=True)
        assert [one.text for one in bo.sees("general")] == ["changed", "all of you"]
        assert [one.text for one in mei.sees("general")] == ["changed", "all of you", "only you"]
        await respond(url, delete_original=True)
        assert card.is_deleted
        assert "no_text" in (await respond(url))[1]
