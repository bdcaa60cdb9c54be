"""The options of a decision, with what speaks for and against each, as people write them.

    Roll back to 1.4
    + known to work
    - loses the fix for refunds
    Hotfix
    - nobody knows how long

A line is an option; a line that begins with + or - is a reason for or against the option above it.
"""

from __future__ import annotations

from dataclasses import dataclass

_FOR = ("+", "\uff0b")
_AGAINST = ("-", "\uff0d", "–", "—")


@dataclass(frozen=True, slots=True)
class Considered:
    """An option."""

    name: str
    pros: tuple[str, ...] = ()
    cons: tuple[str, ...] = ()


def read_options(text: str | None) -> list[Considered]:
    """The options that a text names. A reason that stands before any option is one itself."""
    found: list[Considered] = []
    for line in (text or "").splitlines():
        said = line.strip()
        reason = said[1:].strip()
        if found and reason and said.startswith(_FOR):
            last = found[-1]
            found[-1] = Considered(last.name, (*last.pros, reason), last.cons)
        elif found and reason and said.startswith(_AGAINST):
            last = found[-1]
            found[-1] = Considered(last.name, last.pros, (*last.cons, reason))
        elif said:
            found.append(Considered(said))
    return found


def write_options(options: list[Considered]) -> str:
    """The text that `read_options` reads so."""
    lines: list[str] = []
    for option in options:
        lines.append(option.name)
        lines += [f"+ {reason}" for reason in option.pros]
        lines += [f"- {reason}" for reason in option.cons]
    return "\n".join(lines)
