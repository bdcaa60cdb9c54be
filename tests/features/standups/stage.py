"""What stories about stand-ups need: a room with one, and how to fill its form in."""

from __future__ import annotations

from tests.world import Actor, Place, Said


def names(said: Said) -> dict[str, str]:
    """The fields of the form by what they are called, the first room's first: "since", "item1"."""
    found: dict[str, str] = {}
    for field in said.form.fields:
        found.setdefault(field.name.partition("_")[2], field.name)
    return found


def sends(said: Said, **values: str) -> Said:
    """Send the form, some answers of its first room filled in: `since="…"`, `item1="done"`."""
    known = names(said)
    return said.fills(**{known[name]: value for name, value in values.items()})


def answers(who: Actor, where: Place | None = None, **values: str) -> Said:
    """Open the form by its command, and send it."""
    said = who.says("/standup", where) if where is not None else who.dms("/standup")
    return sends(said, **values)
