"""Feishu's part of `muster doctor`: what is wrong, in words that say what to click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from adapters.feishu.api import app as about
from adapters.feishu.api import chats
from adapters.feishu.errors import Rejected
from adapters.feishu.scopes import SCOPES
from bot.core.errors import MusterError
from bot.core.events import Finding
from bot.core.text import Code, Msg, Strong, t

if TYPE_CHECKING:
    from adapters.feishu.app import App

#: The state of a bot that is switched on: https://open.feishu.cn, "Obtain bot info".
_ON = 2
#: Rooms whose groups are asked after, one call each.
_MOST_ROOMS = 50


async def examine(app: App, rooms: Mapping[str, str]) -> list[Finding]:
    """What was found of one app; `rooms` are by chat. Raises nothing."""
    name = Strong(app.config.app_id)
    try:
        found = await about.bot(app.client)
    except MusterError as error:
        return [
            _bad(
                t("Feishu does not let {app} in: {why}", app=name, why=str(error)),
                t("Check FEISHU_APP_ID and FEISHU_APP_SECRET, under Credentials & Basic Info."),
            )
        ]
    findings = [_fine(t("Feishu: {app} is {bot}", app=name, bot=str(found.get("app_name") or "")))]
    if found.get("activate_status") not in {None, _ON}:
        findings.append(
            _bad(
                t("Feishu: the bot of {app} is switched off", app=name),
                t("Add the bot under Features, then publish a version."),
            )
        )
    findings.append(_way_in(app))
    findings += await _permissions(app)
    if app.slash_trouble:
        sentence = t(
            "Feishu: no native slash commands ({why}); @mentions work as well",
            why=app.slash_trouble,
        )
        findings.append(_fine(sentence))
    return findings + await _membership(app, rooms)


async def _permissions(app: App) -> list[Finding]:
    """What cannot be done for lack of a permission. Only what is needed is a fault."""
    try:
        granted = await about.scopes(app.client)
    except MusterError as error:
        return [_fine(t("Feishu: the app's permissions could not be read ({why})", why=str(error)))]
    found = list(_absent(granted))
    return found or [_fine(t("Feishu: the app has every permission that Muster uses"))]


def _absent(granted: frozenset[str]) -> Iterator[Finding]:
    for scope in SCOPES:
        if scope.is_among(granted):
            continue
        name, use = Code(scope.name), scope.use
        if scope.is_needed:
            advice = t("Add it under Permissions & Scopes, then publish a version.")
            yield _bad(
                t("Feishu: without {scope} Muster cannot {use}", scope=name, use=use), advice
            )
        else:
            yield _fine(t("Feishu: without {scope}, none of this: {use}", scope=name, use=use))


async def _membership(app: App, rooms: Mapping[str, str]) -> list[Finding]:
    """Is Muster in the groups of its rooms? What cannot be asked is not held against it."""
    found: list[Finding] = []
    for chat, room in list(rooms.items())[:_MOST_ROOMS]:
        try:
            is_in = await chats.has_me(app.client, chat)
        except Rejected as rejected:
            is_in = rejected.code == "missing_scope"
        except MusterError:
            continue
        if not is_in:
            advice = t("Add the bot to the group again, under its settings.")
            missing = t("Feishu: Muster is not in the group of {room}", room=Strong(room))
            found.append(_bad(missing, advice))
    return found


def _way_in(app: App) -> Finding:
    if app.config.mode == "webhook":
        return _fine(t("Feishu: reached at {path}", path=Code("/feishu/events")))
    return _fine(t("Feishu: reached over a long connection"))


def _fine(text: Msg) -> Finding:
    return Finding(text, is_fine=True)


def _bad(text: Msg, advice: Msg | None = None) -> Finding:
    return Finding(text, is_fine=False, advice=advice)
