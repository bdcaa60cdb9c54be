"""One call of the Web API: what came over the wire, and what it means."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import hdrs, web

from tests.fakes.slack.errors import SlackError

if TYPE_CHECKING:
    from tests.fakes.slack.workspace import Workspace

TRUE = {"1", "true", "True", True}


@dataclass
class Call:
    """Arguments from the query, a form and JSON, merged in this order; later ones win."""

    method: str
    verb: str
    content_type: str = ""
    authorization: str = ""
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] = field(default_factory=dict)
    #: When it came, on the fake's clock.
    at: float = 0.0
    #: Whose token it carried, once that is known.
    team: Workspace | None = None
    #: What it was answered, once it was; None if the connection was cut.
    answer: dict[str, Any] | None = None
    status: int = 0

    @property
    def args(self) -> dict[str, Any]:
        return {**self.query, **self.form, **self.json}

    @property
    def token(self) -> str:
        if self.authorization.startswith("Bearer "):
            return self.authorization.removeprefix("Bearer ").strip()
        return str(self.args.get("token") or "")

    @property
    def workspace(self) -> Workspace:
        assert self.team is not None, f"{self.method} was called without a workspace"
        return self.team

    def has(self, name: str) -> bool:
        return self.args.get(name) not in (None, "")

    def text(self, name: str, missing: str | None = None) -> str:
        """A string; `missing` is the error code if it is not there (default: empty string)."""
        value = self.args.get(name)
        if value in (None, "") and missing:
            raise SlackError(missing, f"missing required field: {name}")
        return "" if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.args.get(name)
        return default if value in (None, "") else value in TRUE

    def number(self, name: str, default: int) -> int:
        value = self.args.get(name)
        if value in (None, ""):
            return default
        try:
            return int(str(value))
        except ValueError:
            raise SlackError("invalid_arguments", f"{name} must be an integer") from None

    def many(self, name: str) -> list[str]:
        """A comma-separated list, or a JSON one."""
        value = self.args.get(name)
        if isinstance(value, str) and value.startswith("["):
            with contextlib.suppress(ValueError):
                value = json.loads(value)
        if isinstance(value, list):
            return [str(one) for one in value]
        return [part.strip() for part in str(value or "").split(",") if part.strip()]

    def parsed(self, name: str, error: str) -> Any:
        """A JSON argument: decoded already, or JSON in a string, or None."""
        value = self.args.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None

    def recorded(self) -> dict[str, Any]:
        """The line of a recording."""
        line: dict[str, Any] = {
            "method": self.method,
            "verb": self.verb,
            "content_type": self.content_type,
            "authorized": bool(self.authorization),
        }
        for place in ("query", "form", "json"):
            if given := getattr(self, place):
                line[place] = given
        return line


async def read(request: web.Request, method: str, at: float) -> Call:
    """The call that a request makes; SlackError if its body cannot be read."""
    call = Call(
        method,
        request.method,
        content_type=request.headers.get(hdrs.CONTENT_TYPE, "") if request.can_read_body else "",
        authorization=request.headers.get(hdrs.AUTHORIZATION, ""),
        query=dict(request.query),
        at=at,
    )
    if request.content_type == "application/json" and request.can_read_body:
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        call.json = body
    elif request.content_type.startswith(("application/x-www-form", "multipart/")):
        call.form = _plain(await request.post())
    return call


def _plain(form: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else name for name, value in form.items()}


class Recording:
    """A file of calls, one JSON object a line; several processes may write to it at once."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def add(self, call: Call) -> None:
        line = json.dumps(call.recorded(), ensure_ascii=False) + "\n"
        # One write to a file opened for appending is not cut by another process's.
        file = os.open(self._path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
