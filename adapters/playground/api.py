"""What the page asks for and what it does, as JSON over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.playground import bodies, views
from adapters.playground.adapter import NotRunningError, Playground
from adapters.playground.live import live
from adapters.playground.messages import PAGE, Where
from adapters.playground.places import Channel, Message, Person
from bot.core.clock import Clock
from bot.core.errors import MusterError, Permanent, Unavailable
from bot.core.text import Language

#: The commands that can be typed, in one language: path, usage, summary, also, examples of each.
CommandsHelp = Callable[[Language], list[dict[str, Any]]]
#: Moves the clock to an instant (aware, UTC), through everything that is due until then.
Advance = Callable[[datetime], Awaitable[None]]

#: When the morning is.
_MORNING = time(9)
_FARTHEST = timedelta(days=3660)


class Api:
    """The endpoints, each named after what it does."""

    def __init__(
        self,
        playground: Playground,
        clock: Clock,
        commands_help: CommandsHelp,
        advance: Advance | None,
    ) -> None:
        self._playground = playground
        self._town = playground.town
        self._clock = clock
        self._commands_help = commands_help
        self._advance = advance
        self._moving = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Everything under /playground/api."""
        reads = [
            ("/state", self.state),
            ("/commands", self.commands),
            ("/events", self.events),
            ("/messages", self.messages),
            ("/messages/{message}", self.message),
            ("/pins", self.pins),
            ("/files/{file}", self.file),
        ]
        deeds = [
            ("/people", self.arrive),
            ("/me", self.change_me),
            ("/say", self.say),
            ("/press", self.press),
            ("/submit", self.submit),
            ("/react", self.react),
            ("/read", self.read),
            ("/channels", self.make),
            ("/join", self.join),
            ("/leave", self.leave),
            ("/invite", self.invite),
            ("/rename", self.rename),
            ("/archive", self.archive),
            ("/clock", self.move_clock),
        ]
        return [Route(path, _told(each), methods=["GET"]) for path, each in reads] + [
            Route(path, _told(each), methods=["POST"]) for path, each in deeds
        ]

    # Reading.

    async def state(self, request: Request) -> Response:
        """Everything but the messages, as `as`, or as the first person where there is no such."""
        people = self._town.people
        asked = people.find(request.query_params.get("as", ""))
        viewer = asked or next(iter(people.everybody()), None)
        state = views.state(self._town, viewer, self._clock.now())
        return JSONResponse({**state, "can_move_clock": self._advance is not None})

    async def commands(self, request: Request) -> Response:
        return JSONResponse(self._commands_help(self._viewer(request).lang))

    async def events(self, request: Request) -> Response:
        return live(self._town, request.query_params.get("as", ""))

    async def messages(self, request: Request) -> Response:
        """A page of a channel or of a thread; a thread also comes with its first message."""
        viewer = self._viewer(request)
        query = request.query_params
        channel = self._channel(viewer, query.get("channel", ""))
        thread = query.get("thread")
        view = views.View(self._town, viewer)
        first = view.message(self._visible(viewer, thread)) if thread else None
        found = self._town.messages.page(
            channel.id, viewer.id, before=query.get("before"), thread=thread
        )
        more = len(found) == PAGE
        return JSONResponse({"messages": view.messages(found), "more": more, "first": first})

    async def message(self, request: Request) -> Response:
        viewer = self._viewer(request)
        found = self._visible(viewer, request.path_params["message"])
        return JSONResponse(views.View(self._town, viewer).message(found))

    async def pins(self, request: Request) -> Response:
        viewer = self._viewer(request)
        channel = self._channel(viewer, request.query_params.get("channel", ""))
        pinned = self._town.messages.pinned(channel.id)
        return JSONResponse({"messages": views.View(self._town, viewer).messages(pinned)})

    async def file(self, request: Request) -> Response:
        """A file's content, to be saved and never to be shown as a page."""
        viewer = self._viewer(request)
        found = self._town.messages.with_file(request.path_params["file"])
        self._visible(viewer, found.id)
        assert found.file is not None
        name = quote(found.file.name, safe="")
        return Response(
            self._town.messages.content_of(found.file.id),
            media_type="application/octet-stream",
            headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"},
        )

    # Doing.

    async def arrive(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Arriving)
        person = self._town.people.add(body.name, lang=body.lang, zone=body.zone)
        return JSONResponse(views.person(person))

    async def change_me(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Changing)
        person = self._town.people.change(body.viewer, lang=body.lang, zone=body.zone)
        return JSONResponse(views.person(person))

    async def say(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Saying)
        view = self._view(body.viewer)
        shown = await self._playground.say(body.viewer, body.channel, body.text, body.thread)
        return JSONResponse(view.shown(shown))

    async def press(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Pressing)
        view = self._view(body.viewer)
        shown = await self._playground.press(body.viewer, body.message, body.payload)
        return JSONResponse(view.shown(shown))

    async def submit(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Submitting)
        view = self._view(body.viewer)
        shown = await self._playground.submit(
            body.viewer,
            body.command,
            body.values,
            body.kept,
            Where(body.channel, body.thread),
            message=body.message,
        )
        return JSONResponse(view.shown(shown))

    async def react(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Reacting)
        await self._playground.react(body.viewer, body.message, body.emoji, remove=body.remove)
        return JSONResponse({})

    async def read(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.OfChannel)
        channel = self._channel(self._town.people.get(body.viewer), body.channel)
        self._town.messages.read(channel.id, body.viewer)
        return JSONResponse({})

    async def make(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Making)
        made = await self._playground.create_channel(body.viewer, body.name, private=body.private)
        return JSONResponse({"id": made.id, "name": made.name})

    async def join(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.OfChannel)
        await self._playground.join(body.viewer, body.channel)
        return JSONResponse({})

    async def leave(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.OfChannel)
        await self._playground.leave(body.viewer, body.channel)
        return JSONResponse({})

    async def invite(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Inviting)
        people = tuple(body.people)
        refused = await self._playground.invite(body.viewer, body.channel, people)
        return JSONResponse({"refused": refused})

    async def rename(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Renaming)
        await self._playground.rename_channel(body.viewer, body.channel, body.name)
        return JSONResponse({})

    async def archive(self, request: Request) -> Response:
        body = await bodies.read(request, bodies.Archiving)
        await self._playground.archive_channel(body.viewer, body.channel, archived=body.archived)
        return JSONResponse({})

    async def move_clock(self, request: Request) -> Response:
        """Answers when everything that is due until then has been done."""
        body = await bodies.read(request, bodies.Moving)
        viewer = self._town.people.get(body.viewer)
        if self._advance is None:
            raise Permanent("clock_is_real")
        async with self._moving:
            now = self._clock.now()
            to = _target(body, now, ZoneInfo(viewer.zone))
            if to < now:
                raise Permanent("in_the_past")
            if to - now > _FARTHEST:
                raise Permanent("too_far")
            await self._advance(to)
        self._town.tell_time()
        return JSONResponse({"now": self._clock.now().isoformat()})

    # Who looks, and at what.

    def _view(self, user: str) -> views.View:
        return views.View(self._town, self._town.people.get(user))

    def _viewer(self, request: Request) -> Person:
        return self._town.people.get(request.query_params.get("as", ""))

    def _channel(self, viewer: Person, channel: str) -> Channel:
        found = self._town.channels.get(channel)
        if not self._town.channels.can_see(viewer.id, found.id):
            raise Permanent("channel_not_found")
        return found

    def _visible(self, viewer: Person, message: str) -> Message:
        found = self._town.messages.get(message)
        self._channel(viewer, found.channel)
        if found.only_for not in {None, viewer.id}:
            raise Permanent("message_not_found")
        return found


