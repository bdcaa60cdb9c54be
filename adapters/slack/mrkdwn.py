"""Text out, as Slack's mrkdwn: what people typed shows as they typed it and does nothing.

mrkdwn has an escape for `&`, `<` and `>` alone. So nothing typed becomes a mention or a link; but a
typed `*` could still make bold what follows. Such a mark is sent as the fallback of a date that
cannot be drawn, which clients show letter by letter (measured by the authors of jsx-slack:
docs/about-escape-and-exact-mode.md). Every text object is `verbatim`: Slack then leaves @names,
#channels and web addresses alone that are only words.
https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple, assert_never
from urllib.parse import urlsplit

from adapters.slack.limits import ELLIPSIS, ending_well, head, shortened, width
from bot.core.i18n import BOTH_SEPARATOR, languages, pieces, plain, when_text
from bot.core.text import (
    ChannelLink,
    Code,
    Inline,
    Link,
    Mention,
    Reader,
    Strong,
    When,
)
from bot.core.words import clean

#: JSON values for Slack.
Node = dict[str, Any]

#: Shown for a text that is empty, which Slack does not take.
NOTHING = "–"
_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")
#: What may begin bold, italic, struck-out or code: a mark that no letter stands before.
_MARK = re.compile(r"(?<![A-Za-z0-9])[*_~]+(?=\S|\Z)|`+")
#: What `guarded` would change: without one of these a text is sent as it is.
_TO_GUARD = re.compile(r"[&<>*_~`]")
_QUOTE_MARK = re.compile(r"^(\s*)&gt;", re.MULTILINE)
_TOKEN = re.compile(r"<[^>]*>|&(?:amp|lt|gt);|[^<&]+|[<&]")
#: A parsing sequence in text that Slack does not parse; it is kept apart all the same.
_SEQUENCE = re.compile(r"<(?=[!@#])")
#: How Slack is told to show a When, by its style. It has its own words for it, in the language and
#: the time zone of whoever looks (documented with mrkdwn), so these hold for every language.
DATES = {"datetime": "{date_short_pretty} {time}", "date": "{date_short_pretty}", "time": "{time}"}
#: Longer runs are not styled, so that they can be cut anywhere.
_LONGEST_STYLED = 300
_SOFT_HYPHEN = "\u00ad"
_NO_SPACE = "\u200b"


class Atom(NamedTuple):
    """A part of a text. One that is `whole` is shown as a whole or not at all."""

    text: str
    whole: bool = False
    #: Set in bold or code, which Slack sees only where no letter touches it.
    styled: bool = False


def escape(text: str) -> str:
    """`text` with Slack's three control characters escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def guarded(text: str) -> str:
    """What somebody typed, to be shown as it is: no mention, no link, no bold, no quotation."""
    text = clean(text)
    if not _TO_GUARD.search(text):
        return text
    marked = _MARK.sub(lambda found: _literal(found[0]), escape(text))
    return _QUOTE_MARK.sub(rf"\1{_SOFT_HYPHEN}&gt;", marked)


def _literal(marks: str) -> str:
    return "".join(f"<!date^0^{{_}}|{mark}>" for mark in marks)


def atoms(value: Inline, reader: Reader) -> list[Atom]:
    """`value` in parts, ready to be sent."""
    spoken: list[list[Atom]] = []
    for lang in languages(reader.lang):
        drawn = [_atom(piece, reader) for piece in pieces(value, lang, reader.prefix)]
        if drawn not in spoken:
            spoken.append(drawn)
    joined = spoken[0]
    for drawn in spoken[1:]:
        joined = [*joined, Atom(BOTH_SEPARATOR), *drawn]
    return _spaced(joined)


def _atom(piece: Any, reader: Reader) -> Atom:  # noqa: PLR0911  one case a kind
    match piece:
        case str():
            return Atom(guarded(piece))
        case Mention(user, name):
            known = _ID.fullmatch(user)
            return Atom(f"<@{user}>", whole=True) if known else Atom(guarded(f"@{name}"))
        case When():
            return _date(piece, reader)
        case Strong(text):
            return strong(text)
        case Code(text):
            return _code(text)
        case Link(url, label):
            return _link(url, label)
        case ChannelLink(channel, name):
            known = _ID.fullmatch(channel)
            return Atom(f"<#{channel}>", whole=True) if known else Atom(guarded(f"#{name}"))
        case _:
            assert_never(piece)


