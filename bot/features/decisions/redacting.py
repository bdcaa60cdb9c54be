"""Taking away what somebody wrote in a decision, for good, so that the chain still holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from bot.core.chat import Card, Note, Tone
from bot.core.errors import Refused
from bot.core.events import RoomTouched
from bot.core.platform import Say
from bot.core.text import Strong, t
from bot.core.words import shortened
from bot.feature import Outcome
from bot.features.decisions import chain, finding, proposals, queries, wording
from bot.features.decisions.log_commands import VOTES, RedactDecision
from bot.features.decisions.tables import TEXTS, Decision
from bot.features.rooms import queries as rooms
from storage.rows import table_of
from storage.tables import Entry
from storage.tx import Tx

_entries = table_of(Entry)
#: As cards shorten what is told of a decision.
_LINE = 300


def redact_decision(cmd: RedactDecision, tx: Tx, now: datetime) -> Outcome:
    """Take a text away: from the decision, its events, its votes, and the timeline.

    A private room's decision only who is in the room can redact, also among administrators.
    """
    decision = queries.numbered(tx, cmd.decision.number)
    room = queries.room_of(tx, decision) if decision is not None else None
    if decision is None or not rooms.can_see(tx, room):
        missing = t("There is no decision {key}.", key=Strong(str(cmd.decision)))
        raise Refused(missing, field="decision")
    decision = tx.get(Decision, decision.id, lock=True) or decision
    said = _said(tx, decision)
    names = [name for name in said if cmd.field in {name, VOTES if name not in TEXTS else name}]
    what = wording.LABELS.get(cmd.field, t("What was said with votes"))
    if not any(said[name] for name in names):
        key = Strong(str(decision.key))
        sentence = t("{key} has nothing there: {field}.", key=key, field=what)
        raise Refused(sentence, field="field")
    if cmd.field in TEXTS:
        tx.change(decision, **{cmd.field: chain.REDACTED})
    else:
        _redact_votes(tx, decision)
    for name in names:
        chain.redact(tx, decision, name)
        texts = {name: chain.REDACTED} if name in TEXTS else {}
        chain.append(tx, decision, "redacted", texts, field=name)
    finding.index(tx, decision)
    _forget(tx, decision, [text for name in names for text in said[name]])
    who = tx.mention(tx.asker)
    done = t("{who} redacted {key}: {field}", who=who, key=Strong(str(decision.key)), field=what)
    tx.record("decision.redacted", done, room=room.id if room else None)
    note = Note(t("Messages in the chat are as they were: delete them there."))
    touched = (RoomTouched(room.id),) if room is not None else ()
    live = tx.redraw(proposals.live_name(decision))
    return Outcome(Say(Card(done, (note,), Tone.GOOD)), tuple(live), touched)


def _said(tx: Tx, decision: Decision) -> dict[str, list[str]]:
    """Everything that was ever written in a decision, by its name, longest first."""
    found: dict[str, set[str]] = {}
    for name in TEXTS:
        if text := getattr(decision, name):
            found.setdefault(name, set()).add(text)
    for event in chain.of_decision(tx, tx.workspace_id, decision.number):
        for name, pair in json.loads(event.opened).items():
            if pair is not None:
                found.setdefault(name, set()).add(pair[1])
    return {
        name: sorted(texts - {chain.REDACTED}, key=len, reverse=True)
        for name, texts in found.items()
    }


def _redact_votes(tx: Tx, decision: Decision) -> None:
    for vote in queries.votes_on(tx, decision.id):
        reason = chain.REDACTED if vote.reason else None
        answer = chain.REDACTED if vote.answer else None
        tx.change(vote, reason=reason, answer=answer)


def _forget(tx: Tx, decision: Decision, texts: Iterable[str]) -> None:
    """Take texts out of the lines of the timeline that tell of the decision."""
    c = _entries.c
    room = c.room_id == decision.room_id if decision.room_id else c.room_id.is_(None)
    lines = select(_entries).where(
        c.workspace_id == tx.workspace_id,
        room,
        c.kind.startswith("decision."),
        c.text.contains(f'"{decision.key}"'),
    )
    forms = sorted({form for text in texts for form in (text, shortened(text, _LINE))}, key=len)
    for entry in tx.all(Entry, lines):
        left = _without(json.loads(entry.text), forms[::-1])
        tx.change(entry, text=json.dumps(left, ensure_ascii=False))


def _without(value: object, texts: list[str]) -> object:
    """JSON with texts replaced, wherever they stand in it as a whole."""
    match value:
        case str():
            return chain.REDACTED if value in texts else value
        case list():
            return [_without(each, texts) for each in value]
        case dict():
            return {name: _without(each, texts) for name, each in value.items()}
        case _:
            return value
