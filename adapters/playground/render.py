"""Cards out: as JSON for the browser, drawn for one reader, with no markup in it.

Text becomes a list of spans, {"t": kind, "text": …} with what the kind needs besides; the page
makes DOM nodes of them and never HTML. A button carries its payload, to be handed back when it is
pressed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, assert_never
from urllib.parse import urlsplit

from adapters.playground.parse import readable, readable_json, split_mentions
from adapters.playground.places import MUSTER, Message
from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Divider,
    Entries,
    Entry,
    Fields,
    Form,
    FormField,
    Heading,
    Note,
    Paragraph,
    Progress,
    Quote,
    Table,
)
from bot.core.i18n import BOTH_SEPARATOR, languages, pieces, plain, when_text
from bot.core.platform import encode
from bot.core.text import (
    ChannelLink,
    Code,
    Inline,
    Language,
    Link,
    Mention,
    Msg,
    Reader,
    Strong,
    When,
)

#: JSON values for the browser.
Node = dict[str, Any]

_ADDRESS = re.compile(
    r"https?://[^\s<>\"，。；！？、）】」』\u3000]*[^\s<>\"'.,;:!?，。；：！？、）】」』)\]\u3000]"
)
_CODE = re.compile(r"`([^`\n]+)`")


def words(value: Inline, reader: Reader) -> str:
    """`value` as unmarked text."""
    return readable(plain(value, reader))


def spans(value: Inline, reader: Reader) -> list[Node]:
    """`value` in parts; neighbouring words are one."""
    out: list[Node] = []
    for position, lang in enumerate(languages(reader.lang)):
        drawn = list(_joined(_spans(value, lang, reader.zone)))
        if position and drawn != out:
            out.append(_text(BOTH_SEPARATOR))
        if drawn != out:
            out.extend(drawn)
    return out


def _spans(value: Inline, lang: Language, zone: str) -> Iterator[Node]:
    for piece in pieces(value, lang):
        match piece:
            case str():
                yield _text(piece)
            case Mention(user, name):
                yield {"t": "mention", "text": f"@{readable(name)}", "user": readable(user)}
            case When(at):
                shown = when_text(piece, lang, zone)
                yield {"t": "time", "text": shown, "at": at.isoformat()}
            case Strong(text):
                yield {"t": "strong", "text": readable(text)}
            case Code(text):
                yield {"t": "code", "text": readable(text)}
            case Link(url, label):
                yield _link(url, label)
            case ChannelLink(channel, name):
                shown = f"#{readable(name)}"
                yield {"t": "channel", "text": shown, "channel": readable(channel)}
            case _:
                assert_never(piece)


def _text(text: str) -> Node:
    return {"t": "text", "text": readable(text)}


def _link(url: str, label: str) -> Node:
    """A link, if it is one that a browser may be sent to; else its words."""
    url, label = readable(url), readable(label)
    try:
        parts = urlsplit(url)
    except ValueError:
        return _text(f"{label} ({url})")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return _text(f"{label} ({url})")
    return {"t": "link", "text": label or url, "url": url}


def _joined(parts: Iterator[Node]) -> Iterator[Node]:
    held: Node | None = None
    for part in parts:
        if held and held["t"] == part["t"] == "text":
            held = _text(held["text"] + part["text"])
            continue
        if held:
            yield held
        held = part
    if held:
        yield held


def card(shown: Card, reader: Reader) -> Node:
    """A card: {"title": spans, "plain": its title as a sentence, "tone": …, "blocks": [...]}."""
    return {
        "title": spans(shown.title, reader),
        "plain": words(shown.title, reader),
        "tone": str(shown.tone),
        "blocks": [block(each, reader) for each in shown.blocks],
    }


def block(shown: Block, reader: Reader) -> Node:
    """A block: {"type": its type, …}."""
    kind: Node = {"type": shown.type}
    match shown:
        case Paragraph(text) | Note(text) | Heading(text):
            return kind | {"text": spans(text, reader)}
        case Quote(text):
            return kind | {"text": [_text(text)]}
        case Fields(pairs):
            drawn = [[words(label, reader), spans(value, reader)] for label, value in pairs]
            return kind | {"pairs": drawn}
        case Progress(label, share, text):
            return kind | {
                "label": spans(label, reader),
                "share": _clipped(share),
                "text": spans(text, reader),
            }
        case Entries(entries, more):
            return kind | {"entries": [_entry(each, reader) for each in entries], "more": more}
        case Table(columns, rows):
            return kind | {
                "columns": [words(column, reader) for column in columns],
                "rows": [[spans(cell, reader) for cell in row] for row in rows],
            }
        case Divider():
            return kind
        case Buttons(buttons):
            return kind | {"buttons": [_button(each, reader) for each in buttons]}
        case Form():
            return form(shown, reader)
        case _:
            assert_never(shown)


def _clipped(share: float) -> float:
    # Also makes 0 of what is not a number, which JSON does not know.
    return min(1.0, share) if share > 0 else 0.0


def _entry(shown: Entry, reader: Reader) -> Node:
    return {
        "text": spans(shown.text, reader),
        "note": None if shown.note is None else spans(shown.note, reader),
        "buttons": [_button(each, reader) for each in shown.buttons],
    }


def _button(shown: Button, reader: Reader) -> Node:
    return {
        "label": words(shown.label, reader),
        "tone": str(shown.tone),
        "confirm": _optional(shown.confirm, reader),
        "opens_form": shown.opens_form,
        "payload": readable_json(encode(shown)),
    }


def _optional(text: Msg | None, reader: Reader) -> str | None:
    return None if text is None else words(text, reader)


def form(shown: Form, reader: Reader) -> Node:
    """A form, to be shown in a dialog or inside a card."""
    return {
        "type": shown.type,
        "command": readable(shown.command),
        "title": words(shown.title, reader),
        "intro": _optional(shown.intro, reader),
        "submit": words(shown.submit, reader),
        "kept": readable_json(shown.kept),
        "fields": [_field(each, reader) for each in shown.fields],
    }


def _field(shown: FormField, reader: Reader) -> Node:
    return {
        "name": readable(shown.name),
        "kind": str(shown.kind),
        "label": words(shown.label, reader),
        "required": shown.required,
        "value": readable_json(shown.value),
        "choices": [
            {"value": readable(each.value), "label": words(each.label, reader)}
            for each in shown.choices
        ],
        "hint": _optional(shown.hint, reader),
        "error": _optional(shown.error, reader),
        "max_length": shown.max_length,
        "section": _optional(shown.section, reader),
    }


def typed(text: str, names: Mapping[str, str]) -> list[Node]:
    """What a person typed: mentions of known people, web addresses and `code` are marked."""
    parts: list[Node] = []
    for kind, part in split_mentions(text):
        if kind == "mention" and part in names:
            parts.append({"t": "mention", "text": f"@{names[part]}", "user": part})
        else:
            parts.extend(_typed_words(part if kind == "text" else f"<@{part}>"))
    return list(_joined(iter(parts)))


def _typed_words(text: str) -> Iterator[Node]:
    done = 0
    for found in re.finditer(f"{_ADDRESS.pattern}|{_CODE.pattern}", text):
        if found.start() > done:
            yield _text(text[done : found.start()])
        yield {"t": "code", "text": readable(found[1])} if found[1] else _link(found[0], found[0])
        done = found.end()
    if done < len(text):
        yield _text(text[done:])


def plain_message(message: Message, reader: Reader, names: Mapping[str, str]) -> str:
    """A message as unmarked text: what was typed, or the title of the card, or the file's note."""
    if message.card is not None:
        return words(message.card.title, reader)
    if message.note is not None:
        return words(message.note, reader)
    named = {**names, MUSTER: "Muster"}
    return "".join(span["text"] for span in typed(message.text, named))
