"""What comes in from Slack: through Bolt's checks to the door, and the answer back in time.

Bolt verifies, authorises and unpacks; then one middleware takes every payload, so that none is ever
left without an acknowledgement (surprise 8) and no handler can raise after it (surprise 1). The
door commits before Slack gets its 200; what then has still to be shown (a modal, an answer through
a response_url) is a task of ours, which is finished before the process ends (surprise 3).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol
from uuid import uuid4

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.answers import Answers, at_once
from adapters.slack.parse import Ours, Parsed, mentioned, parse
from adapters.slack.people import Profile
from bot.core.effects import Quoted
from bot.core.errors import MusterError, Temporary, Unavailable
from bot.core.events import HomeOpened, ProfileSeen
from bot.core.platform import (
    Answer,
    Handle,
    Happened,
    Incoming,
    Picked,
    Sender,
    Submitted,
    Typed,
    Unacquainted,
    What,
)

log = structlog.get_logger(__name__)
#: Seconds that all look-ups together may take on the way to the door: Slack waits for three.
PATIENCE = 1.8
#: People who are looked up for one message.
_MOST_NAMES = 10
_JSON = "application/json;charset=utf-8"
_Respond = Callable[[], Awaitable[BoltResponse]]


class Society(Protocol):
    """Knows the people of a workspace, and remembers them."""

    def known(self, user: str) -> Profile | None:
        """Somebody who was looked up not long ago."""

    async def profile(self, user: str) -> Profile:
        """Somebody, looked up if need be. Raises Temporary or Permanent."""

    def forget(self, user: str) -> None:
        """They have changed."""

    async def group(self, group: str) -> tuple[str, ...]:
        """The members of a user group. Raises Temporary or Permanent."""


class Workspaces(Protocol):
    """The workspaces that Muster is in."""

    async def ours(self, workspace: str) -> Ours:
        """What Muster is called there."""

    def people(self, workspace: str) -> Society:
        """Who is there."""

    async def left(self, workspace: str) -> None:
        """Muster was uninstalled, or its token revoked."""


class Inbound(AsyncMiddleware):
    """The last of Bolt's middleware: takes everything, and never passes on."""

    def __init__(self, workspaces: Workspaces, answers: Answers, prefix: str = "") -> None:
        self._workspaces = workspaces
        self._answers = answers
        self._prefix = prefix
        self._handle: Handle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, handle: Handle | None) -> None:
        """From now on bring what comes to `handle`; None: take nothing in."""
        self._handle = handle

    async def drain(self) -> None:
        """Wait until everything has been shown that was still to be."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002  Bolt's signature
        next: _Respond,  # noqa: A002, ARG002  as above
    ) -> BoltResponse | None:
        """Answer a payload that Bolt has verified. 503 when nothing was accepted."""
        try:
            return await self._answered(req)
        except (Unavailable, Temporary):
            return BoltResponse(status=503, body="")
        except Exception:
            log.exception("slack.request_failed", kind=req.body.get("type"))
            return BoltResponse(status=500, body="")

    async def _answered(self, req: AsyncBoltRequest) -> BoltResponse:
        body, workspace = req.body, str(req.context.get("workspace") or "")
        event = body.get("event") if isinstance(body.get("event"), Mapping) else {}
        kind = (event or {}).get("type")
        # Socket Mode says of the first time as well that it is number 0.
        if (retry := req.headers.get("x-slack-retry-num")) and retry[0] != "0":
            reason = req.headers.get("x-slack-retry-reason", [""])
            log.info("slack.redelivered", number=retry[0], reason=reason[0], kind=kind)
        if kind in {"app_uninstalled", "tokens_revoked"}:
            return await self._leave(workspace or str(body.get("team_id") or ""), event or {})
        if not workspace:
            return BoltResponse(status=200, body="")  # url_verification and the like: Bolt's
        if kind in {"user_change", "user_profile_changed"}:
            return await self._changed(workspace, str(body.get("event_id")), event or {})
        parsed = parse(body, await self._workspaces.ours(workspace), self._prefix)
        if parsed is None:
            return BoltResponse(status=200, body="")
        return await self._taken_in(workspace, parsed)

    async def _taken_in(self, workspace: str, parsed: Parsed) -> BoltResponse:
        society = self._workspaces.people(workspace)
        end = asyncio.get_running_loop().time() + PATIENCE
        parsed = await self._with_groups(society, parsed, end)
        await self._met_by_name(society, parsed, end)
        sender = parsed.incoming.sender
        profile = society.known(sender.user)
        incoming = replace(
            parsed.incoming,
            what=_named(parsed.incoming.what, society),
            sender=_acquainted(sender, profile),
        )
        try:
            answer = await self._deliver(incoming)
        except Unacquainted:
            profile = await self._looked_up(society, sender.user, end)
            known = replace(_acquainted(sender, profile), is_known=True)
            incoming = replace(incoming, sender=known)
            answer = await self._deliver(incoming)
        strangers = [user for user in parsed.mentioned if society.known(user) is None]
        if profile is None and sender.user:
            self._later(self._meet_and_show(workspace, parsed, answer, strangers))
            return BoltResponse(status=200, body="")
        body = at_once(parsed.occasion, answer)
        if body is None:
            self._later(self._show(workspace, parsed, answer))
        if strangers:
            self._later(self._meet(workspace, strangers))
        if body:
            headers: dict[str, str | Sequence[str]] = {"content-type": [_JSON]}
            return BoltResponse(status=200, body=json.dumps(body), headers=headers)
        return BoltResponse(status=200, body="")

    async def _deliver(self, incoming: Incoming) -> Answer:
        if self._handle is None:
            raise Unavailable
        return await self._handle(incoming)

    async def _looked_up(self, society: Society, user: str, end: float) -> Profile | None:
        """Somebody; None if Slack does not say who by `end`, on the loop's clock."""
        try:
            async with asyncio.timeout_at(end):
                return await society.profile(user)
        except (TimeoutError, MusterError) as error:
            log.warning("slack.person_unknown", reason=type(error).__name__)
            return None

    async def _met_by_name(self, society: Society, parsed: Parsed, end: float) -> None:
        """Look up whom words mention without naming them: what is kept of the words names them."""
        nameless = [user for user in _nameless(parsed) if society.known(user) is None]
        if nameless:
            await asyncio.gather(*(self._looked_up(society, user, end) for user in nameless))

    async def _with_groups(self, society: Society, parsed: Parsed, end: float) -> Parsed:
        """With the members of the user groups mentioned, in place of the groups."""
        what = parsed.incoming.what
        if not isinstance(what, Typed) or "<!subteam^" not in what.text:
            return parsed
        text = await self._answers.expanded(what.text, society, end)
        users = mentioned(text)
        names = {**{user: user for user in users}, **what.names}
        incoming = replace(parsed.incoming, what=replace(what, text=text, names=names))
        return replace(parsed, incoming=incoming, mentioned=users)

    # What follows the acknowledgement.

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _meet_and_show(
        self, workspace: str, parsed: Parsed, answer: Answer, others: list[str]
    ) -> None:
        """Somebody new: learn their language first, so that they are answered in it."""
        user = parsed.incoming.sender.user
        met = await self._met(workspace, user)
        if answer.reply is not None:
            reader = met.reader if met is not None else answer.reader
            await self._show(workspace, parsed, replace(answer, reader=reader))
        await self._meet(workspace, others)

    async def _meet(self, workspace: str, users: list[str]) -> None:
        for user in users:
            await self._met(workspace, user)

    async def _met(self, workspace: str, user: str) -> Answer | None:
        """Look somebody up and tell the door; its answer says how to speak to them."""
        society = self._workspaces.people(workspace)
        end = asyncio.get_running_loop().time() + PATIENCE
        profile = await self._looked_up(society, user, end)
        if profile is None:
            return None
        try:
            return await self._deliver(_seen(workspace, user, profile))
        except MusterError:
            log.warning("slack.profile_not_kept")  # it comes again with the next look-up
            return None

    async def _show(self, workspace: str, parsed: Parsed, answer: Answer) -> None:
        try:
            await self._answers.show(workspace, parsed, answer)
        except MusterError as error:
            log.warning("slack.answer_not_shown", reason=str(error))
        except Exception:
            log.exception("slack.answer_failed")
        if parsed.occasion.is_home:
            home = replace(
                parsed.incoming,
                what=Happened(HomeOpened()),
                delivery=f"{parsed.incoming.delivery} home",
                is_answerable=False,
            )
            try:
                await self._deliver(home)
            except MusterError:
                log.warning("slack.home_not_redrawn")  # it is when they open it again

    # Events that are about people and installations.

    async def _changed(
        self, workspace: str, delivery: str, event: Mapping[str, Any]
    ) -> BoltResponse:
        user = event.get("user") or {}
        society = self._workspaces.people(workspace)
        society.forget(str(user.get("id")))
        profile = Profile.of(user)
        incoming = replace(
            _seen(workspace, str(user.get("id")), profile), delivery=f"event {delivery}"
        )
        await self._deliver(incoming)
        return BoltResponse(status=200, body="")

    async def _leave(self, workspace: str, event: Mapping[str, Any]) -> BoltResponse:
        tokens = event.get("tokens") or {}
        if event.get("type") == "app_uninstalled" or tokens.get("bot"):
            await self._workspaces.left(workspace)
        return BoltResponse(status=200, body="")


