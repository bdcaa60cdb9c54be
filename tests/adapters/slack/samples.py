"""Cards and forms of every shape, with every kind of nasty text, for the judges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.core.chat import (
    AnyBlock,
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
from bot.core.commands import (
    Command,
    Option,
    choice,
    command,
    flag,
    item_key,
    long,
    number,
    person,
    rest,
    when,
)
from bot.core.commands import people as crowd
from bot.core.keys import ItemKey
from bot.core.text import (
    AnyInline,
    ChannelLink,
    Code,
    Link,
    Mention,
    Msg,
    Reader,
    Seq,
    Strong,
    When,
    t,
)


@command("sample do", t("Do it"))
class Do(Command):
    """A command whose texts may be as long as any."""

    what: str = rest(t("What"), max_length=50_000)
    details: str = long(t("Details"), default="", max_length=50_000)
    anyway: bool = flag(t("Anyway"), default=False)


@command("sample plan", t("Plan it"))
class Plan(Command):
    """A command with a parameter of each kind that a form shows."""

    item: ItemKey = item_key()
    what: str = rest(t("What"))
    details: str = long(t("Details"), default="")
    severity: int = choice(t("Severity"), [Option(n, t("{n}", n=n)) for n in (1, 2, 3)], default=3)
    lead: int | None = person(t("Lead"), default=None)
    people: tuple[int, ...] = crowd(t("People"), default=())
    due: datetime | None = when(t("Due"), default=None)
    target: float | None = number(t("Target"), default=None)
    private: bool = flag(t("Private"), default=False)


PLAN: dict[str, Any] = {
    "item": ItemKey(3, 1),
    "what": "fence",
    "details": "a\nb",
    "severity": 2,
    "lead": 2,
    "people": (2, 3),
    "due": datetime(2026, 11, 24, 17, tzinfo=UTC),
    "target": 1234567.5,
    "private": True,
}

NASTY = (
    "<!channel> <!here|x> <@U012> @here @everyone #general",
    "a & b < c > d &amp; &lt;!channel&gt;",
    "*bold* _italic_ ~gone~ `code` ```block```",
    "> quoted\n>>> all of it",
    "<https://evil.example|bank.example>",
    "https://example.com/?a=b&c=d|e",
    "*" * 50,
    "`" * 7,
    "",
    " \n\t ",
    "\x00\x07\u202e",
    "\ud83d",
    "👩‍👩‍👧‍👦🇨🇳🇩🇪👍🏽" * 30,
    "e\u0301" * 2000,
    "字" * 4000,
    "<" * 4000,
    "&" * 3001,
    "long words " * 2000,
    "<!date^1^{date}|x>",
    ":tada: 群*重要*的",
)

#: By number: Hypothesis would write them all out otherwise.
nasty = st.integers(0, len(NASTY) - 1).map(NASTY.__getitem__)
typed = st.one_of(nasty, st.text(max_size=60))
languages = st.sampled_from(("en", "zh", "both"))
readers = st.builds(Reader, languages, st.sampled_from(("UTC", "Asia/Shanghai", "Pacific/Apia")))
#: From before 1970, which Slack cannot show, to after 2038.
instants = st.integers(-(10**9), 4 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC))
whens = st.builds(When, instants, st.sampled_from(("datetime", "date", "time")))
simple: st.SearchStrategy[AnyInline] = st.one_of(
    typed,
    st.integers(-(10**6), 10**6),
    st.floats(-1e6, 1e6),
    st.builds(Mention, st.one_of(st.just("U012AB3CD"), typed), typed),
    whens,
    st.builds(Strong, typed),
    st.builds(Code, typed),
    st.builds(Link, st.one_of(st.just("https://x.example/a?b&c|d>"), typed), typed),
    st.builds(ChannelLink, st.one_of(st.just("C012AB3CD"), typed), typed),
)
messages: st.SearchStrategy[Msg] = st.one_of(
    simple.map(lambda value: t("{a}", a=value)),
    st.tuples(simple, simple).map(lambda two: t("Closed by {a}, {b}", a=two[0], b=two[1])),
    st.lists(simple, min_size=1, max_size=3).map(lambda some: t("{a}", a=Seq(tuple(some)))),
    st.sampled_from((t("Join"), t("War rooms"), t("Close"))),
)
inlines = st.one_of(simple, messages)
labels = st.one_of(st.sampled_from((t("Severity"), t("Lead"))), messages)
tones = st.sampled_from(Tone)
commands = st.builds(Do, what=typed, details=typed, anyway=st.booleans())
buttons = st.builds(Button, labels, commands, tones, st.one_of(st.none(), messages), st.booleans())


@st.composite
def tables(draw: st.DrawFn) -> Table:
    wide = draw(st.integers(0, 22))
    tall = draw(st.integers(0, 3)) if wide > 3 else draw(st.sampled_from((0, 1, 3, 120)))
    row = tuple(draw(inlines) for _ in range(wide))
    return Table(tuple(draw(labels) for _ in range(wide)), (row,) * tall)


@st.composite
def fields_of_forms(draw: st.DrawFn) -> tuple[FormField, ...]:
    made = []
    for position in range(draw(st.integers(0, 9))):
        kind = draw(st.sampled_from(FieldKind))
        many = kind is FieldKind.PEOPLE
        users = st.lists(st.just("U012AB3CD"), max_size=2).map(tuple)
        value = draw(users) if many else draw(st.one_of(values_typed, typed))
        choices = draw(st.lists(choices_one, max_size=4, unique_by=lambda each: each.value))
        made.append(
            FormField(
                f"field_{position}",
                kind,
                draw(labels),
                required=draw(st.booleans()),
                value=value,
                choices=tuple(choices),
                hint=draw(st.one_of(st.none(), messages)),
                error=draw(st.one_of(st.none(), messages)),
                max_length=draw(st.sampled_from((1, 200, 3000, 20_000))),
            )
        )
    return tuple(made)


values_typed = st.sampled_from(
    ("", "2026-12-01 17:00", "2026-12-01T09:00:00Z", "tomorrow", "7", "1.5", "yes", "1", "a")
)
choices_one = st.builds(
    Choice, st.one_of(st.sampled_from(("1", "2", "a", "", "x" * 151)), st.text(max_size=9)), labels
)
forms = st.builds(
    Form,
    st.just("sample do"),
    messages,
    fields_of_forms(),
    labels,
    st.dictionaries(st.sampled_from(("item", "room", "origin")), typed, max_size=3),
    st.one_of(st.none(), messages),
)
entries = st.builds(
    Entry, inlines, st.one_of(st.none(), inlines), st.lists(buttons, max_size=7).map(tuple)
)
blocks: st.SearchStrategy[AnyBlock] = st.one_of(
    st.builds(Paragraph, inlines),
    st.builds(Quote, typed),
    st.builds(Note, inlines),
    st.builds(Heading, inlines),
    st.lists(st.tuples(labels, inlines), max_size=12).map(lambda some: Fields(tuple(some))),
    st.builds(Progress, inlines, st.floats(allow_nan=True), inlines),
    st.builds(Entries, st.lists(entries, max_size=4).map(tuple), st.integers(0, 99)),
    tables(),
    st.just(Divider()),
    st.lists(buttons, max_size=12).map(lambda some: Buttons(tuple(some))),
    forms,
)
cards = st.builds(Card, messages, st.lists(blocks, max_size=8).map(tuple), tones)

#: One field of each kind, each filled in.
EXAMPLE = Form(
    "sample do",
    t("Do it"),
    (
        FormField("what", FieldKind.LINE, t("What"), required=True, value="It"),
        FormField("details", FieldKind.LONG, t("Details"), value="One\nTwo"),
        FormField(
            "severity",
            FieldKind.SELECT,
            t("Severity"),
            value="2",
            choices=tuple(Choice(str(n), t("{n} of 3", n=n)) for n in (1, 2, 3)),
        ),
        FormField("lead", FieldKind.PERSON, t("Lead"), value="U012AB3CD"),
        FormField("people", FieldKind.PEOPLE, t("People"), value=("U012AB3CD", "U987ZY6XW")),
        FormField("due", FieldKind.WHEN, t("Due"), value="2026-12-01 17:00"),
        FormField("target", FieldKind.NUMBER, t("Target"), value="1.5"),
        FormField("private", FieldKind.FLAG, t("Private"), value="yes"),
    ),
    t("Send"),
    {"item": "WR-7-3"},
)
