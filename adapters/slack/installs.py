"""Where Muster is installed: each workspace's token, kept fresh.

One workspace by `SLACK_BOT_TOKEN`, any number by OAuth; both at once work as well. What OAuth
brings is kept in the vault. A token that expires (Slack: after 12 hours, where token rotation is
on) is renewed before it does, by whoever needs it first: a request, an effect or a timer alike.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Permanent, Sealed, Temporary
from bot.core.platform import Vault

log = structlog.get_logger(__name__)
PLATFORM = "slack"
#: A token is renewed this long before it expires, in minutes: Slack's own advice is two hours.
RENEWED_BEFORE = 120
_ANY_TIME = 10_000_000
#: Tokens that are tried at the start.
_MOST_TRIED = 10
#: Seconds for which an installation is not read again from the database: another process may have
#: renewed its token or removed it.
FRESH = 60.0


@dataclass(frozen=True, slots=True)
class Install:
    """Muster in one workspace: the team's id, or the enterprise's for a whole organisation."""

    workspace: str
    token: str
    bot_user: str
    bot: str = ""
    #: Instant in Unix seconds; None for a token that does not expire.
    expires_at: float | None = None

    @classmethod
    def of(cls, kept: Installation) -> Install:
        """As OAuth brought it."""
        workspace = kept.enterprise_id if kept.is_enterprise_install else kept.team_id
        return cls(
            workspace or "",
            kept.bot_token or "",
            kept.bot_user_id or "",
            kept.bot_id or "",
            kept.bot_token_expires_at,
        )


class Installs:
    """Every workspace, and the token for it."""

    def __init__(
        self,
        web: AsyncWebClient,
        now: Callable[[], datetime],
        *,
        token: str = "",
        vault: Vault | None = None,
        client: tuple[str, str] = ("", ""),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`token` is that of the one workspace, `client` the id and the secret for OAuth."""
        self._web = web
        self._now = now
        self._token = token
        self._vault = vault
        self._client = client
        self._clock = clock
        #: Told of each workspace that somebody installs Muster into, and by whom.
        self.on_joined: Callable[[str, str], Awaitable[None]] | None = None
        self._home: Install | None = None
        self._kept: dict[str, tuple[float, Install | None]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    @property
    def has_oauth(self) -> bool:
        """Whether people can install Muster into their workspace themselves."""
        return self._vault is not None and all(self._client)

    async def home(self) -> Install | None:
        """The workspace of `SLACK_BOT_TOKEN`; None without one. SlackApiError: it is not valid."""
        if not self._token:
            return None
        if self._home is None:
            async with self._lock("home"):
                if self._home is None:
                    who = await self._web.auth_test(token=self._token)
                    org = who.get("is_enterprise_install") and who.get("enterprise_id")
                    self._home = Install(
                        str(org or who["team_id"]),
                        self._token,
                        str(who["user_id"]),
                        str(who.get("bot_id") or ""),
                    )
        return self._home

    async def of(self, workspace: str) -> Install | None:
        """Muster in a workspace, with a token that is good for a while; None if it is not there.

        Unavailable when the database is away; SlackApiError when the token cannot be had.
        """
        home = await self.home()
        if home is not None and home.workspace == workspace:
            return home
        if self._vault is None:
            return None
        read_at, found = self._kept.get(workspace, (-FRESH, None))
        if found is None or self._clock() - read_at > FRESH or self._is_ending(found):
            async with self._lock(workspace):
                read_at, found = self._kept.get(workspace, (-FRESH, None))
                if found is None or self._clock() - read_at > FRESH or self._is_ending(found):
                    found = await self._read(workspace)
                    self._kept[workspace] = (self._clock(), found)
        return found

    async def among(self, *workspaces: object) -> Install | None:
        """Muster in the first of these workspaces that it is in; None if it is in none.

        What a payload names may be anything. Temporary when Slack does not say, Unavailable when
        the database is away.
        """
        for workspace in workspaces:
            try:
                found = None
                if isinstance(workspace, str) and workspace:
                    found = await self.of(workspace)
            except SlackApiError as error:
                raise Temporary(str(error.response.get("error") or "auth failed")) from error
            if found is not None:
                return found
        return None

    async def token(self, workspace: str) -> str:
        """The token for a workspace. Permanent("not_installed"): Muster is not there."""
        found = await self.among(workspace)
        if found is None:
            raise Permanent("not_installed")
        return found.token

    async def are_sealed(self) -> bool:
        """Whether none of the tokens that are kept can be opened. Unavailable as usual.

        The newest are tried. One that can be opened tells that the key is not simply another.
        """
        kept = await self._vault.workspaces(PLATFORM) if self._vault is not None else []
        for workspace in reversed(kept[-_MOST_TRIED:]):
            assert self._vault is not None
            try:
                await self._vault.open(PLATFORM, workspace)
            except Sealed:
                log.error("slack.sealed", workspace=workspace, setting="MUSTER_SECRET_KEY")  # noqa: TRY400  that says it all
            else:
                return False
        return bool(kept)

    async def everywhere(self) -> list[str]:
        """The workspaces that Muster is in."""
        home = await self.home()
        kept = await self._vault.workspaces(PLATFORM) if self._vault is not None else []
        return [*([home.workspace] if home else []), *kept]

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    async def _read(self, workspace: str) -> Install | None:
        assert self._vault is not None
        text = await self._vault.open(PLATFORM, workspace)
        if text is None:
            return None
        kept = Installation(**json.loads(text))
        if self._is_ending(Install.of(kept)):
            kept = await self._renewed(workspace, kept)
        return Install.of(kept)

    async def _renewed(self, workspace: str, kept: Installation) -> Installation:
        """With a fresh token. Where Slack does not give one, the old one serves while it lasts."""
        rotator = AsyncTokenRotator(
            client_id=self._client[0], client_secret=self._client[1], client=self._web
        )
        try:
            fresh: Bot | None = await rotator.perform_bot_token_rotation(
                bot=kept.to_bot(),
                # That it is time is known here already, by this clock and not by the machine's.
                minutes_before_expiration=_ANY_TIME,
            )
        except SlackTokenRotationError as error:
            # Another process may have been first: a refresh token works once.
            log.warning("slack.token_not_renewed", workspace=workspace, reason=str(error))
            text = await self._vault.open(PLATFORM, workspace) if self._vault else None
            return Installation(**json.loads(text)) if text else kept
        if fresh is not None:
            kept.bot_token = fresh.bot_token
            kept.bot_refresh_token = fresh.bot_refresh_token
            kept.bot_token_expires_at = fresh.bot_token_expires_at
            await self.keep(kept)
        return kept

    async def keep(self, installed: Installation) -> None:
        """Muster was installed, or its token renewed."""
        assert self._vault is not None
        workspace = Install.of(installed).workspace
        values = installed.to_dict_for_copying()
        values["installed_at"] = installed.installed_at
        text = json.dumps(values, default=str)
        await self._vault.keep(PLATFORM, workspace, text)
        self._kept.pop(workspace, None)

    def _is_ending(self, install: Install) -> bool:
        soon = self._now().timestamp() + RENEWED_BEFORE * 60
        return install.expires_at is not None and install.expires_at < soon

    async def forget(self, workspace: str) -> None:
        """Muster was uninstalled, or its token revoked."""
        if self._vault is not None:
            await self._vault.forget(PLATFORM, workspace)
        self._kept[workspace] = (self._clock(), None)


class Authorize(AsyncAuthorize):
    """What Bolt asks for each request: as whom Muster answers.

    Never a call of its own (surprise 5: Bolt's own asks `auth.test` for each).
    """

    def __init__(self, installs: Installs) -> None:
        self._installs = installs

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,  # noqa: ARG002  Bolt's signature, here and below
        actor_enterprise_id: str | None = None,  # noqa: ARG002
        actor_team_id: str | None = None,  # noqa: ARG002
        actor_user_id: str | None = None,  # noqa: ARG002
    ) -> AuthorizeResult | None:
        """As whom Muster answers in a workspace; None where it is not installed.

        Temporary when Slack does not say: Bolt would take an error of Slack's for an answer, and
        acknowledge what nobody has taken in.
        """
        found = await self._installs.among(team_id, enterprise_id)
        if found is None:
            return None
        context["workspace"] = found.workspace
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=found.bot_user,
            bot_id=found.bot,
            bot_token=found.token,
        )


class Store(AsyncInstallationStore):
    """What Bolt's OAuth flow keeps an installation in. Nobody reads through it: `Installs` does."""

    def __init__(self, installs: Installs) -> None:
        self._installs = installs

    async def async_save(self, installation: Installation) -> None:
        """Keep it. Unavailable when the database is away."""
        await self._installs.keep(installation)
        if self._installs.on_joined is not None:
            workspace = Install.of(installation).workspace
            await self._installs.on_joined(workspace, installation.user_id or "")

    async def async_save_bot(self, bot: Bot) -> None:
        """Nothing: `async_save` kept it."""