def _nameless(parsed: Parsed) -> list[str]:
    """Users in somebody's words of whom Slack gave the id alone; the first of them."""
    match parsed.incoming.what:
        case Typed(names=names) | Picked(quoted=Quoted(names=names)):
            return [user for user, name in names.items() if user == name][:_MOST_NAMES]
        case _:
            return []


def _named(what: What, society: Society) -> What:
    """What was done, with what the people in it are called, as far as is known here."""

    def known(names: Mapping[str, str]) -> dict[str, str]:
        found = {user: society.known(user) for user in names}
        return {**names, **{user: profile.name for user, profile in found.items() if profile}}

    match what:
        case Typed(names=names) | Submitted(names=names) if names:
            return replace(what, names=known(names))
        case Picked(quoted=quoted):
            return replace(what, quoted=replace(quoted, names=known(quoted.names)))
        case _:
            return what


def _acquainted(sender: Sender, profile: Profile | None) -> Sender:
    """The sender with all that is known of them."""
    if profile is None:
        return replace(sender, is_admin=False, is_known=not sender.user)
    return Sender(
        sender.user, profile.name or sender.name, profile.lang, profile.zone, profile.is_admin
    )


def _seen(workspace: str, user: str, profile: Profile) -> Incoming:
    """What a look-up found, as a delivery of its own: telling it again changes nothing."""
    fact = ProfileSeen(profile.is_active, profile.manager)
    return Incoming(
        "slack",
        workspace,
        f"profile {uuid4().hex}",
        _acquainted(Sender(user), profile),
        Happened(fact),
        is_answerable=False,
    )
