"""From a message to the values of a command that is made of it."""

from __future__ import annotations

from typing import Any

from bot.core.commands import Command, Kind, Param
from bot.core.effects import Quoted
from bot.core.sources import Source
from bot.core.values import Surroundings, with_names
from bot.core.words import clean, shortened

#: A first line that is longer is cut, and stands whole in what follows.
_LINE = 150


def values_from(cls: type[Command], quoted: Quoted, around: Surroundings) -> dict[str, Any]:
    """The values that a message gives to the parameters of `cls`; absent ones are left out."""
    text = clean(with_names(quoted.text, around)).strip()
    first, _, rest = text.partition("\n")
    if len(first) > _LINE:
        first, rest = shortened(first, _LINE), text
    parts = {"first": first.strip(), "rest": rest.strip(), "all": text}
    values: dict[str, Any] = {}
    for param in cls.spec.params:
        if param.kind is Kind.SOURCE:
            values[param.name] = str(Source.of(quoted))
        elif param.quotes and (part := parts[param.quotes]):
            values[param.name] = _fitting(param, part)
    return values


def _fitting(param: Param, text: str) -> str:
    if param.one_line or param.kind is Kind.LINE:
        text = " ".join(text.split())
    return text if len(text) <= param.max_length else text[: param.max_length - 1] + "…"
