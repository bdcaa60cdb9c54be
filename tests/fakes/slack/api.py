"""/api/METHOD: who calls, may they, does something go wrong, and then the method itself."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack import methods
from tests.fakes.slack.calls import Call, read
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.faults import Fault, Kind
from tests.fakes.slack.registry import METHODS, Method, all_scopes, known, missing_scope

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

__all__ = ["Api", "methods"]


class Cut(Exception):  # noqa: N818  it is no error of the fake's
    """The connection ends here."""


def cut(request: web.Request) -> web.Response:
    """End the connection without a word; the answer that this is goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


class Api:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        #: Calls that are being answered.
        self.busy = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.match_info["method"], request.method)
        self.busy += 1
        try:
            return await self._answer(request, call)
        except Cut:
            return cut(request)
        finally:
            self.busy -= 1
            self._slack.stir()

    async def _answer(self, request: web.Request, call: Call) -> web.Response:
        slack = self._slack
        try:
            call = await read(request, call.method, slack.clock.now())
        except SlackError as error:
            slack.remember(call)
            return web.json_response(error.body())
        slack.remember(call)
        slack.stir()
        try:
            found = known(call.method)
            self._authenticate(call, found)
            struck = slack.faults.strike(call.method)
            if early := await self.suffer(call, struck):
                return early
            if wait := self._refused(call, found):
                return self.too_many(call, wait)
            if call.team is not None:  # it may have been revoked while the call was waiting
                self._authenticate(call, found)
            self._check(call, found)
            body = {"ok": True, **found.deed(slack, call)}
        except SlackError as error:
            body, struck = error.body(), []
        call.answer = body
        if any(fault.kind is Kind.DROP_AFTER for fault in struck):
            raise Cut
        call.status = 200
        return web.json_response(body, headers=self._headers(call))

    async def suffer(self, call: Call, struck: list[Fault]) -> web.Response | None:
        """What goes wrong before a call is carried out: an answer in its place, or nothing."""
        for fault in struck:
            match fault.kind:
                case Kind.LAG:
                    await asyncio.sleep(fault.seconds)
                case Kind.HANG:
                    await fault.lifted.wait()
                case Kind.DROP_BEFORE:
                    raise Cut
                case Kind.RATE:
                    team = call.team.id if call.team else ""
                    self._slack.limits.watch(team, call.method, _channel(call))
                    self._slack.limits.told(team, call.method, _channel(call), int(fault.seconds))
                    return self.too_many(call, int(fault.seconds))
                case Kind.FAIL:
                    raise SlackError(fault.code)
                case Kind.HTTP_500:
                    call.status = 500
                    return web.Response(status=500, text="Internal Server Error")
                case Kind.DROP_AFTER:
                    pass  # that comes later
        return None

    def too_many(self, call: Call, seconds: int) -> web.Response:
        call.status = 429
        call.answer = {"ok": False, "error": "ratelimited"}
        headers = {**self._headers(call), "Retry-After": str(seconds)}
        return web.json_response(call.answer, status=429, headers=headers)

    def _authenticate(self, call: Call, method: Method) -> None:
        slack = self._slack
        if method.token == "none":
            return
        if not call.token:
            raise SlackError("not_authed")
        if method.token == "app":
            if call.token != slack.app_token:
                raise SlackError(
                    "not_allowed_token_type" if call.token in slack.tokens else "invalid_auth"
                )
            return
        if call.token == slack.app_token:
            raise SlackError("not_allowed_token_type")
        if call.token in slack.retired:
            raise SlackError(slack.retired[call.token])
        if call.token not in slack.tokens:
            raise SlackError("invalid_auth")
        call.team, installation = slack.tokens[call.token]
        if installation.status:
            raise SlackError(installation.status)
        if installation.expires and slack.clock.now() >= installation.expires:
            raise SlackError("token_expired")

    def _refused(self, call: Call, method: Method) -> int:
        team = call.team.id if call.team else ""
        return self._slack.limits.refuse(team, call.method, method.tier, _channel(call))

    def _check(self, call: Call, method: Method) -> None:
        granted = self._granted(call)
        if granted is not None:
            needed = missing_scope(method, granted, _kind(call))
            if needed is not None:
                raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(granted)))
        missing = [name for name in method.required if not call.has(name)]
        if missing:
            raise SlackError(
                "invalid_arguments", *(f"missing required field: {name}" for name in missing)
            )

    def _granted(self, call: Call) -> set[str] | None:
        if call.team is None or call.team.installation is None:
            return None
        return call.team.installation.scopes

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {"x-slack-req-id": self._slack.ids.new("").lower()}
        headers["Date"] = formatdate(self._slack.clock.now(), usegmt=True)
        found = METHODS.get(call.method)
        if found is not None and call.team is not None:
            granted = self._granted(call)
            granted = all_scopes() if granted is None else granted
            headers["x-oauth-scopes"] = ",".join(sorted(granted))
            headers["x-accepted-oauth-scopes"] = ",".join(found.scopes)
        return headers


def _channel(call: Call) -> str:
    return str(call.args.get("channel") or "")


def _kind(call: Call) -> str | None:
    """Of what kind the conversation is that a call is about; None if that decides nothing."""
    args: dict[str, Any] = call.args
    if call.method == "conversations.create":
        return "group" if call.flag("is_private") else "channel"
    if call.method == "conversations.open" and call.has("users"):
        return "mpim" if len(call.many("users")) > 1 else "im"
    name = str(args.get("channel") or args.get("channel_id") or "")
    known = call.team.channels.get(name) if call.team else None
    return known.kind if known else None
