"""The one door: every delivery of every platform comes through `Door.handle`.

    dedupe → workspace, person → parse → authorise → use-case → timeline, outbox → commit → answer

All of it is one transaction, durable before the platform is answered. What is refused leaves
nothing behind but the note that it was delivered, and hands back what was typed.
"""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot import refusals
from bot.answers import as_effect
from bot.carrying import Carrier
from bot.core import forms
from bot.core.chat import Form
from bot.core.clock import Clock
from bot.core.errors import Refused, Unavailable
from bot.core.events import HomeOpened, ProfileSeen, Reacted
from bot.core.platform import (
    Answer,
    Happened,
    Incoming,
    PutOff,
    Reply,
    ShowForm,
    Submitted,
    Unacquainted,
    Unshown,
)
from bot.core.points import reached
from bot.core.text import Reader
from bot.core.traces import Traces, Untraced
from bot.feature import Outcome, Registry
from bot.limits import Limits, TooMuch
from bot.metrics import Metrics
from bot.noting import Notes
from bot.people import sound
from bot.understanding import Understanding
from storage import identity, inbox, outbox
from storage.db import Database
from storage.rows import Rows
from storage.tables import Person, Workspace
from storage.tx import Tx

log = structlog.get_logger(__name__)


class _Turned(Exception):  # noqa: N818  carries a reply out of a transaction that is undone
    def __init__(self, reply: Reply) -> None:
        self.reply = reply


def _named(incoming: Incoming) -> dict[str, str]:
    """A delivery's identity, as the inbox knows it."""
    return {
        "platform": incoming.platform,
        "workspace": incoming.workspace,
        "delivery": incoming.delivery,
    }


def _check_tongue(tx: Tx, incoming: Incoming) -> None:
    """Unacquainted if nobody knows in which language to answer, and nobody waits for the answer."""
    if incoming.is_answerable or tx.is_acquainted:
        return
    if not (tx.person.lang or tx.person.native_lang):
        raise Unacquainted


def _check_standing(person: Person | None, incoming: Incoming) -> None:
    """Unacquainted while nobody has said whether who asks belongs to the workspace.

    What merely happens to them waits for nobody.
    """
    what = incoming.what
    is_asked = not isinstance(what, Unshown)
    if isinstance(what, Happened):
        is_asked = isinstance(what.event, HomeOpened | Reacted)
    if is_asked and not incoming.sender.is_known and person and person.is_outsider is None:
        raise Unacquainted


@dataclass(slots=True)
class _Visit:
    """A delivery on its way through the door."""

    incoming: Incoming
    now: datetime
    #: How to speak to whoever it is from: found out on the way.
    reader: Reader
    #: It came before.
    is_repeated: bool = False
    #: The number under which it was noted.
    taken: int | None = None


