"""What comes in from Slack: through Bolt's checks to the door, and the answer back in time.

Bolt verifies, authorises and unpacks; then one middleware takes every payload, so that none is ever
left without an acknowledgement (surprise 8) and no handler can raise after it (surprise 1). The
door commits before Slack gets its 200; what then has still to be shown (a modal, an answer through
a response_url) is a task of ours, which is finished before the process ends (surprise 3).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.answers import Answers, at_once
from adapters.slack.following import Done, Following
from adapters.slack.parse import PLATFORM, Ours, Parsed, delivery_of, mentioned, parse
from adapters.slack.people import Profile
from adapters.slack.society import Society, acquainted, looked_up, seen
from bot.core.backlog import Backlog
from bot.core.effects import Quoted
from bot.core.errors import MusterError, Temporary, Unavailable, Unreadable, reading
from bot.core.platform import (
    Answer,
    Handle,
    Incoming,
    Picked,
    PutOff,
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
#: What is answered as well a little later: a form that was sent wants its answer with the 200.
_CAN_WAIT = frozenset({"command", "press", "event", "pick"})
_JSON = "application/json;charset=utf-8"
_Respond = Callable[[], Awaitable[BoltResponse]]


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
        self._prefix = prefix
        self._answers = answers
        self._handle: Handle | None = None
        self._following = Following(workspaces.people, answers, self._deliver)
        self._backlog = Backlog(self._carry_out)

    def listen(self, handle: Handle | None) -> None:
        """From now on bring what comes to `handle`; None: take nothing in."""
        self._handle = handle

    async def drain(self) -> None:
        """Wait until everything has been shown that was still to be."""
        await self._following.drain()

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002  Bolt's signature
        next: _Respond,  # noqa: A002, ARG002  as above
    ) -> BoltResponse | None:
        """Answer a payload that Bolt has verified. 503 when nothing was accepted."""
        return await _told(self._answered(req))

    @property
    def is_crowded(self) -> bool:
        """Whether a command is only noted just now."""
        return self._backlog.is_crowded

    async def noted(self, workspace: str, delivery: str, body: Mapping[str, Any]) -> BoltResponse:
        """Note a command that somebody else has verified, and answer it, as `async_process`."""
        return await _told(self._put_off(workspace, delivery, body))

    async def _answered(self, req: AsyncBoltRequest) -> BoltResponse:
        body, workspace = req.body, str(req.context.get("workspace") or "")
        event = body.get("event") if isinstance(body.get("event"), Mapping) else {}
        kind = str((event or {}).get("type"))
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
        return await self._taken_in(workspace, body)

    async def _taken_in(self, workspace: str, body: Mapping[str, Any]) -> BoltResponse:
        if self._backlog.is_crowded and (delivery := delivery_of(body)):
            return await self._put_off(workspace, delivery, body)
        parsed = parse(body, await self._workspaces.ours(workspace), self._prefix)
        if parsed is None:
            return BoltResponse(status=200, body="")
        if parsed.occasion.kind not in _CAN_WAIT:
            done = await self._done(workspace, parsed, looks_up=True)
            return self._acknowledged(workspace, done)
        delivery = parsed.incoming.delivery
        if self._must_ask(workspace, parsed) or not await self._backlog.admits():
            return await self._put_off(workspace, delivery, body)
        try:
            done = await self._done(workspace, parsed, looks_up=False)
        except Unacquainted:
            return await self._put_off(workspace, delivery, body)
        finally:
            self._backlog.done()
        return self._acknowledged(workspace, done)

    # What Slack need not wait for.

    def _must_ask(self, workspace: str, parsed: Parsed) -> bool:
        """Whether Slack has to be asked for something before it can be carried out."""
        what = parsed.incoming.what
        if isinstance(what, Picked):
            return True  # for the link of its message
        if isinstance(what, Typed) and "<!subteam^" in what.text:
            return True
        society = self._workspaces.people(workspace)
        return any(society.known(user) is None for user in _nameless(parsed))

    async def _put_off(
        self, workspace: str, delivery: str, body: Mapping[str, Any]
    ) -> BoltResponse:
        """Note it, so that it may be acknowledged, and do it in its turn."""
        kept = {name: value for name, value in body.items() if name != "token"}
        note = PutOff(json.dumps(kept, ensure_ascii=False, separators=(",", ":")))
        with self._backlog.noting():
            await self._deliver(Incoming(PLATFORM, workspace, delivery, Sender(""), note))
        if self._backlog.add((workspace, kept)):
            self._following.later(self._backlog.work())
        return BoltResponse(status=200, body="")

    async def resume(self, workspace: str, waiting: str) -> None:
        """Carry out what another process has noted. Raises nothing."""
        await self._carry_out((workspace, json.loads(waiting)))

    async def _carry_out(self, noted: tuple[str, Mapping[str, Any]]) -> None:
        """Do what was noted. What cannot be now is found again by its note."""
        workspace, body = noted
        try:
            parsed = parse(body, await self._workspaces.ours(workspace), self._prefix)
            if parsed is not None:
                done = await self._done(workspace, parsed, looks_up=True)
                self._following.up(workspace, done)
        except MusterError as error:
            log.warning("slack.still_waiting", reason=type(error).__name__)
        except Exception:
            log.exception("slack.put_off_failed")

    def _acknowledged(self, workspace: str, done: Done) -> BoltResponse:
        """The response to what was carried out, with the answer in it where that can be."""
        body = at_once(done.parsed.occasion, done.answer) if done.is_known else None
        if body is None:
            self._following.up(workspace, done)
        else:
            self._following.meet(workspace, done.strangers)
        if not body:
            return BoltResponse(status=200, body="")
        headers: dict[str, str | Sequence[str]] = {"content-type": [_JSON]}
        return BoltResponse(status=200, body=json.dumps(body), headers=headers)

    async def _done(self, workspace: str, parsed: Parsed, *, looks_up: bool) -> Done:
        """Bring it to the door. Unacquainted: whoever sent it has to be looked up before."""
        society = self._workspaces.people(workspace)
        end = asyncio.get_running_loop().time() + PATIENCE
        parsed = await self._with_groups(society, parsed, end)
        # Also whom only their name is looked up for now: the door hears what else there is to know.
        strangers = [user for user in parsed.mentioned if society.known(user) is None]
        parsed, _ = await asyncio.gather(
            self._with_link(workspace, parsed), self._met_by_name(society, parsed, end)
        )
        sender = parsed.incoming.sender
        profile = society.known(sender.user)
        incoming = replace(
            parsed.incoming,
            what=_named(parsed.incoming.what, society),
            sender=acquainted(sender, profile),
        )
        try:
            answer = await self._deliver(incoming)
        except Unacquainted:
            if not looks_up:
                raise
            profile = await looked_up(society, sender.user, end)
            known = replace(acquainted(sender, profile), is_known=True)
            incoming = replace(incoming, sender=known)
            answer = await self._deliver(incoming)
        return Done(parsed, answer, strangers, profile is not None or not sender.user)

    async def _deliver(self, incoming: Incoming) -> Answer:
        if self._handle is None:
            raise Unavailable
        answer = await self._handle(incoming)
        return replace(answer, reader=replace(answer.reader, prefix=self._prefix))

    async def _met_by_name(self, society: Society, parsed: Parsed, end: float) -> None:
        """Look up whom words mention without naming them: what is kept of the words names them."""
        nameless = [user for user in _nameless(parsed) if society.known(user) is None]
        if nameless:
            await asyncio.gather(*(looked_up(society, user, end) for user in nameless))

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

    async def _with_link(self, workspace: str, parsed: Parsed) -> Parsed:
        """With the link of the message that something is made of: Slack does not send it along."""
        what = parsed.incoming.what
        if not isinstance(what, Picked):
            return parsed
        link = await self._answers.link(workspace, what.quoted.channel, what.quoted.message)
        picked = replace(what, quoted=replace(what.quoted, link=link))
        return replace(parsed, incoming=replace(parsed.incoming, what=picked))

    # Events that are about people and installations.

    async def _changed(
        self, workspace: str, delivery: str, event: Mapping[str, Any]
    ) -> BoltResponse:
        with reading():
            user = event.get("user") or {}
            profile = Profile.of(user, workspace)
        society = self._workspaces.people(workspace)
        society.forget(str(user.get("id")))
        news = seen(workspace, str(user.get("id")), profile, is_news=True)
        incoming = replace(news, delivery=f"event {delivery}")
        await self._deliver(incoming)
        return BoltResponse(status=200, body="")

    async def _leave(self, workspace: str, event: Mapping[str, Any]) -> BoltResponse:
        with reading():
            is_gone = event.get("type") == "app_uninstalled" or (event.get("tokens") or {}).get(
                "bot"
            )
        if is_gone:
            await self._workspaces.left(workspace)
        return BoltResponse(status=200, body="")


async def _told(answered: Awaitable[BoltResponse]) -> BoltResponse:
    """The response; what went wrong is told by its status."""
    try:
        return await answered
    except (Unavailable, Temporary):
        return BoltResponse(status=503, body="")
    except Unreadable as unreadable:
        log.warning("slack.unreadable", reason=str(unreadable))
        return BoltResponse(status=400, body="")
    except Exception:
        log.exception("slack.request_failed")
        return BoltResponse(status=500, body="")


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
