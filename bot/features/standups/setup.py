"""Setting a stand-up up, changing it, pausing and removing it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core import forms as core_forms
from bot.core.chat import Form, Tone, line
from bot.core.errors import Refused
from bot.core.events import DrawForm, RoomTouched
from bot.core.keys import RoomKey
from bot.core.platform import Say
from bot.core.text import Code, Msg, Seq, Slash, Strong, t
from bot.core.words import fold, shortened
from bot.core.zones import find_zone, near_zones
from bot.feature import Outcome
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from bot.features.standups import overview, planning, queries
from bot.features.standups.commands import (
    EditStandup,
    PauseStandup,
    RemoveStandup,
    ResumeStandup,
    SetUpStandup,
    ShowStandup,
)
from bot.features.standups.questions import dump_questions, read_questions, usual, written
from bot.features.standups.schedule import clock, read_days, read_time, read_window
from bot.features.standups.tables import Standup
from storage.tx import Tx

#: Stand-ups of one room.
_MOST = 5


def set_up(cmd: SetUpStandup, tx: Tx, now: datetime) -> Outcome:
    """Set up a stand-up of a room, from the next date on that is still ahead."""
    room = rooms.room_for(tx, cmd.room, Access.MEMBER, lock=True)
    name = " ".join(cmd.name.split())
    known = queries.of_room(tx, room.id)
    if any(fold(each.name) == fold(name) for each in known):
        raise Refused(
            t(
                "{room} has that stand-up already. Change it with {edit}, or give the new one a "
                "name of its own.",
                room=Strong(room.key),
                edit=Slash("standup edit"),
            ),
            field="name",
        )
    if len(known) >= _MOST:
        sentence = t("A room can have {n} stand-ups at most.", n=_MOST)
        raise Refused(sentence, field="name")
    zone = _zone(cmd.zone) if cmd.zone else room.zone
    opens = read_time(cmd.opens, "opens")
    since = now.astimezone(ZoneInfo(zone)).date()
    asked = read_questions(cmd.questions) or usual(cmd.template)
    _check_people(cmd.who, cmd.people)
    standup = tx.add(
        Standup(
            workspace_id=tx.workspace_id,
            room_id=room.id,
            name=name,
            opens=opens,
            window=read_window(opens, cmd.closes),
            days=read_days(cmd.days, since),
            since=since,
            clock=cmd.clock,
            zone=zone,
            who=cmd.who,
            people=json.dumps(cmd.people),
            questions=dump_questions(asked),
            place=cmd.place,
            missing=cmd.missing,
            reminds=cmd.remind == "yes",
            layout=cmd.layout,
            made_by=tx.asker,
            made_at=now,
        )
    )
    planning.plan_anew(tx, standup, now)
    who = tx.mention(tx.asker)
    return _told(tx, room, standup, "standup.set_up", t("{who} set up the stand-up", who=who))


def _told(tx: Tx, room: Room, standup: Standup, kind: str, text: Msg) -> Outcome:
    """Note a change, show it to the room, or to who asked elsewhere."""
    if standup.name:
        text = t("{what}: {name}", what=text, name=standup.name)
    tx.record(kind, text, room=room.id)
    card = overview.card(tx, standup, text)
    return Outcome(
        rooms.answer(tx, room, card), rooms.tell(tx, room, card), (RoomTouched(room.id),)
    )


def _zone(name: str) -> str:
    """The IANA zone that somebody names; Refused if there is none."""
    found = find_zone(name)
    if found is not None:
        return found
    said = Strong(shortened(name))
    if close := near_zones(name):
        meant = Seq(tuple(Code(each) for each in close), "or")
        sentence = t("I know no time zone {name}. Did you mean {meant}?", name=said, meant=meant)
    else:
        example = Code("Asia/Shanghai")
        sentence = t(
            "I know no time zone {name}. Say for example {example}.", name=said, example=example
        )
    raise Refused(sentence, field="zone")


def _check_people(who: str, people: tuple[int, ...]) -> None:
    if who == "chosen" and not people:
        raise Refused(t("Say who takes part."), field="people")


# Changing it.


def edit(cmd: EditStandup, tx: Tx, now: datetime) -> Outcome:
    """Change a stand-up. What is open goes on as it began; what comes next is planned anew."""
    room, standup = queries.standup_for(tx, cmd.room, cmd.name, Access.MEMBER)
    _must_be_open(room)
    changes = _changes(cmd, tx, standup, room)
    if not changes and cmd != EditStandup(room=cmd.room, name=cmd.name):
        return Outcome(Say(line(t("Nothing has changed: it is like that already."))))
    if not changes:
        raise Refused(
            t("Say what is to change, or open the form: {edit}", edit=Slash("standup edit"))
        )
    if {"days", "zone"} & changes.keys():
        since = now.astimezone(ZoneInfo(changes.get("zone", standup.zone))).date()
        changes["since"] = max(standup.since, since) if "days" in changes else standup.since
    tx.change(standup, **changes)
    planning.plan_anew(tx, standup, now)
    who = tx.mention(tx.asker)
    return _told(tx, room, standup, "standup.changed", t("{who} changed the stand-up", who=who))


def _changes(cmd: EditStandup, tx: Tx, standup: Standup, room: Room) -> dict[str, Any]:
    """The columns that change, and to what; Refused if one cannot."""
    found: dict[str, Any] = {
        name: value
        for name in ("clock", "who", "place", "missing", "layout")
        if (value := getattr(cmd, name)) is not None
    }
    opens = read_time(cmd.opens, "opens") if cmd.opens else standup.opens
    closes = cmd.closes or (clock(standup.opens + standup.window) if cmd.opens else None)
    if closes is not None:
        found["window"] = read_window(opens, closes)
    if cmd.zone:
        found["zone"] = _zone(cmd.zone)
    if cmd.days:
        found["days"] = read_days(cmd.days, standup.since)
    if cmd.people:
        found["people"] = json.dumps(cmd.people)
    if cmd.questions:
        found["questions"] = dump_questions(read_questions(cmd.questions))
    if cmd.remind is not None:
        found["reminds"] = cmd.remind == "yes"
    if cmd.copy is not None:
        found["copy_to"] = _copy_to(cmd.copy, tx, room)
    _check_people(found.get("who", standup.who), cmd.people or standup.chosen)
    found["opens"] = opens
    return {name: value for name, value in found.items() if getattr(standup, name) != value}


def _copy_to(copy: str, tx: Tx, room: Room) -> str | None:
    """The second channel of the report: the one in which it is asked for."""
    if copy == "off":
        return None
    if room.is_private:
        sentence = t("{room} is private: its report stays there.", room=Strong(room.key))
        raise Refused(sentence, field="copy")
    if tx.place is None or tx.is_direct or tx.place.channel == room.channel:
        sentence = t("Say it in the channel that is to have the report, with the room's key.")
        raise Refused(sentence, field="copy")
    return tx.place.channel


def _must_be_open(room: Room) -> None:
    if room.is_closed:
        sentence = t(
            "{room} is closed. Reopen it first: {reopen}",
            room=Strong(room.key),
            reopen=Slash("warroom reopen", f"{room.key} …"),
        )
        raise Refused(sentence)


def draw_edit(question: DrawForm, tx: Tx) -> Form:
    """The form of a change, filled in with how the stand-up is now."""
    key = question.kept.get("room", "")
    room, standup = queries.standup_for(
        tx, RoomKey.parse(key), question.kept.get("name", ""), Access.MEMBER
    )
    values = {
        "opens": clock(standup.opens),
        "closes": overview.length(standup),
        "clock": standup.clock,
        "zone": standup.zone,
        "days": standup.days,
        "who": standup.who,
        "people": standup.chosen,
        "questions": written(standup.asks, tx.reader),
        "place": standup.place,
        "missing": standup.missing,
        "remind": "yes" if standup.reminds else "no",
        "layout": standup.layout,
    }
    form = core_forms.form_of(EditStandup, values, _Users(tx))
    return replace(form, kept={"room": room.key, "name": standup.name})


class _Users:
    """Implements `forms.Users`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.zone = ZoneInfo(tx.reader.zone)

    def user_of(self, person: int) -> str:
        return self._tx.person_by_id(person).user


