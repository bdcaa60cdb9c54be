"""Forms as cards, and what comes back from them.

A form is a `form` container at the root of a card ("表单容器"). The name of an input says what
it is: "w0_due" is the field `due` of the card's first form, a date and time. The submit button
brings back what the card was made for:

    {"do": command, "kept": {parameter: text}, "ctx": {...}, "was": {field: what it started with}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.feishu import elements
from adapters.feishu.blocks import heading
from adapters.feishu.limits import INPUT_CHARACTERS, LABEL_CHARACTERS, Node
from adapters.feishu.texts import Pen, bare, bold, is_user, markdown, person, translated
from bot.core.chat import FieldKind, Form, FormField
from bot.core.i18n import plain
from bot.core.text import Inline, Language, Msg, Reader, t
from bot.core.words import clean

_LETTERS: dict[FieldKind, str] = {
    FieldKind.LINE: "l",
    FieldKind.LONG: "t",
    FieldKind.SELECT: "s",
    FieldKind.PERSON: "p",
    FieldKind.PEOPLE: "m",
    FieldKind.WHEN: "w",
    FieldKind.NUMBER: "n",
    FieldKind.FLAG: "f",
}
#: What a `picker_datetime` starts with and, without what follows, sends back.
PICKED = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2})(?: ([+-]\d{2}:?\d{2}))?")
_ROWS = 4
#: What is said in a form is short; a longer text, in characters, is shown by its beginning.
_INTRO = 500
_ERROR = 300
_HINT = 150
#: Each is a component, of which a card has 200; of more than these one is typed.
_MOST_CHOICES = 60


def name_of(field: FormField, number: int) -> str:
    """The name of an input, unique in its card; `number` counts the card's forms."""
    kind = FieldKind.LINE if _is_typed(field) else field.kind
    return f"{_LETTERS[kind]}{number}_{field.name}"


def container(
    form: Form,
    pen: Pen,
    context: Mapping[str, Any],
    people: Sequence[str] = (),
    *,
    number: int = 0,
    longest: int = INPUT_CHARACTERS,
) -> Node:
    """A form as a container; without `people` (open_ids) the chat's members can be picked.

    An input starts with `longest` characters at most, and says so where that is not all.
    """
    inside: list[Node] = []
    if form.intro is not None:
        inside.append(_said(form.intro, pen, _INTRO))
    for field in form.fields:
        if field.section is not None:
            inside.append(heading(field.section, pen))
        inside.extend(_field(field, pen, people, number, longest))
    inside.append(_submit(form, pen, context, people, number))
    return {"tag": "form", "name": f"form_{number}", "elements": inside}


def _submit(
    form: Form, pen: Pen, context: Mapping[str, Any], people: Sequence[str], number: int
) -> Node:
    was = {
        field.name: field.value if isinstance(field.value, str) else list(field.value)
        for field in form.fields
        if _keeps_unseen(field, people) or _starts_picked(field)
    }
    value = {"do": form.command, "kept": dict(form.kept), "ctx": dict(context), "was": was}
    return {
        "tag": "button",
        "name": f"submit_{number}",
        "type": "primary_filled",
        "text": bare(form.submit, pen, LABEL_CHARACTERS),
        "form_action_type": "submit",
        "behaviors": elements.callback(value),
    }


def cancel(pen: Pen, context: Mapping[str, Any]) -> Node:
    """A button that gives a form up; it stands after the form, not in it."""
    return {
        "tag": "button",
        "type": "text",
        "text": bare(t("Cancel"), pen),
        "behaviors": elements.callback({"cancel": True, "ctx": dict(context)}),
    }


# Fields.


def _field(
    field: FormField, pen: Pen, people: Sequence[str], number: int, longest: int
) -> list[Node]:
    """A label, the input, and below it whatever must be said of it."""
    below: list[Node] = []
    drawn = _input(field, pen, people, number)
    if len(drawn.get("default_value", "")) > longest:
        drawn["default_value"] = drawn["default_value"][:longest]
    if field.hint is not None and ("placeholder" not in drawn or _value(field)):
        below.append(_small(field.hint, pen))
    if _keeps_unseen(field, people):
        below.append(_unseen(field, pen))
    if len(drawn.get("default_value", "")) < len(clean(_value(field))) and _is_typed(field):
        below.append(_warning(_CUT, pen))
    if field.error is not None:
        below.append(_warning(field.error, pen))
    if field.kind is FieldKind.FLAG:
        return [drawn, *below]
    return [_label(field, pen), drawn, *below]


_CUT = t("The text was too long for this field, so its end is missing here.")


def _label(field: FormField, pen: Pen) -> Node:
    star = " <font color='red'>*</font>" if field.required else ""

    def draw(lang: Language) -> str:
        return f"{bold(_brief(field.label, lang, pen, LABEL_CHARACTERS))}{star}"

    return {"tag": "markdown", **translated(draw, pen), "margin": "4px 0px -4px 0px"}


def _brief(text: Inline, lang: Language, pen: Pen, longest: int) -> str:
    """`text` as markdown, or its beginning where it is longer than anything said here should be."""
    said = plain(text, Reader(lang, pen.reader.zone))
    return markdown(text if len(said) <= longest else f"{said[:longest]}…", lang, pen)


def _said(text: Msg, pen: Pen, longest: int) -> Node:
    drawn = translated(lambda lang: _brief(text, lang, pen, longest) or "&nbsp;", pen)
    return {"tag": "markdown", **drawn}


