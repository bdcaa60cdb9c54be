"""OAuth with the real Bolt: install, several workspaces, rotation, uninstall."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack.fake.app import listening
from tests.adapters.slack.fake.bolt import served
from tests.fakes.slack import FakeSlack

pytestmark = [
    pytest.mark.anyio,
    # slack_sdk sends the client's credentials with something that aiohttp is about to drop.
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
]


class Memory(AsyncInstallationStore):
    """Installations in memory."""

    def __init__(self) -> None:
        self.found: dict[str, Installation] = {}

    async def async_save(self, installation: Installation) -> None:
        assert installation.team_id is not None
        self.found[installation.team_id] = installation

    async def async_find_bot(self, *, team_id: str | None, **_: Any) -> Bot | None:
        found = self.found.get(team_id or "")
        return found.to_bot() if found else None

    async def async_find_installation(self, *, team_id: str | None, **_: Any) -> Any:
        return self.found.get(team_id or "")


class States(AsyncOAuthStateStore):
    """States in memory; each is good once."""

    def __init__(self) -> None:
        self.issued: set[str] = set()

    async def async_issue(self, *_: Any, **__: Any) -> str:
        state = f"state-{len(self.issued)}"
        self.issued.add(state)
        return state

    async def async_consume(self, state: str) -> bool:
        return state in self.issued


def installable(slack: FakeSlack, session: aiohttp.ClientSession) -> tuple[AsyncApp, Memory]:
    store = Memory()
    settings = AsyncOAuthSettings(
        client_id=slack.client_id,
        client_secret=slack.client_secret,
        scopes=["chat:write", "commands"],
        installation_store=store,
        state_store=States(),
        authorization_url=slack.authorize_url,
    )
    client = AsyncWebClient(base_url=slack.api, session=session)
    app = AsyncApp(
        client=client,
        signing_secret=slack.signing_secret,
        oauth_settings=settings,
        process_before_response=True,
    )

    @app.command("/hello")
    async def hello(ack: Any, client: Any, command: dict[str, Any]) -> None:
        await ack()
        await client.chat_postMessage(channel=command["channel_id"], text="hello")

    return app, store


async def test_two_workspaces_install_and_use_it() -> None:
    async with FakeSlack(record=None) as slack, aiohttp.ClientSession() as session:
        app, store = installable(slack, session)
        teams = [slack.add_team(name, installed=False) for name in ("One", "Two")]
        async with served(slack, app) as address:
            for team in teams:
                mei = team.person("Mei")
                page = await mei.installs(address)
                assert page.status == 200, page
                assert store.found[team.id].bot_token == team.bot_token
                assert team.installation is not None
                assert team.installation.scopes == {"chat:write", "commands"}
                general = team.channel("general")
                await mei.invites(None, general)
                assert not (await mei.types("/hello", general)).error
                assert [one.text for one in team.posts_of(general)] == ["hello"]


async def test_a_code_is_good_once_and_for_who_knows_the_secret() -> None:
    async with FakeSlack(record=None) as slack, aiohttp.ClientSession() as session:
        app, _ = installable(slack, session)
        team = slack.add_team("One", installed=False)
        async with served(slack, app) as address:
            page = await team.person("Mei").installs(address)
        code = page.path[-1].partition("code=")[2].partition("&")[0]
        client = AsyncWebClient(base_url=slack.api, session=session)
        for secret, wanted in (
            (slack.client_secret, "invalid_code"),
            ("wrong", "bad_client_secret"),
        ):
            with pytest.raises(SlackApiError) as caught:
                await client.oauth_v2_access(
                    client_id=slack.client_id, client_secret=secret, code=code
                )
            assert caught.value.response["error"] == wanted


async def test_tokens_rotate() -> None:
    async with FakeSlack(record=None) as slack, aiohttp.ClientSession() as session:
        slack.oauth.rotates = True
        app, store = installable(slack, session)
        team = slack.add_team("One", installed=False)
        async with served(slack, app) as address:
            await team.person("Mei").installs(address)
        found = store.found[team.id]
        assert found.bot_refresh_token
        client = AsyncWebClient(token=found.bot_token, base_url=slack.api, session=session)
        await client.auth_test()
        slack.clock.advance(43_201)
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert caught.value.response["error"] == "token_expired"
        answer = await client.oauth_v2_access(
            client_id=slack.client_id,
            client_secret=slack.client_secret,
            grant_type="refresh_token",
            refresh_token=found.bot_refresh_token,
        )
        assert answer["expires_in"] == 43_200
        client.token = answer["access_token"]
        await client.auth_test()
        with pytest.raises(SlackApiError) as caught:
            await client.oauth_v2_access(
                client_id=slack.client_id,
                client_secret=slack.client_secret,
                grant_type="refresh_token",
                refresh_token=found.bot_refresh_token,
            )
        assert caught.value.response["error"] == "invalid_refresh_token"


async def test_an_uninstalled_app_is_told_and_out() -> None:
    async with FakeSlack(record=None) as slack, listening(slack) as app:
        slack.team.uninstalls()
        await slack.until(lambda: len(app.taken) == 2)
        assert sorted(app.events()) == ["app_uninstalled", "tokens_revoked"]
        assert slack.team.bot.id not in slack.team.channel("general").members
        mei = slack.team.person("Mei")
        await mei.writes("anybody there?", "general")
        await slack.quiet()
        assert len(app.taken) == 2
