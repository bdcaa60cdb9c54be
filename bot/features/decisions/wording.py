"""What the fields and the states of a decision are called in the files that people read."""

from __future__ import annotations

from bot.core.text import Msg, t
from bot.features.decisions.tables import State

DECISIONS = t("Decisions")

STATES: dict[str, Msg] = {
    State.PROPOSED: t("Proposed"),
    State.ACCEPTED: t("Accepted"),
    State.REJECTED: t("Rejected"),
    State.EXPIRED: t("Expired"),
    State.SUPERSEDED: t("Superseded"),
    State.DEPRECATED: t("Deprecated"),
}

#: What people write at length, in the order in which it is read.
LONG: dict[str, Msg] = {
    "context": t("Context"),
    "drivers": t("What matters most"),
    "options": t("Options"),
    "why": t("Why"),
    "instead_of": t("Instead of"),
    "consequences": t("What follows from it"),
    "confirmation": t("How it will be confirmed"),
    "evidence": t("Evidence"),
}

#: All fields of a record.
LABELS: dict[str, Msg] = LONG | {
    "key": t("Key"),
    "room": t("Room"),
    "room_title": t("Title of the room"),
    "title": t("Decision"),
    "decided_by": t("Decided by"),
    "decided_at": t("Decided at"),
    "link": t("Link"),
    "state": t("State"),
    "decision_makers": t("Decision-makers"),
    "consulted": t("Consulted"),
    "informed": t("Informed"),
    "owner": t("Owner"),
    "tags": t("Tags"),
    "items": t("Items"),
    "supersedes": t("Supersedes"),
    "superseded_by": t("Superseded by"),
    "quorum": t("Whose agreement it needed"),
    "deadline_at": t("Deadline"),
    "closed_at": t("Closed at"),
    "review_at": t("Review on"),
    "uid": t("Lasting id"),
}
