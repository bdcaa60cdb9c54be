"""Fills in a form with what somebody wrote for its fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.core.chat import FieldKind, Form, FormField
from bot.core.i18n import plain
from bot.core.text import LANGUAGES, Reader, Seq, Strong, t
from bot.terminal.script import NotUnderstoodError

_YES = {"yes", "y", "true", "on", "1", "是", "对"}

#: The id of the person called so; None if there is none.
Find = Callable[[str], str | None]
Values = dict[str, str | tuple[str, ...]]


def fill(form: Form, given: Iterable[tuple[str, str]], find: Find) -> Values:
    """The values of all fields: what was given, and for the others what they start with.

    A field goes by its name or by its label in any language; a choice by its value, its label or
    a word for it; people by their names. NotUnderstoodError when there is no such field.
    """
    values: Values = {field.name: field.value for field in form.fields}
    for name, text in given:
        field = _field(form, name)
        values[field.name] = _value(field, text, find)
    return values


def _field(form: Form, name: str) -> FormField:
    wanted = _folded(name)
    for field in form.fields:
        if wanted in {_folded(field.name), *_labels(field)}:
            return field
    names = Seq(tuple(Strong(field.name) for field in form.fields))
    raise NotUnderstoodError(
        t("The form has no field {name}, but {names}.", name=Strong(name), names=names)
    )


def _labels(field: FormField) -> set[str]:
    return {_folded(plain(field.label, Reader(lang))) for lang in LANGUAGES}


def _folded(text: str) -> str:
    return text.casefold().strip().rstrip("?？…:：").replace("-", "_")


def _value(field: FormField, text: str, find: Find) -> str | tuple[str, ...]:
    match field.kind:
        case FieldKind.PEOPLE:
            names = [name for name in re.split(r"[\s,，、]+", text) if name]
            return tuple(_person(name, find) for name in names)
        case FieldKind.PERSON:
            return _person(text, find) if text else ""
        case FieldKind.SELECT:
            return _chosen(field, text)
        case FieldKind.FLAG:
            return "yes" if text.casefold() in _YES else ""
        case _:
            return text


def _person(name: str, find: Find) -> str:
    """Their id; Muster says what is wrong with a name that nobody has."""
    name = name.lstrip("@＠")
    return find(name) or name


def _chosen(field: FormField, text: str) -> str:
    """The value that is meant; Muster says what is wrong with one that there is not."""
    wanted = text.casefold()
    for choice in field.choices:
        labels = {plain(choice.label, Reader(lang)).casefold() for lang in LANGUAGES}
        words = {word.casefold() for word in choice.words}
        if wanted in {choice.value.casefold(), *labels, *words}:
            return choice.value
    return text
