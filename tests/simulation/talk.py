"""What people type, press and fill in: made of the commands' own definitions, by chance.

So a new command is simulated from the day on which it is registered. Every text carries a word that
occurs nowhere else, by which the judge counts what came of it; and what is typed in a private
channel carries that channel's word, which nobody outside must ever read.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from bot.core.chat import FieldKind, Form, FormField
from bot.core.commands import Command, Kind, Param
from bot.core.keys import DecisionKey, ItemKey, RoomKey
from tests.simulation.places import Person

_EN = ("check", "gateway", "logs", "rollback", "vendor", "payment", "latency", "pool", "error")
_ZH = ("检查", "网关", "日志", "回滚", "供应商", "支付", "延迟", "连接池", "报错")
_WHEN = ("tomorrow 5pm", "in 2 hours", "3d", "明天下午5点", "两小时后", "in 20 minutes", "1d")
#: How often each is asked for; the others once.
WEIGHTS = {
    "warroom open": 9.0,
    "warroom note": 5.0,
    "warroom status": 5.0,
    "warroom invite": 4.0,
    "warroom join": 5.0,
    "warroom close": 1.5,
    "warroom reopen": 2.0,
    "item add": 14.0,
    "item done": 3.0,
    "item assign": 3.0,
    "decide": 7.0,
    "decide propose": 6.0,
    "decide agree": 4.0,
    "decide object": 2.0,
    "checkpoint plan": 2.0,
    "standup setup": 6.0,
    "standup answer": 5.0,
    "standup away": 2.0,
    "standup back": 1.5,
    "escalate": 3.0,
    "escalate ack": 2.0,
    "muster language": 4.0,
    "muster manager": 2.0,
    # Long, and the same for everybody.
    "muster help": 0.2,
    "muster doctor": 0.2,
}
#: What is said in these stays in the room in which they are said.
OF_A_ROOM = {"item add", "warroom note", "warroom status", "decide", "checkpoint plan"}
#: How likely somebody gives what need not be given: a room is mostly the one of the channel.
_LIKELY = {Kind.KEY: 0.15}
#: They count in the story, so one leaves traces to be counted in the database.
COUNTED = {"item add", "warroom note", "warroom open", "decide"}


class Talk:
    """The words of one life."""

    def __init__(self, known: Mapping[str, type[Command]]) -> None:
        self.public = {path: cls for path, cls in sorted(known.items()) if cls.spec.public}
        self._paths = list(self.public)
        self._weights = [WEIGHTS.get(path, 0.6) for path in self._paths]
        self._words = 0
        #: The word of the main text of what was said last.
        self.main = ""
        self.rooms = 0
        self.decisions = 0

    @property
    def opening(self) -> type[Command]:
        """What opens a room."""
        return self.public["warroom open"]

    @property
    def last(self) -> str:
        """The newest word."""
        return f"tk{self._words}x"

    def word(self) -> str:
        """A word that nobody has said before."""
        self._words += 1
        return self.last

    def choose(self, rng: Random) -> type[Command]:
        """A command."""
        return self.public[rng.choices(self._paths, self._weights)[0]]

    def sentence(self, rng: Random, lang: str, mark: str = "") -> str:
        """A few words, one of them new."""
        some = rng.choices(_ZH if lang == "zh" else _EN, k=rng.randint(1, 4))
        return " ".join([*some, self.word(), *([mark] if mark else [])])

    def typed(
        self, rng: Random, cls: type[Command], lang: str, others: list[Person], mark: str
    ) -> str:
        """`cls` as somebody types it."""
        spec = cls.spec
        mark = mark if spec.path in OF_A_ROOM else ""
        name = rng.choice((spec.path, spec.path, *spec.also))
        words = [f"/{name}"]
        if spec.form and rng.random() < 0.1:
            return words[0]  # what is missing is asked for
        for param in spec.params:
            if not param.is_listed or param.kind in {Kind.SOURCE, Kind.ANSWERS}:
                continue
            if mark and param.key is RoomKey:
                continue  # it would be told to another room
            likely = _LIKELY.get(param.kind, 0.6 if param.positional else 0.2)
            wanted = param.required or rng.random() < likely
            if wanted:
                words += self._given(rng, param, lang, others, mark)
        return " ".join(words)

    def _given(
        self, rng: Random, param: Param, lang: str, others: list[Person], mark: str
    ) -> list[str]:
        if param.kind is Kind.FLAG:
            return [f"--{param.flag}"]
        value = self._value(rng, param, lang, others, mark)
        return [value] if param.positional else [f"--{param.flag}", value]

    def _value(  # noqa: PLR0911  one a kind
        self, rng: Random, param: Param, lang: str, others: list[Person], mark: str
    ) -> str:
        match param.kind:
            case Kind.CHOICE:
                return str(rng.choice(param.options).value)
            case Kind.PERSON:
                return f"<@{rng.choice(others).user}>"
            case Kind.PEOPLE:
                some = rng.sample(others, min(len(others), rng.randint(1, 3)))
                return " ".join(f"<@{each.user}>" for each in some)
            case Kind.WHEN:
                return rng.choice(_WHEN)
            case Kind.NUMBER:
                return str(rng.randint(1, 5))
            case Kind.KEY:
                return self.key(rng, param)
            case _:
                said = self._text(rng, param.name, lang, mark)
                if param.kind is Kind.REST:
                    self.main = self.last
                return said

    def _text(self, rng: Random, name: str, lang: str, mark: str) -> str:
        """Some texts must be of a kind; what is wrong is refused, and that is simulated, too."""
        known = {
            "zone": ("Asia/Shanghai", "Europe/London", "上海"),
            "items": ("1", "WR-1-1"),
            "opens": ("09:30", "10:00", "17:15"),
            "closes": ("11:00", "12:30", "18:00"),
            "days": ("workdays", "mon,wed,fri", "daily"),
            "quorum": ("all", "any", "1"),
            "until": ("2d", "tomorrow", "明天"),
            "day": ("tomorrow", "Dec 24", "明天"),
            "region": ("China", "UK", "德国"),
            "hours": ("09:30-18:30", "10:00-19:00"),
            "since": ("2w", "1d"),
        }
        return rng.choice(known[name]) if name in known else self.sentence(rng, lang, mark)

    def key(self, rng: Random, param: Param) -> str:
        """Mostly of something that there is."""
        if param.key is DecisionKey:
            return f"D-{rng.randint(1, max(self.decisions, 1))}"
        room = f"WR-{rng.randint(1, max(self.rooms, 1))}"
        if param.key is ItemKey:
            number = rng.randint(1, 6)
            return f"{room}-{number}" if rng.random() < 0.5 else str(number)
        return room

    def filled(
        self, rng: Random, form: Form, lang: str, others: list[Person], mark: str
    ) -> dict[str, str | tuple[str, ...]]:
        """A form as somebody fills it in."""
        return {
            each.name: self._filled(rng, each, lang, others, mark)
            if each.required or rng.random() < 0.4 or "tk" in str(each.value)
            else each.value
            for each in form.fields
        }

    def _filled(  # noqa: PLR0911  one a kind
        self, rng: Random, each: FormField, lang: str, others: list[Person], mark: str
    ) -> str | tuple[str, ...]:
        has_word = "tk" in str(each.value)  # sent twice, it would count twice
        if each.value and not has_word and rng.random() < 0.5:
            return each.value
        match each.kind:
            case FieldKind.SELECT:
                return rng.choice(each.choices).value if each.choices else ""
            case FieldKind.PERSON:
                return rng.choice(others).user
            case FieldKind.PEOPLE:
                return tuple(p.user for p in rng.sample(others, min(len(others), 2)))
            case FieldKind.WHEN:
                return rng.choice(_WHEN)
            case FieldKind.NUMBER:
                return str(rng.randint(1, 5))
            case FieldKind.FLAG:
                return rng.choice(("yes", ""))
            case _ if each.name in {"room", "item", "decision"}:
                return f"WR-{rng.randint(1, max(self.rooms, 1))}"
            case _:
                said = self._text(rng, each.name, lang, mark)
                if each.name in {"title", "text"}:
                    self.main = self.last
                return said
