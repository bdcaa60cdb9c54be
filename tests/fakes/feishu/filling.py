"""From what a person presses and fills in to what their client sends."""

from __future__ import annotations

from typing import Any

from tests.fakes.feishu.chats import Message
from tests.fakes.feishu.clock import OFFSET
from tests.fakes.feishu.org import App, User
from tests.fakes.feishu.reading import Button, Form, Input


def pressed(button: Button) -> dict[str, Any]:
    action: dict[str, Any] = {"tag": button.element["tag"], "value": button.value}
    if name := button.element.get("name"):
        action["name"] = name
    if option := button.element.get("option"):
        action["option"] = option.get("value")
    return action


def form_with(forms: list[Form], submit: str | None) -> Form:
    for form in forms:
        if any(submit in {None, button.label} for button in form.submits):
            return form
    raise AssertionError(f"no form with {submit!r} among {[f.name for f in forms]}")


def option(each: Input, value: Any) -> Any:
    if value in each.options:
        return each.options[value]
    assert value in each.options.values(), f"no {value!r} among {list(each.options)}"
    return value


def action_key(tag: str) -> str:
    match tag:
        case "input":
            return "input_value"
        case "checker":
            return "checked"
        case "multi_select_static" | "multi_select_person":
            return "options"
        case _:
            return "option"


def sent(each: Input, value: Any, message: Message) -> Any:
    """What the client sends for a value; people may be `User`s or whatever has a `.user`."""
    author = message.sender
    assert isinstance(author, App), "only apps' cards can be filled in"
    if each.tag.startswith("multi_"):
        return [_one(each, one, message, author) for one in value]
    return _one(each, value, message, author)


def _one(each: Input, value: Any, message: Message, author: App) -> Any:
    match each.tag.removeprefix("multi_"):
        case "select_static" | "select_img":
            return option(each, value)
        case "select_person":
            return _picked(each, _open_id(value, author), message, author)
        case "date_picker" | "picker_time" | "picker_datetime":
            return f"{value} {OFFSET}"
        case "input":
            most = each.element.get("max_length", 1000)
            assert len(str(value)) <= most, f"{each.label} takes at most {most} characters"
            return str(value)
        case _:
            return value


def _picked(each: Input, open_id: str, message: Message, author: App) -> str:
    """A picker offers its options, or, where it names none, the members of the chat."""
    offered = {option["value"] for option in each.element.get("options", [])}
    offered = offered or {user.open_id(author) for user in message.chat.members}
    assert open_id in offered, f"{each.label} does not offer {open_id}"
    return open_id


def _open_id(who: Any, app: App) -> str:
    user = getattr(who, "user", who)
    return user.open_id(app) if isinstance(user, User) else str(user)
