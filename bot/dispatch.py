"""The one door: every delivery of every platform comes through `Door.handle`.

    dedupe → workspace, person → parse → authorise → use-case → timeline, outbox → commit → answer

All of it is one transaction, durable before the platform is answered. What is refused leaves
nothing behind but the note that it was delivered, and hands back what was typed.
"""

from __future__ import annotations

import functools
import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from bot import refusals
from bot.core import commands as core_commands
from bot.core import forms
from bot.core.chat import Form
from bot.core.clock import Clock
from bot.core.commands import Command
from bot.core.errors import MusterError, Refused, Unavailable
from bot.core.platform import Answer, Happened, Incoming, Reply, ShowForm, Submitted
from bot.core.points import reached
from bot.core.text import Reader
from bot.feature import Outcome, Registry
from bot.metrics import Metrics
from bot.people import sound
from bot.understanding import Understanding, check_needs
from storage import identity, inbox, outbox, timeline, timers
from storage.db import Database
from storage.rows import Rows
from storage.tables import Workspace
from storage.tx import Tx

log = structlog.get_logger(__name__)
#: Facts that one command may set off; more is a loop between features.
MOST_EVENTS = 500


class _Turned(Exception):  # noqa: N818  carries a reply out of a transaction that is undone
    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class TimerFailed(MusterError):  # noqa: N818  as the errors of the core
    """A timer's command failed, for a fault of Muster's own."""

    def __init__(self, timer: int) -> None:
        super().__init__(type(self).__doc__)
        self.timer = timer


@dataclass(slots=True)
class _Visit:
    """A delivery on its way through the door."""

    incoming: Incoming
    now: datetime
    #: How to speak to whoever it is from: found out on the way.
    reader: Reader


