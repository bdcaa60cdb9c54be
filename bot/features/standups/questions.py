"""What a stand-up asks: the usual questions in both languages, and questions of one's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from bot.core.errors import Refused
from bot.core.i18n import plain
from bot.core.text import LANGUAGES, Msg, Reader, t
from bot.core.words import fold

#: More than these nobody answers every day.
MOST_QUESTIONS = 10
LONGEST_QUESTION = 200
LONGEST_ANSWER = 3000
#: After a question: it has to be answered.
_MUST = "*"
MOODS = range(1, 6)


class Kind(StrEnum):
    """What an answer is made of."""

    TEXT = "text"
    #: What will be done next: tomorrow's form begins with it.
    NEXT = "next"
    #: What is in the way: becomes an item.
    BLOCKER = "blocker"
    #: 1 to 5.
    MOOD = "mood"


@dataclass(frozen=True, slots=True)
class Question:
    """A question. `id` is what its answers are kept by; a usual one has no `text` of its own."""

    id: str
    kind: Kind = Kind.TEXT
    text: str = ""
    is_required: bool = False

    @property
    def label(self) -> Msg:
        """The question, for people."""
        return _USUAL[self.id][1] if not self.text else t("{text}", text=self.text)


_USUAL: dict[str, tuple[Kind, Msg, tuple[str, ...]]] = {
    "since": (
        Kind.TEXT,
        t("What have you done since last time?"),
        ("since", "done", "yesterday", "last", "进展", "昨天", "上次"),
    ),
    "next": (Kind.NEXT, t("What will you do next?"), ("next", "today", "plan", "计划", "接下来")),
    "blocker": (
        Kind.BLOCKER,
        t("What is in your way?"),
        ("blocker", "blockers", "in the way", "阻塞", "阻碍", "卡点"),
    ),
    "mood": (Kind.MOOD, t("How are you, from 1 to 5?"), ("mood", "心情", "状态")),
    "goal": (Kind.TEXT, t("Which goal did we reach, and which not?"), ("goal", "目标")),
    "well": (Kind.TEXT, t("What went well?"), ("well", "good", "做得好")),
    "better": (Kind.TEXT, t("What should we do differently?"), ("better", "改进")),
}
TEMPLATES = {
    "daily": ("since", "next", "blocker", "mood"),
    "review": ("goal", "well", "better", "blocker"),
}


def usual(template: str) -> tuple[Question, ...]:
    """The questions of a template."""
    return tuple(Question(name, _USUAL[name][0]) for name in TEMPLATES[template])


def read_questions(text: str) -> tuple[Question, ...]:
    """The questions that somebody typed, one a line; Refused if they cannot be asked.

    A line that is a usual question in either language, or one word for it, is that one; a line that
    ends in * has to be answered.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_QUESTIONS:
        sentence = t(
            "{n} questions are too many: {most} are the most.", n=len(lines), most=MOST_QUESTIONS
        )
        raise Refused(sentence, field="questions")
    found: dict[str, Question] = {}
    for number, line in enumerate(lines, 1):
        question = _question(line, number)
        if question.id in found:
            raise Refused(t("One of the questions is there twice."), field="questions")
        found[question.id] = question
    return tuple(found.values())


def _question(line: str, number: int) -> Question:
    words = line.removesuffix(_MUST).strip()
    is_required = words != line
    if not words or len(words) > LONGEST_QUESTION:
        sentence = t("A question has at most {n} characters, and some.", n=LONGEST_QUESTION)
        raise Refused(sentence, field="questions")
    for name, (kind, label, also) in _USUAL.items():
        names = {plain(label, Reader(lang)) for lang in LANGUAGES} | set(also)
        if fold(words) in {fold(each) for each in names}:
            return Question(name, kind, is_required=is_required)
    return Question(f"own{number}", Kind.TEXT, words, is_required)


def written(questions: Sequence[Question], reader: Reader) -> str:
    """Questions as `read_questions` takes them, in the reader's language."""
    one = Reader("zh" if reader.lang == "zh" else "en")
    return "\n".join(
        plain(each.label, one) + (_MUST if each.is_required else "") for each in questions
    )


def dump_questions(questions: Sequence[Question]) -> str:
    """As they are kept."""
    return json.dumps([asdict(each) for each in questions], ensure_ascii=False)


def load_questions(text: str) -> tuple[Question, ...]:
    """What `dump_questions` wrote."""
    return tuple(
        Question(each["id"], Kind(each["kind"]), each["text"], each["is_required"])
        for each in json.loads(text or "[]")
    )
