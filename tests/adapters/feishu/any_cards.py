"""Any card at all: strategies for Hypothesis, with what people type at its worst."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Choice,
    Divider,
    Entries,
    Entry,
    FieldKind,
    Fields,
    Form,
    FormField,
    Heading,
    Note,
    Paragraph,
    Progress,
    Quote,
    Table,
    Tone,
)
from bot.core.text import (
    ChannelLink,
    Code,
    Inline,
    Link,
    Mention,
    Msg,
    Reader,
    Seq,
    Strong,
    When,
)
from bot.features.decisions.commands import RecordDecision

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "<at id=all></at><font color='red'>x</font>",
            "[x](https://a.b) **b** `c` :DONE: ~~d~~ # e",
            "1. a\n    b\n---\n| c |",
            "&#60;at&#62;&nbsp;",
            "{n} %s {0}",
            "\0\udfff\ud800\u202eabc\u2066",
            "",
            "长" * 2000,
            '"\\\n' * 500,
        ]
    ),
)
users = st.one_of(texts, st.sampled_from(["all", "ou_alice", "ou_b" * 9, "on_c"]))
instants = st.integers(-(10**9), 4 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC))
inlines: st.SearchStrategy[Inline] = st.recursive(
    st.one_of(
        texts,
        st.integers(),
        st.floats(),
        st.builds(Mention, users, texts),
        st.builds(When, instants, st.sampled_from(["datetime", "date", "time"])),
        st.builds(Strong, texts),
        st.builds(Code, texts),
        st.builds(Link, st.one_of(texts, st.just("https://example.com/(x)")), texts),
        st.builds(ChannelLink, st.one_of(texts, st.just("oc_1")), texts),
    ),
    lambda inner: st.one_of(
        st.builds(Seq, st.lists(inner, max_size=3).map(tuple)),
        st.builds(lambda value: Msg("{text}…", {"text": value}), inner),
        st.builds(lambda value: Msg("due {due}", {"due": value}), inner),
    ),
    max_leaves=5,
)
messages = st.builds(lambda value: Msg("due {due}", {"due": value}), inlines)
buttons = st.builds(
    Button,
    messages,
    st.builds(RecordDecision, title=texts),
    st.sampled_from(Tone),
    st.none() | messages,
    st.booleans(),
)
button_rows = st.lists(buttons, max_size=4).map(tuple)
#: Names of parameters and values of choices are Muster's own.
names = st.from_regex(r"[a-z][a-z_0-9]{0,9}", fullmatch=True)
fields = st.builds(
    FormField,
    names,
    st.sampled_from(FieldKind),
    messages,
    st.booleans(),
    users | st.lists(users, max_size=2).map(tuple) | st.just("2026-11-24 17:00"),
    st.lists(st.builds(Choice, names, messages), max_size=3, unique_by=lambda c: c.value).map(
        tuple
    ),
    st.none() | messages,
    st.none() | messages,
    st.integers(1, 3000),
)
forms = st.builds(
    Form,
    names,
    messages,
    st.lists(fields, max_size=3, unique_by=lambda each: each.name).map(tuple),
    messages,
    st.dictionaries(names, st.text(max_size=99), max_size=2),
    st.none() | messages,
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Every row has as many cells as there are columns; some columns are of one kind."""
    width = draw(st.integers(0, 3))
    kinds = st.sampled_from(
        [inlines, st.integers(), st.builds(When, instants), st.builds(Mention, users, texts)]
    )
    cells = [draw(kinds) for _ in range(width)]
    rows = draw(st.lists(st.tuples(*cells), max_size=12))
    return Table(tuple(draw(messages) for _ in range(width)), tuple(rows))


blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, inlines),
    st.builds(Quote, texts),
    st.builds(Note, inlines),
    st.builds(Heading, inlines),
    st.builds(Fields, st.lists(st.tuples(messages, inlines), max_size=4).map(tuple)),
    st.builds(Progress, inlines, st.floats(), inlines),
    st.builds(
        Entries,
        st.lists(st.builds(Entry, inlines, st.none() | inlines, button_rows), max_size=3).map(
            tuple
        ),
        st.integers(0, 9),
    ),
    tables(),
    st.builds(Divider),
    st.builds(Buttons, button_rows),
    forms,
)
#: Small ones and, by repetition, ones that no platform takes.
cards = st.builds(
    lambda title, some, times, tone: Card(title, tuple(some) * times, tone),
    messages,
    st.lists(blocks, max_size=5),
    st.sampled_from([1, 1, 1, 3, 12]),
    st.sampled_from(Tone),
)
readers = st.builds(Reader, st.sampled_from(["en", "zh", "both"]), st.just("Asia/Shanghai"))
