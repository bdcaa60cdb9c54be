"""What becomes of a checkpoint when its proposal is closed."""

from __future__ import annotations

from bot.core.text import t
from bot.features.decisions import checkpoint_cards
from bot.features.decisions.tables import Checkpoint, Decision, Stage, State
from bot.features.rooms.queries import Room
from storage.tx import Tx


def follow(tx: Tx, room: Room | None, decision: Decision) -> None:
    """Accepted, its checkpoint is passed; else it waits again."""
    if decision.checkpoint_id is None or room is None:
        return
    checkpoint = tx.get(Checkpoint, decision.checkpoint_id, lock=True)
    if checkpoint is None or checkpoint.is_settled:
        return
    if decision.state != State.ACCEPTED:
        tx.change(checkpoint, stage=Stage.PLANNED, decision=None)
        return
    settle(tx, room, checkpoint, Stage.PASSED, decision=decision.number)


def settle(
    tx: Tx,
    room: Room,
    checkpoint: Checkpoint,
    stage: Stage,
    *,
    decision: int | None = None,
    reason: str | None = None,
) -> None:
    """A checkpoint is passed or waived: nothing is due any more."""
    tx.change(
        checkpoint,
        stage=stage,
        settled_by=tx.person_id,
        settled_at=tx.now,
        decision=decision,
        reason=reason,
    )
    tx.cancel_timer(timer(checkpoint))
    tx.cancel_timer(timer(checkpoint, is_early=True))
    if stage == Stage.PASSED:
        it = checkpoint_cards.name(checkpoint)
        tx.record("checkpoint.passed", t("Checkpoint {it} is passed", it=it), room=room.id)


def timer(checkpoint: Checkpoint, *, is_early: bool = False) -> str:
    """The key of the timer of its date, or of the day before."""
    return f"checkpoint-{'soon' if is_early else 'due'}:{checkpoint.id}"
