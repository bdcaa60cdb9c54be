"""Forms out and in: a `Form` as a modal, and what comes back as values by the names of its fields.

Each input's block id is the name of its field, so Slack can show an error beside it. A value that a
picker cannot hold (words for a date, a choice that is no option any more) stands in a line of text
instead: nothing that was there is lost on the way.
https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from adapters.slack import buttons, limits
from adapters.slack.blocks import Drawing, Unit, units
from adapters.slack.mrkdwn import Node, plain_text, words
from adapters.slack.render import Room, view_blocks
from bot.core.chat import Choice, FieldKind, Form, FormField, Heading, Paragraph
from bot.core.forms import beginning
from bot.core.text import Msg, Reader, t
from bot.core.words import clean

#: The action id of every input; its block says which it is.
VALUE = "value"
#: What a ticked box stands for, as bot/core/forms.py reads it.
_YES = "yes"
#: Of one option group; a select has at most as many groups.
_GROUP = limits.SELECT
#: What datetimepicker takes: seconds of ten digits.
_SECONDS = range(1_000_000_000, 10_000_000_000)


# What a modal carries besides its inputs.


@dataclass(frozen=True, slots=True)
class Carried:
    """What a modal hands back unseen: its command, the form's `kept`, and where it was opened."""

    command: str
    kept: Mapping[str, str] = field(default_factory=dict)
    place: Mapping[str, str] = field(default_factory=dict)


def packed(form: Form, place: Mapping[str, str]) -> tuple[Form, str]:
    """The private_metadata of a modal, and the form to draw in it.

    `place` is the adapter's own (channel, thread, message …). Slack takes 3,000 characters; a kept
    value for which there is no room becomes an input of several lines, the longest first: it is
    shown and comes back with the other values, which the door takes just as well.
    """
    while True:
        payload = {"do": form.command, "kept": dict(form.kept), "place": dict(place)}
        metadata = buttons.packed(payload, limits.METADATA)
        if metadata is not None:
            return form, metadata
        if not form.kept:
            message = "the place of a form is too long"
            raise ValueError(message)
        name = max(form.kept, key=lambda each: (len(form.kept[each]), each))
        kept = {each: value for each, value in form.kept.items() if each != name}
        label = t("{name}", name=name.replace("_", " "))
        shown = FormField(name, FieldKind.LONG, label, value=form.kept[name])
        form = replace(form, kept=kept, fields=(*form.fields, shown))


def unpacked(metadata: str) -> Carried:
    """What `packed` put into private_metadata; ValueError if it is something else."""
    match buttons.unpacked(metadata):
        case {"do": str(command), "kept": dict(kept), "place": dict(place)}:
            return Carried(command, kept, place)
        case _:
            message = "a modal that is none of ours"
            raise ValueError(message)


# Out.


def modal(form: Form, reader: Reader, *, private_metadata: str, callback_id: str) -> Node:
    """`form` as a modal. `private_metadata` is from `packed`, whose form is the one to draw."""
    title = _title(form.title, reader)
    drawing = Drawing(reader, tables=0)
    drawn: list[Unit] = []
    if title != words(form.title, reader):
        drawn += [_header(words(form.title, reader))]
    inputs = _inputs(form, drawing)
    count = len(form.parts)
    while count > 1 and not _is_room([*drawn, *inputs]):
        count -= 1
        inputs = _inputs(beginning(form, count), drawing)
    drawn += inputs
    if not drawn:
        drawn += units(Paragraph(form.title), drawing)
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private_metadata,
        "title": plain_text(title, limits.VIEW_TITLE),
        "submit": plain_text(_brief(form.submit, reader), limits.VIEW_TITLE),
        "close": plain_text(_brief(t("Cancel"), reader), limits.VIEW_TITLE),
        "blocks": view_blocks(drawn, reader),
    }


def _inputs(form: Form, drawing: Drawing) -> list[Unit]:
    """What is said above the inputs, and the inputs, each section below its heading."""
    drawn: list[Unit] = []
    if form.intro is not None:
        drawn += units(Paragraph(form.intro), drawing)
    for each in form.fields:
        if each.section is not None:
            drawn += _heading(each.section, drawing)
        drawn += _field(each, drawing)
    return drawn


