"""Arbitrary deeds of people: every command, as words, button, form and menu, whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.bootstrap import registry
from bot.core.effects import Quoted
from bot.core.platform import Picked, Pressed, Submitted, Typed

COMMANDS = registry().commands
EVERY = sorted(COMMANDS)
NAMES = sorted({param.name for cls in COMMANDS.values() for param in cls.spec.params})
#: What the grammar knows, so that more than nonsense is tried.
PIECES = (
    "WR-1", "WR-1-1", "WR-2", "D-1", "D-2", "#", "--owner", "--due", "--why", "--severity",
    "--until", "--next", "——级别", "<@alice>", "<@bob>", "<@nobody>", "@Bob", "明天下午5点",
    "tomorrow", "3d", "2026-02-30", "9999-12-31", "25:99", "-1", "1e400", "“", "”", '"', "'", "--",
    "all", "on", "off", "0", "١", "\x00", "\ud800", "\u202e", "\n", "{who}", "%s", "每周一",
    "weekdays 09:30",
)  # fmt: skip

#: Whatever a JSON parser makes of bytes: half surrogates too.
words = st.text(st.characters(codec=None), max_size=40)
scraps = st.lists(st.one_of(st.sampled_from(PIECES), words), max_size=8).map(" ".join)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | scraps,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(NAMES) | words
#: What somebody might well write: without it few deeds would get as far as a use-case.
sensible = st.sampled_from(
    (
        "查日志",
        "Roll back to 1.4",
        "WR-1",
        "WR-1-1",
        "D-1",
        "1",
        "@Bob",
        "明天下午5点 修好了",
        "on",
        "",
    )
)


def deeds_of(path: str) -> st.SearchStrategy[Typed | Submitted | Pressed | Picked]:
    """A command by every way in, with anything in it."""
    own = [param.name for param in COMMANDS[path].spec.params] if path in COMMANDS else []
    fields = st.sampled_from(own) | names if own else names
    return _typed(path) | _submitted(path, fields) | _pressed(path, fields) | _picked(path)


def _typed(path: str) -> st.SearchStrategy[Typed]:
    called = st.dictionaries(st.sampled_from(["alice", "bob", "nobody"]), words, max_size=2)
    text = (sensible | scraps).map(lambda rest: f"/{path} {rest}".rstrip())
    return st.builds(Typed, text, called, is_overheard=st.booleans())


def _submitted(path: str, fields: st.SearchStrategy[str]) -> st.SearchStrategy[Submitted]:
    value = sensible | scraps | st.lists(scraps, max_size=3).map(tuple)
    return st.builds(
        Submitted,
        st.just(path),
        st.dictionaries(fields, value, max_size=6),
        st.dictionaries(fields, scraps, max_size=3),
    )


def _pressed(path: str, fields: st.SearchStrategy[str]) -> st.SearchStrategy[Pressed]:
    """As Muster makes buttons, with anything in them; and anything at all."""
    inside = st.dictionaries(fields, sensible | json_values | st.integers(1, 3), max_size=5)
    version = st.sampled_from([1, 2, 0, -1, "1", None])
    made = st.tuples(st.just(path), version, inside).map(list)
    named = st.fixed_dictionaries({"command": st.just(path), "version": version, "values": inside})
    return st.builds(Pressed, made | named | json_values, st.none() | words)


def _picked(path: str) -> st.SearchStrategy[Picked]:
    quoted = st.builds(
        Quoted,
        words,
        words,
        st.sampled_from(["alice", "bob", "", "nobody"]),
        scraps,
        st.just(datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        words,
        st.none() | words,
    )
    return st.builds(Picked, st.just(path), quoted)


#: Every command that people can ask, every step that only a forged button can, and none.
PATHS = [*EVERY, "no such command", ""]
