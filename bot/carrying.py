"""Carrying out: a command, what follows from it, its lines on the timeline, its effects.

Everything happens in a transaction of somebody else's: the door's for what people ask, the
worker's for steps and timers. Nothing is committed here.
"""

from __future__ import annotations

import json
from collections import deque
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.answers import for_one
from bot.core import commands as core_commands
from bot.core.chat import Card, Tone
from bot.core.commands import Command
from bot.core.errors import MusterError, Refused
from bot.core.events import Event
from bot.core.platform import Reply, Say
from bot.core.points import reached
from bot.core.text import Reader
from bot.feature import Errand, Outcome, Registry
from bot.understanding import Understanding, check_needs
from storage import identity, outbox, timeline, timers
from storage.rows import Rows
from storage.tables import Workspace
from storage.tx import Tx

#: Facts that one command may set off; more is a loop between features.
MOST_EVENTS = 500


class TimerFailed(MusterError):  # noqa: N818  as the errors of the core
    """A timer's command failed, for a fault of Muster's own."""

    def __init__(self, timer: int) -> None:
        super().__init__(type(self).__doc__)
        self.timer = timer


class Carrier:
    """Carries out what is asked, for the door and for the worker."""

    def __init__(
        self, registry: Registry, understanding: Understanding, *, instance: str, defaults: Reader
    ) -> None:
        """`instance` begins every effect key of this database; `defaults` is how to speak."""
        self._registry = registry
        self._understanding = understanding
        self._instance = instance
        self._defaults = defaults

    def run(self, command: Command, tx: Tx, now: datetime, key: str) -> Reply | None:
        """Carry a command out in `tx`: its use-case, what others make of it, timeline, outbox."""
        check_needs(type(command), tx)
        outcome = self._registry.use_case(type(command))(command, tx, now)
        return self.settle(tx, outcome, now, key)

    def settle(self, tx: Tx, outcome: Outcome, now: datetime, key: str) -> Reply | None:
        """Do all that follows from an outcome; what to show at once."""
        effects = list(outcome.effects)
        errands = list(outcome.errands)
        events = deque(outcome.events)
        for _ in range(MOST_EVENTS):
            if not events:
                break
            event = events.popleft()
            for react in self._registry.reactions(event):
                more = react(event, tx, now)
                effects += more.effects
                events += more.events
                errands += more.errands
        else:
            message = "features keep setting each other off"
            raise RuntimeError(message)
        timeline.write(tx, tx.records, workspace=tx.workspace_id, person=tx.person_id)
        tx.records.clear()  # an errand that is refused may be followed by more
        outbox.put(tx.conn, effects, key=key, now=now)
        for number, errand in enumerate(errands):
            self._run_errand(errand, tx, now, f"{key}-e{number}")
        return outcome.reply

    def _run_errand(self, errand: Errand, tx: Tx, now: datetime, key: str) -> None:
        """Do what somebody asked for by a sign. That it is refused undoes nothing else."""
        theirs = tx.on_behalf_of(errand.person, errand.place)
        try:
            with theirs.attempt():
                asked = self._understanding.made_of(errand.command, errand.quoted, theirs, now)
                reply = self.run(asked, theirs, now, key)
        except Refused as refused:
            reply = Say(Card(refused.message, (), Tone.WARNING), is_refusal=True)
            if errand.refused is not None:
                self.run(errand.refused, tx, now, f"{key}-n")
        if reply is not None:
            told = for_one(reply, errand.place, theirs.person.user, theirs.reader)
            outbox.put(tx.conn, [told], key=f"{key}-a", now=now)

    def step(
        self, conn: Connection, home: tuple[str, str], command: Command, now: datetime, key: str
    ) -> None:
        """Carry out a step of Muster's own in the workspace (platform, native id) `home`."""
        workspace = identity.workspace_of(Rows(conn), *home, now)
        self.run(command, self.transaction(conn, workspace, now), now, key)

    def announce(
        self, conn: Connection, home: tuple[str, str], event: Event, now: datetime, key: str
    ) -> None:
        """Let the features do what they do about a fact in the workspace `home`; as `step`."""
        workspace = identity.workspace_of(Rows(conn), *home, now)
        tx = self.transaction(conn, workspace, now)
        self.settle(tx, Outcome(events=(event,)), now, key)

    def fire(self, conn: Connection, now: datetime) -> timers.Due | None:
        """Take the timer that has been due the longest, and do what it is for; None if none is.

        TimerFailed: what it is for went wrong.
        """
        due = timers.take_due(conn, now)
        if due is None:
            return None
        try:
            self._fire(conn, due, now)
        except (OperationalError, InterfaceError):
            raise  # the database is in trouble, not the timer
        except Exception as error:
            raise TimerFailed(due.id) from error
        reached("worker.before_timer_commit")
        return due

    def _fire(self, conn: Connection, due: timers.Due, now: datetime) -> None:
        workspace = Rows(conn).get(Workspace, due.workspace_id)
        if workspace is None:
            message = f"timer {due.key} belongs to no workspace"
            raise LookupError(message)
        command = core_commands.load(json.loads(due.payload), self._registry.commands)
        self.run(command, self.transaction(conn, workspace, now), now, self.firing(due))

    def firing(self, due: timers.Due) -> str:
        """What the keys of the effects begin with that a timer causes."""
        return f"{self._instance}-t{due.id}-{int(due.due_at.timestamp())}"

    def transaction(self, conn: Connection, workspace: Workspace, now: datetime) -> Tx:
        """A transaction in which nobody asks: for steps, timers and drawing."""
        reader = identity.workspace_reader(workspace, self._defaults)
        ask = self._registry.ask
        return Tx(conn, workspace, now=now, reader=reader, defaults=reader, ask=ask)
