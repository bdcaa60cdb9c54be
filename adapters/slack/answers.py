"""Showing an `Answer` on the interaction that it answers.

What fits into the acknowledgement goes there: it is the quickest, and cannot be lost. The rest goes
through the response_url (five uses within 30 minutes, https://docs.slack.dev/interactivity/handling-user-interaction),
opens a modal with the trigger (once, within 3 seconds), or is told as any other message.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog

from adapters.slack import render, views
from adapters.slack.parse import Occasion, Parsed
from bot.core.chat import Card, Form
from bot.core.effects import Address
from bot.core.errors import MusterError
from bot.core.platform import Answer, Redraw, Say, ShowForm
from bot.core.text import Reader, t

log = structlog.get_logger(__name__)
_Node = dict[str, Any]
#: Messages that continue a long answer, besides the first: a response_url takes five, and whoever
#: answers a form that was opened here needs one.
_CONTINUED = 3
_GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)(?:\|([^>]*))?>")
#: Seconds that the link of a message is waited for: a form is to open within three.
_FOR_LINK = 1.0
_TOO_LATE = t("The form took too long to open. This button opens it.")
#: What all forms are called, to Slack.
FORM = "form"


class Speaker(Protocol):
    """Speaks to Slack in one workspace."""

    async def call(self, method: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a method of the Web API. Raises Temporary or Permanent."""


class _Groups(Protocol):
    async def group(self, group: str) -> tuple[str, ...]:
        """The members of a user group. Raises Temporary or Permanent."""


def at_once(occasion: Occasion, answer: Answer) -> _Node | None:
    """The body of the acknowledgement that shows `answer`; None if it cannot, {} for nothing."""
    match answer.reply:
        case None:
            return {}
        case Say(card) if occasion.kind == "command":
            drawn = render.message(card, answer.reader, rest=render.BELOW)
            return None if drawn.overflow else _ephemeral(drawn)
        case Say(card) | Redraw(card) if occasion.kind == "submit" and not _has_place(occasion):
            return {"response_action": "update", "view": render.said(card, answer.reader)}
        case ShowForm(form) if occasion.kind == "submit" and occasion.view is not None:
            again = _modal(form, answer.reader, _place(occasion, None))
            return views.refusal(form, answer.reader, view=occasion.view, updated=again)
        case _:
            return None


def _has_place(occasion: Occasion) -> bool:
    return bool(_place(occasion, None).get("channel"))


def _ephemeral(drawn: render.Drawn) -> _Node:
    return {"response_type": "ephemeral", "text": drawn.text, "blocks": drawn.blocks}


def _place(occasion: Occasion, place: Address | None) -> dict[str, str]:
    """What a modal remembers of where it was opened: see `parse`."""
    if occasion.view is not None:
        try:
            return dict(views.unpacked(occasion.view.get("private_metadata") or "null").place)
        except ValueError:
            return {}
    if place is None or occasion.is_home:
        return {}
    found = {"channel": place.channel, "thread": place.thread or "", "url": occasion.response_url}
    return {name: value for name, value in found.items() if value}


def _modal(form: Form, reader: Reader, place: Mapping[str, str]) -> _Node:
    shown, metadata = views.packed(form, place)
    return views.modal(shown, reader, private_metadata=metadata, callback_id=FORM)


