"""The rows of escalation, and what follows from a row alone."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.features.escalation.boxes import Box
from bot.features.escalation.ladder import Phase, Stand
from bot.features.escalation.policy import Policy, Role, from_data
from bot.features.escalation.reach import Quiet
from storage.tables import instant, long_text, row_id


class Subject(StrEnum):
    """What can go stale. Its row is `subject_id`: an item's; else that of whatever announced it."""

    ITEM = "item"
    UPDATE = "update"
    PROPOSAL = "proposal"


class Cause(StrEnum):
    """Why something is stale."""

    QUIET = "quiet"
    OVERDUE = "overdue"
    #: Named in several stand-ups running.
    NAMED = "named"
    #: An update that was promised, a proposal that was to be decided.
    MISSED = "missed"
    ASKED = "asked"


class Climb(SQLModel, table=True):
    """Something that is watched, and climbs when it is stale. One for each thing, for ever."""

    __tablename__ = "escalation_climb"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_escalation_climb_due", "workspace_id", "next_at"),
        Index("ix_escalation_climb_room", "room_id", "phase"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    room_id: int = Field(foreign_key="room.id")
    kind: str
    subject_id: int
    #: What it is, where no other row says (JSON of a text), and whose it is.
    title: str | None = long_text(nullable=True)
    owner_id: int | None = Field(default=None, foreign_key="person.id")

    phase: str = Phase.WATCHING
    next_at: datetime | None = instant(nullable=True)
    rung: int = 0
    lap: int = 0
    #: JSON: who was asked in this lap, as [[role, person], …].
    asked: str = long_text()
    holder_id: int | None = Field(default=None, foreign_key="person.id")
    until: datetime | None = instant(nullable=True)

    #: The last activity that counts, and what it was: "added", "changed", "answered", …
    since: datetime = instant()
    counted: str = "added"
    cause: str = Cause.QUIET
    #: Who asked for it by hand, and why.
    asker_id: int | None = Field(default=None, foreign_key="person.id")
    why: str | None = long_text(nullable=True)
    #: How often it has begun; tells the steps of one climb from those of the one before.
    cycle: int = 0
    began_at: datetime | None = instant(nullable=True)
    #: The policy that it began with (JSON); None while it is only watched.
    policy: str | None = long_text(nullable=True)
    snoozes: int = 0
    #: In how many stand-ups running it was named.
    named: int = 0
    named_at: datetime | None = instant(nullable=True)

    @property
    def live(self) -> str:
        """The name of its card, among live cards."""
        return f"climb:{self.id}"

    @property
    def timer(self) -> str:
        return f"climb:{self.id}"

    @property
    def counts_from(self) -> datetime:
        """From when on it is watched: its last activity, or the end of its last climb."""
        return self.until if self.phase == Phase.WATCHING and self.until else self.since

    @property
    def has_topped(self) -> bool:
        """Whether its ladder has ended, and it has not moved since."""
        return self.phase == Phase.WATCHING and self.until is not None

    @property
    def is_timed(self) -> bool:
        """Whether it is only watched, and time alone will make it climb."""
        by_time = self.cause in {Cause.QUIET, Cause.OVERDUE} or self.until is not None
        return self.phase == Phase.WATCHING and by_time

    @property
    def is_climbing(self) -> bool:
        """Whether it has begun, and somebody is or will be asked."""
        return self.phase in {Phase.CLIMBING, Phase.HELD, Phase.SNOOZED}

    @property
    def stand(self) -> Stand:
        """How it stands, for the ladder."""
        asked = tuple((Role(role), person) for role, person in json.loads(self.asked or "[]"))
        return Stand(
            Phase(self.phase), self.next_at, self.rung, self.lap, asked, self.holder_id, self.until
        )

    @property
    def frozen(self) -> Policy | None:
        """The policy that it began with."""
        return from_data(json.loads(self.policy)) if self.policy else None


def columns_of(stand: Stand) -> dict[str, object]:
    """How a climb stands, as columns."""
    return {
        "phase": str(stand.phase),
        "next_at": stand.next_at,
        "rung": stand.rung,
        "lap": stand.lap,
        "asked": json.dumps([[str(role), person] for role, person in stand.asked]),
        "holder_id": stand.holder,
        "until": stand.until,
    }


class Step(SQLModel, table=True):
    """A step of a climb that was taken, or passed on (`passed` says why); never changed but sent.

    `number` counts the steps of a climb; of one that is taken there is a row for each way.
    """

    __tablename__ = "escalation_step"
    __table_args__ = (
        UniqueConstraint("climb_id", "cycle", "number", "how"),
        Index("ix_escalation_step_parcel", "parcel_id"),
    )
    id: int = row_id()
    climb_id: int = Field(foreign_key="escalation_climb.id")
    cycle: int
    number: int
    rung: int
    lap: int
    #: "thread", "direct"; "" if it was passed on.
    how: str = ""
    #: A role of the ladder, "asked" (by hand), "ops" or "holder" (reminded).
    role: str
    person_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = instant()
    #: When it reaches its person; None if it was passed on.
    send_at: datetime | None = instant(nullable=True)
    parcel_id: int | None = Field(default=None, foreign_key="escalation_parcel.id")
    #: Whether the platform's own alarm goes with it.
    is_urgent: bool = False
    passed: str | None = None
    until: datetime | None = instant(nullable=True)
    #: Why its person was mentioned in the room, if they were: the platform's word for why they
    #: could not be reached; "" where it is urgent and the platform has no alarm.
    mentioned: str | None = None

    @property
    def live(self) -> str:
        """The name of the card that mentions its person in the room, among live cards."""
        return f"asked:{self.id}"


class Parcel(SQLModel, table=True):
    """What goes to one person, or into one room, as one message."""

    __tablename__ = "escalation_parcel"
    __table_args__ = (
        Index("ix_escalation_parcel_box", "box", "send_at"),
        Index("ix_escalation_parcel_person", "person_id", "send_at"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    #: Whose: "person:3", "manager:3" (asked for others), "room:7".
    box: str
    person_id: int | None = Field(default=None, foreign_key="person.id")
    room_id: int | None = Field(default=None, foreign_key="room.id")
    send_at: datetime = instant()
    day: str
    #: Which of that day's it is.
    count: int
    sent_at: datetime | None = instant(nullable=True)

    @property
    def timer(self) -> str:
        return f"parcel:{self.id}"

    @property
    def live(self) -> str:
        """The name of its card, among live cards."""
        return f"parcel:{self.id}"

    @property
    def state(self) -> Box:
        """The box, for those who put something into it."""
        return Box(self.send_at, datetime.fromisoformat(self.day).date(), self.count)


class Watched(SQLModel, table=True):
    """What escalation knows of a room: its severity as last seen, its sponsor, its pause."""

    __tablename__ = "escalation_room"
    id: int = row_id()
    room_id: int = Field(foreign_key="room.id", unique=True)
    severity: int
    sponsor_id: int | None = Field(default=None, foreign_key="person.id")
    paused_until: datetime | None = instant(nullable=True)
    paused_by: int | None = Field(default=None, foreign_key="person.id")


class Preference(SQLModel, table=True):
    """What somebody chose: their quiet hours ("22:00–08:00"), and who stands in for them."""

    __tablename__ = "escalation_preference"
    id: int = row_id()
    person_id: int = Field(foreign_key="person.id", unique=True)
    quiet: str | None = None
    backup_id: int | None = Field(default=None, foreign_key="person.id")

    @property
    def hours(self) -> Quiet | None:
        return Quiet.parse(self.quiet) if self.quiet else None


class PolicySet(SQLModel, table=True):
    """The team's own policies (JSON, in their order), as loaded or edited; the newest holds."""

    __tablename__ = "escalation_policy"
    __table_args__ = (UniqueConstraint("workspace_id", "version"),)
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    version: int
    policies: str = long_text()
    at: datetime = instant()
    by: int | None = Field(default=None, foreign_key="person.id")
