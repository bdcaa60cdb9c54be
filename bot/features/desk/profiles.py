"""What the platform says of people and of the workspace, and what is chosen instead."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import line
from bot.core.errors import Refused
from bot.core.events import Event, PersonDeactivated, ProfileSeen, WorkspaceLeft
from bot.core.platform import Say, Sender
from bot.core.text import t
from bot.feature import Outcome
from bot.features.desk.commands import SetManager
from storage import identity, outbox
from storage.tx import Tx


def follow_profile(event: ProfileSeen, tx: Tx, now: datetime) -> Outcome:
    """Keep what the platform says. Of a manager it says nothing: what is known stays."""
    if tx.person_id is None:
        return Outcome()  # nobody whom Muster has met
    person = tx.person
    events: tuple[Event, ...] = ()
    if person.is_active != event.is_active:
        tx.change(person, is_active=event.is_active)
        if not event.is_active:
            events = (PersonDeactivated(person.id),)
    if event.manager and event.manager != person.user:
        manager = identity.person_of(tx, tx.workspace, Sender(event.manager, is_admin=False), now)
        if person.manager_id != manager.id:
            tx.change(person, manager_id=manager.id)
    return Outcome(events=events)


def set_manager(cmd: SetManager, tx: Tx, now: datetime) -> Outcome:
    """Say to whom somebody reports, or leave that to the platform again."""
    of = tx.person_by_id(cmd.of) if cmd.of is not None else tx.person
    is_own = of.id == tx.asker
    if not is_own and not tx.person.is_admin:
        raise Refused(
            t("Only people who administer this workspace can say that of others."), field="of"
        )
    if cmd.manager == of.id:
        raise Refused(t("Nobody reports to themselves."), field="manager")
    if cmd.manager is not None:
        _check_circle(tx, of.id, cmd.manager)
    tx.change(of, manager_set_id=cmd.manager)
    who = tx.mention(of.id)
    if cmd.manager is not None:
        said = t("{who} reports to {manager}.", who=who, manager=tx.mention(cmd.manager))
    elif of.manager is not None:
        manager = tx.mention(of.manager)
        said = t("{who} reports to {manager}, as the platform says.", who=who, manager=manager)
    else:
        said = t("{who} reports to nobody I know of.", who=who)
    tx.record("person.manager", said)
    return Outcome(Say(line(said)))


def _check_circle(tx: Tx, person: int, manager: int) -> None:
    """Refused if the manager reports, directly or not, to the person."""
    seen = {manager}
    above = tx.person_by_id(manager).manager
    while above is not None and above not in seen:
        if above == person:
            who, of = tx.mention(manager), tx.mention(person)
            raise Refused(t("{who} reports to {of} already.", who=who, of=of), field="manager")
        seen.add(above)
        above = tx.person_by_id(above).manager


def follow_leaving(event: WorkspaceLeft, tx: Tx, now: datetime) -> Outcome:
    """Muster is gone from the workspace, and all waits; or it is back, and goes on."""
    if (tx.workspace.left_at is not None) == event.gone:
        if not event.gone:
            tx.record("workspace.installed", t("Muster was installed in this workspace"))
        return Outcome()
    tx.change(tx.workspace, left_at=now if event.gone else None)
    text = t("Muster is gone from the workspace") if event.gone else t("Muster is back")
    tx.record("workspace.left", text)
    if not event.gone:
        outbox.hasten(tx.conn, tx.home, now)
    return Outcome()
