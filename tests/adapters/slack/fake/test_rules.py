"""What Slack refuses, with the codes that it publishes."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.adapters.slack.fake.bolt import slack_client
from tests.adapters.slack.fake.oracle import error_codes, needs_oracle, reference
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.registry import METHODS

pytestmark = pytest.mark.anyio


VIEW = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "blocks": [{"type": "divider"}],
}


#: (method, arguments, error). Names in capitals stand for ids of the scene.
REFUSALS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("chat.postMessage", {"channel": "OTHER", "text": "a"}, "not_in_channel"),
    ("chat.postMessage", {"channel": "SECRET", "text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "secret", "text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "OLD", "text": "a"}, "is_archived"),
    ("chat.postMessage", {"channel": "HERE"}, "no_text"),
    ("chat.postMessage", {"channel": "HERE", "blocks": "{"}, "invalid_blocks_format"),
    (
        "chat.postMessage",
        {"channel": "HERE", "text": "a", "metadata": {"event_type": 1}},
        "invalid_metadata_schema",
    ),
    ("chat.update", {"channel": "HERE", "ts": "1.2", "text": "a"}, "message_not_found"),
    ("chat.update", {"channel": "HERE", "ts": "HERS", "text": "a"}, "cant_update_message"),
    ("chat.update", {"channel": "HERE", "ts": "MINE", "text": "a" * 40_001}, "msg_too_long"),
    ("chat.delete", {"channel": "HERE", "ts": "HERS"}, "cant_delete_message"),
    ("chat.postEphemeral", {"channel": "HERE", "user": "BO", "text": "a"}, "user_not_in_channel"),
    ("chat.scheduleMessage", {"channel": "HERE", "text": "a", "post_at": 5}, "time_in_past"),
    (
        "chat.scheduleMessage",
        {"channel": "HERE", "text": "a", "post_at": 9_999_999_999},
        "time_too_far",
    ),
    ("conversations.create", {"name": "here"}, "name_taken"),
    ("conversations.create", {"name": "secret"}, "name_taken"),
    ("conversations.create", {"name": ""}, "invalid_name_required"),
    ("conversations.create", {"name": "Here"}, "invalid_name"),
    ("conversations.create", {"name": "a b"}, "invalid_name_specials"),
    ("conversations.create", {"name": "---"}, "invalid_name_punctuation"),
    ("conversations.create", {"name": "a" * 81}, "invalid_name_maxlength"),
    ("conversations.invite", {"channel": "HERE", "users": "U1"}, "user_not_found"),
    ("conversations.invite", {"channel": "HERE", "users": "BO,MEI"}, "already_in_channel"),
    ("conversations.invite", {"channel": "HERE", "users": "BOT"}, "cant_invite_self"),
    ("conversations.invite", {"channel": "HERE", "users": "GUEST"}, "user_is_restricted"),
    ("conversations.invite", {"channel": "OTHER", "users": "BO"}, "not_in_channel"),
    ("conversations.invite", {"channel": "SECRET", "users": "BO"}, "channel_not_found"),
    ("conversations.invite", {"channel": "HERE", "users": ","}, "no_user"),
    ("conversations.kick", {"channel": "HERE", "user": "BOT"}, "cant_kick_self"),
    ("conversations.kick", {"channel": "HERE", "user": "BO"}, "not_in_channel"),
    ("conversations.join", {"channel": "SECRET"}, "channel_not_found"),
    ("conversations.join", {"channel": "OLD"}, "is_archived"),
    ("conversations.archive", {"channel": "GENERAL"}, "cant_archive_general"),
    ("conversations.archive", {"channel": "OLD"}, "already_archived"),
    ("conversations.unarchive", {"channel": "HERE"}, "not_archived"),
    ("conversations.rename", {"channel": "HERE", "name": "x"}, "not_authorized"),
    ("conversations.setTopic", {"channel": "HERE", "topic": "x" * 251}, "too_long"),
    ("conversations.replies", {"channel": "HERE", "ts": "1.2"}, "thread_not_found"),
    ("conversations.history", {"channel": "OTHER"}, "not_in_channel"),
    ("conversations.open", {"users": "U1"}, "user_not_found"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("pins.add", {"channel": "HERE", "timestamp": "PINNED"}, "already_pinned"),
    ("pins.add", {"channel": "HERE"}, "no_item_specified"),
    ("pins.remove", {"channel": "HERE", "timestamp": "MINE"}, "no_pin"),
    (
        "reactions.add",
        {"channel": "HERE", "timestamp": "PINNED", "name": "eyes"},
        "already_reacted",
    ),
    ("reactions.remove", {"channel": "HERE", "timestamp": "MINE", "name": "eyes"}, "no_reaction"),
    ("bookmarks.edit", {"channel_id": "HERE", "bookmark_id": "Bk1"}, "not_found"),
    (
        "bookmarks.add",
        {"channel_id": "HERE", "title": "a", "type": "link", "link": "nonsense"},
        "invalid_link",
    ),
    ("users.info", {"user": "U1"}, "user_not_found"),
    ("users.lookupByEmail", {"email": "nobody@example.com"}, "users_not_found"),
    ("usergroups.users.list", {"usergroup": "S1"}, "no_such_subteam"),
    ("views.open", {"trigger_id": "1.2.3", "view": VIEW}, "invalid_trigger_id"),
    ("views.update", {"view_id": "V1", "view": VIEW}, "not_found"),
    ("files.info", {"file": "F1"}, "file_not_found"),
    ("files.completeUploadExternal", {"files": [{"id": "F1"}]}, "file_not_found"),
    ("oauth.v2.access", {"client_id": "1", "code": "2"}, "invalid_client_id"),
)


async def scene(slack: FakeSlack) -> dict[str, str]:
    """Ids by the names that stand for them above."""
    team = slack.team
    mei, bo, guest = team.person("Mei"), team.person("Bo"), team.person("G", is_restricted=True)
    here = team.channel("here", members=[mei])
    channels = {
        "HERE": here,
        "OTHER": team.channel("other", bot=False),
        "SECRET": team.channel("secret", private=True, bot=False),
        "OLD": team.channel("old"),
        "GENERAL": team.channel("general"),
    }
    channels["OLD"].is_archived = True
    hers = await mei.writes("hers", here)
    ids = {name: channel.id for name, channel in channels.items()}
    ids |= {"MEI": mei.id, "BO": bo.id, "GUEST": guest.id, "BOT": team.bot.id, "HERS": hers.ts}
    async with slack_client(slack) as client:
        for name in ("MINE", "PINNED"):
            posted = await client.chat_postMessage(channel=here.id, text=name)
            ids[name] = posted["ts"]
        await client.pins_add(channel=here.id, timestamp=ids["PINNED"])
        await client.reactions_add(channel=here.id, timestamp=ids["PINNED"], name="eyes")
    return ids


@pytest.mark.parametrize(("method", "args", "code"), REFUSALS, ids=lambda one: str(one)[:40])
async def test_refusals(method: str, args: dict[str, Any], code: str) -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        ids = await scene(slack)
        given = {key: _named(value, ids) for key, value in args.items()}
        with pytest.raises(SlackApiError) as caught:
            await client.api_call(method, json=given)
        assert caught.value.response["error"] == code


def _named(value: Any, ids: dict[str, str]) -> Any:
    if not isinstance(value, str) or not value.replace(",", "").isupper():
        return value
    return ",".join(ids.get(one, one) for one in value.split(","))


@needs_oracle
def test_refusals_are_published() -> None:
    """Each code is one of those that Slack lists for the method (or answers to any)."""
    strange = {
        (method, code)
        for method, _, code in REFUSALS
        if code not in error_codes()[method]
        and code not in ((reference(method) or {}).get("errors") or {})
    }
    assert not strange, strange


async def test_an_invitation_that_is_forced_takes_whom_it_can() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        ids = await scene(slack)
        users = f"{ids['BO']},U1,{ids['GUEST']}"
        answer = await client.conversations_invite(channel=ids["HERE"], users=users, force=True)
        assert {one["error"] for one in answer["errors"]} == {
            "user_not_found",
            "user_is_restricted",
        }
        assert ids["BO"] in slack.team.channel("here").members


@needs_oracle
def test_methods_are_as_published() -> None:
    """Tier, scopes and required arguments, except where a better error than Slack's is lost."""
    wrong = []
    for name, method in METHODS.items():
        doc = reference(name)
        if doc is None:
            assert name == "api.test"
            continue
        if f"t{method.tier}" != doc["rate_limits"]:
            wrong.append(f"{name}: tier {method.tier}, published {doc['rate_limits']}")
        scopes = set((doc.get("scope") or {}).get("bot", ()))
        if set(method.scopes) != scopes:
            wrong.append(f"{name}: scopes {method.scopes}, published {scopes}")
        required = set(doc["args"].get("required", ())) - {"token", "client_id", "client_secret"}
        if extra := set(method.required) - required - set(doc["args"]["properties"]):
            wrong.append(f"{name}: requires {extra}, which it does not know")
    assert not wrong, "\n".join(wrong)


