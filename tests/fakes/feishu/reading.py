"""What a person sees of a message, in their language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.feishu import markdown
from tests.fakes.feishu.card_words import ASKING
from tests.fakes.feishu.cards import is_submit, walk
from tests.fakes.feishu.chats import Message
from tests.fakes.feishu.org import App, User


@dataclass(frozen=True)
class Button:
    """A button as it stands in a card."""

    label: str
    element: dict[str, Any]
    #: The name of the form that it sends, if it sends one.
    form: str | None = None

    @property
    def value(self) -> Any:
        """What a press sends back."""
        for behavior in self.element.get("behaviors", []):
            if behavior.get("type") == "callback":
                return behavior.get("value", {})
        return self.element.get("value", {})

    @property
    def calls_back(self) -> bool:
        """Whether a press reaches the app: a link alone does not."""
        behaviors = self.element.get("behaviors", [])
        called = any(behavior.get("type") == "callback" for behavior in behaviors)
        return called or self.form is not None or "value" in self.element

    @property
    def url(self) -> str:
        """Where it leads, if it is a link."""
        for behavior in self.element.get("behaviors", []):
            if behavior.get("type") == "open_url":
                return str(behavior.get("default_url", ""))
        return str(self.element.get("url", ""))


@dataclass(frozen=True)
class Input:
    """Something to fill in."""

    label: str
    name: str
    element: dict[str, Any]
    #: What is shown → what is sent, for those that offer a choice.
    options: dict[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        return str(self.element["tag"])

    @property
    def is_required(self) -> bool:
        return bool(self.element.get("required"))

    @property
    def default(self) -> Any:
        """What it holds before anybody touches it, as it would be sent; None if nothing."""
        element = self.element
        for name in ("default_value", "initial_option", "initial_date", "initial_time"):
            if element.get(name):
                return element[name]
        if element.get("initial_index"):
            return element["options"][element["initial_index"] - 1]["value"]
        if self.tag == "checker":
            return bool(element.get("checked"))
        return element.get("initial_datetime") or element.get("selected_values")


@dataclass(frozen=True)
class Form:
    name: str
    inputs: list[Input]
    submits: list[Button]

    def input(self, label: str) -> Input:
        """The field with that label or name."""
        for each in self.inputs:
            if label in {each.label, each.name}:
                return each
        raise AssertionError(f"no {label!r} among {[each.label for each in self.inputs]}")


class Reading:
    """A card in one language, for one person of one app's namespace."""

    def __init__(self, card: dict[str, Any], lang: str, app: App, users: list[User]) -> None:
        self._card = card
        self._lang = lang
        self._names = {user.open_id(app): user.name for user in users}
        self._names |= {user.user_id: user.name for user in users}
        self._names |= {user.union_id: user.name for user in users}
        self._names[app.bot_open_id] = app.name

    @property
    def elements(self) -> list[Any]:
        body = self._card.get("body", self._card)
        found = body.get("elements") or body.get("i18n_elements", {}).get(self._lang, [])
        return list(found)

    @property
    def words(self) -> str:
        """Everything that can be read, a line each."""
        header = self._card.get("header", {})
        lines = [self.text(header.get("title")), self.text(header.get("subtitle"))]
        lines += [self.text(tag.get("text")) for tag in header.get("text_tag_list", [])]
        for element in walk(self.elements):
            lines += self._lines(element)
        return "\n".join(line for line in lines if line)

    def _lines(self, element: dict[str, Any]) -> Iterator[str]:
        match element.get("tag"):
            case "markdown":
                yield self.text(element)
            case "table":
                yield from self._table(element)
            case "chart":
                yield json.dumps(element.get("chart_spec", {}), ensure_ascii=False)
            case "person":
                yield "@" + self._names.get(element.get("user_id", ""), "?")
            case "person_list":
                for person in element.get("persons", []):
                    yield "@" + self._names.get(person.get("id", ""), "?")
            case "collapsible_panel":
                yield self.text(element.get("header", {}).get("title"))
            case _:
                yield from self._texts(element)

    def _texts(self, element: dict[str, Any]) -> Iterator[str]:
        for name in ("label", "text", "title", "alt", "placeholder"):
            yield self.text(element.get(name))
        yield str(element.get("default_value") or "")
        for inside in (*element.get("fields", []), *element.get("options", [])):
            yield self.text(inside.get("text"))

    def _table(self, table: dict[str, Any]) -> Iterator[str]:
        columns = table.get("columns", [])
        yield " | ".join(self._display_name(column) for column in columns)
        for row in table.get("rows", []):
            yield " | ".join(self._cell(row.get(column["name"]), column) for column in columns)

    def _display_name(self, column: dict[str, Any]) -> str:
        i18n = column.get("i18n_display_name", {})
        return str(i18n.get(self._lang) or column.get("display_name", ""))

    def _cell(self, value: Any, column: dict[str, Any]) -> str:
        if isinstance(value, list):
            return ", ".join(self._cell(each, column) for each in value)
        if isinstance(value, dict):
            return self.text(value) or str(value.get("text", ""))
        said = "" if value is None else str(value)
        match column.get("data_type"):
            case "markdown" | "lark_md":
                return self.markdown(said)
            case "persons":
                return "@" + self._names.get(said, said)
            case _:
                return said

    def text(self, part: Any) -> str:
        """A text object, or an element of markdown, in this language."""
        if not isinstance(part, dict):
            return ""
        i18n = part.get("i18n_content") or part.get("i18n") or {}
        said = str(i18n.get(self._lang) or part.get("content") or "")
        return said if part.get("tag") == "plain_text" else self.markdown(said)

    def markdown(self, text: str) -> str:
        return markdown.seen(text, self._lang, self._names)

    def mentioned(self, text: str) -> str:
        """Plain text with its <at> tags as names."""
        return markdown.mentioned(text, self._names)

    @property
    def buttons(self) -> list[Button]:
        """Every button, also those inside forms."""
        found = []
        for form, element in self._placed():
            if element.get("tag") == "button":
                name = form if is_submit(element) else None
                found.append(Button(self.text(element.get("text")), element, name))
            if element.get("tag") == "overflow":
                found += [
                    Button(self.text(option.get("text")), element | {"option": option})
                    for option in element.get("options", [])
                ]
        return found

    @property
    def forms(self) -> list[Form]:
        found = []
        for element in self.elements:
            if isinstance(element, dict) and element.get("tag") == "form":
                submits = [b for b in self.buttons if b.form == element["name"]]
                inputs = list(self._inputs(element["elements"]))
                found.append(Form(element["name"], inputs, submits))
        return found

    @property
    def inputs(self) -> list[Input]:
        """Everything outside forms that can be picked or filled in."""
        outside = [e for e in self.elements if isinstance(e, dict) and e.get("tag") != "form"]
        return list(self._inputs(outside))

    def _placed(self) -> Iterator[tuple[str | None, dict[str, Any]]]:
        for element in self.elements:
            form = element.get("name") if element.get("tag") == "form" else None
            for inner in walk([element]):
                yield form, inner

    def _inputs(self, elements: list[Any]) -> Iterator[Input]:
        above = ""
        for element in walk(elements):
            tag = element.get("tag")
            if tag in {"markdown", "div"}:
                above = self.text(element if tag == "markdown" else element.get("text"))
            if tag not in ASKING:
                continue
            own = element.get("label") or (element.get("text") if tag == "checker" else None)
            label = self.text(own) or above or self.text(element.get("placeholder"))
            label = label.strip().rstrip(":：").strip()
            options = {
                self.text(each.get("text")) or each["value"]: each["value"]
                for each in element.get("options", [])
            }
            name = str(element.get("name", ""))
            yield Input(label or name, name, element, options)
            above = ""