def _small(text: Inline, pen: Pen) -> Node:
    drawn = translated(lambda lang: elements.grey(_brief(text, lang, pen, _HINT)) or "&nbsp;", pen)
    return {"tag": "markdown", **drawn, "text_size": "notation"}


def _warning(text: Msg, pen: Pen) -> Node:
    drawn = translated(lambda lang: elements.red(_brief(text, lang, pen, _ERROR)) or "&nbsp;", pen)
    return {"tag": "markdown", **drawn, "text_size": "notation"}


def _unseen(field: FormField, pen: Pen) -> Node:
    """Who is in a picker that can start with nobody."""
    shown = " ".join(person(user) for user in _people(field))

    def draw(lang: Language) -> str:
        said = markdown(t("Leave it empty to keep:"), lang, pen)
        return f"{elements.grey(said)} {shown}"

    return {"tag": "markdown", **translated(draw, pen), "text_size": "notation"}


def _input(field: FormField, pen: Pen, people: Sequence[str], number: int) -> Node:
    named: Node = {"name": name_of(field, number)}
    if field.kind is FieldKind.FLAG:
        return {
            "tag": "checker",
            **named,
            "checked": _value(field) == "yes",
            "text": bare(field.label, pen),
        }
    if field.required and not _keeps_unseen(field, people):
        named["required"] = True
    named["width"] = "fill"
    if _is_typed(field):
        return _typed(field, pen, named)
    match field.kind:
        case FieldKind.SELECT:
            return _select(field, pen, named)
        case FieldKind.PERSON | FieldKind.PEOPLE:
            return _picker(field, pen, people, named)
        case _:
            return _datetime(field, pen, named)


def _is_typed(field: FormField) -> bool:
    """Whether a field is filled in by typing: also where a picker could not show what is in it."""
    match field.kind:
        case FieldKind.LINE | FieldKind.LONG | FieldKind.NUMBER:
            return True
        case FieldKind.SELECT:
            return not 0 < len(field.choices) <= _MOST_CHOICES
        case FieldKind.WHEN:
            value = _value(field)
            return bool(value) and PICKED.fullmatch(value) is None
        case _:
            return False


def _typed(field: FormField, pen: Pen, named: Node) -> Node:
    longest = max(1, min(field.max_length, INPUT_CHARACTERS))
    node: Node = {"tag": "input", **named, "max_length": longest}
    if field.kind is FieldKind.LONG:
        node |= {"input_type": "multiline_text", "rows": _ROWS, "auto_resize": True}
    if field.hint is not None:
        node["placeholder"] = bare(field.hint, pen, LABEL_CHARACTERS)
    if value := _value(field):
        # What a person wrote comes back as it was, so it is not made harmless: an input shows no
        # markup.
        node["default_value"] = clean(value)[:longest]
    return node


def _select(field: FormField, pen: Pen, named: Node) -> Node:
    choices = list({choice.value: choice for choice in field.choices}.values())
    values = [choice.value for choice in choices]
    node: Node = {
        "tag": "select_static",
        **named,
        "placeholder": bare(field.hint or t("Choose one"), pen, LABEL_CHARACTERS),
        "options": [
            {"text": bare(choice.label, pen, LABEL_CHARACTERS), "value": choice.value}
            for choice in choices
        ],
    }
    if _value(field) in values:
        # By its number: whether `initial_option` is the value or the label is not documented.
        node["initial_index"] = values.index(_value(field)) + 1
    return node


def _picker(field: FormField, pen: Pen, people: Sequence[str], named: Node) -> Node:
    """A picker of people.

    Only who is among its options can be there from the start, and once it has options nobody else
    can be picked ("人员选择-单选", initial_option). So without candidates it starts empty.
    """
    chosen = _open_ids(_people(field))
    is_one = field.kind is FieldKind.PERSON
    ask = t("Choose a person") if is_one else t("Choose people")
    node: Node = {
        "tag": "select_person" if is_one else "multi_select_person",
        **named,
        "placeholder": bare(field.hint or ask, pen, LABEL_CHARACTERS),
        "options": [],
    }
    if not people:
        return node
    node["options"] = [{"value": each} for each in _open_ids([*chosen, *people])]
    if chosen and is_one:
        node["initial_option"] = chosen[0]
    elif chosen:
        node["selected_values"] = chosen
    return node


def _open_ids(users: Sequence[str]) -> list[str]:
    """Those of `users` that a picker knows, each once."""
    return [each for each in dict.fromkeys(users) if is_user(each) and each.startswith("ou_")]


def _keeps_unseen(field: FormField, people: Sequence[str]) -> bool:
    is_picker = field.kind in {FieldKind.PERSON, FieldKind.PEOPLE}
    return is_picker and not people and bool(_people(field))


def _starts_picked(field: FormField) -> bool:
    return field.kind is FieldKind.WHEN and PICKED.fullmatch(_value(field)) is not None


def _datetime(field: FormField, pen: Pen, named: Node) -> Node:
    node: Node = {"tag": "picker_datetime", **named}
    if found := PICKED.fullmatch(_value(field)):
        return {**node, "initial_datetime": found[1]}
    node["placeholder"] = bare(field.hint or t("Choose a date and time"), pen, LABEL_CHARACTERS)
    return node


def _value(field: FormField) -> str:
    return field.value if isinstance(field.value, str) else " ".join(field.value)


def _people(field: FormField) -> tuple[str, ...]:
    found = field.value.split() if isinstance(field.value, str) else field.value
    return tuple(each for each in found if each)
