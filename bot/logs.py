"""Logging: for people on a terminal, JSON lines otherwise; never a token or what somebody wrote.

A field whose name speaks of a secret is left out. Besides, whatever leaves as text goes through
`scrub`, for a library's error may quote what it was given.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO, cast
from urllib.parse import quote

# structlog takes rich in where it finds it, for drawing tracebacks: 5 MB of a server's memory that
# draws none. So it must not be found while structlog is loaded, which is to be here first.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # import takes it for "not there"
import structlog  # noqa: E402  as above
from structlog.types import EventDict, Processor  # noqa: E402

if sys.modules.get("rich") is None:
    sys.modules.pop("rich")

#: Fields whose values never reach a log, wherever they come from.
_SECRET = ("token", "secret", "password", "authorization", "cookie", "signature")


#: What Slack's tokens look like, those that came after the start included, and any that is sent.
_TOKENS = re.compile(r"\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[\w-]{6,}|(?<=Bearer )[\w.~+/=-]{6,}")
#: Shorter secrets are no secrets, and stand in too many words.
_SHORTEST = 8
_hidden: list[str] = []


def hide(secrets: Iterable[str]) -> None:
    """From now on `scrub` takes these out, also where they are quoted or part of an address."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            ways = {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe="")}
            _hidden.extend(ways - set(_hidden))
    _hidden.sort(key=len, reverse=True)  # one may be the beginning of another


def scrub(text: str) -> str:
    """The text without any secret that is known, or looks like one."""
    for secret in _hidden:
        text = text.replace(secret, "…")
    return _TOKENS.sub("…", text)


def _scrubbed(_: Any, __: str, line: Any) -> str:
    """What the last processor made of an event: a line."""
    return scrub(str(line))


class Steadfast(io.TextIOBase):
    """A stream that takes whatever is written, also while the one behind it does not.

    Nobody can be told that a log cannot be written, on a full disk for one; and what a line is
    about must not fail for it. What was lost is said as soon as there is a way again.
    """

    def __init__(self, behind: TextIO) -> None:
        self._behind = behind
        self._lost = 0

    def write(self, text: str) -> int:
        try:
            if self._lost:
                lines, self._lost = self._lost, 0
                try:
                    self._put(f'{{"event": "log.lost", "lines": {lines}, "level": "error"}}\n')
                except OSError:
                    self._lost = lines
                    raise
            self._put(text)
        except OSError:
            self._lost += text.count("\n")
        return len(text)

    def _put(self, text: str) -> None:
        self._behind.write(text)
        self._behind.flush()

    def flush(self) -> None:
        """What is written has been handed on already."""
        with contextlib.suppress(OSError):
            self._behind.flush()

    def isatty(self) -> bool:
        return self._behind.isatty()


def _redact(_: Any, __: str, event: EventDict) -> EventDict:
    for name in event:
        if any(word in name.lower() for word in _SECRET):
            event[name] = "…"
    return event


def _without_rows(_: Any, __: str, event: EventDict) -> EventDict:
    """Errors without the rows that PostgreSQL quotes in them, with what people wrote there."""
    error = event.get("exc_info")
    error = sys.exc_info()[1] if error is True else error
    error = error[1] if isinstance(error, tuple) else error
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        # It is told and then gone: nobody else reads it any more.
        error.args = tuple(_terse(each) if isinstance(each, str) else each for each in error.args)
        error = error.__cause__ or error.__context__
    return event


def _terse(words: str) -> str:
    """An error's words up to DETAIL and CONTEXT, and SQLAlchemy's after them."""
    cuts = [at for word in ("\nDETAIL:", "\nCONTEXT:") if (at := words.find(word)) >= 0]
    if not cuts:
        return words
    statement = words.rfind("\n[SQL:")
    return words[: min(cuts)] + (words[statement:] if statement > min(cuts) else "")


def set_up(level: str, *, as_json: bool) -> None:
    """Send all logs, of libraries too, to standard error in one form."""
    out = cast("TextIO", Steadfast(sys.stderr))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
        _without_rows,
    ]
    if as_json:
        last: list[Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    structlog.configure(
        processors=[*shared, *last, _scrubbed],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.PrintLoggerFactory(out),
        # Not cached: a test could not look at what a logger says that was used before.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *last,
                _scrubbed,
            ],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(level=max(_number(level), logging.WARNING), handlers=[handler], force=True)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
