"""One decision in the place of another: both ends are written, and never in a ring."""

from __future__ import annotations

from bot.core.errors import Refused
from bot.core.keys import DecisionKey
from bot.core.text import Strong, t
from bot.features.decisions import queries, recording, reviews
from bot.features.decisions.access import changeable
from bot.features.decisions.tables import Decision, State
from bot.features.rooms.queries import Room
from storage.tx import Tx

#: More decisions in a row are a ring.
_LONGEST = 10_000


def replaceable(tx: Tx, key: DecisionKey) -> tuple[Decision, Room | None]:
    """A decision in whose place who asks may put another. Refused if it has none to give."""
    decision, room = changeable(tx, key)
    check_holds(decision)
    return decision, room


def check_holds(decision: Decision) -> None:
    """Refused unless a decision is one that another can replace."""
    key = Strong(str(decision.key))
    if decision.superseded_by is not None:
        by = Strong(str(DecisionKey(decision.superseded_by)))
        raise Refused(t("{key} was superseded by {by} already.", key=key, by=by), field="decision")
    if decision.state == State.PROPOSED:
        raise Refused(
            t("{key} is only proposed. Take it back instead, or change it.", key=key),
            field="decision",
        )
    if decision.state in {State.REJECTED, State.EXPIRED}:
        raise Refused(
            t("{key} was never accepted: there is nothing to supersede.", key=key),
            field="decision",
        )


def check_ring(tx: Tx, old: Decision, new: Decision) -> None:
    """Refused if the new one is the old one, or was itself superseded by it, however far."""
    key = Strong(str(old.key))
    if old.id == new.id:
        raise Refused(t("{key} cannot supersede itself.", key=key), field="by")
    number = new.superseded_by
    for _ in range(_LONGEST):
        if number is None:
            return
        if number == old.number:
            raise Refused(
                t(
                    "{key} stands in the place of {by} already. That would be a ring.",
                    key=key,
                    by=Strong(str(new.key)),
                ),
                field="by",
            )
        found = queries.numbered(tx, number)
        number = found.superseded_by if found is not None else None


def put_in_place(tx: Tx, old: Decision, new: Decision) -> None:
    """Write both ends, and what happened to either."""
    tx.change(old, state=State.SUPERSEDED, superseded_by=new.number)
    keys = dict.fromkeys([*(new.supersedes or "").split(), str(old.key)])
    tx.change(new, supersedes=" ".join(keys))
    reviews.ask_later(tx, old)
    recording.noted(tx, old, "superseded", {}, {"superseded_by": new.number})
    recording.noted(tx, new, "supersedes", {}, {"supersedes": new.supersedes})
