from __future__ import annotations

import pytest

from bot.core.commands import Command, command
from bot.core.lexicon import Lexicon
from bot.core.text import t


@command("pot", t("Pot"), also=("锅",))
class Pot(Command): ...


@command("pot fill", t("Fill"), also=("锅 装", "pot fill up"), bare=True)
class Fill(Command): ...


@command("pan fill", t("Fill"), also=("盘 装",), bare=True)
class Pan(Command): ...


@command("pan wash", t("Wash"))
class Wash(Command): ...


LEXICON = Lexicon({cls.spec.path: cls for cls in (Pot, Fill, Pan, Wash)})


@pytest.mark.parametrize(
    ("text", "cls", "rest"),
    [
        ("/pot fill water", Fill, "water"),
        ("pot fill water", Fill, "water"),
        ("/pot fill up water", Fill, "water"),
        ("/POT  Fill\n water \n", Fill, "water"),
        ("／ｐｏｔ　ｆｉｌｌ　water", Fill, "water"),
        ("// pot fill", Fill, ""),
        ("/pot filled", Pot, "filled"),
        ("/pot", Pot, ""),
        ("/锅 装 水", Fill, "水"),
        ("/pot 装 水", Fill, "水"),
        ("/锅 fill water", Fill, "water"),
        ("/锅", Pot, ""),
        ("/pan", Pan, ""),
        ("/盘", Pan, ""),
    ],
)
def test_the_longest_name_counts(text: str, cls: type[Command], rest: str) -> None:
    request = LEXICON.find(text)
    assert request is not None
    assert (request.cls, request.rest) == (cls, rest)


@pytest.mark.parametrize("text", ["", "/", "/pan cook", "/fill water", "pa n", "盘装"])
def test_no_name_no_command(text: str) -> None:
    assert LEXICON.find(text) is None


def test_without_a_slash_the_capability_can_be_left_out() -> None:
    request = LEXICON.find_loosely(" wash it ")
    assert request is not None
    assert (request.cls, request.rest) == (Wash, "it")


@pytest.mark.parametrize("text", ["", "/wash it", "／wash it", "fill water", "装 水", "hello"])
def test_but_not_where_that_is_unclear(text: str) -> None:
    assert LEXICON.find_loosely(text) is None


def test_a_command_of_one_word_is_not_meant_by_any_text() -> None:
    """Or else hello in the direct conversation would fill a pot, or record a decision."""
    assert Lexicon({"pot": Pot}).find_loosely("hello") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fill water", ["pot fill", "pan fill"]),
        ("/pot fil water", ["pot fill"]),
        ("/pan fill", ["pan fill", "pot fill"]),
        ("/pna wash", ["pan wash"]),
        ("/锅 状", ["pot fill"]),
        ("/something else", []),
        ("/" + "x" * 500, []),
    ],
)
def test_what_may_have_been_meant(text: str, names: list[str]) -> None:
    assert LEXICON.offers(text)[: len(names)] == names
    assert names or LEXICON.offers(text) == []


def test_roots() -> None:
    assert LEXICON.root_of("盘 洗") == "pan"
    assert LEXICON.root_of("cup") is None
    assert LEXICON.root_of("") is None
    assert LEXICON.under("pan") == [Pan, Wash]


def test_two_commands_of_one_name() -> None:
    @command("pan stir", t("Stir"), also=("盘 装",))
    class Stir(Command): ...

    with pytest.raises(ValueError, match="'盘 装' names two commands"):
        Lexicon({cls.spec.path: cls for cls in (Pan, Stir)})
