"""Modals and Home tabs: what is shown, and what people have put in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.blocks import checked_blocks, elements_of
from tests.fakes.slack.errors import SlackError

#: Documented for modals: three views on top of each other.
STACK = 3
TITLE = 24
MODAL_KEYS = {
    "type", "title", "blocks", "submit", "close", "private_metadata", "callback_id",
    "clear_on_close", "notify_on_close", "external_id", "submit_disabled",
}  # fmt: skip
HOME_KEYS = {"type", "blocks", "private_metadata", "callback_id", "external_id"}


@dataclass(eq=False)
class View:
    """An open modal, or somebody's Home tab."""

    id: str
    team: str
    app_id: str
    bot_id: str
    body: dict[str, Any]
    hash: str
    root: str = ""
    previous: str = ""
    #: block_id → action_id → value, as `view.state.values` shows it.
    values: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    #: block_id → what the app found wrong.
    errors: dict[str, str] = field(default_factory=dict)
    #: response_urls of this view, made for selects with response_url_enabled.
    is_open: bool = True

    def __post_init__(self) -> None:
        self.root = self.root or self.id
        self.fill_in()

    def replace(self, body: dict[str, Any], new_hash: str) -> None:
        """Another content. What people put in stays where block and action ids stay."""
        self.body, self.hash, self.errors = body, new_hash, {}
        self.fill_in()

    def fill_in(self) -> None:
        """State for every input there is: what was put in before, else its initial value."""
        before = self.values
        self.values = {}
        for block, element in elements_of(self.body["blocks"]):
            value = initial(element)
            if value is None:
                continue
            block_id, action_id = block["block_id"], element["action_id"]
            kept = before.get(block_id, {}).get(action_id)
            if kept is not None and kept["type"] == element["type"]:
                value = kept
            self.values.setdefault(block_id, {})[action_id] = value

    def json(self) -> dict[str, Any]:
        """The view object of payloads and answers."""
        body = self.body
        shown: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team,
            "type": body["type"],
            "blocks": body["blocks"],
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": self.values},
            "hash": self.hash,
            "title": body.get("title"),
            "clear_on_close": bool(body.get("clear_on_close")),
            "notify_on_close": bool(body.get("notify_on_close")),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "previous_view_id": self.previous or None,
            "root_view_id": self.root,
            "app_id": self.app_id,
            "external_id": body.get("external_id", ""),
            "app_installed_team_id": self.team,
            "bot_id": self.bot_id,
        }
        if body["type"] == "home":
            shown["title"] = {"type": "plain_text", "text": "View Title", "emoji": True}
        return shown


#: Inputs with state: element type → (key in the state, key of the initial value, empty value).
STATES: dict[str, tuple[str, str, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "rich_text_input": ("rich_text_value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "checkboxes": ("selected_options", "initial_options", []),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "users_select": ("selected_user", "initial_user", None),
    "multi_users_select": ("selected_users", "initial_users", []),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "channels_select": ("selected_channel", "initial_channel", None),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
    "file_input": ("files", "", []),
}


def initial(element: dict[str, Any]) -> dict[str, Any] | None:
    """The state of an input nobody has touched; None for what has no state, such as a button."""
    if element["type"] not in STATES:
        return None
    key, given, empty = STATES[element["type"]]
    value = element.get(given, empty) if given else empty
    return {"type": element["type"], key: list(value) if isinstance(value, list) else value}


def checked_view(view: Any, *, kind: str, ids: Any) -> dict[str, Any]:
    """A view as the app sent it, with block and action ids where it had none; SlackError if bad.

    Source: the pages on modal and home views; invalid_arguments as views.open documents it.
    """
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", "missing required field: view")
    if view.get("type") != kind:
        raise SlackError("invalid_arguments", f"must be a {kind} view [json-pointer:/view/type]")
    known = MODAL_KEYS if kind == "modal" else HOME_KEYS
    problems = [f"invalid additional property: {key}" for key in view if key not in known]
    for key in ("title", "submit", "close"):
        problems += _label_problems(view, key, required=key == "title" and kind == "modal")
    problems += [
        f"must be less than {limit + 1} characters [json-pointer:/view/{key}]"
        for key, limit in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255))
        if len(view.get(key) or "") > limit
    ]
    blocks, found = checked_blocks(view.get("blocks"), most=100, kind=kind, ids=ids)
    problems += found
    has_input = any(block.get("type") == "input" for block in blocks)
    if kind == "modal" and has_input and not view.get("submit"):
        problems.append("view with input blocks must have a submit button")
    if problems:
        raise SlackError("invalid_arguments", *problems)
    return {**view, "blocks": blocks}


def _label_problems(view: dict[str, Any], key: str, *, required: bool) -> list[str]:
    label = view.get(key)
    where = f"[json-pointer:/view/{key}]"
    if label is None:
        return [f"missing required field: {key} {where}"] if required else []
    if not isinstance(label, dict) or label.get("type") != "plain_text":
        return [f"must be a plain_text object {where}"]
    text = label.get("text")
    if not isinstance(text, str) or not text.strip():
        return [f"must be more than 0 characters {where}"]
    return [f"must be less than {TITLE + 1} characters {where}"] if len(text) > TITLE else []
