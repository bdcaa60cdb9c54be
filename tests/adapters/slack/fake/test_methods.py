"""Every method, called by the real SDK, with arguments that the published reference takes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack.fake.bolt import slack_client
from tests.adapters.slack.fake.oracle import ORACLE, needs_oracle
from tests.fakes.slack import FakeSlack

TITLE = {"type": "plain_text", "text": "A form"}
MODAL = {"type": "modal", "title": TITLE, "blocks": [{"type": "divider"}]}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


async def error_of(call: Awaitable[Any]) -> str:
    """The error code that a call is refused with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def rooms(slack: FakeSlack, client: AsyncWebClient) -> None:
    """The life of a channel."""
    mei, bo = slack.team.person("Mei"), slack.team.person("Bo")
    made = await client.conversations_create(name="wr-1-timeouts", is_private=False)
    channel = made["channel"]["id"]
    await client.conversations_setTopic(channel=channel, topic="Payments")
    await client.conversations_setPurpose(channel=channel, purpose="Find out why")
    invited = await client.conversations_invite(channel=channel, users=[mei.id, bo.id])
    assert invited["channel"]["topic"]["value"] == "Payments"
    members = await client.conversations_members(channel=channel)
    assert set(members["members"]) == {slack.team.bot.id, mei.id, bo.id}
    await client.conversations_kick(channel=channel, user=bo.id)
    info = await client.conversations_info(channel=channel, include_num_members=True)
    assert info["channel"]["num_members"] == 2
    listed = await client.conversations_list(types="public_channel", limit=1)
    assert listed["response_metadata"]["next_cursor"]
    mine = await client.users_conversations(types="public_channel,private_channel")
    assert channel in [one["id"] for one in mine["channels"]]
    await client.conversations_rename(channel=channel, name="wr-1-done")
    await client.conversations_archive(channel=channel)
    await client.conversations_unarchive(channel=channel)
    await client.conversations_leave(channel=channel)
    await client.conversations_join(channel=channel)
    direct = await client.conversations_open(users=mei.id)
    assert direct["channel"]["id"] == mei.dm.id


async def messages(slack: FakeSlack, client: AsyncWebClient) -> None:
    """The life of a message."""
    channel = slack.team.channel("general").id
    mei = slack.team.person("Mei")
    meta = {"event_type": "effect", "event_payload": {"key": "1"}}
    posted = await client.chat_postMessage(channel=channel, text="one", metadata=meta)
    ts = posted["ts"]
    await client.chat_postMessage(channel=channel, text="two", thread_ts=ts)
    await client.chat_update(channel=channel, ts=ts, text="three", metadata=meta)
    await client.chat_postEphemeral(channel=channel, user=mei.id, text="psst")
    link = await client.chat_getPermalink(channel=channel, message_ts=ts)
    assert link["permalink"].endswith(ts.replace(".", ""))
    history = await client.conversations_history(channel=channel, include_all_metadata=True)
    assert history["messages"][0]["metadata"]["event_payload"] == {"key": "1"}
    assert history["messages"][0]["reply_count"] == 1
    replies = await client.conversations_replies(channel=channel, ts=ts)
    assert [one["text"] for one in replies["messages"]] == ["three", "two"]
    await client.pins_add(channel=channel, timestamp=ts)
    assert len((await client.pins_list(channel=channel))["items"]) == 1
    await client.pins_remove(channel=channel, timestamp=ts)
    await client.reactions_add(channel=channel, timestamp=ts, name="pushpin")
    found = await client.reactions_get(channel=channel, timestamp=ts)
    assert found["message"]["reactions"][0]["name"] == "pushpin"
    await client.reactions_remove(channel=channel, timestamp=ts, name="pushpin")
    later = int(slack.clock.now()) + 60
    planned = await client.chat_scheduleMessage(channel=channel, post_at=later, text="later")
    assert (await client.chat_scheduledMessages_list(channel=channel))["scheduled_messages"]
    await client.chat_deleteScheduledMessage(
        channel=channel, scheduled_message_id=planned["scheduled_message_id"]
    )
    await client.chat_delete(channel=channel, ts=ts)