async def test_scopes() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        everything = (await client.auth_test()).headers["x-oauth-scopes"].split(",")
        assert {"commands", "app_mentions:read", "pins:write", "im:history"} <= set(everything)
        slack.team.grants({"chat:write", "channels:manage"})
        posted = await client.chat_postMessage(channel="general", text="a")
        assert posted.headers["x-oauth-scopes"] == "channels:manage,chat:write"
        await client.conversations_create(name="open")
        with pytest.raises(SlackApiError) as caught:
            await client.conversations_create(name="closed", is_private=True)
        answer = caught.value.response
        assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:write")
        assert answer["provided"] == "channels:manage,chat:write"


@pytest.mark.parametrize(
    ("token", "code"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth")], ids=str
)
async def test_tokens(token: str, code: str) -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        client.token = token or None
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert caught.value.response["error"] == code


async def test_a_revoked_token() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        slack.team.revokes()
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert caught.value.response["error"] == "token_revoked"


async def test_an_app_is_what_its_manifest_says() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        mei = slack.team.person("Mei")
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        await client.views_publish(user_id=mei.id, view=home)
        tabs = {"home_tab_enabled": False, "messages_tab_enabled": False}
        scopes = {"bot": ["chat:write", "im:write"]}
        slack.manifest({"features": {"app_home": tabs}, "oauth_config": {"scopes": scopes}})
        for method, args, code in (
            ("views.publish", {"user_id": mei.id, "view": home}, "not_enabled"),
            ("chat.postMessage", {"channel": mei.id, "text": "a"}, "messages_tab_disabled"),
            ("users.info", {"user": mei.id}, "missing_scope"),
        ):
            with pytest.raises(SlackApiError) as caught:
                await client.api_call(method, json=args)
            assert caught.value.response["error"] == code
