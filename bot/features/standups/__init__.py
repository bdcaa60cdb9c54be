"""Stand-ups: a room asks its people every working day, in a thread that everybody can read.

`/standup setup` says when a room asks whom, what and where. A run is a date of it: its thread's
head is posted when it opens and counts the answers, everybody is sent one form for all their rooms,
the missing are reminded once, and a report closes it: early when all have answered. What comes
later is added as late. Blockers become items and stay the same items. Who is away, by leave or by
the calendar where they are, is neither asked nor missed. Each local date is once, whatever clocks,
zones and downtime do. An answer is its author's: `/muster privacy` shows, exports and deletes it.
"""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Card, Form
from bot.core.events import (
    CameBack,
    DrawForm,
    HomeSections,
    NextReminders,
    RoomClosed,
    RoomReopened,
    RoomSections,
    Unaddressed,
    WentAway,
)
from bot.feature import Feature, Outcome
from bot.features.standups import (
    absence,
    answering,
    asking,
    cards,
    commands,
    due,
    exports,
    forms,
    home,
    keeping,
    planning,
    queries,
    reading,
    reports,
    setup,
    steps,
    tables,
    talking,
)
from storage.tx import Tx


def _form(question: DrawForm, tx: Tx) -> Form | None:
    if question.command == commands.AnswerStandup.spec.path:
        return forms.draw(question, tx)
    if question.command == commands.EditStandup.spec.path:
        return setup.draw_edit(question, tx)
    return None


def _root(tx: Tx, row: int) -> Card | None:
    run = tx.get(tables.Run, row)
    return cards.root(tx, run) if run else None


def _report(tx: Tx, row: int) -> Card | None:
    run = tx.get(tables.Run, row)
    return reports.report(tx, run) if run else None


def _copy(tx: Tx, row: int) -> Card | None:
    run = tx.get(tables.Run, row)
    return reports.copy(tx, run) if run else None


def _answer(tx: Tx, row: int) -> Card | None:
    turn = tx.get(tables.Turn, row)
    run = tx.get(tables.Run, turn.run_id) if turn else None
    return cards.answer(tx, run, turn) if turn and run else None


def _stop(event: RoomClosed, tx: Tx, now: datetime) -> Outcome:
    """A closed room asks nobody any more; what is open closes as it would have."""
    for standup in queries.of_room(tx, event.room):
        planning.drop_planned(tx, standup.id)
    return Outcome()


def _go_on(event: RoomReopened, tx: Tx, now: datetime) -> Outcome:
    for standup in queries.of_room(tx, event.room):
        planning.plan_anew(tx, standup, now)
    return Outcome()


def _prompt(tx: Tx, row: int) -> Card | None:
    return asking.drawn(tx, row)


def _reminder(tx: Tx, row: int) -> Card | None:
    return asking.drawn(tx, row, is_reminder=True)


FEATURE = Feature(
    name="standups",
    commands={
        commands.AnswerStandup: answering.answer,
        commands.SetUpStandup: setup.set_up,
        commands.EditStandup: setup.edit,
        commands.ShowStandup: setup.show,
        commands.PauseStandup: setup.pause,
        commands.ResumeStandup: setup.resume,
        commands.RemoveStandup: setup.remove,
        commands.SkipStandup: absence.skip,
        commands.GoAway: absence.go_away,
        commands.ComeBack: absence.come_back,
        commands.ShowReport: reading.show_report,
        commands.ShowHistory: reading.show_history,
        commands.ExportStandups: keeping.export_standups,
        commands.ShowPrivacy: keeping.show_privacy,
        commands.ExportMine: keeping.export_mine,
        commands.DeleteMine: keeping.delete_mine,
        steps.RunDue: due.run_due,
        steps.RootPosted: due.root_posted,
        steps.PersonAsked: asking.person_asked,
        steps.SaidInWords: talking.said_in_words,
    },
    reactions={
        WentAway: absence.follow_leave,
        CameBack: absence.follow_return,
        RoomClosed: _stop,
        RoomReopened: _go_on,
    },
    answers={
        DrawForm: _form,
        Unaddressed: talking.unaddressed,
        HomeSections: home.sections,
        NextReminders: home.reminders,
        RoomSections: home.on_the_card,
    },
    live={
        "standup": _root,
        "standup-report": _report,
        "standup-copy": _copy,
        "standup-answer": _answer,
        "standup-prompt": _prompt,
        "standup-reminder": _reminder,
    },
    exports={"standups": exports.export},
    tables=(tables.Standup, tables.Run, tables.Turn),
)
