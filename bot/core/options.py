"""Options in what somebody typed: where they begin, and what follows each.

--severity 1    --severity=1    —severity 1    --级别：1
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.core.commands import Kind, Param, Spec
from bot.core.errors import Refused
from bot.core.nearest import nearest
from bot.core.text import Code, Seq, t
from bot.core.usage import usage
from bot.core.values import QUOTES
from bot.core.words import fold

_MARK = re.compile(
    r"(?<![^\s=:：])(?P<quote>[\"“「『])"
    r"|(?<!\S)(?:-{2}|\uff0d{2}|[—–―]{1,2})(?P<name>[^\W\d_][\w-]{0,30})(?=[\s=:：]|$)"
    r"(?P<equals>[=:：]?)[ \t\u3000]*"
)
#: Unknown options that are looked at for slips.
_LOOKED_AT = 50


def segments(spec: Spec, text: str) -> Iterator[tuple[Param | None, bool, str]]:
    """`text` cut at its options: what is before the first, then each with what follows it.

    With each, whether it was said with an equals sign.
    """
    known = [param for param in spec.params if param.is_listed]
    named = {fold(name): param for param in known for name in (param.flag, *param.also)}
    unknown: set[str] = set()
    param, has_equals, start = None, False, 0
    for found in _options(text):
        option = named.get(fold(found["name"]))
        if option is None:
            if len(unknown) < _LOOKED_AT and found["name"] not in unknown:
                unknown.add(found["name"])
                _refuse_misspelt(found["name"], named)
            if param is not None and param.kind is Kind.LINE:
                raise _no_such(spec, found["name"])
            continue
        yield param, has_equals, text[start : found.start()]
        param, has_equals, start = option, bool(found["equals"]), found.end()
    yield param, has_equals, text[start:]


def _no_such(spec: Spec, name: str) -> Refused:
    """Behind an option of a few words an unknown one is no part of them."""
    return Refused(
        t(
            "I do not know {option}. If it belongs to your text, put it in quotes. "
            "It goes like this: {usage}",
            option=Code(f"--{name}"),
            usage=usage(spec),
        )
    )


def _options(text: str) -> Iterator[re.Match[str]]:
    """Whatever looks like an option and is not quoted."""
    position = 0
    unclosed: set[str] = set()
    while found := _MARK.search(text, position):
        position = found.end()
        if not found["quote"]:
            yield found
            continue
        closing = QUOTES[found["quote"]]
        end = -1 if closing in unclosed else text.find(closing, position)
        if end >= 0:
            position = end + 1
        else:
            unclosed.add(closing)


def _refuse_misspelt(name: str, named: Mapping[str, Param]) -> None:
    """Two dashes before a word that almost names an option are a slip, not part of the sentence."""
    close = nearest(fold(name), named)
    if close:
        raise Refused(
            t(
                "There is no {option}. Did you mean {meant}? "
                "If it belongs to your text, put it in quotes.",
                option=Code(f"--{name}"),
                meant=Seq(tuple(Code(f"--{each}") for each in close[:2]), "or"),
            )
        )