def pause(cmd: PauseStandup, tx: Tx, now: datetime) -> Outcome:
    """Pause a stand-up: what is open closes as it would have, nothing comes after it."""
    room, standup = queries.standup_for(tx, cmd.room, cmd.name, Access.MEMBER)
    if standup.paused_at is not None:
        raise Refused(t("The stand-up is paused already."))
    tx.change(standup, paused_at=now)
    planning.drop_planned(tx, standup.id)
    who = tx.mention(tx.asker)
    return _told(tx, room, standup, "standup.paused", t("{who} paused the stand-up", who=who))


def resume(cmd: ResumeStandup, tx: Tx, now: datetime) -> Outcome:
    """Go on with a paused stand-up, from the next date on that is still ahead."""
    room, standup = queries.standup_for(tx, cmd.room, cmd.name, Access.MEMBER)
    _must_be_open(room)
    if standup.paused_at is None:
        raise Refused(t("The stand-up is not paused."))
    tx.change(standup, paused_at=None)
    planning.plan_anew(tx, standup, now)
    who = tx.mention(tx.asker)
    return _told(tx, room, standup, "standup.resumed", t("{who} resumed the stand-up", who=who))


def remove(cmd: RemoveStandup, tx: Tx, now: datetime) -> Outcome:
    """Remove a stand-up. What is open closes as it would have; answers are kept."""
    room, standup = queries.standup_for(tx, cmd.room, cmd.name, Access.MEMBER)
    tx.change(standup, removed_at=now)
    planning.drop_planned(tx, standup.id)
    who = tx.mention(tx.asker)
    return _told(tx, room, standup, "standup.removed", t("{who} removed the stand-up", who=who))


def show(cmd: ShowStandup, tx: Tx, now: datetime) -> Outcome:
    """Show a room's stand-ups, and when each is next."""
    room = rooms.room_for(tx, cmd.room, Access.SEE, closed=True)
    found = queries.of_room(tx, room.id)
    if not found:
        queries.standup_for(tx, cmd.room, "", Access.SEE)  # says how to set one up
    title = t("Stand-up of {room}", room=Strong(f"{room.key} {room.title}"))
    first, *more = (overview.card(tx, each, title) for each in found)
    blocks = (*first.blocks, *(block for card in more for block in card.blocks))
    return Outcome(Say(replace(first, blocks=blocks, tone=Tone.INFO)))
