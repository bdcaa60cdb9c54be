"""The playground in a browser: its page, its files, its API, all of them behind the guard."""

from __future__ import annotations

from importlib import resources

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from adapters.playground.adapter import Playground
from adapters.playground.api import Advance, Api, CommandsHelp
from adapters.playground.guard import Guard
from bot.core.clock import Clock

_PACKAGE = "adapters.playground"


def routes(
    playground: Playground,
    clock: Clock,
    commands_help: CommandsHelp,
    advance: Advance | None = None,
) -> list[BaseRoute]:
    """The page at `/` and all it needs under `/playground`, for a server bound to loopback.

    `commands_help(lang)` lists the commands for the autocomplete, each with `path`, `usage`,
    `summary`, `also` and `examples`. `advance(to)` moves the clock; without it, the clock only
    shows the time. Open pages hold a connection each: call `town.hang_up()` (or cancel
    `Playground.run`) when the server is told to stop.
    """
    api = Api(playground, clock, commands_help, advance)
    guarded = [Middleware(Guard)]
    return [
        Route("/", page, methods=["GET"], middleware=guarded),
        Mount(
            "/playground",
            routes=[
                Mount("/api", routes=api.routes()),
                Mount("/static", _Fresh(packages=[(_PACKAGE, "static")])),
            ],
            middleware=guarded,
        ),
    ]


async def page(_: Request) -> Response:
    """The page. Everything else it loads."""
    html = resources.files(_PACKAGE).joinpath("static/index.html").read_text(encoding="utf-8")
    return HTMLResponse(html)


class _Fresh(StaticFiles):
    """Files that a browser asks for again each time, so that a new version shows at once."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_fresh(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"cache-control", b"no-cache")]
            await send(message)

        await super().__call__(scope, receive, send_fresh)
