"""Speaking to the fake from another process: JSON at POST /control/DEED."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.deliveries import Delivery

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person
    from tests.fakes.slack.server import FakeSlack

Deed = Callable[["FakeSlack", dict[str, Any]], Awaitable[Any]]


def _who(slack: FakeSlack, given: dict[str, Any]) -> Person:
    return slack.team.person(given["person"])


async def _advance(slack: FakeSlack, given: dict[str, Any]) -> Any:
    slack.clock.advance(float(given["seconds"]))
    return slack.clock.now()


async def _delivers(slack: FakeSlack, given: dict[str, Any]) -> Any:
    slack.delivers_to(given.get("url"))
    return given.get("url")


async def _person(slack: FakeSlack, given: dict[str, Any]) -> Any:
    about = {key: value for key, value in given.items() if key != "name"}
    return slack.team.person(given["name"], **about).id


async def _channel(slack: FakeSlack, given: dict[str, Any]) -> Any:
    return slack.team.channel(given["name"], private=bool(given.get("private"))).id


async def _types(slack: FakeSlack, given: dict[str, Any]) -> Any:
    result = await _who(slack, given).types(given["line"], given.get("channel"))
    said = result.said.words if result.said else None
    return {"status": result.status, "error": result.error, "ack": result.ack, "said": said}


async def _writes(slack: FakeSlack, given: dict[str, Any]) -> Any:
    seen = await _who(slack, given).writes(given["text"], given.get("channel"))
    return seen.ts


async def _sees(slack: FakeSlack, given: dict[str, Any]) -> Any:
    return [
        {"ts": one.ts, "by": one.by, "words": one.words, "buttons": list(one.buttons)}
        for one in _who(slack, given).sees(given.get("channel"))
    ]


async def _presses(slack: FakeSlack, given: dict[str, Any]) -> Any:
    person = _who(slack, given)
    where = next(
        (one for one in person.sees(given.get("channel")) if one.ts == given.get("ts")), None
    )
    result = await person.presses(given["label"], where)
    return {"status": result.status, "error": result.error}


async def _state(slack: FakeSlack, given: dict[str, Any]) -> Any:
    return {
        "calls": [call.recorded() for call in slack.calls],
        "exceeded": len(slack.limits.exceeded),
        "early": len(slack.limits.early),
        "deliveries": [_delivered(one) for one in slack.deliveries.log],
    }


def _delivered(one: Delivery) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": one.name,
        "answers": [tried.status for tried in one.attempts],
    }


DEEDS: dict[str, Deed] = {
    "advance": _advance,
    "channel": _channel,
    "delivers": _delivers,
    "person": _person,
    "presses": _presses,
    "sees": _sees,
    "state": _state,
    "types": _types,
    "writes": _writes,
}


async def serve(slack: FakeSlack, request: web.Request) -> web.Response:
    """Carry out a deed of the first workspace; 404 if it is unknown, 400 if it went wrong."""
    deed = DEEDS.get(request.match_info["deed"])
    if deed is None:
        return web.json_response({"error": f"one of {', '.join(DEEDS)}"}, status=404)
    try:
        given = json.loads(await request.read() or b"{}")
        return web.json_response({"result": await deed(slack, given)})
    except (AssertionError, KeyError, ValueError) as error:
        return web.json_response({"error": repr(error)}, status=400)
