from __future__ import annotations

import pytest

from bot.core.commands import Kind, Option, Param
from bot.core.keys import RoomKey
from bot.core.text import t
from bot.core.values import fits, unquoted, value_of
from tests.core.circle import Circle


def _param(kind: Kind) -> Param:
    options = (Option("red", t("Red"), ("红",)), Option("green", t("Green")))
    return Param(kind, t("X"), options=options, key=RoomKey, name="x")


@pytest.mark.parametrize(
    ("kind", "word", "does"),
    [
        (Kind.KEY, "WR-1", True),
        (Kind.KEY, "3", False),
        (Kind.CHOICE, "红", True),
        (Kind.CHOICE, "gren", True),
        (Kind.CHOICE, "blue", False),
        (Kind.PERSON, "@bob", True),
        (Kind.PERSON, "<@U1>", True),
        (Kind.PEOPLE, "＠bob", True),
        (Kind.PERSON, "bob", False),
        (Kind.WHEN, "whatever", True),
        (Kind.NUMBER, "whatever", True),
    ],
)
def test_what_is_meant_for_an_optional_parameter(kind: Kind, word: str, does: bool) -> None:
    assert fits(_param(kind), word) == does


@pytest.mark.parametrize(
    ("word", "is_yes"), [("yes", True), ("YES", True), ("是", True), ("no", False), ("", False)]
)
def test_flags(word: str, is_yes: bool) -> None:
    assert value_of(_param(Kind.FLAG), word, Circle()) is is_yes


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('"a b" c', ("a b", " c")),
        ('"a"b" c', ('a"b', " c")),
        ("“a” ", ("a", " ")),
        ("「a」", ("a", "")),
        ("'it's' x", ("it's", " x")),
        ('"a', None),
        ("a", None),
        ("", None),
        ('"', None),
        ('"a"b', None),
    ],
)
def test_quotations(text: str, parts: tuple[str, str] | None) -> None:
    assert unquoted(text) == parts
