"""Channels: made, described, filled with people, archived, and their bookmarks."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

import structlog

from adapters.slack.calls import Api
from adapters.slack.errors import Rejected
from adapters.slack.tries import Tries

log = structlog.get_logger(__name__)
#: Of a topic and of a purpose.
MOST_WORDS = 250
#: Slack takes 1,000. These are as many as Muster ever names at once, and a failed call of more
#: would have to be taken apart anyway.
BATCH = 100
#: People who are taken in one by one wait for their turns in one go.
_PATIENCE = 90.0
#: What is wrong with the channel or with Muster, and not with one of the people.
_ABOUT_ALL = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "method_not_supported_for_channel_type",
        "missing_scope",
        "no_permission",
        "not_in_channel",
    }
)
#: Not a failure: it is so already.
_IN_ALREADY = frozenset({"already_in_channel", "cant_invite_self"})
_SEQUENCE = re.compile(r"<(?=[!@#])")


class Channels:
    """The channels of a workspace."""

    def __init__(self, api: Api, tries: Tries) -> None:
        self._api = api
        self._tries = tries

    async def create(self, name: str, key: str, *, private: bool) -> tuple[str, str]:
        """Make a channel; its id and the name that it got."""
        async with self._tries.trying(key) as attempt:
            args = {"name": name, "is_private": private}
            made = (await self._api.call("conversations.create", args))["channel"]
            attempt.made = str(made["id"])
        return attempt.made, str(made["name"])

    async def describe(self, channel: str, title: str, topic: str) -> None:
        """Give a channel its topic, and its title as its purpose.

        Each change is told to everybody in the channel, so what is as it should be is left alone.
        """
        found = (await self._api.call("conversations.info", {"channel": channel}))["channel"]
        topic, title = _words(topic), _words(title)
        if not _is(found, "topic", topic):
            await self._api.call("conversations.setTopic", {"channel": channel, "topic": topic})
        if not _is(found, "purpose", title):
            args = {"channel": channel, "purpose": title}
            await self._api.call("conversations.setPurpose", args)

    async def invite(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        """Bring people in; who could not be, and Slack's word for why.

        All at once; where Slack refuses some, and with them all, the others without these; where it
        does not say whom it refuses, one by one.
        """
        refused: dict[str, str] = {}
        waiting = list(dict.fromkeys(users))
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            while batch:
                failed = await self._refusal(channel, batch)
                if failed is None:
                    break
                culprits = _culprits(failed, batch)
                if not culprits:
                    refused |= await self._one_by_one(channel, batch)
                    break
                refused |= {u: code for u, code in culprits.items() if code not in _IN_ALREADY}
                batch = [user for user in batch if user not in culprits]
        return refused

    async def _refusal(
        self, channel: str, users: Sequence[str], patience: float | None = None
    ) -> Rejected | None:
        args = {"channel": channel, "users": ",".join(users)}
        try:
            await self._api.call("conversations.invite", args, patience=patience)
        except Rejected as rejected:
            if rejected.code in _ABOUT_ALL:
                raise
            return rejected
        return None

    async def _one_by_one(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        refused: dict[str, str] = {}
        inside = await self._members(channel)
        for user in users:
            if user in inside:
                continue
            failed = await self._refusal(channel, [user], _PATIENCE)
            if failed is not None and failed.code not in _IN_ALREADY:
                refused[user] = failed.code
        return refused

    async def _members(self, channel: str) -> set[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            args = {"channel": channel}
            page, cursor = await self._api.page("conversations.members", args, cursor)
            found |= set(page["members"])
            if not cursor:
                return found

    async def remove(self, channel: str, user: str) -> None:
        """Take somebody out, if they are in."""
        await self._unless(
            {"not_in_channel"}, "conversations.kick", {"channel": channel, "user": user}
        )

    async def archive(self, channel: str) -> None:
        """Archive a channel, if it is not."""
        await self._unless({"already_archived"}, "conversations.archive", {"channel": channel})

    async def pin(self, channel: str, message: str) -> None:
        """Pin a message, if it is not."""
        args = {"channel": channel, "timestamp": message}
        await self._unless({"already_pinned"}, "pins.add", args)

    async def bookmark(self, channel: str, title: str, url: str) -> str:
        """Keep a link at the top of a channel, once under each title; the bookmark's id."""
        args = {"channel_id": channel}
        for found in (await self._api.call("bookmarks.list", args)).get("bookmarks") or ():
            if html.unescape(str(found.get("title"))) == title:
                if html.unescape(str(found.get("link"))) != url:
                    changed = {**args, "bookmark_id": found["id"], "title": title, "link": url}
                    await self._api.call("bookmarks.edit", changed)
                return str(found["id"])
        new = {**args, "title": title, "type": "link", "link": url}
        return str((await self._api.call("bookmarks.add", new))["bookmark"]["id"])

    async def _unless(self, harmless: set[str], method: str, args: dict[str, Any]) -> None:
        try:
            await self._api.call(method, args)
        except Rejected as rejected:
            if rejected.code not in harmless:
                raise


def _words(text: str) -> str:
    """As much of a text as a topic holds, mentioning nobody."""
    text = _SEQUENCE.sub("(", " ".join(text.split()))
    return text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 1] + "…"


def _is(channel: dict[str, Any], what: str, words: str) -> bool:
    """Slack gives a topic back with &, < and > escaped."""
    value = str((channel.get(what) or {}).get("value") or "")
    return words in {value, html.unescape(value)}


def _culprits(failed: Rejected, users: Sequence[str]) -> dict[str, str]:
    """Whom a refusal is about, and why, as far as Slack says so."""
    if len(users) == 1:
        return {users[0]: failed.code}
    named = {
        str(one.get("user")): str(one.get("error") or failed.code)
        for one in failed.body.get("errors") or ()
        if not one.get("ok")
    }
    return {user: code for user, code in named.items() if user in users}
