"""Installing Muster into a workspace: /slack/install, and back to /slack/oauth_redirect.

Bolt's own flow, with a state that needs no store: it is signed, short-lived, and bound to the
browser by Bolt's cookie, so any replica can take the redirect.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from logging import Logger

from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.installs import Installs, Store

INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"
#: Seconds that somebody has to say yes to Slack.
PATIENCE = 600
_PUBLIC = "https://slack.com"


class SignedState(AsyncOAuthStateStore):
    """States that carry their own proof. One is good once a process, and once a code at Slack."""

    def __init__(self, secret: str, now: Callable[[], datetime]) -> None:
        self._key = hashlib.sha256(f"oauth state {secret}".encode()).digest()
        self._now = now
        self._used: dict[str, float] = {}

    async def async_issue(self, *_: object, **__: object) -> str:
        """A new state."""
        return self._signed(f"{secrets.token_urlsafe(16)}.{int(self._now().timestamp())}")

    async def async_consume(self, state: str) -> bool:
        """Whether it is one of ours, not too old and not used before."""
        text, _, _ = state.rpartition(".")
        issued = text.rpartition(".")[2]
        if not issued.isdecimal() or not hmac.compare_digest(self._signed(text), state):
            return False
        now = self._now().timestamp()
        self._used = {used: at for used, at in self._used.items() if now - at <= PATIENCE}
        if state in self._used or not 0 <= now - int(issued) <= PATIENCE:
            return False
        self._used[state] = now
        return True

    def _signed(self, text: str) -> str:
        return f"{text}.{hmac.new(self._key, text.encode(), 'sha256').hexdigest()}"


def flow(
    installs: Installs,
    web: AsyncWebClient,
    now: Callable[[], datetime],
    *,
    client: tuple[str, str],
    scopes: tuple[str, ...],
    api_url: str,
    public_url: str,
    logger: Logger,
) -> AsyncOAuthFlow:
    """Bolt's flow. `public_url` is where people reach this server; "" lets Slack choose."""
    return AsyncOAuthFlow(
        client=web,
        logger=logger,
        settings=AsyncOAuthSettings(
            client_id=client[0],
            client_secret=client[1],
            scopes=list(scopes),
            # Slack's own page, or that of the platform behind another `SLACK_API_URL`.
            authorization_url=f"{_site(api_url)}/oauth/v2/authorize",
            redirect_uri=f"{public_url.rstrip('/')}{REDIRECT}" if public_url else None,
            install_path=INSTALL,
            redirect_uri_path=REDIRECT,
            installation_store=Store(installs),
            state_store=SignedState(client[1], now),
            state_expiration_seconds=PATIENCE,
        ),
    )


def _site(api_url: str) -> str:
    """Where people see Slack: the API's address without its path (GovSlack has its own)."""
    return api_url.rstrip("/").removesuffix("/api") or _PUBLIC
