"""Answers, events and interactions have the fields that Slack's have."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest

from tests.adapters.slack.fake.app import listening
from tests.adapters.slack.fake.bolt import slack_client
from tests.adapters.slack.fake.shapes import shapes, strange, types
from tests.adapters.slack.fake.test_methods import STORIES
from tests.fakes.slack import Channel, FakeSlack, Person

pytestmark = pytest.mark.anyio

#: message subtype → the sample that shows it.
SUBTYPES = {
    "": "Message",
    "bot_message": "MessageBot",
    "message_changed": "MessageChanged",
    "message_deleted": "MessageDeleted",
    "file_share": "MessageFileShare",
    "thread_broadcast": "MessageThreadBroadcast",
    "group_topic": "MessageGroupTopic",
    "group_join": "MessageChannelJoin",
    "group_leave": "MessageChannelLeave",
    "group_name": "MessageChannelName",
    "group_archive": "MessageChannelArchive",
    "group_unarchive": "MessageChannelUnarchive",
    # No sample of this one; it looks like the others that Slack itself writes.
    "channel_convert_to_private": "MessageChannelJoin",
}
#: Fields that those logs are too poor to have, and why they are right all the same.
KNOWN = {
    # A message is one object, documented as such, wherever it stands; each log shows a part of it.
    "app_id", "client_msg_id", "blocks", "bot_id", "bot_profile", "edited", "metadata", "team",
    "thread_ts",
    # reference/interaction-payloads: view_submission, and the user of a message shortcut
    "ViewSubmission.view.blocks", "ViewClosed.view.blocks",
    "ViewSubmission.response_urls", "MessageShortcut.user.username",
    # Newer than most of the logs, in which only member_joined_channel has them.
    "context_enterprise_id", "context_team_id",
    # A command is a form, in which everything is a string.
    "SlashCommand.is_enterprise_install",
    # Bolt's TypeScript types have it in both events about users.
    "TeamJoin.event.cache_ts", "TeamJoin.event.event_ts", "UserChange.event.event_ts",
    "status_emoji_display_info", "UserChange.event.user.profile.fields",
    "TeamJoin.event.user.profile.fields",
}  # fmt: skip


def sample(event: dict[str, Any]) -> str:
    if event["type"] != "message":
        return "".join(word.capitalize() for word in event["type"].split("_"))
    subtype = event.get("subtype", "")
    words = "".join(word.capitalize() for word in subtype.split("_"))
    return SUBTYPES.get(subtype, f"Message{words}")


#: Event → how its type is called in Slack's TypeScript, where that is not its name in camel case.
TYPES = {"channel_id_changed": "ChannelIDChangedEvent"}
DECLARED = {
    "SlashCommand": "SlashCommand",
    "MessageShortcut": "MessageShortcut",
    "ViewSubmission": "ViewSubmitAction",
    "ViewClosed": "ViewClosedAction",
}
#: Where those declarations are narrower than what Slack documents.
UNDECLARED = (
    # Messages of bots, and files that they share, have the fields of a bot's message.
    "app_id", "bot_id", "bot_profile", "team", "file_access",
    # Who joins a channel by themselves was invited by nobody.
    "inviter",
    # The pinned message of a thread, and who sends a form.
    "thread_ts", "username",
)  # fmt: skip


def typed(event: dict[str, Any]) -> str:
    """The declaration of an event."""
    subtype = event.get("subtype", "")
    if event["type"] != "message":
        words = "".join(word.capitalize() for word in event["type"].split("_"))
        return TYPES.get(event["type"], f"{words}Event")
    if not subtype:
        return "GenericMessageEvent"
    if subtype == "channel_convert_to_private":
        return "ChannelJoinMessageEvent"
    words = "".join(word.capitalize() for word in subtype.replace("group", "channel").split("_"))
    return f"{words}Event" if words.startswith("Message") else f"{words}MessageEvent"


def unknown(problems: list[str]) -> list[str]:
    return [one for one in problems if not KNOWN & {*_ends(one.partition(":")[0])}]


def mistyped(payload: dict[str, Any], name: str) -> list[str]:
    """What a payload has that its declaration does not allow, and what it lacks."""
    # What there is none of is null in Slack's payloads, and optional in the declarations.
    payload = {key: value for key, value in payload.items() if value is not None}
    # Private channels still say group_… in messages; the declarations know channel_… alone.
    if str(payload.get("subtype", "")).startswith("group_"):
        payload["subtype"] = payload["subtype"].replace("group", "channel")
    if payload.get("subtype") == "channel_convert_to_private":
        payload["subtype"] = "channel_join"  # undeclared, and of the same form
    schema = {"$ref": f"#/definitions/{name}", "definitions": types()}
    return [
        f"{name} {error.json_path}: {error.message[:200]}"
        for error in jsonschema.Draft7Validator(schema).iter_errors(payload)
        if not any(f"'{known}'" in error.message for known in UNDECLARED)
        and error.json_path != "$.pin_count"
    ]


def _ends(path: str) -> tuple[str, str]:
    """A path, whole and as its last word."""
    return path, path.rpartition(".")[2]


async def test_answers() -> None:
    seen: set[str] = set()
    problems = []
    for story in STORIES:
        async with FakeSlack(record=None) as slack, slack_client(slack) as client:
            await story(slack, client)
            for call in slack.calls:
                shape = shapes()["api"].get(call.method)
                if shape is not None and call.answer and call.answer["ok"]:
                    seen.add(call.method)
                    problems += unknown(list(strange(call.answer, shape, call.method)))
    assert len(seen) > 45
    assert not problems, "\n".join(sorted(set(problems)))


async def everything(slack: FakeSlack, channel: Channel, mei: Person, bo: Person) -> None:
    """Every deed that causes an event."""
    first = await mei.writes("@Muster look at https://example.com in #general & tell @Bo", channel)
    reply = await mei.writes("a reply", channel, thread=first)
    await mei.edits(reply, "another reply")
    await bo.reacts("pushpin", first)
    await bo.unreacts("pushpin", first)
    await mei.pins(first)
    await mei.deletes(reply)
    await mei.sets_topic(channel, "Payments")
    await mei.renames(channel, f"{channel.name}-2")
    await mei.shares(channel)
    await mei.unshares(channel)
    await bo.leaves(channel)
    await mei.invites(bo, channel)
    await mei.kicks(bo, channel)
    await mei.archives(channel)
    await mei.unarchives(channel)
    await mei.changes(tz="Asia/Tokyo")
    await mei.opens_home()
    await mei.arrives()
    await mei.writes("hello", mei.dm)


async def test_events() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        team = slack.team
        mei, bo = team.person("Mei"), team.person("Bo")
        open_ = team.channel("open", members=[mei, bo])
        closed = team.channel("closed", private=True, members=[mei, bo])
        for channel in (open_, closed):
            await everything(slack, channel, mei, bo)
        async with slack_client(slack) as client:
            await client.chat_postMessage(channel=open_.id, text="hi")
            await client.files_upload_v2(channel=open_.id, filename="a.md", content="# a")
        await mei.changes_channel_id(open_)
        await mei.converts_to_private(open_)
        await mei.kicks(None, closed)
        await mei.deletes_channel(open_)
        await slack.quiet()
        team.uninstalls()
        await slack.quiet()
        problems, names = [], set()
        for taken in app.taken:
            name = sample(taken.payload["event"])
            names.add(name)
            shape = shapes()["events"].get(name)
            assert shape is not None, f"no sample of {name}: {taken.payload['event']}"
            problems += unknown(list(strange(taken.payload, shape, name)))
            problems += mistyped(taken.payload["event"], typed(taken.payload["event"]))
        assert not problems, "\n".join(sorted(set(problems)))
        assert len(names) > 25, names


async def test_interactions() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        team = slack.team
        mei = team.person("Mei")
        general = team.channel("general")
        await mei.types("/muster help", general)
        async with slack_client(slack) as client:
            await client.chat_postMessage(channel=general.id, text="card", blocks=CARD)
            await mei.presses("Join", mei.sees(general)[-1])
            await mei.shortcut("make_item", mei.sees(general)[-1])
            trigger = app.of("message_action")[0].payload["trigger_id"]
            await client.views_open(trigger_id=trigger, view=FORM)
            await mei.fills({"What": "tea"})
            await mei.submits()
            await mei.global_shortcut("open")
            trigger = app.of("shortcut")[0].payload["trigger_id"]
            await client.views_open(trigger_id=trigger, view=FORM | {"notify_on_close": True})
        await mei.closes_modal()
        problems = mistyped(app.of("shortcut")[0].payload, "GlobalShortcut")
        samples = {
            "/muster": "SlashCommand",
            "block_actions": "BlockAction",
            "message_action": "MessageShortcut",
            "view_submission": "ViewSubmission",
            "view_closed": "ViewClosed",
        }
        for kind, name in samples.items():
            [taken] = app.of(kind)
            problems += unknown(list(strange(taken.payload, shapes()["app"][name], name)))
            if name in DECLARED:
                problems += mistyped(taken.payload, DECLARED[name])
        assert not problems, "\n".join(problems)


CARD = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "text": {"type": "plain_text", "text": "Join"},
                "action_id": "join",
                "value": "1",
            }
        ],
    }
]
FORM = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Order"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "what",
            "label": {"type": "plain_text", "text": "What"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        },
    ],
}


def test_the_comparison_sees_what_is_wrong() -> None:
    shape = shapes()["events"]["ReactionAdded"]
    good = {"event": {"type": "reaction_added", "item": {"type": "message"}}, "event_time": 1}
    assert not list(strange(good, shape))
    for path, value in (
        (("event", "emoji"), "pushpin"),
        (("event", "item"), "C1"),
        (("event_time",), "1"),
        (("event", "user"), True),
    ):
        bad: Any = copy.deepcopy(good)
        place = bad
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert list(strange(bad, shape)), path
