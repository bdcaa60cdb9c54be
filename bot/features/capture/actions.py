"""From an emoji on a message to what it makes, and back.

    reacted → row → the message is read → the command, as whoever reacted → made, or refused

Everything that has to do with one message waits for its rows, so that of two people who take their
emoji back at once, one is the last.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from bot.core.chat import Card, Tone
from bot.core.effects import DirectMessage, Effect, Quoted, ReadMessage, Receipt, Tell
from bot.core.events import CaptureWithdrawn, ChannelMoved, Reacted
from bot.core.sources import Source
from bot.core.text import t
from bot.feature import Errand, Outcome
from bot.features.capture.emoji import meant_by, short_name
from bot.features.capture.steps import CaptureRefused, MessageRead
from bot.features.capture.tables import Capture, State
from bot.features.rooms import queries as rooms
from storage import identity
from storage.rows import table_of
from storage.tx import Tx

_table = table_of(Capture)
_of_message = (
    select(_table)
    .where(
        _table.c.workspace_id == bindparam("workspace"),
        _table.c.channel == bindparam("channel"),
        _table.c.message == bindparam("message"),
    )
    .order_by(_table.c.id)
    .with_for_update()
)


def follow_reaction(event: Reacted, tx: Tx, now: datetime) -> Outcome:
    """Somebody put an emoji on a message, or took it back; most of them mean nothing here."""
    path = meant_by(tx, event.emoji)
    if tx.person_id is None or (path is None and not event.removed):
        return Outcome()
    if event.channel and rooms.of_channel(tx, event.channel) is None:
        return Outcome()
    at = event.at or now
    if event.removed:
        return _taken_back(event, path, at, tx)
    return _put_on(event, path or "", at, tx)


def _captures(tx: Tx, event: Reacted) -> tuple[Capture | None, list[Capture]]:
    """Theirs with that emoji on that message, and those of others; locked, all of them."""
    where = {"workspace": tx.workspace_id, "channel": event.channel, "message": event.message}
    found = tx.all(Capture, _of_message, where)
    emoji = short_name(event.emoji)
    mine = next((c for c in found if c.person_id == tx.asker and c.emoji == emoji), None)
    return mine, [capture for capture in found if capture is not mine]


def _noted(tx: Tx, event: Reacted, path: str, state: State, at: datetime) -> Capture:
    """Theirs, made now if need be; whoever makes the same one waits for the other."""
    new = Capture(
        workspace_id=tx.workspace_id,
        channel=event.channel,
        message=event.message,
        person_id=tx.asker,
        emoji=short_name(event.emoji),
        command=path,
        state=state,
        changed_at=at,
    )
    tx.add_missing(new)
    mine, _ = _captures(tx, event)
    assert mine is not None, "it was added, or was there"
    return mine


def _put_on(event: Reacted, path: str, at: datetime, tx: Tx) -> Outcome:
    mine, _ = _captures(tx, event)
    if mine is None:
        mine = _noted(tx, event, path, State.WITHDRAWN, at)
    elif at < mine.changed_at or (event.at is not None and at == mine.changed_at):
        return Outcome()  # comes late: it was taken back since
    if mine.state in {State.READING, State.MADE}:
        return Outcome()
    tx.change(mine, state=State.READING, command=path, changed_at=at, source_key=None)
    to = tx.channel(event.channel) if event.channel else tx.home
    return Outcome(effects=(ReadMessage(to, event.message, then=MessageRead(capture=mine.id)),))


def _taken_back(event: Reacted, path: str | None, at: datetime, tx: Tx) -> Outcome:
    mine, others = _captures(tx, event)
    if mine is None:
        if path is not None and event.at is not None:
            _noted(tx, event, path, State.WITHDRAWN, at)  # that it was put there may come later
        return Outcome()
    if at < mine.changed_at:
        return Outcome()
    was_made = mine.state == State.MADE
    tx.change(mine, state=State.WITHDRAWN, changed_at=at)
    if not was_made or mine.source_key is None:
        return Outcome()
    left = [c for c in others if c.state == State.MADE and c.command == mine.command]
    if left:
        return Outcome()
    return Outcome(events=(CaptureWithdrawn(mine.source_key, mine.command, tx.asker),))


def message_read(cmd: MessageRead, tx: Tx, now: datetime) -> Outcome:
    """The message is read: make of it what was asked for, unless the emoji is gone by now."""
    capture = tx.get(Capture, cmd.capture, lock=True)
    if capture is None or capture.state != State.READING:
        return Outcome()
    quoted = cmd.receipt.quoted if isinstance(cmd.receipt, Receipt) else None
    if quoted is None:
        tx.change(capture, state=State.REFUSED)
        return Outcome(effects=(_unreadable(tx, capture),))
    if rooms.of_channel(tx, quoted.channel) is None:
        tx.change(capture, state=State.REFUSED)
        return Outcome()
    tx.change(capture, state=State.MADE, source_key=Source.of(quoted).key)
    return Outcome(errands=(_errand(tx, capture, quoted),))


def _errand(tx: Tx, capture: Capture, quoted: Quoted) -> Errand:
    return Errand(
        capture.command,
        quoted,
        capture.person_id,
        tx.channel(quoted.channel),
        CaptureRefused(capture=capture.id),
    )


def _unreadable(tx: Tx, capture: Capture) -> Effect:
    sentence = t("I could not read the message with your emoji, so I have made nothing of it.")
    card = Card(sentence, (), Tone.WARNING)
    person = tx.person_by_id(capture.person_id)
    reader = identity.reader_for(person, tx.defaults)
    if not capture.channel:
        return DirectMessage(tx.user(person.id), card, reader)
    return Tell(tx.channel(capture.channel), person.user, card, reader)


def capture_refused(cmd: CaptureRefused, tx: Tx, now: datetime) -> Outcome:
    """They may not, or there was nothing to make anything of."""
    capture = tx.get(Capture, cmd.capture, lock=True)
    if capture is not None and capture.state == State.MADE:
        tx.change(capture, state=State.REFUSED)
    return Outcome()


def follow_moving(event: ChannelMoved, tx: Tx, now: datetime) -> Outcome:
    """A channel has another id: its messages are still the same ones."""
    of_channel = (_table.c.workspace_id == tx.workspace_id, _table.c.channel == event.channel)
    key = event.new + func.substr(_table.c.source_key, len(event.channel) + 1)
    tx.execute(update(_table).where(*of_channel).values(channel=event.new, source_key=key))
    return Outcome()
