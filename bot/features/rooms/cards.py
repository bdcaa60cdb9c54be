"""War rooms as cards. Pure, but for what other features contribute to the summary."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Entries,
    Entry,
    Fields,
    Note,
    Paragraph,
    Progress,
    Quote,
    Tone,
)
from bot.core.events import RoomActions, RoomSections
from bot.core.keys import RoomKey
from bot.core.reasons import reason
from bot.core.text import Inline, Msg, Slash, When, t, tn
from bot.features.rooms import queries, wording
from bot.features.rooms.commands import (
    CloseRoom,
    FindRooms,
    JoinRoom,
    ListRooms,
    SetStatus,
    ShowTimeline,
)
from bot.features.rooms.tables import Opening, Room, Status
from storage.tables import Entry as Line
from storage.timeline import text_of
from storage.tx import Tx


def summary(tx: Tx, room: Room) -> Card:
    """The pinned card of a room, edited in place."""
    blocks: list[Block] = [_facts(tx, room)]
    if room.update_text:
        blocks.append(Quote(room.update_text))
    if room.is_closed and room.resolution:
        blocks += [Paragraph(t("How it was resolved:")), Quote(room.resolution)]
    blocks += _goal(room)
    for section in tx.ask(RoomSections(room.id)):
        blocks += section
    if room.is_private:
        blocks.append(Note(t("Private: only its members know of it, and only they invite others.")))
    if room.shared_at is not None:
        blocks.append(Note(t("Careful: people of another organisation read along here.")))
    if room.refused:
        blocks.append(Note(wording.not_invited(room.refused)))
    if room.failure:
        blocks.append(Note(_trouble(room)))
    blocks.append(Buttons(_actions(tx, room)))
    title = (
        t("{room} is closed", room=wording.name(room))
        if room.is_closed
        else t("{room}", room=wording.name(room))
    )
    return Card(title, tuple(blocks), wording.tone(room))


def _facts(tx: Tx, room: Room) -> Fields:
    lead: Inline = tx.mention(room.lead_id) if room.lead_id else t("nobody")
    pairs: list[tuple[Msg, Inline]] = [
        (t("Severity"), wording.severity(room.severity)),
        (t("Status"), t("Closed") if room.is_closed else wording.status(room.status)),
        (t("Lead"), lead),
        (t("People"), queries.member_count(tx, room.id)),
        (t("Opened on"), When(room.opened_at)),
    ]
    if room.closed_at is not None:
        pairs.append((t("Closed on"), When(room.closed_at)))
    elif room.next_update_at is not None:
        pairs.append((t("Next update by"), When(room.next_update_at)))
    elif room.updated_at is not None:
        pairs.append((t("Last update"), When(room.updated_at)))
    return Fields(tuple(pairs))


def _goal(room: Room) -> list[Block]:
    if not room.goal:
        return []
    share = room.progress
    if room.goal_target is None or share is None:
        return [Paragraph(t("Goal: {goal}", goal=wording.goal_text(room)))]
    return [Progress(wording.goal_text(room), share, wording.progress_text(room))]


def _actions(tx: Tx, room: Room) -> tuple[Button, ...]:
    key = RoomKey(room.number)
    if room.is_closed:
        return (Button(t("Timeline"), ShowTimeline(room=key)),)
    if room.failure:
        return (wording.retry(room),)
    more = [button for buttons in tx.ask(RoomActions(room.id)) for button in buttons]
    # Nobody joins a private room on their own.
    join = () if room.is_private else (Button(t("Join"), JoinRoom(room=key), Tone.GOOD),)
    return (
        *join,
        Button(
            t("Post an update"),
            SetStatus(room=key, status=Status(room.status)),
            opens_form=True,
        ),
        *more,
        Button(t("Timeline"), ShowTimeline(room=key)),
        Button(t("Close"), CloseRoom(room=key, resolution=""), opens_form=True),
    )


def announcement(tx: Tx, room: Room) -> Card:
    """The short card outside: where the room was opened, and in the lobby. Live.

    Of a room that has become private it shows nothing.
    """
    if room.is_private:
        return Card(t("This war room is private now"), (), Tone.NEUTRAL)
    key = RoomKey(room.number)
    lead: Inline = tx.mention(room.lead_id) if room.lead_id else t("nobody")
    facts = Fields(
        (
            (t("Severity"), wording.severity(room.severity)),
            (t("Status"), t("Closed") if room.is_closed else wording.status(room.status)),
            (t("Lead"), lead),
            (t("Where"), wording.place(room)),
        )
    )
    blocks: tuple[Block, ...] = (facts,)
    if room.is_closed and room.resolution:
        blocks = (facts, Quote(room.resolution))
    elif room.failure:
        blocks = (
            Note(_trouble(room)),
            Buttons((wording.retry(room),)),
        )
    elif not room.is_ready:
        blocks = (facts, Note(_STEPS[Opening(room.opening)]))
    else:
        blocks = (facts, Buttons((Button(t("Join"), JoinRoom(room=key), Tone.GOOD),)))
    return Card(t("War room {room}", room=wording.name(room)), blocks, wording.tone(room))


def _trouble(room: Room) -> Msg:
    """Why there is no channel, or why it is not ready."""
    if room.has_lost_channel:
        return t("Its channel was deleted.")
    return t("Opening stopped: {why}", why=reason(room.failure or ""))


def channel_lost(room: Room) -> Card:
    """What the lead of a room is told when its channel was deleted."""
    close = CloseRoom(room=RoomKey(room.number), resolution="")
    how = t(
        "It cannot be brought back. The room is still open, with all that was recorded: make a new "
        "channel, and I will bring everybody in, or close the room."
    )
    buttons = (wording.retry(room), Button(t("Close the room"), close, opens_form=True))
    title = t("The channel of {room} was deleted", room=wording.name(room))
    return Card(title, (Paragraph(how), Buttons(buttons)), Tone.WARNING)


_STEPS = {
    Opening.CHANNEL: t("Making the channel…"),
    Opening.PEOPLE: t("Bringing the people in…"),
    Opening.CARD: t("Posting the summary…"),
    Opening.PIN: t("Pinning the summary…"),
    Opening.READY: t("Ready."),
}


def opening(room: Room) -> Card:
    """What whoever opens a room sees at once."""
    return Card(
        t("Opening {room}", room=wording.name(room)),
        (Note(t("You will be brought into its channel in a moment.")),),
        wording.tone(room),
    )


def opening_failed(tx: Tx, room: Room) -> Card:
    """What whoever opened a room is told when a step failed."""
    return Card(
        t("{room} could not be opened", room=wording.name(room)),
        (
            Paragraph(t("Opening stopped: {why}", why=reason(room.failure or ""))),
            Buttons((wording.retry(room),)),
        ),
        Tone.DANGER,
    )


def still_open(room: Room, resolution: str, work: Sequence[Msg], closings: int) -> Card:
    """Closing asks first when something is still open; the answer holds for this closing only."""
    close = CloseRoom(
        room=RoomKey(room.number), resolution=resolution, anyway=True, closings=float(closings)
    )
    return Card(
        t("{room} still has open work", room=wording.name(room)),
        (
            Entries(tuple(Entry(each) for each in work)),
            Paragraph(t("Close it all the same, with this resolution?")),
            Quote(resolution),
            Buttons((Button(t("Close anyway"), close, Tone.DANGER),)),
        ),
        Tone.WARNING,
    )


def asked_before(room: Room) -> Card:
    """What is left of the question of an earlier closing."""
    name = wording.name(room)
    if room.is_closed:
        return Card(t("{room} is closed already", room=name), (), Tone.DONE)
    how = Note(t("To close it again, use {close}.", close=Slash("warroom close", f"{room.key} …")))
    title = t("{room} was reopened since: this question no longer holds", room=name)
    return Card(title, (how,), Tone.DONE)


def held(room: Room, entries: Sequence[Entry]) -> Card:
    """What must be settled before a room can be closed."""
    return Card(
        t("{room} cannot be closed yet", room=wording.name(room)),
        (
            Paragraph(t("These have to be settled first:")),
            Entries(tuple(entries)),
        ),
        Tone.WARNING,
    )


def update_due(tx: Tx, room: Room) -> Card:
    """The reminder of a promised update."""
    lead: Inline = tx.mention(room.lead_id) if room.lead_id else t("everybody")
    status_form = SetStatus(room=RoomKey(room.number), status=Status(room.status))
    return Card(
        t("The promised update is due"),
        (
            Paragraph(t("{lead}, what has changed in {room}?", lead=lead, room=wording.name(room))),
            Buttons((Button(t("Post an update"), status_form, Tone.INFO, opens_form=True),)),
        ),
        Tone.WARNING,
    )


def timeline(tx: Tx, room: Room, lines: Sequence[Line], older: int | None) -> Card:
    """A page of the timeline, the newest first."""
    entries = tuple(Entry(text_of(each), When(each.at)) for each in lines)
    blocks: list[Block] = [Entries(entries)] if entries else [Note(t("Nothing yet."))]
    if older is not None:
        page = ShowTimeline(room=RoomKey(room.number), before=float(older))
        blocks.append(Buttons((Button(t("Older"), page),)))
    return Card(t("Timeline of {room}", room=wording.name(room)), tuple(blocks))


def listing(
    tx: Tx, rooms: Sequence[Room], next_page: ListRooms | FindRooms | None, *, is_all: bool
) -> Card:
    """A page of rooms; `is_all` if there are no others."""
    if not rooms:
        return Card(
            t("No war rooms to show"),
            (Note(t("Open one with {open}", open=Slash("warroom open", "…"))),),
        )
    joined = queries.joined(tx, [room.id for room in rooms])
    entries = tuple(_listed(tx, room, is_mine=room.id in joined) for room in rooms)
    blocks: list[Block] = [Entries(entries)]
    if next_page is not None:
        blocks.append(Buttons((Button(t("More"), next_page),)))
    count = tn("{n} war room", "{n} war rooms", len(rooms))
    return Card(count if is_all else t("War rooms"), tuple(blocks))


def _listed(tx: Tx, room: Room, *, is_mine: bool) -> Entry:
    state = t("Closed") if room.is_closed else wording.status(room.status)
    lead: Inline = tx.mention(room.lead_id) if room.lead_id else t("nobody")
    note = t(
        "Severity {severity} · {status} · {lead} · {place}",
        severity=wording.severity(room.severity),
        status=state,
        lead=lead,
        place=wording.place(room),
    )
    can_join = not (room.is_closed or room.is_private or is_mine)
    buttons = (Button(t("Join"), JoinRoom(room=RoomKey(room.number))),) if can_join else ()
    if room.has_lost_channel and not room.is_closed:
        buttons = (wording.retry(room),)
    return Entry(wording.name(room), note, buttons)
