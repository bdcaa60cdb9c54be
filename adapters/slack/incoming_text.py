"""Text in: Slack's markup as plain words.

https://docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>` come escaped, and what
stands between angle brackets is a mention, a link or a date.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

_Message = Mapping[str, Any]
_MARKUP = re.compile(r"<([^<>\s][^<>]*)>")
_GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)(?:\|([^<>]*))?>")
_ESCAPE = re.compile(r"&(amp|lt|gt);")
_ESCAPES = {"amp": "&", "lt": "<", "gt": ">"}
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)")


def plain_text(text: str) -> str:
    """What somebody wrote, without Slack's markup.

    People stay `<@user id>`, user groups `<!subteam^id|@handle>`: somebody has to ask who
    they are.
    """
    return _pieced(text, _MARKUP.finditer(text), _word)


def message_text(message: _Message) -> str:
    """What a message says: its text; of a card its title; of files alone their names."""
    title = _title(message)
    text = title if title is not None else plain_text(str(message.get("text") or ""))
    text = _GROUP.sub(lambda found: found[2] or f"@{found[1]}", text)
    if not text.strip():
        text = "\n".join(_attached(message))
    return text


def _pieced(text: str, marks: Iterable[re.Match[str]], word: Any) -> str:
    """`text` with each mark replaced by its word, and what stands between them unescaped."""
    pieces: list[str] = []
    end = 0
    for mark in marks:
        pieces += [_unescaped(text[end : mark.start()]), word(mark[1])]
        end = mark.end()
    return "".join([*pieces, _unescaped(text[end:])])


def _word(inside: str) -> str:
    target, _, label = inside.partition("|")
    label = _unescaped(label)
    match target[:1]:
        case "@":
            return f"<{target}>"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return _special(target[1:], label, inside)
        case _:
            return _link(_unescaped(target), label)


def _special(target: str, label: str, inside: str) -> str:
    """`here`, `channel`, `everyone`, `date^…|fallback`, `subteam^…|@handle`."""
    kind, _, _ = target.partition("^")
    if kind == "subteam":
        return f"<{inside}>"
    if kind == "date":
        return label
    return label if label.startswith("@") else f"@{label or kind}"


def _link(url: str, label: str) -> str:
    """An address; with its label where that is more than the address over again."""
    bare = _SCHEME.sub("", url)
    if not label or label == url:
        return url if url.startswith("http") else bare
    return label if label.rstrip("/") == bare.rstrip("/") else f"{label} ({url})"


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[1]], text)


def _title(message: _Message) -> str | None:
    """The title of a card such as Muster's own; None if the message is none."""
    blocks = message.get("blocks") or ()
    if not message.get("bot_id") or not blocks or blocks[0].get("type") != "header":
        return None
    # Header texts are plain, but come escaped all the same.
    return html.unescape(str((blocks[0].get("text") or {}).get("text") or "")).strip()


def _attached(message: _Message) -> list[str]:
    files = [
        str(file.get("title") or file.get("name") or "") for file in message.get("files") or ()
    ]
    shown = [str(one.get("fallback") or "") for one in message.get("attachments") or ()]
    return [plain_text(name) for name in (*files, *shown) if name]
