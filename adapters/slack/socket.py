"""Socket Mode: Slack's payloads through a connection that Muster opens, so nothing listens.

The SDK's client keeps the connection (ping, renewal, reconnecting); this holds it to a few things
that it leaves open: it tries for ever from the first connection on, says whether it is connected,
and ends without cutting off what is being answered.
https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from logging import Logger

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.express import Express
from adapters.slack.web import harmless
from bot.core.errors import Unreadable, reading

log = structlog.get_logger(__name__)
#: Seconds between pings; Slack's connection is taken for dead after four that got no answer.
PING = 5.0
#: Seconds between looks at the connection.
_LOOK = 0.25
#: Seconds before connecting is tried again, the longest; less at first.
_LONGEST_PAUSE = 30.0
#: What stands over HTTP for a payload that cannot be read.
_UNREADABLE = HTTPStatus.BAD_REQUEST


class _Handler(AsyncSocketModeHandler):
    """Bolt's, with the quick way for commands in a crowd."""

    express: Express

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Take a payload in, and acknowledge it.

        One that cannot be read is acknowledged too: it would only come again as it is.
        """
        try:
            with reading():  # Bolt takes it apart before anything of ours does
                answer = await self._answer(req)
        except Unreadable as unreadable:
            log.warning("slack.unreadable", reason=str(unreadable))
            answer = BoltResponse(status=_UNREADABLE, body="")
        if answer.status == _UNREADABLE:
            answer = BoltResponse(status=HTTPStatus.OK, body="")
        await send_async_response(client, req, answer, 0.0)  # when it began: for DEBUG alone

    async def _answer(self, req: SocketModeRequest) -> BoltResponse:
        is_command = req.type == "slash_commands"
        answer = await self.express.take_command(req.payload) if is_command else None
        if answer is not None:
            return answer
        body, headers = harmless(req.payload), build_headers(req)
        return await self.app.async_dispatch(
            AsyncBoltRequest(mode="socket_mode", body=body, headers=headers)
        )


class Socket:
    """The connection. `run` holds it until cancelled; `ready` is set while it stands."""

    def __init__(
        self,
        app: AsyncApp,
        token: str,
        web: AsyncWebClient,
        express: Express,
        *,
        logger: Logger,
        ready: asyncio.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._token = token
        self._web = web
        self._express = express
        self._logger = logger
        self._ready = ready
        self._clock = clock
        #: When the present connection was made, on `clock`; None while there is none.
        self.connected_at: float | None = None
        #: How often one was made.
        self.connections = 0
        #: Why there is none, in Slack's word, as far as it says.
        self.trouble = ""

    async def run(self) -> None:
        """Connect, and stay connected, until cancelled."""
        handler = _Handler(self._app, self._token, self._logger, self._web, ping_interval=PING)
        handler.express = self._express
        try:
            await self._connect(handler)
            while True:
                self._note(is_connected=await handler.client.is_connected())
                await asyncio.sleep(_LOOK)
        finally:
            self._note(is_connected=False)
            try:
                with contextlib.suppress(Exception):  # it is over either way
                    await handler.client.close()  # type: ignore[no-untyped-call]  # the SDK's
            finally:
                # It says goodbye first, and never came to this where nobody answered that.
                await handler.client.aiohttp_client_session.close()

    async def _connect(self, handler: AsyncSocketModeHandler) -> None:
        """The first time; afterwards the SDK's client connects again by itself."""
        pause = 0.5
        while True:
            try:
                handler.client.wss_uri = await handler.client.issue_new_wss_url()
                await handler.client.connect()  # type: ignore[no-untyped-call]  # the SDK's
            except Exception as error:  # noqa: BLE001  whatever it is, it is tried again
                self.trouble = _word(error)
                log.warning("slack.socket_not_connected", reason=self.trouble)
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  jitter
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    def _note(self, *, is_connected: bool) -> None:
        if is_connected and self.connected_at is None:
            self.connected_at, self.trouble = self._clock(), ""
            self.connections += 1
            log.info("slack.socket_connected")
            self._ready.set()
        elif not is_connected and self.connected_at is not None:
            self.connected_at = None
            log.warning("slack.socket_lost")
            self._ready.clear()


def _word(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return str(error.response.get("error") or "error")
    return type(error).__name__
