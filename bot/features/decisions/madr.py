"""A decision as a file of an ADR folder, with the headings of MADR 4 (adr.github.io/madr).

What people wrote is text, not markup: it is escaped, so that `adr.read` gives it back as it was.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping

from bot.core.words import fold
from bot.features.decisions.markdown import link_address
from bot.features.decisions.options import read_options
from bot.features.decisions.records import Record
from bot.features.decisions.tables import State

#: The headings that mean something, as MADR 4 has them.
CONTEXT = "Context and Problem Statement"
DRIVERS = "Decision Drivers"
OPTIONS = "Considered Options"
OUTCOME = "Decision Outcome"
CONSEQUENCES = "Consequences"
CONFIRMATION = "Confirmation"
PROS_AND_CONS = "Pros and Cons of the Options"
MORE = "More Information"
#: The labels of what MADR has no heading for, under `MORE`.
INSTEAD = "Instead of"
EVIDENCE = "Evidence"
LINKS = "Links"
#: As much of a title as a file's name has.
_SLUG = 60

# ── texts ────────────────────────────────────────────────────────────────────────────────────────

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|&~!\"$]")
_LIST = re.compile(r"^(\d*)([-+=.):])")
_BACK = re.compile(r"\\([!-/:-@\[-`{-~])|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,20});")
_OUTER = re.compile(r"^[ \t]|[ \t]$")


def escaped(text: str) -> str:
    """One line of text, so that it is nothing but itself in Markdown."""
    text = _LIST.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", text))
    return _OUTER.sub(lambda found: f"&#{ord(found[0])};", text)


def unescaped(text: str) -> str:
    """The text that such a line shows."""
    return _BACK.sub(lambda found: found[1] or html.unescape(found[0]), text)


def paragraphs(text: str) -> str:
    """Text of several lines. Each but the last of a paragraph ends with a hard break."""
    lines = [escaped(line) for line in text.strip("\n").split("\n")]
    pairs = zip(lines, [*lines[1:], ""], strict=True)
    return "\n".join(f"{line}\\" if line and below else line for line, below in pairs)


def in_one_line(text: str) -> str:
    """Text of several lines where Markdown takes only one."""
    return "&#10;".join(escaped(line) for line in text.split("\n"))


def _bullets(texts: list[str]) -> str:
    return "\n".join(f"* {text}" for text in texts)


# ── the file ─────────────────────────────────────────────────────────────────────────────────────


def slug(title: str) -> str:
    """A title as part of a file's name: letters and digits of any language, dashes between."""
    words = re.findall(r"[^\W_]+", fold(title[: _SLUG * 4]))
    return "-".join(words)[:_SLUG].rstrip("-") or "decision"


def filename(number: int, title: str) -> str:
    """0012-roll-back-to-1-4.md: the numbering of adr-tools."""
    return f"{number:04}-{slug(title)}.md"


def render(record: Record, names: Mapping[str, str]) -> str:
    """The file of a decision. `names` has the files of others by their keys, to be linked."""
    parts = [_front_matter(record, names), f"# {in_one_line(record.title)}", *_body(record, names)]
    return "\n\n".join(parts) + "\n"


def _body(record: Record, names: Mapping[str, str]) -> Iterator[str]:
    options = read_options(record.options)
    if record.context.strip():
        yield f"## {CONTEXT}\n\n{paragraphs(record.context)}"
    drivers = [escaped(line.strip()) for line in record.drivers.split("\n") if line.strip()]
    if drivers:
        yield f"## {DRIVERS}\n\n{_bullets(drivers)}"
    if options:
        yield f"## {OPTIONS}\n\n{_bullets([escaped(option.name) for option in options])}"
    because = f", because {paragraphs(record.why)}" if record.why.strip() else "."
    yield f'## {OUTCOME}\n\nChosen option: "{in_one_line(record.title)}"{because}'
    for heading, text in ((CONSEQUENCES, record.consequences), (CONFIRMATION, record.confirmation)):
        if text.strip():
            yield f"### {heading}\n\n{paragraphs(text)}"
    if any(option.pros or option.cons for option in options):
        yield f"## {PROS_AND_CONS}"
        for option in options:
            yield f"### {escaped(option.name)}"
            reasons = [f"Good, because {escaped(reason)}" for reason in option.pros]
            reasons += [f"Bad, because {escaped(reason)}" for reason in option.cons]
            if reasons:
                yield _bullets(reasons)
    yield from _more(record, names)


def _more(record: Record, names: Mapping[str, str]) -> Iterator[str]:
    told = [
        f"**{label}**\n\n{paragraphs(text)}"
        for label, text in ((INSTEAD, record.instead_of), (EVIDENCE, record.evidence))
        if text.strip()
    ]
    links = [f"Supersedes {_linked(key, names)}" for key in record.supersedes]
    if record.superseded_by:
        links.append(f"Superseded by {_linked(record.superseded_by, names)}")
    if record.link:
        links.append(f"[Message]({link_address(record.link)})")
    if links:
        told.append(f"**{LINKS}**\n\n{_bullets(links)}")
    if told:
        yield "\n\n".join([f"## {MORE}", *told])


def _linked(key: str, names: Mapping[str, str]) -> str:
    return f"[{key}](<{names[key]}>)" if key in names else key


_UNSAFE = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


def _quoted(text: str) -> str:
    """A YAML string: JSON's, with what YAML does not take as it stands written as numbers."""
    said = json.dumps(text, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", said)


def _front_matter(record: Record, names: Mapping[str, str]) -> str:
    status = record.state
    if record.state == State.SUPERSEDED and record.superseded_by:
        status = f"superseded by {_linked(record.superseded_by, names)}"
    said: list[tuple[str, str | tuple[str, ...]]] = [
        ("status", status),
        ("date", record.decided_at[:10]),
        ("decision-makers", record.decision_makers),
        ("consulted", record.consulted),
        ("informed", record.informed),
        ("id", record.key),
        ("uid", record.uid),
        ("decided-by", record.decided_by),
        ("decided-at", record.decided_at),
        ("room", record.room),
        ("room-title", record.room_title),
        ("owner", record.owner),
        ("tags", record.tags),
        ("items", record.items),
        ("supersedes", record.supersedes),
        ("superseded-by", record.superseded_by),
        ("quorum", record.quorum),
        ("deadline-at", record.deadline_at),
        ("closed-at", record.closed_at),
        ("review-at", record.review_at),
        ("link", record.link),
    ]
    lines = [f"{name}: {_value(value)}" for name, value in said if value]
    return "\n".join(["---", *lines, "---"])


def _value(value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return f"[{', '.join(map(_quoted, value))}]"
