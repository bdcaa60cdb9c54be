"""Named points at which a test may kill the process, to prove that nothing is lost there.

`MUSTER_KILL_AT=worker.after_call:2` kills this process with SIGKILL the second time it gets there.
Without that variable a point costs one comparison.
"""

from __future__ import annotations

import os
import signal

#: Every point there is, with what has just happened there.
POINTS = {
    "door.after_note": "a delivery is noted, nobody has been answered, nothing is carried out",
    "door.before_commit": "a command has run, nothing is committed",
    "door.after_commit": "a command is committed, nobody has been answered",
    "worker.before_claim_commit": "effects are claimed, that is not yet committed",
    "worker.after_claim": "effects are claimed, none is performed",
    "worker.before_call": "an effect is about to be performed",
    "worker.after_call": "an effect was performed, its receipt is not recorded",
    "worker.before_step": "an effect is closed, the step that follows from it has not begun",
    "worker.before_receipt_commit": "a receipt and what follows from it are not yet committed",
    "worker.after_receipt_commit": "a receipt and what follows from it are committed",
    "worker.before_timer_commit": "a timer has fired, that is not yet committed",
    "worker.after_timer_commit": "a timer has fired, that is committed",
}

_name = ""
_left = 0


def arm(where: str) -> None:
    """Die at the point, the count-th time: "worker.after_call:2". ValueError if there is none."""
    global _name, _left  # noqa: PLW0603  one for the whole process
    _name, _, count = where.partition(":")
    _left = int(count or 1)
    if _name and _name not in POINTS:
        message = f"no such point: {_name}"
        raise ValueError(message)


arm(os.environ.get("MUSTER_KILL_AT", ""))


def reached(point: str) -> None:
    """Die here if a test asked for it."""
    global _left  # noqa: PLW0603  a countdown for the whole process
    if point != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
