"""Calls of the Web API in one workspace: each with a fresh token, in its turn, once.

The stock retries of slack_sdk are off: after a lost connection they post a second time.
A failed call is an error of `adapters.slack.errors`, and the worker decides about another try.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.errors import (
    AFTER_TOO_OFTEN,
    Doubtful,
    Postponed,
    Rejected,
    Shut,
    failure,
)
from adapters.slack.methods import METHOD
from adapters.slack.pace import Pace
from bot.core.strain import Strain

log = structlog.get_logger(__name__)
# The SDK writes whole bodies where it may: nothing below a warning of its own is kept.
_logger = logging.getLogger("muster.slack")
_logger.setLevel(logging.WARNING)
#: Seconds until a call without an answer is given up.
TIMEOUT = 20.0
#: Of a list, as Slack recommends; it may give less.
PAGE = 200

TokenSource = Callable[[], Awaitable[str]]
Body = dict[str, Any]


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """When an answer was given, by Slack's clock, to the second; None where it does not say."""
    try:
        found = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


class Api:
    """Slack, as Muster may use it in one workspace."""

    def __init__(
        self,
        token_source: TokenSource,
        *,
        team: str,
        base_url: str,
        session: aiohttp.ClientSession,
        pace: Pace,
        timeout: float = TIMEOUT,
    ) -> None:
        """`token_source` gives the bot token that is good now; it may raise Temporary.

        The session is the one for everything that is asked of Slack, made with `trust_env`: then
        HTTPS_PROXY and NO_PROXY are obeyed alike. slack_sdk by itself ignores NO_PROXY.
        """
        self.session = session
        self.pace = pace
        self.strain = Strain()
        #: Slack's word for why it takes no token of ours, since when it last took one.
        self.trouble: str | None = None
        #: Scopes that a call turned out to need and not to have.
        self.lacking: set[str] = set()
        #: Slack's own time at its latest answer, in Unix seconds; None while it has said none.
        self.heard_at: float | None = None
        self._token_source = token_source
        self._timeout = timeout
        # An app of a whole organisation has to say which workspace it means.
        team_id = team if team.startswith("T") else None
        self._web = AsyncWebClient(
            base_url=base_url, session=session, retry_handlers=[], team_id=team_id, logger=_logger
        )
        # It was read from the environment; the session knows better, see `session`.
        self._web.proxy = None

    async def call(
        self,
        method: str,
        args: Mapping[str, Any] | None = None,
        *,
        patience: float | None = None,
    ) -> Body:
        """Slack's answer to `method`. Arguments that are None are left out.

        Raises Postponed, Doubtful or Shut (Temporary), or Rejected (Permanent). For its turn a
        call waits up to `patience` seconds, else as long as is usual for the method.
        """
        return (await self.answer(method, args, patience=patience))[0]

    async def answer(
        self,
        method: str,
        args: Mapping[str, Any] | None = None,
        *,
        patience: float | None = None,
    ) -> tuple[Body, Mapping[str, str]]:
        """As `call`, with the headers of the answer."""
        given = {name: value for name, value in (args or {}).items() if value is not None}
        channel = str(given.get("channel") or "")
        token = await self._token_source()
        asked = self.pace.now()
        await self.pace.turn(method, channel, patience)
        self.strain.had_turn_after(self.pace.now() - asked)
        try:
            found = await self._sent(method, given, token)
        except SlackApiError as error:
            raise await self._failed(method, channel, error) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Postponed("no_connection") from error
        except TimeoutError as error:
            raise Doubtful("timeout") from error
        except aiohttp.ClientError as error:
            raise Doubtful("connection_lost") from error
        if self.trouble is not None:
            log.info("slack.token_accepted")
            self.trouble = None
        if (at := date_of(found[1])) is not None:
            self.heard_at = at.timestamp()
        return found

    async def page(
        self, method: str, args: Mapping[str, Any], cursor: str = ""
    ) -> tuple[Body, str]:
        """A page of a list, and the cursor of the next: "" at the end."""
        found = await self.call(method, {"limit": PAGE, **args, "cursor": cursor or None})
        return found, str((found.get("response_metadata") or {}).get("next_cursor") or "")

    async def _sent(self, method: str, args: Body, token: str) -> tuple[Body, Mapping[str, str]]:
        carried = METHOD[method].carried
        async with asyncio.timeout(self._timeout):
            try:
                answer = await self._web.api_call(
                    method,
                    http_verb="GET" if carried == "query" else "POST",
                    params=args if carried == "query" else None,
                    data=args if carried == "form" else None,
                    json=args if carried == "json" else None,
                    headers={"Authorization": f"Bearer {token}"},
                )
            except AttributeError as error:
                # The SDK takes every answer for an object. This one is plain text, of a proxy
                # perhaps: nobody knows what came of the call behind it.
                raise Doubtful("not_json") from error
        assert isinstance(answer.data, dict), "bytes come from methods that Muster does not use"
        return answer.data, answer.headers

    async def _failed(
        self, method: str, channel: str, error: SlackApiError
    ) -> Postponed | Rejected:
        answer: Any = error.response
        # Of an answer that is no JSON, the SDK hands on aiohttp's own object.
        status = answer.status_code if hasattr(answer, "status_code") else answer.status
        body = getattr(answer, "data", None)
        failed = failure(int(status), answer.headers, body)
        if failed.code in {"ratelimited", "rate_limited"}:
            wait = failed.retry_after if isinstance(failed, Postponed) else None
            await self.pace.pause_everywhere(method, channel, wait or AFTER_TOO_OFTEN)
            log.warning("slack.rate_limited", method=method, seconds=wait)
        elif isinstance(failed, Shut):
            if self.trouble != failed.code:
                log.error("slack.shut_out", code=failed.code)
            self.trouble = failed.code
        elif isinstance(failed, Rejected):
            self._note(method, failed)
        if failed.code in {"ratelimited", "rate_limited"}:
            self.strain.limited += 1
        return failed

    def _note(self, method: str, rejected: Rejected) -> None:
        if rejected.code == "missing_scope":
            needed = str(rejected.body.get("needed") or "")
            self.lacking |= {scope for scope in needed.split(",") if scope}
        detail = (rejected.body.get("response_metadata") or {}).get("messages")
        log.info("slack.rejected", method=method, code=rejected.code, detail=detail)
