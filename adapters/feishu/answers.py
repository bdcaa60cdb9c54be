"""The way back: what a pressed button and a sent form say.

An action is `event.action` of a `card.action.trigger` callback. What it sends back is what `forms`
and `elements` gave it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from adapters.feishu.forms import PICKED
from bot.core.words import clean

_NAME = re.compile(r"([lstpmwnf])\d+_(.*)", re.DOTALL)

#: An action of a callback, as it is in `event.action`.
Action = Mapping[str, Any]
Values = dict[str, str | tuple[str, ...]]


class NotOurs(ValueError):  # noqa: N818  it is an answer about an action, not a fault
    """An action that no card of Muster's sends."""


def payload(action: Action) -> dict[str, Any]:
    """What the pressed component was given to send back; NotOurs if that is no object.

    Accepts the object that Muster's cards carry, the same as JSON text, and the chosen option of a
    menu.
    """
    value = action.get("option") if action.get("tag") == "overflow" else action.get("value")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise NotOurs(action.get("tag")) from error
    if not isinstance(value, dict):
        raise NotOurs(action.get("tag"))
    return value


def is_submission(action: Action) -> bool:
    """Whether an action sends a form; `submitted` reads it then, `pressed` any other."""
    try:
        return "kept" in payload(action)
    except NotOurs:
        return False


def is_cancelled(action: Action) -> bool:
    """Whether an action gives a form up."""
    try:
        return payload(action).get("cancel") is True
    except NotOurs:
        return False


def context(action: Action) -> dict[str, Any]:
    """What a form was made with, to be handed back; empty for any other card."""
    try:
        found = payload(action).get("ctx")
    except NotOurs:
        return {}
    return found if isinstance(found, dict) else {}


def submitted(action: Action) -> tuple[str, Values, dict[str, str]]:
    """The command of a sent form, the value of each of its fields, and what it kept.

    People are open_ids; a date and time is "2026-11-24 17:00 +0800", or what the field started with
    when nobody touched it; a flag is "yes" or "". Raises NotOurs.
    """
    match payload(action):
        case {"do": str(command), "kept": dict(kept), **rest}:
            was = rest.get("was")
        case _:
            raise NotOurs(action.get("tag"))
    sent = action.get("form_value")
    values: Values = {}
    for name, value in (sent if isinstance(sent, Mapping) else {}).items():
        if found := _NAME.fullmatch(str(name)):
            values[found[2]] = _came_back(found[1], value)
    for name, started in (was if isinstance(was, dict) else {}).items():
        values[name] = _unless_untouched(values.get(name, ""), started)
    return command, values, {str(key): str(each) for key, each in kept.items()}


def _came_back(letter: str, value: Any) -> str | tuple[str, ...]:
    match value:
        case _ if letter == "f":
            return "yes" if value in (True, "true", "True", "yes", "1", 1) else ""
        case list() | tuple():
            return tuple(clean(str(each)) for each in value)
        case None:
            return () if letter == "m" else ""
        case _ if letter == "m":
            return tuple(clean(str(value)).replace(",", " ").split())
        case _:
            return clean(str(value))


def _unless_untouched(value: str | tuple[str, ...], started: Any) -> str | tuple[str, ...]:
    """`value`, or what the field started with where that is what it still stands for.

    A picker of people could not show it; one of times sends it back with the offset of the client,
    whatever zone it was filled in for.
    """
    if isinstance(started, list):
        return value or tuple(str(each) for each in started)
    before = PICKED.fullmatch(str(started))
    if before is None:
        return value or str(started)
    shown = PICKED.fullmatch(value) if isinstance(value, str) else None
    return str(started) if shown and shown[1] == before[1] else value
