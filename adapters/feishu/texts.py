"""Texts in a card: as markdown, as unmarked words, and in both languages at once.

A card is read by many people, so a text carries Chinese and English (`i18n_content`), and an
instant is `<local_datetime>`: every reader sees their own language and their own time zone.

Nothing that somebody typed is ever markup. In markdown each character that could be is an HTML
entity ("富文本（Markdown）", 特殊字符转义说明; `~` is its number and not the documented `&sim;`,
which is another character). A text without markup knows no entities: there an invisible U+2060
stands inside what looks like a tag or an emoji code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never
from urllib.parse import quote, urlsplit

from adapters.feishu.limits import Node
from bot.core.i18n import pieces, plain, when_text
from bot.core.text import (
    LANGUAGES,
    ChannelLink,
    Code,
    Inline,
    Language,
    Link,
    Mention,
    Reader,
    Speech,
    Strong,
    When,
)
from bot.core.words import clean

#: Opens a chat in the client ("打开聊天页面"); Lark has its own.
FEISHU_APPLINK = "https://applink.feishu.cn"

LOCALES: dict[Language, str] = {"zh": "zh_cn", "en": "en_us"}
_JOINER = "\u2060"
_ENTITIES = str.maketrans({each: f"&#{ord(each)};" for each in "&<>~-!*/\\[]()#:+\"'`$_|={}^"})
_ORDINAL = re.compile(r"(^|<br>)((?:&nbsp;)*\d{1,9})\.(?=\s|&nbsp;|<br>|$)")
_INDENT = re.compile(r"(?:^|(?<=<br>)) +")
_ENDS = re.compile(r"^(?:<br>)+|(?:<br>)+$")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_EMOJI = re.compile(r":(?=[A-Za-z][\w+-]{0,60}:)")
_TICKS = re.compile("`+")
_USER = re.compile(r"o[un]_[A-Za-z0-9_-]{1,64}")
_CHAT = re.compile(r"oc_[A-Za-z0-9_-]{1,64}")
#: An instant in the formats of `<local_datetime>`, by the style of a `When`.
_FORMATS: dict[Literal["datetime", "date", "time"], tuple[str, ...]] = {
    "datetime": ("date", "week_short", "time"),
    "date": ("date", "week_short"),
    "time": ("time",),
}


@dataclass(frozen=True, slots=True)
class Pen:
    """For whom a card is drawn, and how sparingly.

    To save bytes, `is_compact` does not say a text's default content again under its language, and
    `is_worded` has instants in words, in the reader's zone.
    """

    reader: Reader
    applink: str = FEISHU_APPLINK
    is_compact: bool = False
    is_worded: bool = False
    #: Only the language of the place is drawn: what one person alone sees knows no other.
    is_alone: bool = False

    @property
    def home(self) -> Language:
        """The language that those see whose client speaks another one."""
        return home(self.reader.lang)

    @property
    def languages(self) -> tuple[Language, ...]:
        """Those that are drawn."""
        return (self.home,) if self.is_alone else LANGUAGES


def home(speech: Speech) -> Language:
    """The language in which a place is at home; a bilingual one in Feishu is Chinese first."""
    return "zh" if speech == "both" else speech


def rich(value: Inline, pen: Pen) -> Node:
    """`value` as markdown: {"content": …, "i18n_content": {…} where the languages differ}."""
    return translated(lambda lang: markdown(value, lang, pen) or "&nbsp;", pen)


def bare(value: Inline, pen: Pen, longest: int | None = None) -> Node:
    """`value` as a `plain_text` element of one line, of at most `longest` characters."""
    return {"tag": "plain_text"} | translated(lambda lang: words(value, lang, pen, longest), pen)


def translated(draw: Callable[[Language], str], pen: Pen) -> Node:
    """What `draw` says in each language, as the properties of a text."""
    said = {lang: draw(lang) for lang in pen.languages}
    if len(set(said.values())) == 1:
        return {"content": said[pen.home]}
    spoken = {
        LOCALES[lang]: text
        for lang, text in said.items()
        if not (pen.is_compact and lang == pen.home)
    }
    return {"content": said[pen.home], "i18n_content": spoken}


def words(value: Inline, lang: Language, pen: Pen, longest: int | None = None) -> str:
    """`value` as words for a place that knows no markup; never empty."""
    said = clean(plain(value, Reader(lang, pen.reader.zone)))
    text = unmarked(" ".join(said.split()))
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return text or "\u00a0"


def unmarked(text: str) -> str:
    """`text` with nothing in it that could be taken for a tag or an emoji code."""
    return _EMOJI.sub(f":{_JOINER}", _TAG.sub(f"<{_JOINER}", text))


def escaped(text: str) -> str:
    """`text`, as typed, for markdown; line breaks are kept."""
    text = clean(text).replace("\t", "    ").translate(_ENTITIES)
    return text.replace("\n", "<br>")


def markdown(value: Inline, lang: Language, pen: Pen) -> str:
    """`value` as markdown on one line, `<br>` for its line breaks."""
    return tidied("".join(_piece(each, lang, pen) for each in pieces(value, lang)))


def tidied(text: str) -> str:
    """Markdown on one line, none of whose lines begins a list or a block of code by accident.

    It neither begins nor ends with a line break: one alone would be a block of HTML.
    """
    text = _ENDS.sub("", text)
    text = _INDENT.sub(lambda found: "&nbsp;" * len(found[0]), text)
    return _ORDINAL.sub(r"\1\2&#46;", text)


def _piece(  # noqa: PLR0911  one case a kind
    piece: str | Mention | When | Strong | Code | Link | ChannelLink, lang: Language, pen: Pen
) -> str:
    match piece:
        case str():
            return escaped(piece)
        case Mention(user, name):
            return mention(user, name)
        case When():
            return _instant(piece, lang, pen)
        case Strong(text):
            return strong(text)
        case Code(text):
            return code(text)
        case Link(url, label):
            return link(url, label)
        case ChannelLink(channel, name):
            return _channel(channel, name, pen)
        case _:
            assert_never(piece)


def is_user(user: str) -> bool:
    """Whether it is the id of one person (an open_id or union_id): "all" is everybody."""
    return _USER.fullmatch(user) is not None


def mention(user: str, name: str) -> str:
    """Names a person, who is told of it. What is no id of a person is only named."""
    if is_user(user):
        return f"<at id={user}></at>"
    return escaped(f"@{name}")


def person(user: str) -> str:
    """Shows a person, who is not told of it."""
    if is_user(user):
        return f"<person id='{user}' show_name=true show_avatar=true style='normal'></person>"
    return escaped(user)


def _instant(when: When, lang: Language, pen: Pen) -> str:
    if pen.is_worded:
        return escaped(when_text(when, lang, pen.reader.zone))
    millisecond = int(when.at.timestamp() * 1000)
    return " ".join(
        f"<local_datetime millisecond='{millisecond}' format_type='{each}'></local_datetime>"
        for each in _FORMATS[when.style]
    )


def strong(text: str) -> str:
    """`text` in bold.

    Beside punctuation the asterisks would stay asterisks (CommonMark 0.31.2 §6.2, and every entity
    begins with punctuation); an invisible character between makes them emphasis.
    """
    lines = [line.strip() for line in clean(text).split("\n")]
    return "<br>".join(f"**{_bolstered(line)}**" if line else "" for line in lines)


def bold(said: str) -> str:
    """Markdown in bold, unless something in it is bold already: they cannot be in one another."""
    return said if not said or "**" in said else f"**{_JOINER}{said}{_JOINER}**"


def _bolstered(line: str) -> str:
    before = "" if line[0].isalnum() else _JOINER
    after = "" if line[-1].isalnum() else _JOINER
    return f"{before}{escaped(line)}{after}"


def code(text: str) -> str:
    """`text` as inline code. Inside it nothing is an entity, so what could be a tag is parted."""
    text = unmarked(" ".join(clean(text).split()))
    if not text:
        return ""
    fence = "`" * (max((len(found) for found in _TICKS.findall(text)), default=0) + 1)
    gap = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def link(url: str, label: str) -> str:
    """A link, if it is one that a client opens (http, https); else its words."""
    url = clean(url).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return escaped(f"{label} ({url})")
    if parts.scheme not in {"http", "https"} or not parts.netloc or re.search(r"\s", url):
        return escaped(f"{label} ({url})")
    shown = escaped(label or url).replace("<br>", " ")
    return f"[{shown}]({quote(writable_url(url), safe='/:?#@!$&+,=%~.-_')})"


def writable_url(url: str) -> str:
    """`url` without halves of surrogate pairs, which no address has."""
    return url.encode("utf-8", "replace").decode()


def _channel(channel: str, name: str, pen: Pen) -> str:
    if _CHAT.fullmatch(channel):
        return link(f"{pen.applink}/client/chat/open?openChatId={channel}", f"#{name}")
    return escaped(f"#{name}")