def _target(body: bodies.Moving, now: datetime, zone: ZoneInfo) -> datetime:
    """Where the clock is to go, in UTC."""
    if body.hours is not None:
        return now + timedelta(hours=body.hours)
    if body.morning:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, _MORNING, zone).astimezone(UTC)
    try:
        to = datetime.fromisoformat(body.to or "")
        return (to if to.tzinfo else to.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bodies.BadRequestError("A date and time look like 2026-11-24T09:00.") from error


_Endpoint = Callable[[Request], Awaitable[Response]]
_MISSING = {
    "channel_not_found",
    "file_not_found",
    "message_not_found",
    "user_not_found",
}


def _told(endpoint: _Endpoint) -> _Endpoint:
    """`endpoint`, what goes wrong as an answer: {"error": code, "message": a sentence}."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except bodies.BadRequestError as error:
            return _error(400, "bad_request", str(error))
        except bodies.TooLargeError:
            return _error(413, "too_large", "That is more than a megabyte.")
        except Permanent as error:
            status = 404 if error.code in _MISSING else 409
            return _error(status, error.code, "The playground does not do that.")
        except (NotRunningError, Unavailable):
            return _error(503, "not_running", "Muster does not answer just now.")
        except MusterError as error:
            return _error(500, "failed", str(error))

    return answer


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": code, "message": message}, status)
