"""Slack's part of `muster doctor`: what is wrong, in words that say what to click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.client import SlackClient
from adapters.slack.errors import Shut
from adapters.slack.manifest import SCOPES
from adapters.slack.methods import OPTIONAL_SCOPES
from bot.core.errors import MusterError, Sealed
from bot.core.events import Finding
from bot.core.text import Code, Msg, Seq, Strong, t

if TYPE_CHECKING:
    from adapters.slack.adapter import Slack

#: Slack refuses requests whose clock is five minutes off; one minute is worth a word.
_DRIFT = 60.0
#: Of a method's calls in a minute, what is close to the limit.
_CLOSE = 0.9
_PAGES = "api.slack.com/apps"


async def examine(slack: Slack, channels: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """What was found, one workspace after the other. Raises nothing.

    `channels` as in `ExaminesItself`.
    """
    findings = [await _way_in(slack)]
    try:
        workspaces = await slack.installs.everywhere()
    except Exception as error:  # noqa: BLE001  whatever it is, that is the finding
        return [*findings, _out_of_reach(error)]
    if not workspaces:
        advice = t("Open {page} on this server and add it.", page=Code("/slack/install"))
        findings.append(_bad(t("Slack: Muster is in no workspace yet"), advice))
    for workspace in workspaces:
        try:
            client = slack.client(workspace)
            findings += await _workspace(client, workspace)
            findings += await _membership(client, channels.get(workspace, {}))
        except MusterError as error:
            findings.append(_out_of_reach(error))
    return findings


def _fine(text: Msg) -> Finding:
    return Finding(text, is_fine=True)


def _bad(text: Msg, advice: Msg | None = None) -> Finding:
    return Finding(text, is_fine=False, advice=advice)


def _out_of_reach(error: Exception) -> Finding:
    if isinstance(error, Shut):
        return _bad(
            t("Slack does not take the token: {why}", why=Code(error.code)),
            t(
                "At {page}, OAuth & Permissions, press {button}, and set {setting} anew.",
                page=_PAGES,
                button=Strong("Install to Workspace"),
                setting=Code("SLACK_BOT_TOKEN"),
            ),
        )
    if isinstance(error, Sealed):
        setting = Code("MUSTER_SECRET_KEY")
        return _bad(
            t("Slack: {setting} does not open the tokens that are kept", setting=setting),
            t("Set it to the key that they were sealed with, or install Muster anew."),
        )
    return _bad(
        t("Slack is out of reach: {why}", why=str(error) or type(error).__name__),
        t("Can this machine reach {address}?", address=Code("slack.com")),
    )


async def _way_in(slack: Slack) -> Finding:
    if not slack.config.app_token:
        return _fine(t("Slack: reached over HTTP at {path}", path=Code("/slack/events")))
    try:
        await slack.may_connect()
    except SlackApiError as error:
        advice = t(
            "At {page}, Basic Information, App-Level Tokens: make one with {scope}, set {setting}.",
            page=_PAGES,
            scope=Code("connections:write"),
            setting=Code("SLACK_APP_TOKEN"),
        )
        why = Code(str(error.response.get("error")))
        return _bad(t("Slack: Socket Mode does not take the token: {why}", why=why), advice)
    except (aiohttp.ClientError, TimeoutError) as error:
        return _out_of_reach(error)
    return _fine(t("Slack: Socket Mode takes the token"))


async def _membership(client: SlackClient, rooms: Mapping[str, str]) -> list[Finding]:
    """Is Muster in the channels of its rooms? Asked only where there are rooms."""
    missing = dict(rooms)
    cursor = ""
    while missing:
        found, cursor = await client.api.page(
            "users.conversations",
            {"types": "public_channel,private_channel", "exclude_archived": "true"},
            cursor,
        )
        for channel in found["channels"]:
            missing.pop(str(channel["id"]), None)
        if not cursor:
            break
    return [
        _bad(
            t("Slack: Muster is not in the channel of {room}", room=Strong(room)),
            t("Say there: {invite}", invite=Code("/invite @Muster")),
        )
        for room in missing.values()
    ]


async def _workspace(client: SlackClient, workspace: str) -> list[Finding]:
    found = await client.examined()
    name = Strong(found.name or workspace)
    findings = [_fine(t("Slack: Muster is in {workspace}", workspace=name))]
    missing = sorted(SCOPES - OPTIONAL_SCOPES - found.scopes)
    if missing:
        findings.append(
            _bad(
                t(
                    "Slack: {workspace} has not granted {scopes}",
                    workspace=name,
                    scopes=Seq(tuple(Code(scope) for scope in missing)),
                ),
                t(
                    "At {page}, OAuth & Permissions, add them, then press {button}.",
                    page=_PAGES,
                    button=Strong("Reinstall to Workspace"),
                ),
            )
        )
    if abs(found.drift) > _DRIFT:
        findings.append(
            _bad(
                t(
                    "The clock of this machine is {n} seconds off from Slack's",
                    n=round(found.drift),
                ),
                t(
                    "Slack refuses requests from 300 seconds on: let {service} set it.",
                    service=Code("ntp"),
                ),
            )
        )
    for method, (used, most) in sorted(found.used.items()):
        if used >= most * _CLOSE:
            findings.append(
                _bad(
                    t(
                        "Slack: {method} was called {used} times in a minute; {most} are allowed",
                        method=Code(method),
                        used=used,
                        most=most,
                    )
                )
            )
    return findings
