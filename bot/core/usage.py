"""How a command is typed, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.commands import Kind, Param, Spec
from bot.core.text import Speech

_HAN = re.compile("[\u4e00-\u9fff]")


def usage(spec: Spec, lang: Speech = "en") -> str:
    """How a command is typed: `/item add TEXT [--owner @person] [--due WHEN]`.

    In Chinese by its Chinese names, where it has some: `/事项 加 TEXT [--负责人 @person]`.
    """
    listed = [param for param in spec.params if param.is_listed]
    shown = sorted(listed, key=lambda param: not param.positional)
    return " ".join([f"/{name_of(spec, lang)}", *(_usage_of(param, lang) for param in shown)])


def name_of(spec: Spec, lang: Speech) -> str:
    """What a command is called in a language."""
    return _in(lang, spec.path, spec.also)


def _in(lang: Speech, name: str, also: Iterable[str]) -> str:
    if lang != "zh":
        return name
    return next((other for other in also if _HAN.search(other)), name)


def _usage_of(param: Param, lang: Speech) -> str:
    shape = _shape(param)
    if not param.positional:
        flag = f"--{_in(lang, param.flag, param.also)}"
        shape = flag if param.kind is Kind.FLAG else f"{flag} {shape}"
    return shape if param.required else f"[{shape}]"


def _shape(param: Param) -> str:
    match param.kind:
        case Kind.PERSON:
            return "@person"
        case Kind.PEOPLE:
            return "@people…"
        case Kind.CHOICE:
            return "|".join(str(option.value) for option in param.options)
        case Kind.KEY:
            return param.key.example if param.key else "KEY"
        case _:
            return param.flag.upper()
