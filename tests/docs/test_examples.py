"""Every example of every command is understood, whenever it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.bootstrap import registry
from bot.core.commands import Command, Kind
from bot.core.i18n import plain
from bot.core.parse import parse
from bot.core.text import LANGUAGES, Reader

KNOWN = registry()
PUBLIC = [cls for cls in KNOWN.commands.values() if cls.spec.public]
EXAMPLES = [(cls, example) for cls in PUBLIC for example in cls.spec.examples]
#: A week of mornings and nights, for "friday" may be today.
NOWS = [
    datetime(2026, 11, 23, 1, 0, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 168, 7)
]
SHANGHAI = ZoneInfo("Asia/Shanghai")
PEOPLE = {"bob": 2, "chen": 3, "dana": 4}


@dataclass
class Office:
    """Surroundings in which Bob, Chen and Dana are known."""

    now: datetime
    zone: ZoneInfo = SHANGHAI

    def person(self, user: str) -> int:
        return PEOPLE[user]

    def named(self, name: str) -> int | None:
        return PEOPLE.get(name)

    def name_of(self, user: str) -> str:
        return user


def understood(text: str, now: datetime) -> Command:
    request = KNOWN.lexicon.find(text)
    assert request is not None, text
    return parse(request, Office(now))


@pytest.mark.parametrize(("cls", "example"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_an_example_asks_for_its_own_command(cls: type[Command], example: str) -> None:
    for now in NOWS:
        assert type(understood(example, now)) is cls


@pytest.mark.parametrize(("cls", "example"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_nothing_of_an_example_is_left_in_its_sentence(cls: type[Command], example: str) -> None:
    command = understood(example, NOWS[0])
    for param in cls.spec.params:
        if param.kind in {Kind.REST, Kind.LINE, Kind.LONG}:
            words = getattr(command, param.name) or ""
            assert "--" not in words, words
            assert "@" not in words, words


def test_the_examples_in_both_languages_say_the_same() -> None:
    english, chinese = (
        understood(text, NOWS[0])
        for text in (
            "/warroom open Payment timeouts --severity 1 @bob @chen",
            "/攻关 开 支付超时 级别1 @bob @chen",
        )
    )
    for name in ("severity", "people"):
        assert getattr(english, name) == getattr(chinese, name)


@pytest.mark.parametrize("cls", PUBLIC, ids=[cls.spec.path for cls in PUBLIC])
def test_every_command_has_a_name_in_chinese(cls: type[Command]) -> None:
    assert any(not name.isascii() for name in cls.spec.also)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("cls", PUBLIC, ids=[cls.spec.path for cls in PUBLIC])
def test_what_a_choice_is_called_can_be_typed(cls: type[Command], lang: str) -> None:
    """Of one word, at least: who sees "Finished" or 「已完成」 will type it."""
    for param in cls.spec.params:
        for option in param.options:
            label = plain(option.label, Reader("zh" if lang == "zh" else "en"))
            if label.isalpha() and label.casefold() not in WHOLE_SENTENCES:
                words = {str(option.value), *option.words}
                assert label.casefold() in {word.casefold() for word in words}, label


#: Labels that a form shows and nobody types.
WHOLE_SENTENCES = {"跟随平台", "不设公告群", "中英双语", "仅限指定成员", "指定成员除外"}
