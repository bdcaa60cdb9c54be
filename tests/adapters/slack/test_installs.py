"""Muster in several workspaces: installed by people, its tokens kept, renewed and forgotten."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.core.i18n import plain
from bot.core.text import Reader
from storage.rows import table_of
from storage.tables import Entry, Installation, Workspace
from tests.adapters.slack.stage import KEY, Stage, oauth_stage
from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.anyio


async def sealed(on: Stage) -> list[str]:
    query = select(table_of(Installation).c.sealed)
    return await on.muster.db.read(lambda conn: list(conn.execute(query).scalars()))


async def test_people_install_it_into_their_workspaces(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        first = slack.add_team("First", installed=False)
        second = slack.add_team("Second", installed=False)
        async with oauth_stage(tmp_path, slack) as on:
            for team in (first, second):
                admin = team.person("Admin", is_admin=True, locale="en-US")
                await admin.installs(on.address)
                channel = team.channel("lobby")
                await admin.types("/warroom open Trouble", channel)
                await on.settled()
                assert team.named("wr-1-trouble"), [c.name for c in team.channels.values()]
            # At rest there is nothing to be read.
            kept = await sealed(on)
            assert len(kept) == 2
            tokens = [first.bot_token, second.bot_token]
            assert not any(token in text for token in tokens for text in kept)
        # Another process finds them again.
        async with oauth_stage(tmp_path, slack) as on:
            bob = second.person("Bob", locale="en-US")
            listed = await bob.types("/warroom list", "lobby")
            said = await slack.until(lambda: listed.said)
            assert "Trouble" in said.words
            # Authorised from the cache: no question to Slack for each request (surprise 5).
            before = len(slack.called("auth.test"))
            for _ in range(3):
                await bob.types("/warroom list", "lobby")
            assert len(slack.called("auth.test")) == before


async def test_a_workspace_that_removes_it_is_forgotten_and_may_come_back(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        team = slack.add_team("First", installed=False)
        async with oauth_stage(tmp_path, slack) as on:
            admin = team.person("Admin", is_admin=True, locale="en-US")
            await admin.installs(on.address)
            lobby = team.channel("lobby")
            await admin.types("/warroom open Trouble", lobby)
            await on.settled()
            team.uninstalls()
            await slack.until(lambda: True)
            await on.slack.quiet()
            assert await sealed(on) == []
            await admin.installs(on.address)
            listed = await admin.types("/warroom list", lobby)
            said = await slack.until(lambda: listed.said)
            assert "Trouble" in said.words
            # What is due there goes on, and each coming and going can be looked up.
            left = select(table_of(Workspace).c.left_at)
            assert await on.muster.db.read(lambda conn: conn.execute(left).scalars().all()) == [
                None
            ]
            entries = table_of(Entry)
            kinds = select(entries.c.kind).where(entries.c.kind.like("workspace.%"))
            told = await on.muster.db.read(lambda c: c.execute(kinds).scalars().all())
            assert told == ["workspace.installed", "workspace.left", "workspace.left"]


async def test_a_state_is_good_once_and_from_the_same_browser(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    from adapters.slack.oauth import PATIENCE, SignedState

    now = datetime(2026, 11, 23, tzinfo=UTC)
    clock = [now]
    states = SignedState("secret", lambda: clock[0])
    state = await states.async_issue()
    assert await states.async_consume(state)
    assert not await states.async_consume(state)
    old = await states.async_issue()
    clock[0] = now + timedelta(seconds=PATIENCE + 1)
    assert not await states.async_consume(old)
    assert not await states.async_consume("made.up.0")
    assert not await states.async_consume("")
    other = SignedState("another", lambda: now)
    assert not await states.async_consume(await other.async_issue())


async def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        with pytest.raises(ValueError, match="MUSTER_SECRET_KEY"):
            async with oauth_stage(tmp_path, slack, secret_key="short"):
                pass


async def test_another_key_is_noticed_before_people_do(tmp_path: Path) -> None:
    """Slack is told to come again, the operator is told why, and afterwards all goes on."""
    async with FakeSlack() as slack:
        team = slack.add_team("First", installed=False)
        async with oauth_stage(tmp_path, slack) as on:
            admin = team.person("Admin", is_admin=True, locale="en-US")
            await admin.installs(on.address)
        slack.deliveries.patience = 1.0
        async with oauth_stage(tmp_path, slack, secret_key=f"not {KEY}") as on:
            await slack.until(on.adapter.trouble)
            async with httpx.AsyncClient(base_url=on.address) as client:
                told = await client.get("/readyz")
                assert told.status_code == 503
                assert told.json()["slack"] == "MUSTER_SECRET_KEY does not open the tokens"
                asked = await admin.types("/warroom list", "general")
                assert asked.status == 503
                metrics = (await client.get("/metrics")).text
            assert 'muster_turned_away_total{platform="slack"} 1.0' in metrics
            found = [plain(each.text, Reader()) for each in await on.adapter.examine({})]
            assert "Slack: MUSTER_SECRET_KEY does not open the tokens that are kept" in found
            assert not any("out of reach" in each for each in found)
        async with oauth_stage(tmp_path, slack) as on:
            assert (await admin.types("/warroom list", "general")).status == 200
            assert not on.adapter.trouble()
