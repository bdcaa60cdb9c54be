"""Buttons and menus: a press brings back what its button meant, whatever the card says by then.

The whole payload travels in the button's value, in an option's value where an entry has a menu. So
a press needs nothing that is kept here, and nothing of the message, which Slack does not send back
when only one person saw it.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from adapters.slack import limits
from adapters.slack.mrkdwn import Node, plain_text, words
from bot.core.chat import Button, Form, Tone
from bot.core.commands import PAYLOAD_VERSION
from bot.core.platform import encode
from bot.core.text import Msg, Reader, t
from bot.core.words import clean

#: How the action ids of all buttons and menus begin.
PRESS = "press-"
#: How a value begins that is compressed; JSON never does.
_PACKED = "z:"
#: A packed payload is at most this long unpacked: a larger one is not of our making.
_LARGEST = 1_000_000
#: Slack's control characters, which JSON has inside strings only: spelt out, nothing touches them.
_CONTROLS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "&<>"})
_STYLES = {Tone.GOOD: "primary", Tone.DANGER: "danger"}


# Payloads as text.


def packed(payload: Any, limit: int) -> str | None:
    """`payload` as text within `limit`, compressed if it must be; None if it cannot be."""
    text = json.dumps(_cleaned(payload), ensure_ascii=False, separators=(",", ":"))
    text = text.translate(_CONTROLS)
    if limits.width(text) <= limit:
        return text
    small = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return _PACKED + small if len(_PACKED) + len(small) <= limit else None


def _cleaned(value: Any) -> Any:
    """JSON values without what no text can hold: half a surrogate pair, control characters."""
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(str(key)): _cleaned(each) for key, each in value.items()}
        case list() | tuple():
            return [_cleaned(each) for each in value]
        case _:
            return value


def unpacked(text: str) -> Any:
    """What `packed` made text of; ValueError if it is something else."""
    if not text.startswith(_PACKED):
        return json.loads(text)
    try:
        small = base64.b64decode(text.removeprefix(_PACKED), validate=True)
        inflater = zlib.decompressobj()
        plain = inflater.decompress(small, _LARGEST)
    except (zlib.error, binascii.Error) as problem:
        message = f"a damaged payload: {problem}"
        raise ValueError(message) from problem
    if not inflater.eof:
        message = "a payload that is cut off or too large"
        raise ValueError(message)
    return json.loads(plain)


def value_of(button: Button) -> str:
    """The value of a button.

    What is too long even when compressed is emptied, the longest text first, and the press then
    opens the command's form, where whoever presses sees what is missing: nothing is done by halves.
    """
    return _value(encode(button), "with")


def form_value(form: Form) -> str:
    """The value of the button that opens a form which stands in a card; as `value_of`."""
    payload = {
        "do": form.command,
        "v": PAYLOAD_VERSION,
        "fields": {each.name: each.value for each in form.fields},
        "kept": dict(form.kept),
        "form": True,
    }
    return _value(payload, "fields")


def _value(payload: dict[str, Any], part: str) -> str:
    value = packed(payload, limits.BUTTON_VALUE)
    while value is None:
        parts = [name for name in (part, "kept") if payload.get(name)]
        if not parts:
            message = f"a command whose name alone is too long: {payload['do']}"
            raise ValueError(message)
        _, name, longest = max(
            (len(json.dumps(each)), name, key)
            for name in parts
            for key, each in payload[name].items()
        )
        left = dict(payload[name])
        if left[longest] and isinstance(left[longest], str) and name != "kept":
            # A text may be required: an empty one is asked for, a missing one is no command.
            left[longest] = ""
        else:
            del left[longest]
        payload = {**payload, name: left, "form": True}
        value = packed(payload, limits.BUTTON_VALUE)
    return value


def pressed(action: dict[str, Any]) -> object:
    """The payload of an action of a block_actions request, as `encode` made it.

    `action` is a button, an overflow menu or a select; ValueError if it is none of ours.
    """
    match action:
        case {"type": "button", "value": str(value)}:
            return unpacked(value)
        case {"type": "overflow" | "static_select", "selected_option": {"value": str(value)}}:
            return unpacked(value)
        case _:
            message = f"an action without a payload: {action.get('type')}"
            raise ValueError(message)


# Elements.


def button(shown: Button, reader: Reader, action: str) -> Node:
    """A button element; `action` is its action id."""
    node = _element(words(shown.label, reader), value_of(shown), action)
    if shown.tone in _STYLES:
        node["style"] = _STYLES[shown.tone]
    if shown.confirm is not None:
        node["confirm"] = _confirm(shown, shown.confirm, reader)
    return node


def form_button(form: Form, reader: Reader, action: str) -> Node:
    """The button that opens a form which stands in a card: a message cannot hold inputs."""
    return _element(words(t("Fill in…"), reader), form_value(form), action)


def _element(label: str, value: str, action: str) -> Node:
    text = plain_text(label, limits.BUTTON_TEXT)
    return {"type": "button", "action_id": action, "text": text, "value": value}


def _confirm(shown: Button, question: Msg, reader: Reader) -> Node:
    node: Node = {
        "title": plain_text(words(t("Are you sure?"), reader), limits.CONFIRM_TITLE),
        "text": plain_text(words(question, reader), limits.CONFIRM_TEXT),
        "confirm": plain_text(words(shown.label, reader), limits.CONFIRM_BUTTON),
        "deny": plain_text(words(t("Cancel"), reader), limits.CONFIRM_BUTTON),
    }
    return node | {"style": "danger"} if shown.tone is Tone.DANGER else node


def rows(
    shown: Sequence[Button], reader: Reader, actions: Iterator[str]
) -> Iterator[tuple[tuple[Button, ...], Node]]:
    """Buttons in rows: those of each row, and its actions block. Slack wraps a row by itself."""
    row: list[Button] = []
    elements: list[Node] = []
    for each in shown:
        element = button(each, reader, next(actions))
        is_full = len(row) == limits.BUTTONS or limits.size([*elements, element]) > limits.ROW_SIZE
        if row and is_full:
            yield tuple(row), {"type": "actions", "elements": elements}
            row, elements = [], []
        row.append(each)
        elements.append(element)
    if row:
        yield tuple(row), {"type": "actions", "elements": elements}


def menu(shown: Sequence[Button], reader: Reader, actions: Iterator[str]) -> Node | None:
    """Several buttons as one menu beside a line; None if they must be buttons after all.

    An option holds 150 characters and asks nothing before it is carried out: what is longer or
    wants to be confirmed stays a button.
    """
    options = [_option(each, reader) for each in shown]
    values = {each["value"] for each in options if each}
    if None in options or len(values) < len(shown) or len(shown) > limits.SELECT:
        return None
    if len(shown) <= limits.MENU:
        return {"type": "overflow", "action_id": next(actions), "options": options}
    placeholder = plain_text(words(t("Choose…"), reader), limits.HEADER)
    return {
        "type": "static_select",
        "action_id": next(actions),
        "placeholder": placeholder,
        "options": options,
    }


def _option(shown: Button, reader: Reader) -> Node | None:
    value = packed(encode(shown), limits.OPTION_VALUE)
    if value is None or shown.confirm is not None:
        return None
    return {"text": plain_text(words(shown.label, reader), limits.OPTION_TEXT), "value": value}