def words(message: Message, lang: str, app: App) -> str:
    """What a message says, whatever its type."""
    if message.is_deleted:
        return ""
    users = message.chat.tenant.users
    content = json.loads(message.content)
    reading = Reading(content, lang, app, users)
    match message.msg_type:
        case "interactive":
            return reading.words
        case "text":
            text = reading.mentioned(str(content.get("text", "")))
            for mention in message.mentions:
                text = re.sub(re.escape(mention.key) + r"(?!\d)", f"@{mention.who.name}", text)
            return text
        case "post":
            post = content.get(lang) or content.get("zh_cn") or content.get("en_us") or content
            lines = [str(post.get("title", ""))]
            lines += [
                "".join(_piece(piece, reading) for piece in paragraph)
                for paragraph in post.get("content", [])
            ]
            return "\n".join(line for line in lines if line)
        case "file":
            return str(content.get("file_name") or content.get("file_key", ""))
        case _:
            return json.dumps(content, ensure_ascii=False)


def _piece(piece: dict[str, Any], reading: Reading) -> str:
    if piece.get("tag") == "at":
        return reading.mentioned(f'<at user_id="{piece.get("user_id", "")}"></at>')
    said = str(piece.get("text", ""))
    return reading.markdown(said) if piece.get("tag") == "md" else said
