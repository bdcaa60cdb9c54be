"""War rooms: a problem gets a room of its own, with the right people in it.

`/warroom open` makes a channel, brings the people in and pins a summary card that is edited in
place. A room has a severity, a status with a promised next update, a lead, and a goal that can be
measured. It is found, joined, handed over, closed with a resolution and reopened with a reason, and
everything that happens in it is on its timeline. A private room shows itself to its members only.
"""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Card
from bot.core.events import (
    CaptureWithdrawn,
    ChannelArchived,
    ChannelDeleted,
    ChannelMadePrivate,
    ChannelMoved,
    ChannelRenamed,
    ChannelShared,
    HomeSections,
    MemberJoined,
    MemberLeft,
    MusterRemoved,
    NextReminders,
    PersonDeactivated,
    RoomTouched,
)
from bot.feature import Feature, Outcome
from bot.features.rooms import (
    actions,
    cards,
    channels,
    closing,
    commands,
    due,
    following,
    home,
    membership,
    notes,
    opening,
    reading,
    steps,
    tables,
)
from storage.tx import Tx


def _summary(tx: Tx, room: int) -> Card | None:
    found = tx.get(tables.Room, room)
    return cards.summary(tx, found) if found else None


def _announcement(tx: Tx, room: int) -> Card | None:
    found = tx.get(tables.Room, room)
    return cards.announcement(tx, found) if found else None


def _follow_moving(event: ChannelMoved, tx: Tx, now: datetime) -> Outcome:
    notes.follow_moving(event, tx, now)
    return channels.follow_moving(event, tx, now)


FEATURE = Feature(
    name="rooms",
    commands={
        commands.OpenRoom: opening.open_room,
        commands.RetryOpening: opening.retry_opening,
        steps.ChannelCreated: opening.channel_created,
        steps.PeopleInvited: opening.people_invited,
        steps.CardPosted: opening.card_posted,
        steps.CardPinned: opening.card_pinned,
        steps.Announced: opening.announced,
        commands.JoinRoom: membership.join_room,
        commands.LeaveRoom: membership.leave_room,
        commands.InvitePeople: membership.invite_people,
        steps.MoreInvited: membership.more_invited,
        commands.SetLead: membership.set_lead,
        commands.SetSeverity: actions.set_severity,
        commands.SetStatus: actions.set_status,
        commands.SetGoal: actions.set_goal,
        commands.RecordReading: actions.record_reading,
        commands.RenameRoom: actions.rename_room,
        commands.HandOver: membership.hand_over,
        commands.AddNote: notes.add_note,
        commands.ShowTimeline: reading.show_timeline,
        commands.ListRooms: reading.list_rooms,
        commands.FindRooms: reading.find_rooms,
        commands.CloseRoom: closing.close_room,
        commands.ReopenRoom: closing.reopen_room,
        steps.UpdateDue: due.update_due,
        steps.ArchiveDue: closing.archive_due,
        steps.Archived: closing.archived,
    },
    reactions={
        RoomTouched: following.redraw,
        MemberJoined: following.follow_joining,
        MemberLeft: following.follow_leaving,
        PersonDeactivated: following.follow_deactivation,
        ChannelRenamed: channels.follow_renaming,
        ChannelArchived: channels.follow_archiving,
        ChannelDeleted: channels.follow_deletion,
        ChannelMadePrivate: channels.follow_privacy,
        ChannelShared: channels.follow_sharing,
        ChannelMoved: _follow_moving,
        MusterRemoved: channels.follow_removal,
        CaptureWithdrawn: notes.withdraw_note,
    },
    answers={HomeSections: home.sections, NextReminders: home.reminders},
    live={"room": _summary, "announcement": _announcement},
    tables=(tables.Room, tables.Member, tables.Reading),
)
