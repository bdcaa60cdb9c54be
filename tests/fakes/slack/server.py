"""The program: Slack on a loopback port."""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.fakes.slack import control
from tests.fakes.slack.api import Api
from tests.fakes.slack.calls import Call, Recording
from tests.fakes.slack.clock import SlackClock
from tests.fakes.slack.deliveries import Deliveries
from tests.fakes.slack.events import Events
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.ids import Ids
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.oauth import OAuth
from tests.fakes.slack.responses import Responses
from tests.fakes.slack.socket import Sockets
from tests.fakes.slack.triggers import Triggers
from tests.fakes.slack.uploads import Uploads
from tests.fakes.slack.workspace import Installation, Workspace

T = TypeVar("T")
#: The variable that names the file all calls are recorded in.
RECORD = "MUSTER_SLACK_RECORD"


class FakeSlack:
    """One Slack with one app. `record`: a file; None: nothing; "": what RECORD says."""

    def __init__(
        self, *, port: int = 0, record: str | Path | None = "", app_name: str = "Muster"
    ) -> None:
        path = os.environ.get(RECORD) if record == "" else record
        self._recording = Recording(path) if path else None
        self._port = port
        self._runner: web.AppRunner | None = None
        self._last_ts = 0
        self._stirred = 0.0
        self.app_name = app_name
        self.clock = SlackClock()
        self.ids = Ids()
        self.app_id = self.ids.new("A")
        self.client_id = f"{self.ids.number()}.{self.ids.number()}"
        self.client_secret = secrets.token_hex(16)
        self.signing_secret = secrets.token_hex(16)
        self.verification_token = secrets.token_hex(12)
        self.app_token = f"xapp-1-{self.app_id}-{secrets.token_hex(16)}"
        self.limits = Limits(self.clock.now)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.tokens: dict[str, tuple[Workspace, Installation]] = {}
        #: Tokens that were replaced or refreshed, and the error they get.
        self.retired: dict[str, str] = {}
        self.teams: dict[str, Workspace] = {}
        self.api_server = Api(self)
        self.deliveries = Deliveries(self)
        self.events = Events(self)
        self.socket = Sockets(self)
        self.triggers = Triggers(self)
        self.responses = Responses(self)
        self.uploads = Uploads(self)
        self.oauth = OAuth(self)
        self._manifest: dict[str, Any] = {}
        self.team = self.add_team("Acme")

    # Coming and going.

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen. A port that was given is used, else a free one."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self.api_server.serve)
        app.router.add_post("/response/{name:.*}", self.responses.serve)
        app.router.add_post("/upload/{file}", self.uploads.serve)
        app.router.add_get("/files/{file}", self.uploads.download)
        app.router.add_get("/link/{name}", self.socket.serve)
        app.router.add_post("/control/{deed}", functools.partial(control.serve, self))
        app.router.add_get("/oauth/v2/authorize", self.oauth.authorize)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        await self.deliveries.start()

    async def stop(self) -> None:
        """Stop, whoever is still waiting for an answer."""
        self.faults.lift()
        await self.deliveries.stop()
        await self.socket.close_all()
        if self._runner is not None:
            await self._runner.cleanup()

    # Addresses.

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api(self) -> str:
        return f"{self.base}/api/"

    @property
    def authorize_url(self) -> str:
        return f"{self.base}/oauth/v2/authorize"

    def delivers_to(self, url: str | None) -> None:
        """Send commands, interactions and events to this URL; None: through Socket Mode."""
        self.deliveries.url = url

    # Workspaces.

    def add_team(
        self, name: str, *, installed: bool = True, scopes: set[str] | None = None
    ) -> Workspace:
        """A workspace with a #general, in which the app is installed or not."""
        domain = "".join(letter for letter in name.lower() if letter.isalnum()) or "team"
        team = Workspace(self, self.ids.new("T"), name, domain)
        self.teams[team.id] = team
        general = team.make_channel("general", "channel", "")
        general.is_general = True
        if installed:
            general.members.append(team.install(scopes).bot.id)
        return team

    def retire(self, installation: Installation) -> None:
        """A token that has been replaced is worthless from now on."""
        self.tokens.pop(installation.bot_token, None)
        self.retired[installation.bot_token] = "token_revoked"

    def manifest(self, manifest: dict[str, Any]) -> None:
        """Behave as configured by an app manifest, reinstalled in every workspace that has the app.

        Events, commands and shortcuts that it does not name do not come; tabs that it does not
        enable are not there; scopes that it does not list are missing.
        """
        self._manifest = manifest
        settings = manifest.get("settings", {}).get("event_subscriptions", {})
        scopes = manifest.get("oauth_config", {}).get("scopes", {}).get("bot")
        for team in self.teams.values():
            if scopes is not None and team.is_installed:
                team.grants(scopes)
        self.oauth.redirect_urls = manifest.get("oauth_config", {}).get("redirect_urls", [])
        self.events.subscribed = set(settings.get("bot_events", ()))

    def has_tab(self, name: str) -> bool:
        """Whether the app has its "home" or "messages" tab; without a manifest it has both."""
        tabs = self._manifest.get("features", {}).get("app_home", {})
        return not self._manifest or bool(tabs.get(f"{name}_tab_enabled", name == "messages"))

    def feature(self, name: str) -> list[dict[str, Any]]:
        """A list in the manifest's features, such as shortcuts; empty if there is none."""
        found = self._manifest.get("features", {}).get(name, [])
        assert isinstance(found, list)
        return found

    # Time and order.

    def ts(self) -> str:
        """The id of a new message: its time, never twice the same."""
        self._last_ts = max(int(self.clock.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def stir(self) -> None:
        """Something was called or delivered."""
        self._stirred = time.monotonic()

    def remember(self, call: Call) -> None:
        self.calls.append(call)
        if self._recording is not None and "." in call.method:
            self._recording.add(call)

    def called(self, method: str) -> list[Call]:
        """The calls of one method that there were."""
        return [call for call in self.calls if call.method == method]

    # Waiting.

    async def until(self, condition: Callable[[], T | None], *, patience: float = 30.0) -> T:
        """What `condition` returns once it is truthy; else AssertionError says what is there."""
        end = time.monotonic() + patience
        while not (result := condition()):
            if time.monotonic() > end:
                raise AssertionError(f"not within {patience} s; there is:\n{self.state()}")
            await asyncio.sleep(0.005)
        return result

    async def quiet(self, seconds: float = 0.1, *, patience: float = 30.0) -> None:
        """Return once nothing was called or delivered for `seconds`."""
        self.stir()
        await self.until(
            lambda: (
                not self.deliveries.busy
                and not self.api_server.busy
                and time.monotonic() - self._stirred >= seconds
            ),
            patience=patience,
        )

    def state(self) -> str:
        """All messages and the last calls, for people who read a failed test."""
        lines = []
        for team in self.teams.values():
            for channel in team.channels.values():
                shown = channel.shown() + channel.ephemerals
                lines += [f"{team.name} {channel} {message.text!r}" for message in shown[-8:]]
        for call in self.calls[-8:]:
            lines.append(f"called {call.method} {call.args} -> {call.answer}"[:300])
        for sent in self.deliveries.log[-5:]:
            lines.append(f"sent {sent.kind} -> {sent.attempts}"[:300])
        return "\n".join(lines)
