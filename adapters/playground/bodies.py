"""What a browser may send: the shape of each request's JSON."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from adapters.playground.guard import LARGEST_BODY
from adapters.playground.parse import readable_json


class BadRequestError(Exception):
    """A request that cannot be understood: the sentence says what is wrong with it."""


class TooLargeError(Exception):
    """A request with more than `LARGEST_BODY` bytes."""


class Body(BaseModel):
    """Every request says as whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    viewer: str = Field(alias="as")


class Saying(Body):
    channel: str
    text: str = Field(max_length=40_000)
    thread: str | None = None


class Pressing(Body):
    message: str
    payload: Any


class Submitting(Body):
    command: str
    values: dict[str, str | bool | list[str]]
    kept: dict[str, str] = {}
    channel: str
    thread: str | None = None
    message: str | None = None


class Reacting(Body):
    message: str
    emoji: str
    remove: bool = False


class OfChannel(Body):
    channel: str


class Making(Body):
    name: str
    private: bool = False


class Inviting(OfChannel):
    people: list[str] = Field(max_length=500)


class Renaming(OfChannel):
    name: str


class Archiving(OfChannel):
    archived: bool = True


class Arriving(BaseModel):
    """A new person; whoever sends it need not be anybody yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    lang: Literal["en", "zh"] | None = None
    zone: str | None = None


class Changing(Body):
    """The viewer's own language and zone."""

    lang: Literal["en", "zh"] | None = None
    zone: str | None = None


class Moving(Body):
    """The clock: so many hours on, to the next morning, or to a date and time.

    `to` is ISO 8601; without an offset it is meant in the viewer's zone.
    """

    hours: float | None = Field(default=None, gt=0, le=24 * 366)
    morning: bool = False
    to: str | None = None


B = TypeVar("B", bound=BaseModel)


async def read(request: Request, kind: type[B]) -> B:
    """The request's JSON as a `kind`. Raises BadRequestError, TooLargeError."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_BODY:
            raise TooLargeError
    try:
        # The standard library's JSON keeps half surrogates, so that they can be made readable.
        values = readable_json(json.loads(bytes(content)))
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BadRequestError(f"{where or 'The request'}: {first['msg']}.") from error
    except (ValueError, RecursionError) as error:
        raise BadRequestError("That is not JSON.") from error
