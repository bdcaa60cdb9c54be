"""What happened to decisions, in a chain that shows when somebody has tampered with it.

Each event is canonical JSON (keys sorted, no spaces, UTF-8), and its hash is SHA-256 of the hash
before it, a line break, and that JSON. Texts are not in it, only their seals: SHA-256 of a salt, a
name and the text. So a text can be taken away (redacted) for good, and the chain still holds.
`verifying` reads it all again; docs/decisions.md describes the format for whoever checks it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select

from bot.features.decisions.tables import TEXTS, Decision, Event, State
from storage.rows import Rows, table_of
from storage.tables import Workspace
from storage.tx import Tx

#: Before the first event.
GENESIS = "0" * 64
#: What a decision's first event is, if it was made when there was a chain already.
BEGINNINGS = frozenset({"recorded", "proposed", "imported"})
#: The first event of a decision that is older than the chain.
CARRIED_OVER = "carried over"
#: What stands in the place of a text that was taken away.
REDACTED = "▇▇▇"
#: Columns of a decision that each of its events states as it leaves them.
FACTS = ("state", "decided_by", "decided_at", "supersedes", "superseded_by", "tags")

events = table_of(Event)
_last = (
    select(events)
    .where(events.c.workspace_id == bindparam("workspace"))
    .order_by(events.c.seq.desc())
    .limit(1)
)
_of_decision = (
    select(events)
    .where(events.c.workspace_id == bindparam("workspace"), events.c.number == bindparam("number"))
    .order_by(events.c.seq)
)
_any = select(events.c.id).where(
    events.c.workspace_id == bindparam("workspace"), events.c.number == bindparam("number")
)
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: Any) -> str:
    """JSON in the one way in which it is hashed."""
    return _canonical(value)


def digest(previous: str, body: str) -> str:
    """The hash of an event."""
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def seal(salt: str, name: str, text: str) -> str:
    """What stands in an event for a text."""
    return hashlib.sha256(f"{salt}\n{name}\n{text}".encode()).hexdigest()


def facts_of(decision: Any) -> dict[str, Any]:
    """The facts of a decision, or of anything with its attributes, as JSON values."""
    found: dict[str, Any] = {name: getattr(decision, name) for name in FACTS}
    found["decided_at"] = decision.decided_at.astimezone(UTC).isoformat()
    found["withdrawn"] = decision.withdrawn_at is not None
    return found


def texts_of(decision: Decision) -> dict[str, str | None]:
    """Everything that people wrote in a decision."""
    return {name: getattr(decision, name) for name in TEXTS}


def head(rows: Rows, workspace: int) -> Event | None:
    """The last event of a workspace."""
    return rows.first(Event, _last, {"workspace": workspace})


def of_decision(rows: Rows, workspace: int, number: int) -> list[Event]:
    """What happened to a decision, in order."""
    return rows.all(Event, _of_decision, {"workspace": workspace, "number": number})


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a decision, for `extend`.

    `texts` are what people wrote: those of the decision that are new (None for one that is gone),
    and any others, such as the reason of a vote. `data` is said in plain values.
    """

    decision: Decision
    kind: str
    texts: Mapping[str, str | None] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


def append(
    tx: Tx,
    decision: Decision,
    kind: str,
    texts: Mapping[str, str | None] | None = None,
    **data: Any,
) -> Event:
    """Add an event, when the decision's row is as it leaves it. As `News` and `extend`."""
    [*_, made] = extend(tx, [News(decision, kind, texts or {}, data)])
    return made


def extend(tx: Tx, news: Iterable[News]) -> list[Event]:
    """Add events in order.

    A decision that is older than the chain is first taken into it as it stands. One that is made
    (`BEGINNINGS`) has all of its texts in its first event, whatever `texts` says.
    """
    tx.get(Workspace, tx.workspace_id, lock=True)  # one at a time
    last = head(tx, tx.workspace_id)
    seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
    made: list[dict[str, Any]] = []
    begun: set[int] = set()
    for each in news:
        for said in _with_beginning(tx, each, begun):
            seq += 1
            row = event_of(
                said,
                workspace=tx.workspace_id,
                person=tx.person_id,
                now=tx.now,
                seq=seq,
                previous=previous,
            )
            previous = row["hash"]
            made.append(row)
    tx.add_all(Event, made)
    return [Event(**row) for row in made]


def _with_beginning(tx: Tx, news: News, begun: set[int]) -> Iterable[News]:
    number = news.decision.number
    if news.kind in BEGINNINGS:
        begun.add(number)
        texts = {**texts_of(news.decision), **news.texts}
        yield News(news.decision, news.kind, _given(texts), news.data)
        return
    if number not in begun:
        begun.add(number)
        if tx.value(_any, {"workspace": tx.workspace_id, "number": number}) is None:
            yield News(news.decision, CARRIED_OVER, _given(texts_of(news.decision)), {})
    yield news


def _given(texts: Mapping[str, str | None]) -> dict[str, str | None]:
    """A first event clears nothing: what it does not have, there is not."""
    return {name: text for name, text in texts.items() if text is not None}


def event_of(
    news: News, *, workspace: int, person: int | None, now: datetime, seq: int, previous: str
) -> dict[str, Any]:
    """The row of an event: number `seq` of a workspace, after the one whose hash is `previous`."""
    opened = {
        name: [secrets.token_hex(16), text] for name, text in news.texts.items() if text is not None
    }
    facts = facts_of(news.decision)
    # The row may be changed only after the event was added: then the event says how.
    facts |= {name: value for name, value in news.data.items() if name in facts}
    facts["state"] = str(State(facts["state"]))
    body = canonical(
        {
            "at": now.isoformat(),
            "by": person,
            "cleared": sorted(name for name, text in news.texts.items() if text is None),
            "data": dict(news.data),
            "decision": news.decision.number,
            "is": facts,
            "kind": news.kind,
            "sealed": {name: seal(salt, name, text) for name, (salt, text) in opened.items()},
            "seq": seq,
        }
    )
    return {
        "workspace_id": workspace,
        "seq": seq,
        "number": news.decision.number,
        "at": now,
        "body": body,
        "opened": canonical(opened),
        "previous": previous,
        "hash": digest(previous, body),
    }


def redact(tx: Tx, decision: Decision, name: str) -> int:
    """Take a text away from all events of a decision; from how many. Their hashes stay.

    What there is to say of it (`append` with kind "redacted") is said by the caller, afterwards.
    """
    taken = 0
    for event in of_decision(tx, tx.workspace_id, decision.number):
        opened = json.loads(event.opened)
        if opened.get(name) is not None:
            opened[name] = None
            tx.change(event, opened=canonical(opened))
            taken += 1
    return taken
