"""Arbitrary deeds of people: every command, as words, button, form and menu, with whatever in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.bootstrap import registry
from bot.core.effects import Quoted
from bot.core.platform import Picked, Pressed, Submitted, Typed

COMMANDS = registry().commands
#: Of these, what people can type; the rest can only come in a forged button.
PUBLIC = sorted(path for path, cls in COMMANDS.items() if cls.spec.public)
EVERY = sorted(COMMANDS)
NAMES = sorted({param.name for cls in COMMANDS.values() for param in cls.spec.params})
#: What the grammar knows, so that more than nonsense is tried.
PIECES = (
    "WR-1", "WR-1-1", "WR-2", "D-1", "D-2", "#", "--owner", "--due", "--why", "--severity",
    "--until", "--next", "——级别", "<@alice>", "<@bob>", "<@nobody>", "@Bob", "明天下午5点", "tomorrow",
    "3d", "2026-02-30", "9999-12-31", "25:99", "-1", "1e400", "“", "”", '"', "'", "--", "all", "on",
    "off", "0", "١", "\x00", "\ud800", "\u202e", "\n", "{who}", "%s", "每周一", "weekdays 09:30",
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


def typed() -> st.SearchStrategy[Typed]:
    """Every command with anything behind it, and anything at all."""
    known = st.builds(lambda path, rest: f"/{path} {rest}", st.sampled_from(PUBLIC), scraps)
    called = st.dictionaries(st.sampled_from(["alice", "bob", "nobody"]), words, max_size=2)
    return st.builds(Typed, known | scraps, called, is_overheard=st.booleans())


def submitted() -> st.SearchStrategy[Submitted]:
    """Every form, its own fields and others, filled in with anything."""

    def of(path: str) -> st.SearchStrategy[Submitted]:
        own = [param.name for param in COMMANDS[path].spec.params] if path in COMMANDS else []
        fields = st.sampled_from(own) | names if own else names
        value = scraps | st.lists(scraps, max_size=3).map(tuple)
        return st.builds(
            Submitted,
            st.just(path),
            st.dictionaries(fields, value, max_size=6),
            st.dictionaries(fields, scraps, max_size=3),
        )

    return (st.sampled_from(EVERY) | words).flatmap(of)


def pressed() -> st.SearchStrategy[Pressed]:
    """Buttons: as Muster makes them, with anything in them, and anything at all."""

    def of(path: str) -> st.SearchStrategy[Any]:
        own = [param.name for param in COMMANDS[path].spec.params] or ["room"]
        value = json_values | st.integers(1, 3)
        inside = st.dictionaries(st.sampled_from(own) | names, value, max_size=5)
        version = st.sampled_from([1, 2, 0, -1, "1", None])
        shape = st.fixed_dictionaries({"c": st.just(path), "v": version, "a": inside})
        return (
            shape
            | st.tuples(st.just(path), version, inside).map(list)
            | st.fixed_dictionaries(
                {"command": st.just(path), "version": version, "values": inside}
            )
        )

    made = st.sampled_from(EVERY).flatmap(of)
    return st.builds(Pressed, made | json_values, st.none() | words)


def picked() -> st.SearchStrategy[Picked]:
    """Any command, of any message."""
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
    return st.builds(Picked, st.sampled_from(EVERY) | words, quoted)


deeds = typed() | submitted() | pressed() | picked()