def strong(text: str) -> Atom:
    """`text` in bold; as it is where bold cannot be had."""
    words = " ".join(clean(text).split())
    bold = re.sub(r"[*`_~]+", lambda found: _literal(found[0]), escape(words))
    if not words or width(bold) > _LONGEST_STYLED:
        return Atom(guarded(text))
    return Atom(f"*{bold}*", whole=True, styled=True)


def _code(text: str) -> Atom:
    """`text` as code, unless a backtick or a line break in it would end the code."""
    words = escape(clean(text)).strip()
    if not words or "`" in words or "\n" in words or width(words) > _LONGEST_STYLED:
        return Atom(guarded(text))
    return Atom(f"`{words}`", whole=True, styled=True)


def web_address(url: str) -> str | None:
    """`url` if it is one that a click may lead to, else None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or re.search(r"\s", url):
        return None
    return url


def _link(url: str, label: str) -> Atom:
    url, label = clean(url), " ".join(clean(label).split())
    address = web_address(url)
    if address is None:
        return Atom(guarded(f"{label} ({url})"))
    target = escape(address).replace("|", "%7C")
    return Atom(f"<{target}|{escape(label or address)}>", whole=True)


def _date(when: When, reader: Reader) -> Atom:
    """An instant; Slack has no way to show one before 1970."""
    fallback = fallback_of(when, reader)
    seconds = int(when.at.timestamp())
    if seconds <= 0:
        return Atom(fallback)
    return Atom(f"<!date^{seconds}^{DATES[when.style]}|{fallback}>", whole=True)


def fallback_of(when: When, reader: Reader) -> str:
    """What is shown of an instant where Slack cannot: the same in every language of a place."""
    return when_text(when, languages(reader.lang)[0], reader.zone)


def _spaced(drawn: list[Atom]) -> list[Atom]:
    """Between a styled part and a letter beside it, a space of no width: 群*WR-7* is not bold."""
    out: list[Atom] = []
    for position, atom in enumerate(drawn):
        before = drawn[position - 1] if position else None
        if before and before.text and atom.text and (atom.styled or before.styled):
            beside = before.text[-1] if atom.styled else atom.text[0]
            both = atom.styled and before.styled
            if both or not (beside.isspace() or (beside.isascii() and not beside.isalnum())):
                out.append(Atom(_NO_SPACE))
        out.append(atom)
    return out


def fitted(drawn: list[Atom], limit: int) -> tuple[str, bool]:
    """The text of `drawn` within `limit`, and whether that is all of it. It is never empty."""
    text = "".join(atom.text for atom in drawn)
    if width(text) <= limit:
        return (text if text.strip() else NOTHING), True
    room = limit - width(ELLIPSIS)
    kept = ""
    for text, whole, _ in drawn:
        if width(text) > room:
            kept = kept if whole else kept + _beginning(text, room)
            break
        kept += text
        room -= width(text)
    return kept.rstrip() + ELLIPSIS, False


def _beginning(text: str, room: int) -> str:
    """What of `text` there is room for, no sequence broken up."""
    kept = ""
    for token in _TOKEN.findall(text):
        if width(token) > room:
            words = "" if token[0] in "<&" else head(token, room)
            return ending_well(kept + words) if words else kept
        kept += token
        room -= width(token)
    return kept


def mrkdwn(text: str) -> Node:
    """A text object of what is ready to be sent."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def words(value: Inline, reader: Reader) -> str:
    """`value` as unmarked text, without what cannot be shown."""
    return clean(plain(value, reader))


def plain_text(text: str, limit: int) -> Node:
    """A text object of one line without any markup, within `limit`."""
    line = _SEQUENCE.sub(f"<{_NO_SPACE}", " ".join(clean(text).split()))
    return {"type": "plain_text", "text": shortened(line, limit) or NOTHING, "emoji": True}
