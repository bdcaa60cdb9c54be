"""Cards as lines of text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.chat import (
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
    line,
)
from bot.core.commands import Command, command
from bot.core.plaintext import bar, card_text
from bot.core.text import Mention, Reader, Strong, When, t


@command("go", t("Go"))
class Go(Command): ...


FORM = Form(
    "go",
    t("Please fill in"),
    (
        FormField("what", FieldKind.LINE, t("What"), required=True, error=t("Too long")),
        FormField("who", FieldKind.PEOPLE, t("Who"), value=("alice", "bob")),
        FormField("how", FieldKind.SELECT, t("How"), value="x", choices=(Choice("x", t("X")),)),
    ),
    t("Send"),
    intro=t("Once more"),
)


def test_every_block() -> None:
    go = Button(t("Go"), Go())
    card = Card(
        t("Room {key}", key=Strong("WR-7")),
        (
            Heading(t("Facts")),
            Fields(
                (
                    (t("Lead"), Mention("U1", "Ann")),
                    (t("Since"), When(datetime(2026, 1, 2, 3, 4, tzinfo=UTC))),
                )
            ),
            Paragraph("one\ntwo"),
            Quote("said\nlong ago"),
            Quote(""),
            Divider(),
            Progress(t("Goal"), 0.5, t("half")),
            Entries((Entry("a", t("b"), (go,)), Entry("c")), more=2),
            Table((t("A"), t("B")), (("1", 2), ("x", 1.5))),
            Note(t("small")),
            Buttons((go, go)),
            FORM,
        ),
        Tone.INFO,
    )
    assert card_text(card, Reader()).splitlines() == [
        "Room WR-7",
        "— Facts —",
        "Lead: @Ann",
        "Since: Fri 2 Jan 2026, 03:04",
        "one",
        "two",
        "> said",
        "> long ago",
        "───",
        f"Goal: {bar(0.5)} half",
        "• a (b) [Go]",
        "• c",
        "… and 2 more",
        "A | B",
        "1 | 2",
        "x | 1.5",
        "small",
        "[Go] [Go]",
        "Please fill in",
        "Once more",
        "  What*:  ← Too long",
        "  Who: alice, bob",
        "  How: x",
    ]


def test_a_line_is_a_card() -> None:
    assert card_text(line(t("Hello")), Reader()) == "Hello"


def test_entries_that_are_all_shown_count_nothing() -> None:
    assert "more" not in card_text(Card(t("x"), (Entries((Entry("a"),)),)), Reader())


@pytest.mark.parametrize(
    ("share", "filled"), [(0, 0), (0.5, 10), (1, 20), (-3, 0), (7, 20), (0.024, 0), (0.026, 1)]
)
def test_bars(share: float, filled: int) -> None:
    assert bar(share) == "█" * filled + "░" * (20 - filled)