class Door:
    """Takes deliveries in; also carries out the steps that the worker dispatches."""

    def __init__(
        self,
        db: Database,
        registry: Registry,
        clock: Clock,
        *,
        instance: str,
        defaults: Reader,
        metrics: Metrics | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self.db = db
        self.registry = registry
        self.clock = clock
        #: What every effect key of this database begins with.
        self.instance = instance
        self.defaults = defaults
        self.metrics = metrics or Metrics()
        #: Called after a commit: there may be effects to perform.
        self.wake = wake
        self._understanding = Understanding(registry.commands, registry.lexicon)

    async def handle(self, incoming: Incoming) -> Answer:
        """Take a delivery in, durably, and say what to show at once.

        Unavailable: nothing was accepted; the platform must be told so, and deliver it again.
        """
        with self.metrics.handling.time():
            return await self._handle(incoming)

    async def _handle(self, incoming: Incoming) -> Answer:
        visit = _Visit(sound(incoming), self.clock.now(), self.defaults)
        count = functools.partial(self.metrics.deliveries.labels, incoming.platform)
        try:
            reply = await self.db.write(lambda conn: self._take_in(conn, visit))
        except _Turned as turned:
            await self.db.write(lambda conn: self._note(conn, visit))
            count("refused").inc()
            return Answer(turned.reply, visit.reader)
        except Unavailable:
            count("unavailable").inc()
            raise
        except Exception:
            count("failed").inc()
            reference = secrets.token_hex(4)
            log.exception("door.failed", reference=reference, platform=incoming.platform)
            return Answer(refusals.broken(visit.incoming, reference), visit.reader)
        reached("door.after_commit")
        count("done").inc()
        self.wake()
        return Answer(reply, visit.reader)

    @staticmethod
    def _note(conn: Connection, visit: _Visit) -> int | None:
        """Note the delivery; None if that was done before."""
        return inbox.take_in(
            conn,
            platform=visit.incoming.platform,
            workspace=visit.incoming.workspace,
            delivery=visit.incoming.delivery,
            now=visit.now,
        )

    def _take_in(self, conn: Connection, visit: _Visit) -> Reply | None:
        taken = self._note(conn, visit)
        if taken is None:
            log.info("door.duplicate", platform=visit.incoming.platform)
            return None
        tx = self._open(conn, visit.incoming, visit.now)
        visit.reader = tx.reader
        try:
            reply = self._carry_out(tx, visit.incoming, visit.now, f"{self.instance}-i{taken}")
        except Refused as refused:
            again = self._understanding.again(refused, visit.incoming.what)
            reply = ShowForm(again) if again else refusals.refusal(refused, visit.incoming)
            raise _Turned(reply) from refused
        visit.reader = tx.reader  # for they may just have chosen another
        reached("door.before_commit")
        return reply

    def _open(self, conn: Connection, incoming: Incoming, now: datetime) -> Tx:
        rows = Rows(conn)
        workspace = identity.workspace_of(rows, incoming.platform, incoming.workspace, now)
        person = identity.person_of(rows, workspace, incoming.sender, now)
        defaults = identity.workspace_reader(workspace, self.defaults)
        return Tx(
            conn,
            workspace,
            now=now,
            reader=identity.reader_for(person, defaults),
            defaults=defaults,
            ask=self.registry.ask,
            person=person,
            place=incoming.place,
            is_direct=incoming.is_direct,
        )

    def _carry_out(self, tx: Tx, incoming: Incoming, now: datetime, key: str) -> Reply | None:
        if isinstance(incoming.what, Happened):
            return self._settle(tx, Outcome(events=(incoming.what.event,)), now, key)
        asked = self._understanding.of(incoming.what, tx, now)
        if isinstance(asked, Form):
            return ShowForm(asked)
        try:
            return self.run(asked, tx, now, key)
        except Refused as refused:
            if not isinstance(incoming.what, Submitted) or isinstance(refused, forms.Invalid):
                raise
            raise forms.Invalid({refused.field or "": refused.message}) from refused

    def run(self, command: Command, tx: Tx, now: datetime, key: str) -> Reply | None:
        """Carry a command out in `tx`: its use-case, what others make of it, timeline, outbox."""
        check_needs(type(command), tx)
        outcome = self.registry.use_case(type(command))(command, tx, now)
        return self._settle(tx, outcome, now, key)

    def _settle(self, tx: Tx, outcome: Outcome, now: datetime, key: str) -> Reply | None:
        effects = list(outcome.effects)
        events = deque(outcome.events)
        for _ in range(MOST_EVENTS):
            if not events:
                break
            event = events.popleft()
            for react in self.registry.reactions(event):
                more = react(event, tx, now)
                effects += more.effects
                events += more.events
        else:
            message = "features keep setting each other off"
            raise RuntimeError(message)
        timeline.write(tx, tx.records, workspace=tx.workspace_id, person=tx.person_id)
        outbox.put(tx.conn, effects, key=key, now=now)
        return outcome.reply

    def step(
        self, conn: Connection, home: tuple[str, str], command: Command, now: datetime, key: str
    ) -> None:
        """Carry out a step of Muster's own in the workspace (platform, native id) `home`."""
        workspace = identity.workspace_of(Rows(conn), *home, now)
        self.run(command, self.transaction(conn, workspace, now), now, key)

    def fire(self, conn: Connection, now: datetime) -> bool:
        """Take the timer that has been due the longest, and do what it is for; False if none is.

        TimerFailed: what it is for went wrong.
        """
        due = timers.take_due(conn, now)
        if due is None:
            return False
        try:
            self._fire(conn, due, now)
        except (OperationalError, InterfaceError):
            raise  # the database is in trouble, not the timer
        except Exception as error:
            raise TimerFailed(due.id) from error
        reached("worker.before_timer_commit")
        return True

    def _fire(self, conn: Connection, due: timers.Due, now: datetime) -> None:
        workspace = Rows(conn).get(Workspace, due.workspace_id)
        if workspace is None:
            message = f"timer {due.key} belongs to no workspace"
            raise LookupError(message)
        command = core_commands.load(json.loads(due.payload), self.registry.commands)
        key = f"{self.instance}-t{due.id}-{int(due.due_at.timestamp())}"
        self.run(command, self.transaction(conn, workspace, now), now, key)

    def transaction(self, conn: Connection, workspace: Workspace, now: datetime) -> Tx:
        """A transaction in which nobody asks: for steps, timers and drawing."""
        reader = identity.workspace_reader(workspace, self.defaults)
        ask = self.registry.ask
        return Tx(conn, workspace, now=now, reader=reader, defaults=reader, ask=ask)
