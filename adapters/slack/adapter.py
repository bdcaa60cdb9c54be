"""Slack: what people do there comes to the door, what Muster does goes out.

Two ways in, the same behaviour: Socket Mode where there is an app-level token, else HTTP. One
aiohttp session for everything (surprise 6: without one every call opens a connection of its own).
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import oauth, web
from adapters.slack.answers import Answers
from adapters.slack.client import SlackClient
from adapters.slack.examining import examine
from adapters.slack.express import Express
from adapters.slack.inbound import Inbound
from adapters.slack.installs import Authorize, Installs
from adapters.slack.manifest import SCOPES
from adapters.slack.parse import Ours
from adapters.slack.society import Society
from adapters.slack.socket import Socket
from bot.core.effects import Effect, Receipt, SendFile
from bot.core.errors import MusterError, Permanent, Temporary, Unavailable
from bot.core.events import Finding, WorkspaceLeft
from bot.core.i18n import plain
from bot.core.platform import Handle, Happened, Incoming, Sender, Vault
from bot.core.replicas import Alone, Election, Quotas
from bot.core.strain import Strain
from bot.core.text import LANGUAGES, Reader, t

log = structlog.get_logger(__name__)
#: What a response_url answers when it will never take anything more.
_SPENT = range(400, 500)
#: Seconds between tries to find out which workspace the token is for.
_AGAIN = 5.0
#: Seconds between tries to open the tokens that are kept, while that does not work.
_LOOK_AGAIN = 30.0
_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10)


@dataclass(frozen=True, slots=True)
class Config:
    """What has been set up."""

    bot_token: str = ""
    signing_secret: str = ""
    app_token: str = ""
    client_id: str = ""
    client_secret: str = ""
    api_url: str = "https://slack.com/api/"
    prefix: str = ""
    public_url: str = ""

    def __post_init__(self) -> None:
        """ValueError, in a sentence, for what cannot work."""
        if not self.signing_secret and not self.app_token:
            message = (
                "Slack over HTTP needs SLACK_SIGNING_SECRET (Basic Information, App Credentials), "
                "Socket Mode needs SLACK_APP_TOKEN."
            )
            raise ValueError(message)
        if self.app_token and not self.app_token.startswith("xapp-"):
            message = "SLACK_APP_TOKEN begins with xapp-: it is the app-level token."
            raise ValueError(message)


@contextlib.contextmanager
def _blind() -> Iterator[None]:
    """Without Slack's variables in the environment.

    Bolt reads them by itself, and takes an app with a client id for one that anybody may install
    (measured: an environment trap). Here the settings alone decide.
    """
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("SLACK_")}
    try:
        yield
    finally:
        os.environ.update(hidden)


class _Bolt(AsyncApp):
    """Bolt, with a quicker beginning of each request.

    It makes a web client for every one, and looks through the environment for proxies for it: a
    quarter of what a request costs (`python -m benchmarks slack`; Bolt 1.30). A copy does as well:
    all that Bolt does to it is to set its token.
    """

    #: Posts to a response_url, see `Slack._respond`.
    respond: Callable[[str, dict[str, Any]], Awaitable[None]]

    def _init_context(self, req: AsyncBoltRequest) -> None:
        req.context["logger"] = self.logger
        req.context["token"] = None
        req.context["client"] = copy.copy(self.client)
        req.context["listener_runner"] = self.listener_runner
        # Bolt answers a workspace that Muster is not in, and takes a failure of that for a fault.
        req.context["respond"] = partial(self._told, str(req.context.response_url))

    async def _told(self, url: str, text: str) -> None:
        try:
            await self.respond(url, {"text": text})
        except MusterError as error:
            log.info("slack.response_url_spent", reason=str(error))


class Slack:
    """The adapter."""

    name = "slack"

    def __init__(
        self,
        config: Config,
        now: Callable[[], datetime],
        *,
        vault: Vault | None = None,
        clock: Callable[[], float] = time.monotonic,
        election: Election | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        """`election` and `quotas` are those of several replicas; a process by itself needs none."""
        self.config = config
        self._election = election or Alone()
        self._quotas = quotas
        self._now = now
        self._clock = clock
        #: Set while Slack is heard, or another replica does that.
        self.ready = asyncio.Event()
        # Bolt and the SDK write whole bodies at INFO: nothing below a warning of theirs is kept.
        self._logger = logging.getLogger("muster.slack")
        self._logger.setLevel(logging.WARNING)
        self._session: aiohttp.ClientSession | None = None
        self._web = AsyncWebClient(
            base_url=config.api_url, logger=self._logger, retry_handlers=[], timeout=30
        )
        self.installs = Installs(
            self._web,
            now,
            token=config.bot_token,
            vault=vault,
            client=(config.client_id, config.client_secret),
            clock=clock,
        )
        self.installs.on_joined = self.joined
        self._clients: dict[str, SlackClient] = {}
        #: Of workspaces that Muster was in.
        self._past = Strain()
        #: None of the tokens that are kept can be opened.
        self._is_sealed = False
        answers = Answers(self.client, self._respond)
        self._inbound = Inbound(self, answers, config.prefix)
        # Without one there is no way in but the socket, which Slack does not sign.
        self._secret = config.signing_secret or secrets.token_hex(32)
        self._express = Express(self._secret, self.installs, self._inbound)
        self._app = self._bolt()
        self.socket: Socket | None = None
        self._handle: Handle | None = None

    def _bolt(self) -> AsyncApp:
        config, flow = self.config, None
        if self.installs.has_oauth:
            flow = oauth.flow(
                self.installs,
                self._web,
                self._now,
                client=(config.client_id, config.client_secret),
                scopes=tuple(sorted(SCOPES)),
                api_url=config.api_url,
                public_url=config.public_url,
                logger=self._logger,
            )
        with _blind():
            app = _Bolt(
                name="muster",
                logger=self._logger,
                process_before_response=True,
                signing_secret=self._secret,
                client=self._web,
                authorize=Authorize(self.installs),  # type: ignore[arg-type]  # Bolt takes either
                oauth_flow=flow,
                user_facing_authorize_error_message=self._not_here(),
            )
        app.respond = self._respond
        app.use(self._inbound)
        app.error(self._turned_away)
        return app

    async def _turned_away(self, error: Exception) -> BoltResponse:
        """Nobody could say whose a payload is, so the door has not seen it. Slack brings it again.

        What went wrong behind that, `Inbound` has answered.
        """
        self._past.turned_away += 1
        if isinstance(error, MusterError):
            log.warning("slack.turned_away", reason=type(error).__name__)
            return BoltResponse(status=503, body="")
        log.error("slack.request_failed", exc_info=error)
        return BoltResponse(status=500, body="")

    def _not_here(self) -> str:
        """Said where Muster is not installed, in both languages: nobody knows who reads it."""
        site = self.config.public_url.rstrip("/")
        is_open = self.installs.has_oauth and site
        where = f"{site}{oauth.INSTALL}" if is_open else "Slack, Apps"
        text = t("Muster is not installed in this workspace. Add it at {where}.", where=where)
        return "\n".join(plain(text, Reader(lang)) for lang in LANGUAGES)

    # As an adapter.

    def routes(self) -> list[Any]:
        """The routes of the HTTP way in, and of OAuth."""
        over_http = not self.config.app_token or self.installs.has_oauth
        return list(web.routes(self._app, self._express)) if over_http else []

    async def run(self, handle: Handle) -> None:
        """Bring `handle` what people do, until cancelled; what is being answered is finished."""
        self._handle = handle
        trying = asyncio.create_task(self._try_the_vault())
        try:
            self._inbound.listen(handle)
            if not self.config.app_token:
                await self._known_at_home()
                self.ready.set()
                await asyncio.Event().wait()
            await self._election.hold("slack", self._connected, self._wait)
        finally:
            trying.cancel()
            self.ready.clear()
            await self._inbound.drain()
            self._inbound.listen(None)
            self._handle = None
            if self._session is not None:
                await self._session.close()

    async def _connected(self) -> None:
        self.socket = Socket(
            self._app,
            self.config.app_token,
            self._web,
            self._express,
            logger=self._logger,
            ready=self.ready,
            clock=self._clock,
        )
        await self.socket.run()

    def _wait(self, waits: bool) -> None:  # noqa: FBT001  as `Election` calls it
        (self.ready.set if waits else self.ready.clear)()

    async def _try_the_vault(self) -> None:
        """Find out at the start, not from people, that the key is another one now.

        Who installs Muster anew, or a key that another process seals with, mends it.
        """
        while True:
            with contextlib.suppress(Unavailable):
                self._is_sealed = await self.installs.are_sealed()
                if not self._is_sealed:
                    return
            await asyncio.sleep(_LOOK_AGAIN)

    def trouble(self) -> str:
        """As `TellsTrouble`."""
        return "MUSTER_SECRET_KEY does not open the tokens" if self._is_sealed else ""

    async def _known_at_home(self) -> None:
        """Wait until Slack has said which workspace the token is for."""
        while True:
            try:
                await self.installs.home()
            except SlackApiError as error:
                log.error("slack.token_refused", reason=error.response.get("error"))  # noqa: TRY400  Slack's word says it all
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("slack.out_of_reach", reason=type(error).__name__)
            else:
                return
            await asyncio.sleep(_AGAIN)

    async def perform(self, effect: Effect, key: str) -> Receipt:
        """Do it. Raises `Temporary` or `Permanent`."""
        return await self.client(effect.to.workspace).perform(effect, key)

    async def probe(self, effect: Effect, key: str) -> Receipt | None:
        """As `ProbesDelivery`."""
        return await self.client(effect.to.workspace).probe(effect, key)

    async def send_file(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """As `SendsFiles`."""
        return await self.client(effect.to.workspace).send_file(effect, key, content)

    async def resume(self, workspace: str, waiting: str) -> None:
        """As `ResumesDeliveries`."""
        if self._handle is not None:
            await self._inbound.resume(workspace, waiting)

    def forget(self, workspace: str, user: str) -> None:
        """As `RemembersPeople`."""
        if workspace in self._clients:
            self._clients[workspace].people.forget(user)

    @property
    def strain(self) -> Strain:
        """As `TellsStrain`."""
        made = Strain(connections=self.socket.connections if self.socket is not None else 0)
        return sum((client.api.strain for client in self._clients.values()), self._past + made)

    @property
    def is_connected_to(self) -> bool:
        """As `HoldsConnection`."""
        return bool(self.config.app_token)

    def connection_age(self) -> float | None:
        """As `HoldsConnection`."""
        if self.socket is None or self.socket.connected_at is None:
            return None
        return self._clock() - self.socket.connected_at

    async def may_connect(self) -> None:
        """Ask for the address of a connection, and make none.

        Raises what the SDK raises: SlackApiError, aiohttp.ClientError, TimeoutError.
        """
        self.session()
        await self._web.apps_connections_open(app_token=self.config.app_token)

    async def examine(self, channels: Mapping[str, Mapping[str, str]]) -> list[Finding]:
        """As `ExaminesItself`."""
        try:
            return await examine(self, channels)
        finally:
            if self._handle is None:  # only looked at, not running
                await self.session().close()

    # As what came in needs it.

    def client(self, workspace: str) -> SlackClient:
        """Who speaks to Slack for a workspace."""
        found = self._clients.get(workspace)
        if found is None:
            found = self._clients[workspace] = SlackClient(
                lambda: self.installs.token(workspace),
                team=workspace,
                base_url=self.config.api_url,
                session=self.session(),
                clock=self._clock,
                now=self._now,
                quotas=self._quotas,
                prefix=self.config.prefix,
            )
        return found

    async def ours(self, workspace: str) -> Ours:
        """What Muster is called in a workspace."""
        found = await self.installs.of(workspace)
        if found is None:
            raise Permanent("not_installed")
        return Ours(workspace, found.bot_user, found.bot)

    def people(self, workspace: str) -> Society:
        """Who is in a workspace."""
        return self.client(workspace).people

    async def joined(self, workspace: str, user: str) -> None:
        """Somebody installed Muster, perhaps again: what has waited there goes on."""
        log.info("slack.installed", workspace=workspace)
        if self._handle is not None:
            back = Happened(WorkspaceLeft(gone=False))
            delivery = f"joined {self._now().isoformat()}"
            sender = Sender(user, is_admin=False, is_known=False)
            await self._handle(
                Incoming(self.name, workspace, delivery, sender, back, is_answerable=False)
            )

    async def left(self, workspace: str) -> None:
        """Muster was uninstalled: forget the token, and tell the door."""
        await self.installs.forget(workspace)
        if (client := self._clients.pop(workspace, None)) is not None:
            self._past += client.api.strain
        log.warning("slack.uninstalled", workspace=workspace)
        if self._handle is not None:
            gone = Happened(WorkspaceLeft(gone=True))
            delivery = f"left {self._now().isoformat()}"
            await self._handle(
                Incoming(self.name, workspace, delivery, Sender(""), gone, is_answerable=False)
            )

    def session(self) -> aiohttp.ClientSession:
        """The one session; made in the running loop. Proxies of the environment count."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True)
            self._web.session = self._session
        return self._session

    async def _respond(self, url: str, body: dict[str, Any]) -> None:
        """Post to a response_url. Permanent: it was used up, or is too old."""
        try:
            async with self.session().post(url, json=body) as answer:
                if answer.status in _SPENT:
                    raise Permanent("response_url_spent")
                if not answer.ok:
                    reason = f"response_url answered {answer.status}"
                    raise Temporary(reason)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Temporary(type(error).__name__) from error