class Answers:
    """Shows what the acknowledgement could not."""

    def __init__(
        self,
        speaker: Callable[[str], Speaker],
        respond: Callable[[str, _Node], Awaitable[None]],
    ) -> None:
        """`speaker` gives that of a workspace; `respond` posts to a response_url."""
        self._speaker = speaker
        self._respond = respond

    async def show(self, workspace: str, parsed: Parsed, answer: Answer) -> bool:
        """Show `answer` to the sender; whether there was a way to. Raises nothing of Slack's."""
        match answer.reply:
            case None:
                return True
            case ShowForm(form):
                return await self._open(workspace, parsed, form, answer.reader)
            case Say(card):
                return await self._say(workspace, parsed, card, answer.reader)
            case Redraw(card):
                return await self._redraw(workspace, parsed, card, answer.reader)

    async def _open(self, workspace: str, parsed: Parsed, form: Form, reader: Reader) -> bool:
        occasion = parsed.occasion
        view = _modal(form, reader, _place(occasion, parsed.incoming.place))
        is_in_modal = occasion.view is not None and occasion.view.get("type") == "modal"
        method = "views.push" if is_in_modal else "views.open"
        args = {"trigger_id": occasion.trigger, "view": view}
        try:
            await self._speaker(workspace).call(method, args)
        except MusterError as error:
            # The trigger is too old by now, or was used: a button that opens the form does as well.
            log.info("slack.form_behind_button", reason=str(error))
            return await self._say(workspace, parsed, Card(_TOO_LATE, (form,)), reader)
        return True

    async def _say(self, workspace: str, parsed: Parsed, card: Card, reader: Reader) -> bool:
        occasion = parsed.occasion
        if occasion.is_home and await self._popped_up(workspace, occasion.trigger, card, reader):
            return True
        url = occasion.response_url
        return bool(url) and await self._responded(url, card, reader)

    async def _popped_up(self, workspace: str, trigger: str, card: Card, reader: Reader) -> bool:
        """Whether a card could be shown as a modal: a trigger serves once, and not for long."""
        args = {"trigger_id": trigger, "view": render.said(card, reader)}
        try:
            await self._speaker(workspace).call("views.open", args)
        except MusterError as error:
            log.info("slack.modal_not_opened", reason=str(error))
            return False
        return True

    async def _responded(self, url: str, card: Card, reader: Reader) -> bool:
        """Whether a card could be shown through a response_url."""
        drawn = render.message(card, reader, rest=render.BELOW)
        parts = [drawn, *(render.replies(drawn.overflow, reader) if drawn.overflow else [])]
        if len(parts) > 1 + _CONTINUED:
            return False
        try:
            for part in parts:
                await self._respond(url, _ephemeral(part) | {"replace_original": False})
        except MusterError as error:
            log.info("slack.response_url_spent", reason=str(error))
            return False
        return True

    async def _redraw(self, workspace: str, parsed: Parsed, card: Card, reader: Reader) -> bool:
        occasion = parsed.occasion
        if occasion.view is not None or not occasion.response_url:
            return await self._say(workspace, parsed, card, reader)
        drawn = render.message(card, reader)
        shown = {"text": drawn.text, "blocks": drawn.blocks, "replace_original": True}
        try:
            await self._respond(occasion.response_url, shown)
        except MusterError as error:
            log.info("slack.not_redrawn", reason=str(error))
            return await self._say(workspace, parsed, card, reader)
        return True

    async def expanded(self, text: str, groups: _Groups, end: float) -> str:
        """`text` with the members of the user groups that it mentions, in place of the groups.

        A group that Slack does not tell of by `end`, on the loop's clock, stands there by its name.
        """
        members: dict[str, str] = {}
        for group, handle in dict.fromkeys(_GROUP.findall(text)):
            try:
                async with asyncio.timeout_at(end):
                    users = await groups.group(group)
            except (TimeoutError, MusterError) as error:
                log.info("slack.group_unknown", reason=str(error) or "timeout")
                users = ()
            named = " ".join(f"<@{user}>" for user in users)
            members[group] = named or handle or f"@{group}"
        return _GROUP.sub(lambda found: members[found[1]], text)

    async def link(self, workspace: str, channel: str, message: str) -> str:
        """The permalink of a message; "" where Slack does not tell it, or not in time."""
        args = {"channel": channel, "message_ts": message}
        try:
            async with asyncio.timeout(_FOR_LINK):
                found = await self._speaker(workspace).call("chat.getPermalink", args)
        except (TimeoutError, MusterError) as error:
            log.info("slack.no_permalink", reason=str(error) or "timeout")
            return ""
        return str(found.get("permalink") or "")
