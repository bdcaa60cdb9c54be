"""What people can ask of all decisions together: find them, check them, be told of them weekly."""

from __future__ import annotations

from bot.core import commands as c
from bot.core.commands import Command, Needs, Option, command
from bot.core.keys import DecisionKey, RoomKey
from bot.core.text import t
from bot.features.decisions import wording
from bot.features.decisions.tables import State

_WORDS = {
    State.PROPOSED: ("open", "提议中", "待定"),
    State.ACCEPTED: ("已通过", "通过", "有效"),
    State.REJECTED: ("已否决", "否决"),
    State.EXPIRED: ("已过期", "过期"),
    State.SUPERSEDED: ("已被取代", "被取代"),
    State.DEPRECATED: ("已废止", "废止"),
}
STATES = tuple(Option(state, wording.STATES[state], words) for state, words in _WORDS.items())

#: The field that stands for what was said with votes, and of objections.
VOTES = "votes"
_NAMES = {
    "title": ("标题", "decision", "决策"),
    "context": ("背景",),
    "drivers": ("what matters most", "最看重的", "考量"),
    "options": ("备选方案", "选项", "备选"),
    "why": ("原因", "理由"),
    "instead_of": ("instead-of", "instead of", "未采用的方案", "而非"),
    "consequences": ("what follows from it", "影响", "后果"),
    "confirmation": ("how it will be confirmed", "如何验证", "验证"),
    "evidence": ("证据", "依据"),
    VOTES: ("what was said with votes", "投票时说的话", "投票理由", "投票"),
}
#: What can be taken away: what people wrote in a decision, and what they said of it.
REDACTABLE = tuple(
    Option(name, wording.LABELS.get(name, t("What was said with votes")), words)
    for name, words in _NAMES.items()
)


@command(
    "decisions",
    t("List decisions, and find them"),
    also=("decisions find", "decisions list", "决策列表", "决策记录", "决策列表 找", "决策 查找"),
    examples=(
        "/decisions",
        "/decisions find payment timeouts --status accepted",
        "/decisions --room WR-7 --by @bob --since 2w",
        "/决策列表 找 支付超时 --标签 数据库 --自 上个月",
    ),
    details=t(
        "In a room, that room's decisions; elsewhere, all that you may see. Every word must occur "
        "somewhere in a decision, in Chinese or English; the beginning of an English word will do."
    ),
    form=False,
)
class ListDecisions(Command):
    room: RoomKey | None = c.room_key(default=None)
    text: str = c.rest(t("Words"), default="", max_length=300)
    by: int | None = c.person(t("Decided by"), default=None, also=("谁",))
    tag: str | None = c.text(t("Tag"), default=None, also=("标签",), max_length=100)
    since: str | None = c.text(t("Since"), default=None, also=("自", "从"), max_length=60)
    status: State | None = c.choice(t("Status"), STATES, default=None, also=("状态",))
    everywhere: bool = c.flag(t("In all rooms"), default=False, also=("全部",))
    before: float | None = c.number(t("Before"), default=None, in_form=False, is_listed=False)


@command(
    "decisions check",
    t("List decisions that nobody looks after"),
    also=("decisions orphans", "决策列表 检查"),
    examples=("/decisions check", "/决策列表 检查"),
    details=t(
        "Those that hold, and whose owner is missing or has left, that do not say how one will "
        "see that they were right, or whose evidence is missing or gone."
    ),
    form=False,
)
class CheckDecisions(Command):
    room: RoomKey | None = c.room_key(default=None)
    before: float | None = c.number(t("Before"), default=None, in_form=False, is_listed=False)


WHERE = (
    Option("here", t("Here"), ("这里", "本群")),
    Option("off", t("Nowhere"), ("关闭", "关", "nowhere", "不发布", "none", "no")),
)


@command(
    "decisions digest",
    t("Show the week's decisions, or have them posted every Monday"),
    also=("决策列表 周报",),
    examples=("/decisions digest", "/decisions digest --weekly here", "/决策列表 周报 --每周 这里"),
    details=t(
        "What was decided, who is waited for, what is due for review; and the last hash of the "
        "log, so that nobody can change it unnoticed. Everybody may look, administrators choose "
        "the channel. What private rooms decide is not in it, unless it is their own channel."
    ),
    form=False,
    needs=Needs.INSIDER,
)
class DecisionDigest(Command):
    weekly: str | None = c.choice(t("Every Monday"), WHERE, default=None, also=("每周",))


@command(
    "decisions redact",
    t("Take away what somebody wrote in a decision, such as personal data"),
    also=("决策列表 脱敏",),
    examples=("/decisions redact D-12 why", "/决策列表 脱敏 D-12 原因"),
    details=t(
        "It is gone for good, also from what it said before, and the log can still be verified. "
        "Messages in the chat are not changed: delete them there."
    ),
    needs=Needs.ADMIN,
    submit=t("Take it away for good"),
)
class RedactDecision(Command):
    decision: DecisionKey = c.decision_key()
    field: str = c.choice(t("What?"), REDACTABLE, positional=True)
