"""Access tokens."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.org import App
from tests.fakes.feishu.wire import Answer, Call, api

if TYPE_CHECKING:
    from tests.fakes.feishu.server import FakeFeishu

#: A token with at least this much life left (seconds) is given out again.
_STILL_GOOD = 1800


@api("POST", "auth/v3/tenant_access_token/internal")
@api("POST", "auth/v3/app_access_token/internal")
async def token(call: Call) -> Answer:
    """Never called: these two need no token, so `answer` serves them."""
    raise AssertionError(call)


def answer(feishu: FakeFeishu, template: str, body: dict[str, Any]) -> dict[str, Any]:
    """The token endpoints' answer, which has no `data`."""
    app = feishu.apps.get(str(body.get("app_id", "")))
    if app is None:
        raise Refusal(10003)
    if app.secret != body.get("app_secret"):
        raise Refusal(10014)
    given, expire = _issue(app, feishu.clock.now())
    tokens = {"tenant_access_token": given}
    if template.endswith("app_access_token/internal") and "/tenant_" not in template:
        tokens["app_access_token"] = given
    return {"code": 0, "msg": "ok", **tokens, "expire": expire}


def caller(feishu: FakeFeishu, header: str) -> App:
    """Whose token that is."""
    if not header.startswith("Bearer "):
        raise Refusal(99991661)
    given = header.removeprefix("Bearer ")
    for app in feishu.apps.values():
        if app.tokens.get(given, 0) > feishu.clock.now():
            return app
    raise Refusal(99991663)


def _issue(app: App, now: float) -> tuple[str, int]:
    for given, until in app.tokens.items():
        if until - now >= _STILL_GOOD:
            return given, int(until - now)
    given = "t-" + secrets.token_hex(16)
    app.tokens[given] = now + app.expire
    return given, app.expire
