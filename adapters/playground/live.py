"""The town as it changes, for one browser: server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from adapters.playground.places import Change
from adapters.playground.town import Town

#: Seconds of silence after which something is sent, so that both sides notice a dead connection.
HEARTBEAT = 15.0


def live(town: Town, viewer: str) -> StreamingResponse:
    """What changes for `viewer`, as events named after `Change.what`, from now on.

    The first event is `hello`: whoever gets it, at first or after a break, loads what there is.
    """
    return StreamingResponse(_events(town, viewer), media_type="text/event-stream")


async def _events(town: Town, viewer: str) -> AsyncIterator[str]:
    with town.changes() as changes:
        yield "retry: 1000\nevent: hello\ndata: {}\n\n"
        while True:
            try:
                change = await asyncio.wait_for(anext(changes), HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            except StopAsyncIteration:
                return
            if _concerns(change, viewer, town):
                yield _event(change)


def _concerns(change: Change, viewer: str, town: Town) -> bool:
    if change.person not in {None, viewer}:
        return False
    return change.channel is None or town.channels.can_see(viewer, change.channel)


def _event(change: Change) -> str:
    data = {"channel": change.channel, "message": change.message, "thread": change.thread}
    return f"id: {change.number}\nevent: {change.what}\ndata: {json.dumps(data)}\n\n"
