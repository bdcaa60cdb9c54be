"""The real Bolt and the real SDK, set up against the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack


@asynccontextmanager
async def slack_client(slack: FakeSlack, token: str = "") -> AsyncIterator[AsyncWebClient]:
    """The SDK's client, with the bot's token."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            token=token or slack.team.bot_token, base_url=slack.api, session=session
        )


def bolt_app(slack: FakeSlack, client: AsyncWebClient) -> AsyncApp:
    return AsyncApp(
        client=client, signing_secret=slack.signing_secret, process_before_response=True
    )


@asynccontextmanager
async def served(slack: FakeSlack, app: AsyncApp) -> AsyncIterator[str]:
    """A Bolt app over HTTP, to which the fake delivers; yields its address."""
    server = app.web_app("/slack/events")
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    slack.delivers_to(f"{address}/slack/events")
    try:
        yield address
    finally:
        await runner.cleanup()
