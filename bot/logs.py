"""Logging: for people on a terminal, JSON lines otherwise; never a token or what somebody wrote."""

from __future__ import annotations

import logging
import sys
from typing import Any

# structlog takes rich in where it finds it, for drawing tracebacks: 5 MB of a server's memory that
# draws none. So it must not be found while structlog is loaded, which is to be here first.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # import takes it for "not there"
import structlog  # noqa: E402  as above
from structlog.types import EventDict, Processor  # noqa: E402

if sys.modules.get("rich") is None:
    sys.modules.pop("rich")

#: Fields whose values never reach a log, wherever they come from.
_SECRET = ("token", "secret", "password", "authorization", "cookie", "signature")


def _redact(_: Any, __: str, event: EventDict) -> EventDict:
    for name in event:
        if any(word in name.lower() for word in _SECRET):
            event[name] = "…"
    return event


def set_up(level: str, *, as_json: bool) -> None:
    """Send all logs, of libraries too, to standard error in one form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
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
        processors=[*shared, *last[:-1], last[-1]],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        # Not cached: a test could not look at what a logger says that was used before.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(level=max(_number(level), logging.WARNING), handlers=[handler], force=True)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
