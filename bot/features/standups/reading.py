"""Reading what was: the report of a day, and the last days of a stand-up."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.chat import Card, Entries, Entry, Tone
from bot.core.errors import Refused
from bot.core.platform import Say
from bot.core.text import Code, Either, Inline, Msg, Seq, Strong, t
from bot.core.words import fold, shortened
from bot.feature import Outcome
from bot.features.rooms.queries import Access
from bot.features.standups import due, queries, reports
from bot.features.standups.commands import ShowHistory, ShowReport
from bot.features.standups.tables import Run, Stand, State
from storage.tx import Tx

_SHOWN = 10
_DATE = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?")
_AGO = {
    "today": 0, "今天": 0, "yesterday": 1, "昨天": 1, "前天": 2, "day before yesterday": 2,
}  # fmt: skip
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HAN = "一二三四五六日"


def read_past(text: str, today: date) -> date:
    """The day that is over, or today, that somebody means; Refused if that cannot be told."""
    words = fold(unicodedata.normalize("NFKC", text))
    if words in _AGO:
        return today - timedelta(_AGO[words])
    found = _DATE.fullmatch(words)
    weekday = _weekday(words)
    if weekday is not None:
        return today - timedelta((today.weekday() - weekday) % 7)
    try:
        if found is not None:
            day = date(int(found[1] or today.year), int(found[2]), int(found[3]))
            is_next = not found[1] and day > today
            return day.replace(year=day.year - 1) if is_next else day
    except ValueError:
        pass  # no such day: told below
    yesterday = Either(Code("yesterday"), Code("昨天"))
    friday = Either(Code("Friday"), Code("周五"))
    examples = Seq((Code("2026-11-20"), yesterday, friday), "or")
    sentence = t(
        "{words} is no day that I understand. Say for example {examples}.",
        words=Strong(shortened(text)),
        examples=examples,
    )
    raise Refused(sentence, field="day")


def _weekday(words: str) -> int | None:
    if words[:3] in _WEEKDAYS and words.isascii() and words.isalpha():
        return _WEEKDAYS.index(words[:3])
    han = re.fullmatch(r"(?:周|星期|礼拜)([一二三四五六日天])", words)
    return _HAN.index(han[1].replace("天", "日")) if han else None


def show_report(cmd: ShowReport, tx: Tx, now: datetime) -> Outcome:
    """Show the report of a day; without one, the latest."""
    room, standup = queries.standup_for(tx, cmd.room, cmd.name, Access.SEE)
    today = now.astimezone(ZoneInfo(standup.zone)).date()
    if cmd.day:
        run = queries.run_on(tx, standup.id, read_past(cmd.day, today))
    else:
        found = queries.history(tx, standup.id, until=date.max, count=_SHOWN)
        run = next((each for each in found if each.state in {State.OPEN, State.CLOSED}), None)
    if run is None or run.state == State.PLANNED:
        sentence = t("There was no stand-up of {room} then.", room=Strong(room.key))
        raise Refused(sentence, field="day" if cmd.day else None)
    if run.state in {State.MISSED, State.QUIET}:
        return Outcome(Say(Card(_line(tx, run), (), Tone.INFO)))
    return Outcome(Say(reports.report(tx, run)))


def show_history(cmd: ShowHistory, tx: Tx, now: datetime) -> Outcome:
    """Show the last days of a stand-up, as a whole: nobody is counted by name."""
    room, standup = queries.standup_for(tx, cmd.room, cmd.name, Access.SEE)
    found = queries.history(tx, standup.id, until=date.max, count=_SHOWN)
    if not found:
        raise Refused(t("{room} has had no stand-up yet.", room=Strong(room.key)))
    title = t("Stand-ups of {room}", room=Strong(f"{room.key} {room.title}"))
    entries = tuple(Entry(_line(tx, run)) for run in found)
    return Outcome(Say(Card(title, (Entries(entries),), Tone.INFO)))


def _line(tx: Tx, run: Run) -> Msg:
    day = Strong(str(run.day))
    what: Inline
    if run.state == State.MISSED:
        what = t("did not take place: {why}", why=due.why_missed(run.reason))
    elif run.state == State.QUIET:
        what = t("everybody was away")
    else:
        turns = queries.turns_of(tx, run.id)
        given = sum(turn.state == Stand.ANSWERED for turn in turns)
        all_ = given + len(queries.missing(tx, run, turns))
        what = t("{n} of {all} answered", n=given, all=all_)
    return t("{day}: {what}", day=day, what=what)
