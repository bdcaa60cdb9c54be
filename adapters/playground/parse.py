"""Text in: what a person typed, with whom and what it means.

In the town people stand in text as `<@id>`, as Muster expects them; whatever else looks like markup
is only words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.playground.places import MUSTER

#: What can be neither stored nor shown: NUL, and halves of surrogate pairs.
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
_MENTION = re.compile(r"<@([a-z0-9-]{1,60})>")
#: An @ that begins a name and not the second half of an e-mail address.
_AT = re.compile(r"(?<![A-Za-z0-9_.+<-])[@\uff20]")
#: Muster called upon at the beginning of a text, and anywhere in it.
_ADDRESS = re.compile(r"\A<@muster>[ \t]*[,，:：]?[ \t]*")
_TO_MUSTER = re.compile(r"[ \t]*<@muster>[ \t]*")
_WORD = re.compile(r"[A-Za-z0-9_-]")
_SLASHES = ("/", "\uff0f")


def readable(text: str) -> str:
    """`text` with U+FFFD for what cannot be written as UTF-8 or shown."""
    return _UNREADABLE.sub("\ufffd", text)


def readable_json(value: Any) -> Any:
    """JSON values, every text in them readable."""
    match value:
        case str():
            return readable(value)
        case dict():
            return {readable(str(key)): readable_json(each) for key, each in value.items()}
        case list() | tuple():
            return [readable_json(each) for each in value]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody typed: `shown` in the channel, `meant` for Muster.

    In `meant` a mention of Muster is gone; `names` says what the people mentioned are called.
    """

    shown: str
    meant: str
    names: Mapping[str, str]
    is_command: bool
    mentions_muster: bool


def parse_text(text: str, people: Mapping[str, str], muster: Iterable[str]) -> Spoken:
    """Find the people in `text`: `people` maps ids to names, `muster` are the bot's names.

    `@` is followed by a name or an id, in any case, the longest that fits; unknown names stay as
    they were typed.
    """
    text = readable(text).replace("\r\n", "\n").replace("\r", "\n").strip()
    words = [(name, MUSTER) for name in muster]
    words += [(name, user) for user, name in people.items()]
    words += [(user, user) for user in people]
    words.sort(key=lambda word: len(word[0]), reverse=True)
    shown = "".join(_marked(text, words))
    mentioned = dict.fromkeys(_MENTION.findall(shown))
    meant = _TO_MUSTER.sub(" ", _ADDRESS.sub("", shown)).strip()
    is_command = text.startswith(_SLASHES)
    return Spoken(
        shown,
        "/" + meant[1:] if is_command else meant,
        {user: people[user] for user in mentioned if user in people},
        is_command,
        MUSTER in mentioned,
    )


def _marked(text: str, words: list[tuple[str, str]]) -> Iterator[str]:
    """`text` in parts, every mention of one of the `words` as `<@id>`."""
    done = 0
    for found in _AT.finditer(text):
        if found.start() < done:
            continue
        for name, user in words:
            end = found.end() + len(name)
            if text[found.end() : end].casefold() == name.casefold() and _ends_at(text, end):
                yield text[done : found.start()]
                yield f"<@{user}>"
                done = end
                break
    yield text[done:]


def _ends_at(text: str, end: int) -> bool:
    """Whether a name that ends here is not the beginning of a longer word."""
    return not (_WORD.match(text[end - 1]) and _WORD.match(text[end : end + 1]))


def split_mentions(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a stored text: ("text", words) and ("mention", id)."""
    done = 0
    for found in _MENTION.finditer(text):
        if found.start() > done:
            yield "text", text[done : found.start()]
        yield "mention", found[1]
        done = found.end()
    if done < len(text):
        yield "text", text[done:]


def form_values(values: Mapping[str, Any]) -> dict[str, str | tuple[str, ...]]:
    """A form as a browser sends it: yes or no as "yes" and "", people as a tuple of ids."""
    return {readable(name): _form_value(value) for name, value in values.items()}


def _form_value(value: Any) -> str | tuple[str, ...]:
    match value:
        case bool():
            return "yes" if value else ""
        case list() | tuple():
            return tuple(readable(str(each)) for each in value)
        case None:
            return ""
        case _:
            return readable(str(value))
