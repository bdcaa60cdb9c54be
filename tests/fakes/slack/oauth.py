"""Installing through OAuth: the page where somebody says yes, codes, tokens that expire."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace

#: Documented: a code is good for ten minutes, a rotated token for twelve hours.
CODE_LIFE = 600.0


@dataclass
class Code:
    team: Workspace
    user: str
    scopes: set[str]
    redirect_uri: str
    at: float
    is_used: bool = False


class OAuth:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._codes: dict[str, Code] = {}
        #: Whether the app has switched token rotation on.
        self.rotates = False
        #: Where Slack may lead back to, as configured for the app; the first one is the default.
        self.redirect_urls: list[str] = []
        #: Who says yes, in which workspace; set by the person who installs.
        self.installer: tuple[Workspace, str] | None = None

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """The page on which somebody allows the app in; here they have decided already."""
        query = request.query
        if query.get("client_id") != self._slack.client_id:
            return web.Response(status=400, text="invalid_client_id")
        if self.installer is None:
            return web.Response(text="Sign in to your workspace", content_type="text/html")
        team, user = self.installer
        redirect = query.get("redirect_uri") or next(iter(self.redirect_urls), "")
        if not redirect.startswith(tuple(self.redirect_urls)):
            return web.Response(status=400, text="redirect_uri did not match any configured URIs")
        code = f"{self._slack.ids.number()}.{secrets.token_hex(16)}"
        scopes = {one for one in query.get("scope", "").split(",") if one}
        self._codes[code] = Code(team, user, scopes, redirect, self._slack.clock.now())
        answer = urlencode({"code": code, "state": query.get("state", "")})
        raise web.HTTPFound(f"{redirect}?{answer}")

    def access(self, call: Call) -> dict[str, Any]:
        """oauth.v2.access: a code or a refresh token for a token."""
        self._check_client(call)
        if call.text("grant_type") == "refresh_token":
            return self._refresh(call)
        code = self._codes.get(call.text("code"))
        now = self._slack.clock.now()
        if code is None or code.is_used or now - code.at > CODE_LIFE:
            raise SlackError("invalid_code")
        if call.has("redirect_uri") and call.text("redirect_uri") != code.redirect_uri:
            raise SlackError("bad_redirect_uri")
        code.is_used = True
        code.team.install(code.scopes, rotating=self.rotates)
        return self._granted(code.team, code.user)

    def _refresh(self, call: Call) -> dict[str, Any]:
        given = call.text("refresh_token")
        for team in self._slack.teams.values():
            old = team.installation
            if old is not None and given and old.refresh_token == given and not old.status:
                team.install(old.scopes, rotating=True)
                return self._granted(team, None)
        raise SlackError("invalid_refresh_token")

    def _granted(self, team: Workspace, user: str | None) -> dict[str, Any]:
        made = team.installation
        assert made is not None
        body: dict[str, Any] = {
            "app_id": self._slack.app_id,
            "authed_user": {"id": user} if user else {},
            "scope": ",".join(sorted(made.scopes or ())),
            "token_type": "bot",
            "access_token": made.bot_token,
            "bot_user_id": made.bot.id,
            "team": {"id": team.id, "name": team.name},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        if made.refresh_token:
            left = made.expires - self._slack.clock.now()
            body |= {"refresh_token": made.refresh_token, "expires_in": round(left)}
        return body

    def _check_client(self, call: Call) -> None:
        name, secret = call.text("client_id"), call.text("client_secret")
        if call.authorization.startswith("Basic "):
            plain = base64.b64decode(call.authorization.removeprefix("Basic ")).decode()
            name, _, secret = plain.partition(":")
        if name != self._slack.client_id:
            raise SlackError("invalid_client_id")
        if secret != self._slack.client_secret:
            raise SlackError("bad_client_secret")
