"""Escalation: what nobody has touched for too long climbs, from its owner up to the sponsor.

Each open item is watched from its last activity that means something (state, owner, date, a word in
a stand-up, a decision or its owner's note that names it), and so is what was promised and has not
come. When it is stale by the policy of its severity, kind and room, in working time, somebody is
asked: step by step, in their own working hours, with the reason and the way out on the card. Who
cannot be asked is passed over, and the card says so; the ladder ends in the ops channel, never in
silence. Things for one person in the same minutes are one message. `/escalate why` and
`/escalate preview` say what has happened and what will: by the same function that makes it happen.
"""

from __future__ import annotations

from bot.core.chat import Card
from bot.core.events import (
    BlockerNamed,
    Checkup,
    DecisionRecorded,
    HomeSections,
    ItemChanged,
    ItemReported,
    Missed,
    NextReminders,
    NoteAdded,
    RoomClosed,
    RoomReopened,
    RoomTouched,
    Settled,
)
from bot.feature import Feature
from bot.features.escalation import (
    actions,
    cards,
    choices,
    commands,
    due,
    home,
    reading,
    sending,
    steps,
    tables,
    watching,
)
from storage.tx import Tx


def _parcel(tx: Tx, parcel: int) -> Card | None:
    found = tx.get(tables.Parcel, parcel)
    return cards.parcel(tx, found) if found is not None else None


def _mention(tx: Tx, step: int) -> Card | None:
    found = tx.get(tables.Step, step)
    return cards.mention(tx, found) if found is not None else None


FEATURE = Feature(
    name="escalation",
    commands={
        commands.Escalate: actions.escalate,
        commands.SayOnIt: actions.say_on_it,
        commands.AskForHelp: actions.ask_for_help,
        commands.Snooze: actions.snooze,
        commands.ExplainClimb: reading.explain,
        commands.PreviewClimbs: reading.preview,
        commands.ShowPolicy: reading.show_policy,
        commands.EditPolicy: choices.edit_policy,
        commands.PauseRoom: choices.pause_room,
        commands.ResumeRoom: choices.resume_room,
        commands.SetBackup: choices.set_backup,
        commands.SetQuiet: choices.set_quiet,
        commands.SetSponsor: choices.set_sponsor,
        commands.SetOps: choices.set_ops,
        commands.Switch: choices.switch,
        steps.ClimbDue: due.climb_due,
        steps.ParcelDue: sending.parcel_due,
        steps.ParcelSent: sending.parcel_sent,
        steps.AlarmSounded: sending.alarm_sounded,
        steps.WatchAnew: watching.watch_anew,
        steps.Audit: due.audit,
    },
    reactions={
        ItemChanged: watching.follow_item,
        ItemReported: watching.follow_report,
        BlockerNamed: watching.follow_blocker,
        DecisionRecorded: watching.follow_decision,
        NoteAdded: watching.follow_note,
        Missed: watching.follow_missed,
        Settled: watching.follow_settled,
        RoomTouched: watching.follow_room,
        RoomClosed: watching.follow_closing,
        RoomReopened: watching.follow_reopening,
    },
    answers={HomeSections: home.sections, NextReminders: home.reminders, Checkup: home.findings},
    live={"parcel": _parcel, "asked": _mention},
    tables=(
        tables.Climb,
        tables.Parcel,
        tables.Step,
        tables.Watched,
        tables.Preference,
        tables.PolicySet,
    ),
)
