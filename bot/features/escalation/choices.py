"""What people choose: who stands in, quiet hours, sponsors, pauses, the ops channel, policies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.chat import line
from bot.core.errors import Refused
from bot.core.platform import Say
from bot.core.text import Code, Msg, Slash, Strong, When, t, tn
from bot.core.words import fold
from bot.feature import Outcome
from bot.features.escalation import queries, watching
from bot.features.escalation.commands import (
    EditPolicy,
    PauseRoom,
    ResumeRoom,
    SetBackup,
    SetOps,
    SetQuiet,
    SetSponsor,
    Switch,
)
from bot.features.escalation.policy import DEFAULTS, BadPolicy, Policy, from_data, to_data
from bot.features.escalation.reach import Quiet
from bot.features.escalation.steps import WatchAnew
from bot.features.escalation.tables import PolicySet, Preference
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access
from storage.tx import Tx

_OFF = {"off", "none", "no", "关", "关闭", "无"}


def chosen(tx: Tx, person: int) -> Preference:
    """The row of what somebody has chosen, made when it is needed first."""
    found = queries.preference(tx, person)
    if found is None:
        tx.add_missing(Preference(person_id=person))
        found = queries.preference(tx, person)
    assert found is not None
    return found


def set_backup(cmd: SetBackup, tx: Tx, now: datetime) -> Outcome:
    """Say who stands in."""
    if cmd.backup == tx.asker:
        raise Refused(t("Nobody stands in for themselves."), field="backup")
    tx.change(chosen(tx, tx.asker), backup_id=cmd.backup)
    who = tx.mention(tx.asker)
    if cmd.backup is None:
        return Outcome(Say(line(t("Nobody stands in for {who} now.", who=who))))
    said = t("{backup} stands in for {who}.", backup=tx.mention(cmd.backup), who=who)
    return Outcome(Say(line(said)))


def set_quiet(cmd: SetQuiet, tx: Tx, now: datetime) -> Outcome:
    """Choose quiet hours; "off" takes them away."""
    if fold(cmd.hours.strip()) in _OFF:
        tx.change(chosen(tx, tx.asker), quiet=None)
        return Outcome(Say(line(t("You have no quiet hours now."))))
    found = Quiet.parse(cmd.hours)
    if found is None:
        example = Code("22:00-08:00")
        raise Refused(t("Say the hours like this: {example}", example=example), field="hours")
    tx.change(chosen(tx, tx.asker), quiet=str(found))
    said = t("Your quiet hours are {hours}. Severity 1 asks all the same.", hours=str(found))
    return Outcome(Say(line(said)))


def set_sponsor(cmd: SetSponsor, tx: Tx, now: datetime) -> Outcome:
    """Say who sponsors a room; the workspace, where no room is meant."""
    who = tx.mention(cmd.sponsor) if cmd.sponsor is not None else None
    if cmd.room is None and rooms.here(tx) is None:
        if not tx.person.is_admin:
            raise Refused(t("Only people who administer this workspace can do that."))
        tx.change_settings(sponsor=cmd.sponsor)
        said = t("Nobody sponsors this workspace now.")
        if who is not None:
            said = t("{who} sponsors this workspace.", who=who)
        tx.record("escalation.sponsor", said)
        return Outcome(Say(line(said)))
    room = rooms.room_for(tx, cmd.room, Access.LEAD, lock=True)
    tx.change(watching.know(tx, room), sponsor_id=cmd.sponsor)
    said = t("Nobody sponsors {room} now.", room=Strong(room.key))
    if who is not None:
        said = t("{who} sponsors {room}.", who=who, room=Strong(room.key))
    tx.record("escalation.sponsor", said, room=room.id)
    return Outcome(Say(line(said)))


def pause_room(cmd: PauseRoom, tx: Tx, now: datetime) -> Outcome:
    """Let nothing in a room climb until then."""
    room = rooms.room_for(tx, cmd.room, Access.LEAD, lock=True)
    if cmd.until <= now:
        raise Refused(t("Say until when: a time that is to come."), field="until")
    tx.change(watching.know(tx, room), paused_until=cmd.until, paused_by=tx.asker)
    said = t(
        "{who} paused escalation in {room} until {when}",
        who=tx.mention(tx.asker),
        room=Strong(room.key),
        when=When(cmd.until),
    )
    return _told(tx, room, "paused", said)


def resume_room(cmd: ResumeRoom, tx: Tx, now: datetime) -> Outcome:
    """Let things in a room climb again: what had waited for the pause goes on now."""
    room = rooms.room_for(tx, cmd.room, Access.LEAD, lock=True)
    known = queries.watched(tx, room.id)
    paused = known.paused_until if known is not None else None
    if known is None or paused is None or paused <= now:
        raise Refused(t("Escalation in {room} is not paused.", room=Strong(room.key)))
    tx.change(known, paused_until=None, paused_by=None)
    for climb in queries.watched_in(tx, room.id):
        if climb.next_at == paused:
            tx.change(climb, next_at=now)
            watching.arm(tx, climb)
    who = tx.mention(tx.asker)
    said = t("{who} resumed escalation in {room}", who=who, room=Strong(room.key))
    return _told(tx, room, "resumed", said)


def _told(tx: Tx, room: rooms.Room, kind: str, said: Msg) -> Outcome:
    tx.record(f"escalation.{kind}", said, room=room.id)
    card = line(said)
    return Outcome(rooms.answer(tx, room, card), rooms.tell(tx, room, card))


def set_ops(cmd: SetOps, tx: Tx, now: datetime) -> Outcome:
    """Choose the ops channel."""
    if cmd.where == "off":
        tx.change_settings(ops_channel=None)
        return Outcome(Say(line(t("There is no ops channel now: ladders end in the lobby."))))
    if tx.place is None or tx.is_direct:
        raise Refused(t("Say that in the channel that is to be the ops channel."), field="where")
    tx.change_settings(ops_channel=tx.place.channel)
    tx.record("escalation.ops", t("{who} chose the ops channel", who=tx.mention(tx.asker)))
    return Outcome(Say(line(t("Every ladder ends in this channel now."))))


def switch(cmd: Switch, tx: Tx, now: datetime) -> Outcome:
    """Switch escalation on or off. What is open is watched from now on; off, nothing fires."""
    if (cmd.to == "on") == queries.is_on(tx):
        raise Refused(t("It is so already."), field="to")
    tx.change_settings(escalation=None if cmd.to == "on" else "off")
    said = t("{who} switched escalation off", who=tx.mention(tx.asker))
    if cmd.to == "on":
        said = t("{who} switched escalation on", who=tx.mention(tx.asker))
        watch_anew(tx)
    tx.record("escalation.switched", said)
    return Outcome(Say(line(said)))


def watch_anew(tx: Tx, version: int = 0) -> None:
    """Look at everything again, beginning now, in slices."""
    tx.set_timer(f"watch-anew:{tx.workspace_id}", tx.now, WatchAnew(version=version))


# Policies.


def keep(tx: Tx, policies: Sequence[Policy], by: int | None) -> int:
    """Keep the team's own policies in place of those that it had; their version."""
    newest = queries.newest(tx)
    version = newest.version + 1 if newest is not None else 1
    data = [to_data(each) for each in policies]
    tx.add(
        PolicySet(
            workspace_id=tx.workspace_id,
            version=version,
            policies=json.dumps(data, ensure_ascii=False),
            at=tx.now,
            by=by,
        )
    )
    said = tn("{n} escalation policy loaded", "{n} escalation policies loaded", len(policies))
    tx.record("escalation.policy", said)
    watch_anew(tx, version)
    return version