async def extras(slack: FakeSlack, client: AsyncWebClient) -> None:
    """Bookmarks, files, canvases."""
    channel = slack.team.channel("general").id
    made = await client.bookmarks_add(
        channel_id=channel, title="Export", type="link", link="https://example.com/x"
    )
    name = made["bookmark"]["id"]
    await client.bookmarks_edit(channel_id=channel, bookmark_id=name, title="The export")
    listed = await client.bookmarks_list(channel_id=channel)
    assert listed["bookmarks"][0]["title"] == "The export"
    await client.bookmarks_remove(channel_id=channel, bookmark_id=name)
    sent = await client.files_upload_v2(
        channel=channel, filename="log.md", content="# Log", initial_comment="the log"
    )
    file = sent["file"]["id"]
    mei = slack.team.person("Mei")
    assert mei.sees("general")[-1].files == {"log.md": b"# Log"}
    assert (await client.files_info(file=file))["file"]["size"] == 5
    await client.files_delete(file=file)
    canvas = await client.canvases_create(
        title="Notes", document_content={"type": "markdown", "markdown": "# a"}
    )
    change = {
        "operation": "insert_at_end",
        "document_content": {"type": "markdown", "markdown": "b"},
    }
    await client.canvases_edit(canvas_id=canvas["canvas_id"], changes=[change])
    await client.conversations_canvases_create(
        channel_id=channel, document_content={"type": "markdown", "markdown": "# a"}
    )


async def people(slack: FakeSlack, client: AsyncWebClient) -> None:
    """Users, profiles, groups."""
    team = slack.team
    boss = team.person("Boss")
    mei = team.person("Mei Lin", tz="Asia/Shanghai", locale="zh-CN", manager=boss)
    info = await client.users_info(user=mei.id, include_locale=True)
    assert (info["user"]["tz_offset"], info["user"]["locale"]) == (28_800, "zh-CN")
    assert len((await client.users_list(limit=100))["members"]) == 3
    found = await client.users_lookupByEmail(email=mei.user.email)
    assert found["user"]["id"] == mei.id
    fields = (await client.team_profile_get())["profile"]["fields"]
    [manager] = [one for one in fields if one["type"] == "user"]
    profile = (await client.users_profile_get(user=mei.id))["profile"]
    assert profile["fields"][manager["id"]]["value"] == boss.id
    group = team.group("oncall", [mei])
    assert (await client.usergroups_list())["usergroups"][0]["handle"] == "oncall"
    users = await client.usergroups_users_list(usergroup=group.id)
    assert users["users"] == [mei.id]


async def views(slack: FakeSlack, client: AsyncWebClient) -> None:
    """Modals and Home tabs."""
    team = slack.team
    mei = team.person("Mei")
    trigger = slack.triggers.new(team, mei.id)
    opened = await client.views_open(trigger_id=trigger, view=MODAL)
    await client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=MODAL)
    await client.views_push(trigger_id=slack.triggers.new(team, mei.id), view=MODAL)
    assert len(team.stacks[mei.id]) == 2
    await client.views_publish(user_id=mei.id, view=HOME)
    assert mei.home is not None


async def itself(slack: FakeSlack, client: AsyncWebClient) -> None:
    """The token, the team, the app."""
    who = await client.auth_test()
    assert who["team_id"] == slack.team.id
    assert (await client.team_info())["team"]["domain"] == "acme"
    assert (await client.bots_info(bot=who["bot_id"]))["bot"]["app_id"] == slack.app_id
    opened = await client.apps_connections_open(app_token=slack.app_token)
    assert opened["url"].startswith("ws://127.0.0.1:")
    await client.auth_revoke(test=True)
    await client.apps_uninstall(client_id=slack.client_id, client_secret=slack.client_secret)
    assert await error_of(client.auth_test()) == "account_inactive"


STORIES: tuple[Callable[[FakeSlack, AsyncWebClient], Awaitable[None]], ...] = (
    rooms,
    messages,
    extras,
    people,
    views,
    itself,
)


@pytest.mark.anyio
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_sdk_is_served(
    story: Callable[[FakeSlack, AsyncWebClient], Awaitable[None]],
) -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        await story(slack, client)


async def record(recording: Path) -> None:
    for story in STORIES:
        async with FakeSlack(record=recording) as slack, slack_client(slack) as client:
            await story(slack, client)


@needs_oracle
def test_recordings_are_what_the_check_reads(tmp_path: Path) -> None:
    recording = tmp_path / "calls.jsonl"
    asyncio.run(record(recording))
    checked = subprocess.run(
        [sys.executable, str(ORACLE / "check"), str(recording)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert int(checked.stdout.split()[-4]) > 50


@pytest.mark.anyio
async def test_a_bad_call_is_recorded_too(tmp_path: Path) -> None:
    recording = tmp_path / "calls.jsonl"
    async with FakeSlack(record=recording) as slack, slack_client(slack) as client:
        assert await error_of(client.api_call("pins.explode")) == "unknown_method"
    assert "pins.explode" in recording.read_text()
