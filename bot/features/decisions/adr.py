"""Files of ADR folders, read: those that `madr` writes, MADR 2 to 4 of others, and adr-tools.

What has no place in a decision is kept under its evidence, with its heading before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import takewhile
from typing import Any

import yaml

from bot.core.text import Code, Msg, t
from bot.core.words import clean
from bot.features.decisions import madr
from bot.features.decisions.madr import unescaped
from bot.features.decisions.options import Considered, write_options


class BadLine(Exception):  # noqa: N818  it names what is at fault
    """A line of a file that cannot be read."""

    def __init__(self, line: int, message: Msg) -> None:
        super().__init__(message.id)
        self.line = line
        self.message = message


#: What headings mean, in lower case: MADR's, its earlier versions', those of adr-tools.
_MEANING = {
    "context and problem statement": "context",
    "context": "context",
    "decision drivers": "drivers",
    "considered options": "options",
    "considered alternatives": "options",
    "decision outcome": "outcome",
    "decision": "outcome",
    "consequences": "consequences",
    "confirmation": "confirmation",
    "validation": "confirmation",
    "pros and cons of the options": "pros",
    "more information": "more",
    "status": "status",
}
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_BULLET = re.compile(r"^ {0,1}[*+-][ \t]+(.*)$")
_FACT = re.compile(
    r"^[*-]?[ \t]*(status|date|deciders|decision-makers)[ \t]*:[ \t]*(.*)$", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CHOSEN = re.compile(r'Chosen option: "((?:\\.|[^"\\])*)"(?:\.?\s*$|, because (.*))', re.DOTALL)
_REASON = re.compile(r"^(Good|Bad), because (.*)$", re.DOTALL | re.IGNORECASE)
_LABEL = re.compile(rf"^\*\*({madr.INSTEAD}|{madr.EVIDENCE}|{madr.LINKS})\*\*$")
_NUMBERED = re.compile(r"^\d+\.[ \t]+")
_OTHER = re.compile(r"(?:\(<?|ADR[- ]?|\bD-)0*(\d{1,9})(?:-[^)]*\.md>?\))?", re.IGNORECASE)
_STATES = {
    "draft": "proposed",
    "pending": "proposed",
    "approved": "accepted",
    "done": "accepted",
    "implemented": "accepted",
    "superceded": "superseded",
    "obsolete": "deprecated",
}


@dataclass
class _Section:
    level: int
    title: str
    #: Counted from 1, as the lines of a file are.
    line: int
    lines: list[str] = field(default_factory=list)
    below: list[_Section] = field(default_factory=list)


def read(content: str, number: int | None) -> dict[str, Any]:
    """The fields of a decision, as `drafts.record_of` takes them; BadLine if it is no ADR.

    `number` is that of the file's name, "0012-…".
    """
    lines = clean(content.removeprefix("\ufeff")).split("\n")
    facts, begin = _front_matter(lines)
    top, sections = _sections(lines, begin)
    if top is None:
        raise BadLine(
            begin + 1, t("There is no title: a line that begins with {hash}.", hash=Code("#"))
        )
    title = unescaped(_NUMBERED.sub("", top.title))
    values: dict[str, Any] = {"title": title, "_line": top.line}
    evidence: list[str] = []
    _read_preamble(top, facts, values)
    for section in sections:
        _read_section(section, title, facts, values, evidence)
    if evidence:
        values["evidence"] = "\n\n".join(filter(None, [values.get("evidence"), *evidence]))
    if "considered" in values or "argued" in values:
        options = _merged(values.pop("considered", []), values.pop("argued", []))
        values["options"] = write_options(options)
    values |= _facts(facts, number)
    return values


# ── the front matter ─────────────────────────────────────────────────────────────────────────────


def _front_matter(lines: list[str]) -> tuple[dict[str, Any], int]:
    """What it says, and the number of lines that it takes."""
    if lines[0].strip() != "---":
        return {}, 0
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        raise BadLine(1, t("The front matter has no end: a line {dashes}.", dashes=Code("---")))
    try:
        said = yaml.safe_load("\n".join(lines[1:end])) or {}
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line + 2 if error.problem_mark else 1
        raise BadLine(at, t("The front matter is no YAML.")) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadLine(1, t("The front matter is no YAML.")) from error
    if not isinstance(said, dict):
        raise BadLine(1, t("The front matter is no YAML."))
    return {str(name).casefold(): value for name, value in said.items()}, end + 1


def _words(value: Any) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def _several(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else re.split(r"[,;，、]", _words(value))
    return [name for part in parts if (name := " ".join(_words(part).split()))]


def _facts(facts: Mapping[str, Any], number: int | None) -> dict[str, Any]:
    makers = facts.get("decision-makers") or facts.get("deciders")
    status = _words(facts.get("status"))
    key = _words(facts.get("id"))
    values: dict[str, Any] = {
        "key": key or (f"D-{number}" if number else ""),
        "state": _state(status),
        "superseded_by": _words(facts.get("superseded-by")) or _superseded_by(status),
        "decided_at": _at(facts),
        "decision_makers": _several(makers),
        "decided_by": _words(facts.get("decided-by")) or next(iter(_several(makers)), ""),
    }
    for name in ("consulted", "informed", "tags", "items", "supersedes"):
        values[name] = _several(facts.get(name))
    for name in ("uid", "room", "room-title", "owner", "quorum", "link"):
        values[name.replace("-", "_")] = _words(facts.get(name))
    for name in ("deadline-at", "closed-at", "review-at"):
        values[name.replace("-", "_")] = _words(facts.get(name))
    return values


def _at(facts: Mapping[str, Any]) -> str:
    if exact := _words(facts.get("decided-at")):
        return exact
    day = _words(facts.get("date"))
    return f"{day}T00:00:00+00:00" if re.fullmatch(r"\d{4}-\d\d-\d\d", day) else day


def _state(status: str) -> str:
    word = re.split(r"[^\w]", status.strip("*_ ").casefold(), maxsplit=1)[0]
    return _STATES.get(word, word) or "accepted"


def _superseded_by(status: str) -> str:
    found = _OTHER.search(status) if re.match(r"superc?s?eded", status, re.IGNORECASE) else None
    return f"D-{int(found[1])}" if found else ""


# ── the headings ─────────────────────────────────────────────────────────────────────────────────


def _sections(lines: list[str], begin: int) -> tuple[_Section | None, list[_Section]]:
    """The title with what stands before the first heading, and the headings below it."""
    top: _Section | None = None
    found: list[_Section] = []
    fence = ""
    for at, line in enumerate(lines[begin:], begin + 1):
        if mark := _FENCE.match(line):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        heading = None if fence or mark else _HEADING.match(line)
        if heading is None:
            _last(top, found, line)
            continue
        section = _Section(len(heading[1]), heading[2], at)
        if section.level == 1 and top is None:
            top = section
        elif section.level > 2 and found:  # noqa: PLR2004  below a heading of its own
            found[-1].below.append(section)
        else:
            found.append(section)
    return top, found


def _last(top: _Section | None, found: list[_Section], line: str) -> None:
    section = found[-1] if found else top
    if section is not None:
        (section.below[-1] if section.below else section).lines.append(line)


def _read_preamble(top: _Section, facts: dict[str, Any], values: dict[str, Any]) -> None:
    """Facts stand right below the title in MADR 2 and adr-tools; anything else is context."""
    rest = []
    for line in _uncommented(top.lines):
        if said := _FACT.match(line.strip()):
            facts.setdefault(said[1].casefold(), said[2].strip())
        else:
            rest.append(line)
    if text := _text(rest):
        values["context"] = text


def _read_section(
    section: _Section,
    title: str,
    facts: dict[str, Any],
    values: dict[str, Any],
    evidence: list[str],
) -> None:
    meaning = _MEANING.get(unescaped(section.title).casefold())
    lines = _uncommented(section.lines)
    match meaning:
        case "pros":
            values["argued"] = [_argued(each, evidence) for each in section.below]
            return
        case "status":
            _read_status(lines, facts)
        case "options":
            values["considered"] = [unescaped(item) for item in _bullets(lines)]
        case "drivers":
            listed = "\n".join(unescaped(item) for item in _bullets(lines))
            values["drivers"] = listed or _text(lines)
        case "outcome":
            values["why"] = _why(lines, title)
        case "more":
            _read_more(lines, values, evidence, is_ours="uid" in facts)
        case str():
            _append(values, meaning, _text(lines))
        case _:
            _keep(section.title, lines, evidence)
    for each in section.below:
        _read_below(each, values, evidence)


def _read_below(section: _Section, values: dict[str, Any], evidence: list[str]) -> None:
    """A heading below another: MADR has those of the consequences there."""
    name = unescaped(section.title)
    lines = _uncommented(section.lines)
    if name.casefold() in {"positive consequences", "negative consequences"}:
        _append(values, "consequences", f"{name}\n\n{_text(lines)}")
    elif (meaning := _MEANING.get(name.casefold())) in {"consequences", "confirmation"}:
        _append(values, meaning, _text(lines))
    else:
        _keep(section.title, lines, evidence)


def _keep(heading: str, lines: list[str], evidence: list[str]) -> None:
    if text := _text(lines):
        evidence.append(f"{unescaped(heading)}\n\n{text}")


def _append(values: dict[str, Any], name: str, text: str) -> None:
    values[name] = "\n\n".join(filter(None, [values.get(name), text]))


def _read_status(lines: list[str], facts: dict[str, Any]) -> None:
    said = [line.strip().lstrip("*- ").strip() for line in lines if line.strip()]
    if said:
        # The last word counts: adr-tools leaves "Accepted" above "Superseded by …".
        later = [line for line in said if re.match(r"superc?s?eded by", line, re.IGNORECASE)]
        facts.setdefault("status", (later or said)[-1 if later else 0])
    found = [
        _OTHER.search(line) for line in said if re.match(r"superc?s?edes", line, re.IGNORECASE)
    ]
    if keys := [f"D-{int(each[1])}" for each in found if each]:
        facts.setdefault("supersedes", keys)


def _why(lines: list[str], title: str) -> str:
    raw = "\n".join(lines).strip("\n")
    found = _CHOSEN.fullmatch(raw)
    if found and unescaped(found[1]) == title:
        return _text((found[2] or "").split("\n"))
    return _text(lines)


def _read_more(
    lines: list[str], values: dict[str, Any], evidence: list[str], *, is_ours: bool
) -> None:
    parts: dict[str, list[str]] = {"": []}
    label = ""
    for line in lines:
        if found := _LABEL.match(line):
            label = found[1]
            parts.setdefault(label, [])
        else:
            parts[label].append(line)
    values["instead_of"] = _text(parts.get(madr.INSTEAD, []))
    values["evidence"] = _text(parts.get(madr.EVIDENCE, []))
    others = [_text(parts[""]), "" if is_ours else _text(parts.get(madr.LINKS, []))]
    evidence += filter(None, others)


# ── texts ────────────────────────────────────────────────────────────────────────────────────────


def _uncommented(lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    return (_COMMENT.sub("", text) if "<!--" in text else text).split("\n")


def _text(lines: Iterable[str]) -> str:
    """What some lines show, without the hard breaks at their ends."""
    return unescaped("\n".join(map(_unbroken, lines)).strip("\n"))


def _unbroken(line: str) -> str:
    backslashes = len(line) - len(line.rstrip("\\"))
    return line[:-1] if backslashes % 2 else line


def _bullets(lines: list[str]) -> list[str]:
    """The items of a list, each in one line."""
    found: list[str] = []
    for line in lines:
        if item := _BULLET.match(line):
            found.append(item[1].rstrip(" \t"))
        elif line.strip() and found:
            found[-1] += f" {line.strip()}"
    return found


def _argued(section: _Section, evidence: list[str]) -> Considered:
    name = unescaped(section.title)
    lines = _uncommented(section.lines)
    items = _bullets(lines)
    reasons = [(found[1].casefold(), unescaped(found[2])) for found in _reasons(items)]
    rest = [unescaped(item) for item in items if not _REASON.match(item)]
    prose = _text(takewhile(lambda line: not _BULLET.match(line), lines))
    evidence += [f"{name}: {text}" for text in (prose, *rest) if text]
    pros = tuple(reason for kind, reason in reasons if kind == "good")
    return Considered(name, pros, tuple(reason for kind, reason in reasons if kind == "bad"))


def _reasons(items: Iterable[str]) -> Iterator[re.Match[str]]:
    return (found for found in map(_REASON.match, items) if found)


def _merged(names: list[str], argued: list[Considered]) -> list[Considered]:
    """The options in the order of their list, with what was argued further below."""
    if not names or [each.name for each in argued] == names:
        return argued or [Considered(name) for name in names]
    left = list(argued)
    merged = []
    for name in names:
        same = next((each for each in left if each.name.casefold() == name.casefold()), None)
        if same is not None:
            left.remove(same)
        merged.append(same or Considered(name))
    return merged + left
