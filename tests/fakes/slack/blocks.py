"""Block Kit: what Slack accepts, by its documented limits.

Numbers are those of the reference pages of each block, element and composition object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: Block → the surfaces it may stand on.
BLOCKS = {
    "actions": {"message", "modal", "home"},
    "alert": {"message", "modal"},
    "card": {"message"},
    "carousel": {"message"},
    "context": {"message", "modal", "home"},
    "context_actions": {"message"},
    "divider": {"message", "modal", "home"},
    "file": {"message"},
    "header": {"message", "modal", "home"},
    "image": {"message", "modal", "home"},
    "input": {"message", "modal", "home"},
    "markdown": {"message"},
    "plan": {"message"},
    "rich_text": {"message", "modal", "home"},
    "section": {"message", "modal", "home"},
    "table": {"message"},
    "task_card": {"message"},
    "video": {"message", "modal", "home"},
}
SELECTS = {
    "static_select", "external_select", "users_select", "conversations_select", "channels_select",
    "multi_static_select", "multi_external_select", "multi_users_select",
    "multi_conversations_select", "multi_channels_select",
}  # fmt: skip
CHOICES = {"static_select", "multi_static_select", "overflow", "checkboxes", "radio_buttons"}
PICKERS = {"datepicker", "timepicker", "datetimepicker"}
TEXTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
IN_ACTIONS = {"button", "overflow", "checkboxes", "radio_buttons", "workflow_button"}
IN_ACTIONS |= SELECTS | PICKERS
IN_INPUT = (
    SELECTS | PICKERS | TEXTS | {"checkboxes", "radio_buttons", "rich_text_input", "file_input"}
)
#: Choice element → (fewest options, most options).
OPTIONS = {
    "static_select": (1, 100), "multi_static_select": (1, 100), "overflow": (1, 5),
    "checkboxes": (1, 10), "radio_buttons": (1, 10),
}  # fmt: skip
#: Characters of all text in the blocks of one message; reported, not documented (bolt-js #2509).
ALL_TEXT = 13_200


def elements_of(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every interactive element with its block."""
    for block in blocks:
        inner = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
        for element in inner:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def checked_blocks(
    blocks: Any, *, most: int, kind: str, ids: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """Blocks with ids where they had none, and what is wrong with them."""
    if not isinstance(blocks, list) or any(not isinstance(block, dict) for block in blocks):
        return [], ["must be an array of blocks [json-pointer:/blocks]"]
    check = _Check(kind, ids)
    made = [check.block(block, f"/blocks/{i}") for i, block in enumerate(blocks)]
    if len(blocks) > most:
        check.problem(f"no more than {most} items allowed", "/blocks")
    if sum(block.get("type") == "table" for block in blocks) > 1:
        check.problem("only one table allowed", "/blocks")
    return made, check.problems


def text_size(value: Any) -> int:
    """Characters of all the text in blocks."""
    if isinstance(value, list):
        return sum(map(text_size, value))
    if isinstance(value, dict):
        return sum(
            len(inner) if key == "text" and isinstance(inner, str) else text_size(inner)
            for key, inner in value.items()
        )
    return 0


class _Check:
    """One pass over the blocks of one message or view."""

    def __init__(self, kind: str, ids: Any) -> None:
        self._kind = kind
        self._ids = ids
        self.problems: list[str] = []
        self._blocks: set[str] = set()
        #: Action ids by block: measured by others, an action id is unique within its block only.
        self._actions: dict[str, set[str]] = {}
        self._block = ""
        self._focused = 0

    def problem(self, text: str, where: str) -> None:
        self.problems.append(f"{text} [json-pointer:{where}]")

    def block(self, block: dict[str, Any], at: str) -> dict[str, Any]:
        kind = block.get("type")
        if not isinstance(kind, str) or self._kind not in BLOCKS.get(kind, set()):
            self.problem(f"unsupported type: {kind}", f"{at}/type")
            return block
        made = dict(block)
        made["block_id"] = self._unique(block.get("block_id"), self._blocks, "block_id", at)
        self._block = at
        match kind:
            case "section":
                self._section(made, at)
            case "header":
                self._text(made.get("text"), f"{at}/text", 150, plain=True)
            case "context":
                self._context(made, at)
            case "actions":
                self._actions_block(made, at)
            case "input":
                self._input(made, at)
            case "markdown":
                self._string(made.get("text"), f"{at}/text", 12_000)
            case "image":
                self._image(made, at)
            case "table":
                self._table(made, at)
            case _:
                pass  # The fake holds no limits of blocks that nobody here draws.
        return made

    # Blocks.

    def _section(self, block: dict[str, Any], at: str) -> None:
        fields = block.get("fields")
        if block.get("text") is None and not fields:
            self.problem("missing required field: text", at)
        if block.get("text") is not None:
            self._text(block["text"], f"{at}/text", 3000)
        if fields is not None:
            self._items(fields, f"{at}/fields", 1, 10)
            for i, one in enumerate(fields if isinstance(fields, list) else []):
                self._text(one, f"{at}/fields/{i}", 2000)
        if block.get("accessory") is not None:
            allowed = IN_ACTIONS | {"image"}
            block["accessory"] = self._element(block["accessory"], f"{at}/accessory", allowed)

    def _context(self, block: dict[str, Any], at: str) -> None:
        if not self._items(block.get("elements"), f"{at}/elements", 1, 10):
            return
        for i, element in enumerate(block["elements"]):
            where = f"{at}/elements/{i}"
            if isinstance(element, dict) and element.get("type") == "image":
                self._image(element, where)
            else:
                self._text(element, where, 3000)

    def _actions_block(self, block: dict[str, Any], at: str) -> None:
        if self._items(block.get("elements"), f"{at}/elements", 1, 25):
            block["elements"] = [
                self._element(element, f"{at}/elements/{i}", IN_ACTIONS)
                for i, element in enumerate(block["elements"])
            ]

    def _input(self, block: dict[str, Any], at: str) -> None:
        self._text(block.get("label"), f"{at}/label", 2000, plain=True)
        if block.get("hint") is not None:
            self._text(block["hint"], f"{at}/hint", 2000, plain=True)
        if block.get("element") is None:
            self.problem("missing required field: element", at)
        else:
            block["element"] = self._element(block["element"], f"{at}/element", IN_INPUT)

    def _image(self, image: dict[str, Any], at: str) -> None:
        self._string(image.get("alt_text"), f"{at}/alt_text", 2000)
        if not image.get("image_url") and not image.get("slack_file"):
            self.problem("missing required field: image_url", at)
        if image.get("image_url"):
            self._string(image["image_url"], f"{at}/image_url", 3000)

    def _table(self, block: dict[str, Any], at: str) -> None:
        if self._items(block.get("rows"), f"{at}/rows", 1, 100):
            for i, row in enumerate(block["rows"]):
                self._items(row, f"{at}/rows/{i}", 1, 20)

    # Elements.

    def _element(self, element: Any, at: str, allowed: set[str]) -> Any:
        if not isinstance(element, dict) or element.get("type") not in allowed:
            kind = element.get("type") if isinstance(element, dict) else element
            self.problem(f"unsupported type: {kind}", f"{at}/type")
            return element
        made = dict(element)
        kind = made["type"]
        if kind == "image":
            self._image(made, at)
            return made
        taken = self._actions.setdefault(self._block, set())
        made["action_id"] = self._unique(made.get("action_id"), taken, "action_id", at)
        if made.get("placeholder") is not None:
            self._text(made["placeholder"], f"{at}/placeholder", 150, plain=True)
        if made.get("confirm") is not None:
            self._confirm(made["confirm"], f"{at}/confirm")
        if made.get("focus_on_load"):
            self._focused += 1
            if self._focused > 1:
                self.problem("only one element can have focus_on_load", at)
        if kind in ("button", "workflow_button"):
            self._button(made, at)
        elif kind in CHOICES:
            self._choices(made, at)
        elif kind in TEXTS:
            self._text_input(made, at)
        return made

    def _button(self, button: dict[str, Any], at: str) -> None:
        self._text(button.get("text"), f"{at}/text", 75, plain=True)
        if button.get("value") is not None:
            self._string(button["value"], f"{at}/value", 2000)
        if button.get("url") is not None:
            self._string(button["url"], f"{at}/url", 3000)
        if button.get("style") not in (None, "primary", "danger"):
            self.problem("must be one of primary, danger", f"{at}/style")

    def _choices(self, element: dict[str, Any], at: str) -> None:
        few, many = OPTIONS[element["type"]]
        groups = element.get("option_groups")
        if groups is not None:
            if element.get("options") is not None:
                self.problem("options and option_groups exclude each other", at)
            if self._items(groups, f"{at}/option_groups", 1, 100):
                for i, group in enumerate(groups):
                    where = f"{at}/option_groups/{i}"
                    self._text(group.get("label"), f"{where}/label", 75, plain=True)
                    self._options(group.get("options"), f"{where}/options", few, many)
        else:
            self._options(element.get("options"), f"{at}/options", few, many)
        self._initial(element, at)

    def _options(self, options: Any, at: str, few: int, many: int) -> None:
        if not self._items(options, at, few, many):
            return
        for i, option in enumerate(options):
            where = f"{at}/{i}"
            if not isinstance(option, dict):
                self.problem("must be an object", where)
                continue
            self._text(option.get("text"), f"{where}/text", 75)
            self._string(option.get("value"), f"{where}/value", 150)
            if option.get("description") is not None:
                self._text(option["description"], f"{where}/description", 75)

    def _initial(self, element: dict[str, Any], at: str) -> None:
        groups = element.get("option_groups") or [element]
        known = [one for group in groups for one in group.get("options") or []]
        given = element.get("initial_options") or []
        if element.get("initial_option") is not None:
            given = [element["initial_option"]]
        if element.get("initial_options") == []:
            self.problem("must have at least 1 item", f"{at}/initial_options")
        if any(one not in known for one in given):
            self.problem("initial option not among the options", at)

    def _text_input(self, element: dict[str, Any], at: str) -> None:
        value = element.get("initial_value")
        longest = element.get("max_length", 3000)
        if not isinstance(longest, int) or not 1 <= longest <= 3000:
            self.problem("must be between 1 and 3000", f"{at}/max_length")
        elif isinstance(value, str) and len(value) > longest:
            self.problem(f"must be less than {longest + 1} characters", f"{at}/initial_value")
        if element["type"] == "number_input" and "is_decimal_allowed" not in element:
            self.problem("missing required field: is_decimal_allowed", at)

    def _confirm(self, confirm: Any, at: str) -> None:
        if not isinstance(confirm, dict):
            self.problem("must be an object", at)
            return
        for key, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            if confirm.get(key) is not None or key == "text":
                self._text(confirm.get(key), f"{at}/{key}", limit, plain=key != "text")

    # Parts.

    def _text(self, text: Any, at: str, most: int, *, plain: bool = False) -> None:
        if not isinstance(text, dict):
            self.problem("must be a text object", at)
            return
        if text.get("type") not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            self.problem(f"unsupported text type: {text.get('type')}", f"{at}/type")
        if extra := set(text) - {"type", "text", "emoji", "verbatim"}:
            self.problem(f"invalid additional property: {', '.join(sorted(extra))}", at)
        self._string(text.get("text"), f"{at}/text", most)

    def _string(self, value: Any, at: str, most: int) -> None:
        if not isinstance(value, str) or not value:
            self.problem("must be more than 0 characters", at)
        elif len(value) > most:
            self.problem(f"must be less than {most + 1} characters", at)

    def _items(self, items: Any, at: str, few: int, many: int) -> bool:
        if not isinstance(items, list) or len(items) < few:
            self.problem(f"must have at least {few} item", at)
            return False
        if len(items) > many:
            self.problem(f"no more than {many} items allowed", at)
        return True

    def _unique(self, value: Any, taken: set[str], name: str, at: str) -> str:
        if value in (None, ""):
            value = self._ids.new("").lower()[:5] + str(len(taken))
        if not isinstance(value, str) or len(value) > 255:
            self.problem("must be less than 256 characters", f"{at}/{name}")
            value = str(value)[:255]
        if value in taken:
            self.problem(f"{name} already exists: {value}", f"{at}/{name}")
        taken.add(value)
        return str(value)
