"""From what a test says to what Slack's inputs hold."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.slack.modal import Input, Modal
from tests.fakes.slack.seen import options_of
from tests.fakes.slack.views import STATES


def put(
    field: Input, value: Any, zone: str, options: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The state of an input that `value` was put into.

    People and channels by themselves or by id, moments as datetimes (without a zone: in the
    person's), options by their labels, several of anything as a list, one checkbox as a bool.
    """
    key, _, empty = STATES[field.type]
    state = {"type": field.type}
    if value is None:
        return state | {key: empty}
    known = options if options is not None else options_of(field.element)
    if key == "selected_options":
        return state | {key: _several(field, value, known)}
    if key == "selected_option":
        return state | {key: _option(known, value)}
    if key in ("selected_users", "selected_conversations", "selected_channels"):
        many = value if isinstance(value, list | tuple | set) else [value]
        return state | {key: [_id(one) for one in many]}
    if key in ("selected_user", "selected_conversation", "selected_channel"):
        return state | {key: _id(value)}
    return state | {key: _scalar(field.type, value, zone)}


def _scalar(kind: str, value: Any, zone: str) -> Any:
    match kind:
        case "datetimepicker":
            assert isinstance(value, datetime), f"a datetime, not {value!r}"
            moment = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))
            return int(moment.timestamp())
        case "datepicker":
            assert isinstance(value, date), f"a date, not {value!r}"
            return value.strftime("%Y-%m-%d")
        case "timepicker":
            assert isinstance(value, time), f"a time, not {value!r}"
            return value.strftime("%H:%M")
        case "rich_text_input":
            section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
            return {"type": "rich_text", "elements": [section]}
        case "number_input":
            return str(value)
        case _:
            assert isinstance(value, str), f"text, not {value!r}"
            return value or None


def _several(field: Input, value: Any, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(value, bool):
        assert len(known) == 1, f"which of {field.options}?"
        return known[:1] if value else []
    labels = [value] if isinstance(value, str) else list(value)
    return [_option(known, label) for label in labels]


def _option(known: list[dict[str, Any]], label: Any) -> dict[str, Any]:
    for option in known:
        if option["text"]["text"] == label:
            return option
    names = [option["text"]["text"] for option in known]
    raise AssertionError(f"no option {label!r} among {names}")


def _id(value: Any) -> str:
    return value if isinstance(value, str) else str(value.id)


def missing(modal: Modal) -> dict[str, str]:
    """Label → why Slack does not let the form go."""
    found: dict[str, str] = {}
    for label, field in modal.inputs.items():
        value = field.value
        if value in (None, "", []):
            if not field.is_optional:
                found[label] = "Please complete this required field."
        elif why := _wrong(field.element, value):
            found[label] = why
    return found


def _wrong(element: dict[str, Any], value: Any) -> str:  # noqa: PLR0911  one for each rule
    match element["type"]:
        case "plain_text_input":
            if len(value) > element.get("max_length", 3000):
                return "This entry is too long."
            if len(value) < element.get("min_length", 0):
                return "This entry is too short."
        case "number_input":
            try:
                number = float(value) if element.get("is_decimal_allowed") else int(value)
            except ValueError:
                return "Please enter a valid number."
            if number < float(element.get("min_value", number)):
                return "This number is too small."
            if number > float(element.get("max_value", number)):
                return "This number is too large."
        case kind if kind.startswith("multi_"):
            if len(value) > element.get("max_selected_items", len(value)):
                return "Too many chosen."
        case _:
            pass
    return ""
