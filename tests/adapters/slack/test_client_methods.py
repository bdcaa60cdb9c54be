"""The methods of the Web API: those that are listed are those that are called, as published."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

import adapters.slack
from adapters.slack.client import SlackClient
from adapters.slack.errors import Doubtful, Postponed, Shut
from adapters.slack.methods import METHOD, METHODS, OPTIONAL_SCOPES, SCOPES, Tier
from bot.core.errors import Temporary
from tests.adapters.slack.rig import Rig, rig

CODE = Path(adapters.slack.__path__[0])
PUBLISHED = Path(__file__).parents[4] / "shared/oracles/slack/methods"
#: Called by Bolt's and the SDK's own machinery, not through `SlackClient`.
OF_BOLT = {"apps.connections.open", "auth.test", "auth.revoke", "oauth.v2.access"}
published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published methods are not beside the project"
)


@pytest.fixture
async def on() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


def written() -> set[str]:
    """All texts in the adapter that look like the name of a method."""
    found: set[str] = set()
    for path in CODE.glob("*.py"):
        if path.name == "methods.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    families = {name.split(".", 1)[0] for name in METHODS}
    shape = re.compile(rf"({'|'.join(sorted(families))})(\.[a-zA-Z]+)+")
    return {text for text in found if shape.fullmatch(text)}


def test_the_methods_listed_are_the_methods_used() -> None:
    used = written()
    assert METHODS - used == set()
    assert used - METHODS <= OF_BOLT


@published
@pytest.mark.parametrize("name", sorted(METHODS))
def test_as_published(name: str) -> None:
    method = METHOD[name]
    doc = json.loads((PUBLISHED / f"{name}.json").read_text())
    tiers = {"t1": Tier.ONE, "t2": Tier.TWO, "t3": Tier.THREE, "t4": Tier.FOUR}
    assert method.tier is tiers.get(doc["rate_limits"], Tier.SPECIAL)
    verb = "GET" if method.carried == "query" else "POST"
    assert doc["http_method"] == verb
    assert method.carried != "json" or doc["json_input_supported"]
    allowed = doc["scope"].get("bot") or []
    assert set(method.scopes) <= set(allowed)
    assert bool(method.scopes) == bool(allowed)


def test_no_scope_is_wider_than_needed() -> None:
    assert OPTIONAL_SCOPES < SCOPES
    assert not {
        scope for scope in SCOPES if scope.startswith(("admin", "mpim", "users:read.email"))
    }
    assert "chat:write.public" not in SCOPES


@pytest.mark.anyio
async def test_arguments_stand_in_no_address(on: Rig) -> None:
    """slack_sdk's own methods put topics into the query, and so into every access log."""
    mei = on.team.person("Mei")
    await on.client.perform(on.direct(mei), "k1")
    await on.client.call("conversations.setTopic", {"channel": on.general.id, "topic": "Secret"})
    for call in on.slack.calls:
        assert call.query == {} or call.verb == "GET"


@pytest.mark.anyio
async def test_who_muster_is(on: Rig) -> None:
    who = await on.client.identity()
    assert (who.team, who.bot_user, who.url) == (on.team.id, on.team.bot.id, on.team.url)
    assert (who.name, who.bot) == ("Acme", on.team.bot.bot_id)
    await on.client.identity()
    assert on.calls("auth.test") == 1


@pytest.mark.anyio
async def test_an_examination(on: Rig) -> None:
    on.team.grants({"chat:write", "users:read"})
    await on.client.perform(on.post(), "k1")
    on.slack.faults.answers_429(60, "users.info")
    with pytest.raises(Temporary):
        await on.client.people.profile(on.team.bot.id)
    right, ahead = (
        on.another(),
        on.another(now=lambda: on.slack.clock.when() + timedelta(seconds=90)),
    )
    found = await on.client.examined()
    assert (found.name, found.scopes) == ("Acme", frozenset({"chat:write", "users:read"}))
    assert found.used["chat.postMessage"] == (1, 300)
    assert found.paused["users.info"] == pytest.approx(60, abs=1)
    assert abs((await right.examined()).drift) < 5
    assert 85 < (await ahead.examined()).drift < 95


@pytest.mark.anyio
async def test_a_slack_that_is_not_there() -> None:
    async def token() -> str:
        return "xoxb-1"

    async with aiohttp.ClientSession() as session:
        client = SlackClient(
            token,
            team="T1",
            base_url="http://127.0.0.1:9/api/",
            session=session,
            clock=time.monotonic,
            now=lambda: (_ for _ in ()).throw(AssertionError),
        )
        with pytest.raises(Postponed) as caught:
            await client.call("auth.test")
    # It was never sent, so there is no doubt.
    assert not isinstance(caught.value, Doubtful)
    assert caught.value.code == "no_connection"


@pytest.mark.anyio
@pytest.mark.parametrize("status", [200, 302, 407, 502])
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/json"])
async def test_a_proxys_page_is_no_answer(
    on: Rig, monkeypatch: pytest.MonkeyPatch, status: int, kind: str
) -> None:
    """Nobody knows what came of the call behind it."""

    def page(*_: Any) -> web.Response:
        return web.Response(text="<html>Log in</html>", content_type=kind, status=status)

    on.slack.faults.answers_429(1, "chat.postMessage")
    monkeypatch.setattr(on.slack.api_server, "too_many", page)
    with pytest.raises(Doubtful):
        await on.client.perform(on.post(), "k1")


@pytest.mark.anyio
async def test_proxies_of_the_environment_reach_the_session_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """slack_sdk reads HTTPS_PROXY and not NO_PROXY; aiohttp reads both."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with rig() as on:
        await on.client.perform(on.post(), "k1")
        assert len(on.posts()) == 1


@pytest.mark.anyio
async def test_an_org_wide_app_says_which_workspace_it_means(on: Rig) -> None:
    await on.client.perform(on.post(), "k1")
    [call] = on.slack.called("chat.postMessage")
    assert call.args["team_id"] == on.team.id
    await on.another(team="E0ORG").call("auth.test")
    assert "team_id" not in on.slack.called("auth.test")[-1].args


@pytest.mark.anyio
async def test_a_token_that_cannot_be_had(on: Rig) -> None:
    async def token() -> str:
        raise Shut("not_installed", retry_after=900)

    client = SlackClient(
        token,
        team=on.team.id,
        base_url=on.slack.api,
        session=on.session,
        clock=on.slack.clock.now,
        now=on.slack.clock.when,
    )
    with pytest.raises(Shut):
        await client.perform(on.post(), "k1")
    assert on.slack.calls == []