class Door:
    """Takes deliveries in."""

    def __init__(
        self,
        db: Database,
        registry: Registry,
        clock: Clock,
        *,
        instance: str,
        defaults: Reader,
        metrics: Metrics | None = None,
        limits: Limits | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self.db = db
        self.registry = registry
        self.clock = clock
        #: What every effect key of this database begins with.
        self.instance = instance
        self.defaults = defaults
        self.metrics = metrics or Metrics()
        self.limits = limits or Limits(person=0, workspace=0)
        self.traces: Traces = Untraced()
        #: Called after a commit: there may be effects to perform.
        self.wake = wake
        self._understanding = Understanding(registry.commands, registry.lexicon)
        #: Carries out what comes in here; and the steps and timers of the worker.
        self.carrier = Carrier(registry, self._understanding, instance=instance, defaults=defaults)
        self._notes = Notes(db)

    async def handle(self, incoming: Incoming) -> Answer:
        """Take a delivery in, durably, and say what to show at once.

        Unacquainted: nothing was done; the sender has to be looked up, and it delivered again.
        Unavailable: nothing was accepted; the platform must be told so, and deliver it again.
        """
        visit = _Visit(incoming, self.clock.now(), self.defaults)
        began, failed = time.perf_counter_ns(), "failed"
        try:
            with self.metrics.handling.labels(incoming.platform).time():
                answer = await self._handle(visit)
            failed = ""
        finally:
            if self.traces.is_on:
                self._trace(visit, began, failed)
        return answer

    def _trace(self, visit: _Visit, began: int, failed: str) -> None:
        taken = visit.taken
        self.traces.note(
            "delivery",
            began=began,
            origin=None if taken is None else f"{self.instance}-i{taken}",
            failed=failed or None,
            platform=visit.incoming.platform,
            kind=type(visit.incoming.what).__name__.lower(),
        )

    async def _handle(self, visit: _Visit) -> Answer:
        if isinstance(visit.incoming.what, PutOff):
            return await self._put_off(visit, visit.incoming.what.waiting)
        visit.incoming = sound(visit.incoming)
        too_much = self.limits.stop(visit.incoming, visit.now)
        if too_much is not None:
            return await self._slow_down(visit, too_much)
        return await self._let_in(visit)

    async def _let_in(self, visit: _Visit) -> Answer:
        incoming = visit.incoming
        count = functools.partial(self.metrics.deliveries.labels, incoming.platform)
        try:
            reply = await self.db.write(lambda conn: self._take_in(conn, visit))
        except _Turned as turned:
            refusal = turned.reply
            reply = await self.db.write(lambda conn: self._turn_away(conn, visit, refusal))
            count("refused").inc()
            if incoming.is_answerable:
                return Answer(reply, visit.reader)
        except Unacquainted:
            count("unacquainted").inc()
            raise
        except Unavailable:
            count("unavailable").inc()
            raise
        except Exception:
            count("failed").inc()
            reference = secrets.token_hex(4)
            log.exception("door.failed", reference=reference, platform=incoming.platform)
            broken = refusals.broken(visit.incoming, reference)
            await self.db.write(lambda conn: inbox.drop_note(conn, **_named(incoming)))
            if not incoming.is_answerable:
                await self.db.write(lambda conn: self._turn_away(conn, visit, broken))
                self.wake()
                return Answer(None, visit.reader)
            return Answer(broken, visit.reader)
        else:
            reached("door.after_commit")
            count("done").inc()
            if visit.is_repeated:
                self.metrics.redeliveries.labels(incoming.platform).inc()
        self.wake()
        return Answer(reply, visit.reader)

    async def _put_off(self, visit: _Visit, waiting: str) -> Answer:
        """Note it only, with others that are to be noted just now."""
        note = inbox.Note(**_named(visit.incoming), at=visit.now, waiting=waiting)
        await self._notes.add(note)
        reached("door.after_note")
        self.metrics.deliveries.labels(visit.incoming.platform, "noted").inc()
        return Answer(None, visit.reader)

    async def _slow_down(self, visit: _Visit, too_much: TooMuch) -> Answer:
        """Refuse a delivery, for good; where each answer is a post of its own, once in a while."""
        self.metrics.deliveries.labels(visit.incoming.platform, "limited").inc()
        is_told = too_much.is_news or visit.incoming.is_answerable
        reply = refusals.refusal(too_much.refused, visit.incoming) if is_told else None

        def turn_away(conn: Connection) -> Reply | None:
            if reply is not None:
                visit.reader = self._known_reader(conn, visit.incoming, visit.now)
            return self._turn_away(conn, visit, reply)

        left = await self.db.write(turn_away)
        self.wake()
        return Answer(left, visit.reader)

    def _turn_away(self, conn: Connection, visit: _Visit, reply: Reply | None) -> Reply | None:
        """Note a delivery that changed nothing; what is left to be shown at once."""
        taken = inbox.take_in(conn, **_named(visit.incoming), now=visit.now)
        return None if taken is None else self._show(conn, visit, reply, taken)

    def _show(
        self, conn: Connection, visit: _Visit, reply: Reply | None, taken: int
    ) -> Reply | None:
        """What is to be shown at once: nothing where there is no way to, but through the outbox."""
        visit.taken = taken
        if reply is None or visit.incoming.is_answerable:
            return reply
        effect = as_effect(reply, visit.incoming, visit.reader)
        outbox.put(conn, [effect], key=f"{self.instance}-i{taken}-a", now=visit.now)
        return None

    def _take_in(self, conn: Connection, visit: _Visit) -> Reply | None:
        taken = inbox.take_in(conn, **_named(visit.incoming), now=visit.now)
        if taken is None:
            log.info("door.duplicate", platform=visit.incoming.platform)
            visit.is_repeated = True
            return None
        tx = self._open(conn, visit.incoming, visit.now)
        visit.reader = tx.reader
        try:
            reply = self._carry_out(tx, visit.incoming, visit.now, f"{self.instance}-i{taken}")
        except Refused as refused:
            again = self._understanding.again(refused, visit.incoming.what, tx)
            reply = ShowForm(again) if again else refusals.refusal(refused, visit.incoming)
            _check_tongue(tx, visit.incoming)
            raise _Turned(reply) from refused
        if reply is not None:
            _check_tongue(tx, visit.incoming)
        visit.reader = tx.reader  # for they may just have chosen another
        reply = self._show(conn, visit, reply, taken)
        reached("door.before_commit")
        return reply

    def _open(self, conn: Connection, incoming: Incoming, now: datetime) -> Tx:
        rows = Rows(conn)
        workspace = identity.workspace_of(rows, incoming.platform, incoming.workspace, now)
        person = self._sender(rows, workspace, incoming, now)
        _check_standing(person, incoming)
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
            is_acquainted=incoming.sender.is_known,
        )

    def _known_reader(self, conn: Connection, incoming: Incoming, now: datetime) -> Reader:
        """How to speak to a sender who is only to be told something, and changes nothing."""
        rows = Rows(conn)
        workspace = identity.workspace_of(rows, incoming.platform, incoming.workspace, now)
        person = identity.find_person(rows, workspace, incoming.sender.user)
        return identity.reader_for(person, identity.workspace_reader(workspace, self.defaults))

    @staticmethod
    def _sender(
        rows: Rows, workspace: Workspace, incoming: Incoming, now: datetime
    ) -> Person | None:
        """Who did it; None where the platform names nobody, or only speaks of somebody unknown."""
        sender, what = incoming.sender, incoming.what
        if not sender.user:
            return None
        if isinstance(what, Happened) and isinstance(what.event, ProfileSeen):
            known = identity.find_person(rows, workspace, sender.user)
            if known is None:
                return None
        return identity.person_of(rows, workspace, sender, now)

    def _carry_out(self, tx: Tx, incoming: Incoming, now: datetime, key: str) -> Reply | None:
        if isinstance(incoming.what, Happened):
            return self.carrier.settle(tx, Outcome(events=(incoming.what.event,)), now, key)
        if isinstance(incoming.what, Unshown):
            return incoming.what.reply
        assert not isinstance(incoming.what, PutOff)  # that was only noted
        if not incoming.sender.user:
            return None  # no platform says so of what people ask; but whoever reads it may be wrong
        asked = self._understanding.of(incoming.what, tx, now)
        if asked is None:
            return None
        if isinstance(asked, Form):
            return ShowForm(asked)
        try:
            return self.carrier.run(asked, tx, now, key)
        except Refused as refused:
            if not isinstance(incoming.what, Submitted) or isinstance(refused, forms.Invalid):
                raise
            raise forms.Invalid({refused.field or "": refused.message}) from refused
