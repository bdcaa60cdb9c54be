"""How a command is typed: what it is called where somebody reads of it, and what may follow."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.commands import Kind, Option, Param, Spec, spec_of
from bot.core.text import AnyInline, Code, Either, Language, Msg, Slash, t

_HAN = re.compile("[\u4e00-\u9fff]")
#: What stands in Chinese for the value of an option; in English it is the option's own name.
_VALUES = {Kind.WHEN: "时间", Kind.NUMBER: "数字"}
_TEXT = "内容"


def usage(spec: Spec) -> Slash:
    """How a command is typed: `/item add TEXT [--owner @person] [--due WHEN]`.

    In Chinese by its Chinese names, where it has some: `/事项 加 内容 [--负责人 @某人]`.
    """
    listed = [param for param in spec.params if param.is_listed]
    shown = sorted(listed, key=lambda param: not param.positional)
    if not shown:
        return Slash(spec.path)
    pattern = " ".join(f"{{{p.name}}}" if p.required else f"[{{{p.name}}}]" for p in shown)
    return Slash(spec.path, Msg(pattern, {param.name: _usage_of(param) for param in shown}))


def typed_name(path: str, lang: Language, prefix: str | None = None) -> str:
    """What follows the slash of a command in a language; `prefix` is as in `Reader`.

    Where the first word has to be English, the others need not: "warroom 开".
    """
    spec = spec_of(path)
    also = spec.also if spec is not None else ()
    if prefix is None:
        return _in(lang, path, also)
    root, *words = path.split()
    if words:
        several = (name for name in also if " " in name)
        words = _in(lang, path, several).split()[1:]
    return " ".join([f"{prefix}{root}", *words])


def name_of(path: str) -> Either:
    """What a command is called, without a slash, in each language."""
    return Either(path, typed_name(path, "zh"))


def is_chinese(text: str) -> bool:
    """Whether there is any Chinese in it."""
    return _HAN.search(text) is not None


def option_name(option: Option) -> Either:
    """How one value of a choice is typed in each language."""
    return Either(Code(_choice(option, "en")), Code(_choice(option, "zh")))


def _in(lang: Language, name: str, also: Iterable[str]) -> str:
    if lang != "zh":
        return name
    return next((other for other in also if is_chinese(other)), name)


def _usage_of(param: Param) -> AnyInline:
    shape = _shape(param)
    if param.positional:
        return shape
    flag = Either(f"--{param.flag}", f"--{_in('zh', param.flag, param.also)}")
    return (
        flag if param.kind is Kind.FLAG else Msg("{flag} {shape}", {"flag": flag, "shape": shape})
    )


def _shape(param: Param) -> AnyInline:
    match param.kind:
        case Kind.PERSON:
            return t("@person")
        case Kind.PEOPLE:
            return t("@people…")
        case Kind.CHOICE:
            return Either(_choices(param, "en"), _choices(param, "zh"))
        case Kind.KEY:
            return param.key.example if param.key else "KEY"
        case _:
            words = param.label if param.positional else _VALUES.get(param.kind, _TEXT)
            return Either(param.flag.upper(), words)


def _choices(param: Param, lang: Language) -> str:
    return "|".join(_choice(option, lang) for option in param.options)


def _choice(option: Option, lang: Language) -> str:
    name = str(option.value)
    return name if name.isdigit() else _in(lang, name, option.words)