def edit_policy(cmd: EditPolicy, tx: Tx, now: datetime) -> Outcome:
    """Change the policy of a severity; what is not said stays. Climbs that run keep theirs."""
    name = f"severity {cmd.severity}"
    others = [each for each in queries.policies(tx) if each.name != name]
    if cmd.reset:
        keep(tx, others, tx.asker)
        said = t("The policy of severity {n} is the default again.", n=cmd.severity)
        return Outcome(Say(line(said)))
    default = next(each for each in DEFAULTS if each.name == name)
    found = next((each for each in queries.policies(tx) if each.name == name), default)
    if cmd.stale is None and cmd.steps is None and cmd.repeat is None:
        raise Refused(
            t(
                "Say what is to change. {policy} has a button for it.",
                policy=Slash("escalate policy"),
            )
        )
    data = to_data(found)
    if cmd.stale is not None:
        data["stale_after"] = cmd.stale
    if cmd.steps is not None:
        data["steps"] = [_step(number, each) for number, each in enumerate(_lines(cmd.steps))]
    if cmd.repeat is not None:
        data["repeat"] = int(cmd.repeat) if float(cmd.repeat).is_integer() else cmd.repeat
    try:
        made = from_data(data)
    except BadPolicy as bad:
        fields = {"stale_after": "stale", "steps": "steps", "repeat": "repeat"}
        field = next((fields[str(each)] for each in bad.path if each in fields), None)
        raise Refused(t("{problem}.", problem=bad.message), field=field) from bad
    keep(tx, [*others, replace(made, severity=(cmd.severity,))], tx.asker)
    said = t(
        "The policy of severity {n} is changed. What climbs already keeps its own.", n=cmd.severity
    )
    return Outcome(Say(line(said)))


def _lines(text: str) -> list[str]:
    return [each.strip() for each in text.replace(";", "\n").splitlines() if each.strip()]


def _step(number: int, text: str) -> dict[str, object]:
    """A step in one line: "lead 2h wall direct thread"."""
    whom, *rest = fold(text).split()
    how = [each for each in rest if each in {"direct", "thread", "urgent"}]
    wait = " ".join(each for each in rest if each not in how)
    step: dict[str, object] = {"whom": whom, "how": how or ["direct"]}
    return step | ({"after": wait} if wait or number else {})
