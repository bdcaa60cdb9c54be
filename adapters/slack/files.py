"""Files: announced, uploaded, then shared where they belong, once.

https://docs.slack.dev/messaging/working-with-files: the first two steps show nobody anything, the
third posts. A file's message takes no metadata, so the key is the id of the block beside it.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import structlog

from adapters.slack.calls import Api
from adapters.slack.errors import Postponed, Rejected
from adapters.slack.probing import mark
from adapters.slack.tries import Tries
from bot.core.errors import MusterError

log = structlog.get_logger(__name__)
#: Seconds that an upload may take.
_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=10)
_TOO_MANY, _SERVER_ERROR = 429, 500
#: A channel, and the thread in it.
Place = tuple[str, str | None]


class Files:
    """The files of Muster in a workspace."""

    def __init__(self, api: Api, tries: Tries) -> None:
        self._api = api
        self._tries = tries

    async def send(self, place: Place, filename: str, content: bytes, note: str, key: str) -> str:
        """Share a file with a note (mrkdwn) beside it; its id.

        Permanent("empty_file"): Slack takes none without content.
        """
        known = self._tries.get(key)
        if known is not None and known.made:
            return known.made
        if not content:
            raise Rejected("empty_file")
        file = await self._uploaded(filename, content)
        channel, thread = place
        args = {
            "files": [{"id": file, "title": filename}],
            "channel_id": channel,
            "thread_ts": thread,
            "blocks": _beside(note, key),
        }
        async with self._tries.trying(key) as attempt:
            await self._api.call("files.completeUploadExternal", args)
            attempt.made = file
        return file

    async def link(self, file: str) -> str:
        """What opens a file; "" where Slack does not say."""
        try:
            found = await self._api.call("files.info", {"file": file})
        except MusterError as error:
            # The file is there, and that is what was asked for.
            log.info("slack.file_without_link", reason=str(error))
            return ""
        return str(found["file"].get("permalink") or "")

    async def _uploaded(self, filename: str, content: bytes) -> str:
        args = {"filename": filename, "length": len(content)}
        where = await self._api.call("files.getUploadURLExternal", args)
        try:
            async with self._api.session.post(
                where["upload_url"],
                data=content,
                headers={"Content-Type": "application/octet-stream"},
                timeout=_TIMEOUT,
            ) as answer:
                if answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR:
                    raise Postponed(f"upload_{answer.status}")
                if not answer.ok:
                    raise Rejected(f"upload_{answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            # Nobody has seen it: it is simply uploaded again.
            raise Postponed("upload_lost") from error
        return str(where["file_id"])


def _beside(note: str, key: str) -> list[dict[str, Any]]:
    """What is said beside a file, in a block that carries the key."""
    text = {"type": "mrkdwn", "text": note, "verbatim": True}
    return [{"type": "section", "block_id": mark(key), "text": text}]