def _heading(section: Msg, drawing: Drawing) -> list[Unit]:
    said = words(section, drawing.reader)
    if limits.width(said) <= limits.HEADER:
        return [_header(said)]
    return [replace(each, is_kept=True) for each in units(Heading(section), drawing)]


def _is_room(drawn: Sequence[Unit]) -> bool:
    blocks = tuple(block for unit in drawn for block in unit.blocks)
    fits = Room(limits.VIEW_BLOCKS, limits.VIEW_SIZE).has(blocks)
    return fits and len(json.dumps(blocks)) <= limits.VIEW_BYTES - limits.METADATA


def _brief(text: Msg, reader: Reader) -> str:
    """`text` for where 24 characters are all: in one language if two are too long."""
    said = words(text, reader)
    if limits.width(said) > limits.VIEW_TITLE and reader.lang == "both":
        return words(text, replace(reader, lang="en"))
    return said


def _title(text: Msg, reader: Reader) -> str:
    return limits.shortened(" ".join(_brief(text, reader).split()), limits.VIEW_TITLE)


def _header(text: str) -> Unit:
    return Unit(({"type": "header", "text": plain_text(text, limits.HEADER)},), text, is_kept=True)


def _field(shown: FormField, drawing: Drawing) -> list[Unit]:
    """An input, what is wrong with it above it."""
    reader = drawing.reader
    drawn: list[Unit] = []
    if shown.error is not None:
        drawn += units(Paragraph(t("⚠️ {error}", error=shown.error)), drawing)
    element = _picker(shown, reader)
    hints = [words(shown.hint, reader)] if shown.hint is not None else []
    if element is None:
        element, is_whole = _words_input(shown)
        if not is_whole:
            short = t("Only the beginning of a longer text fits here.")
            hints.append(words(short, reader))
    node: Node = {
        "type": "input",
        "block_id": shown.name,
        "label": plain_text(words(shown.label, reader), limits.LABEL),
        "element": {"action_id": VALUE, **element},
        # A box may always be left empty: that is its "no".
        "optional": not shown.required or shown.kind is FieldKind.FLAG,
    }
    if hints:
        node["hint"] = plain_text(" ".join(hints), limits.HINT)
    return [*drawn, Unit((node,), words(shown.label, reader), is_kept=True)]


def _picker(shown: FormField, reader: Reader) -> Node | None:  # noqa: PLR0911  one case a kind
    """The element made for a kind of field; None where its value needs words."""
    value = _single(shown)
    match shown.kind:
        case FieldKind.LINE | FieldKind.LONG:
            return None
        case FieldKind.SELECT:
            return _select(shown.choices, value, reader)
        case FieldKind.PERSON:
            return _with("users_select", "initial_user", value)
        case FieldKind.PEOPLE:
            people = [shown.value] if isinstance(shown.value, str) else list(shown.value)
            return _with("multi_users_select", "initial_users", [one for one in people if one])
        case FieldKind.WHEN:
            seconds = _seconds(value, reader)
            fits = not value or seconds in _SECONDS
            return _with("datetimepicker", "initial_date_time", seconds) if fits else None
        case FieldKind.NUMBER:
            fits = not value or _is_number(value)
            node = _with("number_input", "initial_value", value)
            return node | {"is_decimal_allowed": True} if fits else None
        case FieldKind.FLAG:
            option = {"text": plain_text(words(t("Yes"), reader), 75), "value": _YES}
            chosen = _with("checkboxes", "initial_options", [option] if value else [])
            return chosen | {"options": [option]}
        case _:
            assert_never(shown.kind)


def _with(kind: str, initial: str, value: Any) -> Node:
    return {"type": kind, initial: value} if value else {"type": kind}


def _single(shown: FormField) -> str:
    value = shown.value if isinstance(shown.value, str) else next(iter(shown.value), "")
    return clean(value)


def _select(choices: tuple[Choice, ...], value: str, reader: Reader) -> Node | None:
    """A select; None if Slack cannot hold the options or the value is none of them."""
    values = [each.value for each in choices]
    fit = all(0 < limits.width(each) <= limits.OPTION_VALUE for each in values)
    if not fit or not choices or len(set(values)) < len(values) or len(values) > _GROUP**2:
        return None
    options = [
        {"text": plain_text(words(each.label, reader), limits.OPTION_TEXT), "value": each.value}
        for each in choices
    ]
    chosen = next((each for each in options if each["value"] == value), None)
    if value and chosen is None:
        return None
    node = _with("static_select", "initial_option", chosen)
    if len(options) <= limits.SELECT:
        return node | {"options": options}
    starts = range(0, len(options), _GROUP)
    groups = [
        {
            "label": plain_text(f"{start + 1}–{start + _GROUP}", limits.OPTION_TEXT),
            "options": options[start : start + _GROUP],
        }
        for start in starts
    ]
    return node | {"option_groups": groups}


def _seconds(value: str, reader: Reader) -> int:
    """The instant that a form's date is; 0 if it is none. Without an offset it is the reader's."""
    try:
        at = datetime.fromisoformat(value)
        return int((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(reader.zone))).timestamp())
    except (ValueError, OverflowError):
        return 0


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value)) and value.isascii()
    except ValueError:
        return False


def _words_input(shown: FormField) -> tuple[Node, bool]:
    """An input for text, and whether it holds all of the field's value."""
    most = max(1, min(shown.max_length, limits.INPUT))
    if isinstance(shown.value, str):
        value = clean(shown.value)
    else:
        value = " ".join(clean(each) for each in shown.value)
    if shown.kind is not FieldKind.LONG:
        value = " ".join(value.split())
    node: Node = {"type": "plain_text_input", "max_length": most}
    if shown.kind is FieldKind.LONG:
        node["multiline"] = True
    if value:
        node["initial_value"] = limits.head(value, most)
    return node, limits.width(value) <= most


# In.


def submitted(
    view: Mapping[str, Any],
) -> tuple[str, dict[str, str | tuple[str, ...]], dict[str, str]]:
    """The command, the values by field, and what was kept, of a view that was sent.

    People are user ids, a date is in ISO 8601 with Z (unambiguous whatever anybody's zone), a box
    is "yes" or ""; ValueError if the view is none of ours.
    """
    carried = unpacked(view.get("private_metadata") or "null")
    given = view.get("state", {}).get("values", {})
    values = {name: _value(each) for name, inputs in given.items() for each in inputs.values()}
    return carried.command, values, dict(carried.kept)


def _value(state: Mapping[str, Any]) -> str | tuple[str, ...]:
    match state.get("type"):
        case "plain_text_input" | "number_input":
            return state.get("value") or ""
        case "static_select":
            return str((state.get("selected_option") or {}).get("value", ""))
        case "users_select":
            return state.get("selected_user") or ""
        case "multi_users_select":
            return tuple(state.get("selected_users") or ())
        case "datetimepicker":
            seconds = state.get("selected_date_time")
            return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}" if seconds else ""
        case "checkboxes":
            return _YES if state.get("selected_options") else ""
        case other:
            message = f"an input of a kind that no form of ours has: {other}"
            raise ValueError(message)


def refusal(form: Form, reader: Reader, *, view: Mapping[str, Any], updated: Node) -> Node:
    """What to answer to the submission of `view`, when `form` came back with errors.

    Errors beside inputs that are there are shown by Slack itself, which keeps all that was typed;
    anything else needs the modal drawn again, which is `updated`.
    """
    inputs = {each.get("block_id") for each in view["blocks"] if each.get("type") == "input"}
    errors = {each.name: each.error for each in form.fields if each.error is not None}
    if form.intro is not None or not errors or not errors.keys() <= inputs:
        return {"response_action": "update", "view": updated}
    said = {
        name: words(error, reader) or words(t("This cannot be taken."), reader)
        for name, error in errors.items()
    }
    return {"response_action": "errors", "errors": said}
