"""The rows of war rooms, and the rules that follow from a row alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.core.keys import RoomKey
from storage.tables import instant, long_text, row_id


class Status(StrEnum):
    """How far a room's problem has come."""

    INVESTIGATING = "investigating"
    MITIGATING = "mitigating"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


#: Why the opening has to be taken up again: there is no channel any more.
CHANNEL_DELETED = "channel_deleted"


class Opening(StrEnum):
    """The step that the opening of a room is at; each names what has yet to happen."""

    CHANNEL = "channel"
    PEOPLE = "people"
    CARD = "card"
    PIN = "pin"
    READY = "ready"


class Room(SQLModel, table=True):
    """A war room. `channel` is None until the platform has made it."""

    __tablename__ = "room"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_room_channel", "workspace_id", "channel"),
        Index("ix_room_open", "workspace_id", "closed_at", "number"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    number: int
    title: str
    severity: int
    status: str = Status.INVESTIGATING
    is_private: bool = False
    lead_id: int | None = Field(default=None, foreign_key="person.id")
    lang: str = "en"
    zone: str = "UTC"

    channel: str | None = None
    channel_name: str = ""
    #: The platform says that the channel was archived or deleted: nothing can be said in it.
    channel_gone: bool = False
    card: str | None = None
    opening: str = Opening.CHANNEL
    #: The platform's word for why the step of opening failed; None while all goes well.
    failure: str | None = None
    #: Where it was asked for, to be told there that it is open.
    origin: str | None = None
    #: JSON: names of people who could not be invited, each with the platform's word for why.
    not_invited: str = long_text()

    opened_by: int = Field(foreign_key="person.id")
    opened_at: datetime = instant()
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    closed_at: datetime | None = instant(nullable=True)
    resolution: str | None = long_text(nullable=True)

    update_text: str | None = long_text(nullable=True)
    updated_at: datetime | None = instant(nullable=True)
    next_update_at: datetime | None = instant(nullable=True)

    goal: str | None = long_text(nullable=True)
    goal_unit: str | None = None
    goal_baseline: float | None = None
    goal_target: float | None = None
    goal_due: datetime | None = instant(nullable=True)
    reading: float | None = None

    #: Since when Muster has been out of the channel: it hears and says nothing there.
    muster_out_at: datetime | None = instant(nullable=True)
    #: Since when people of another organisation have been reading along.
    shared_at: datetime | None = instant(nullable=True)

    @property
    def key(self) -> str:
        """WR-7."""
        return str(RoomKey(self.number))

    @property
    def live(self) -> str:
        """The name of its summary card, among live cards."""
        return f"room:{self.id}"

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def has_lost_channel(self) -> bool:
        """Its channel was deleted, and no other has been made yet."""
        return self.failure == CHANNEL_DELETED

    @property
    def is_ready(self) -> bool:
        return self.opening == Opening.READY

    @property
    def progress(self) -> float | None:
        """How much of the way from baseline to target the last reading is, 0…1 when between.

        None when the goal is not measured yet. Goals may go down as well as up.
        """
        if self.goal_target is None or self.reading is None:
            return None
        start = self.goal_baseline if self.goal_baseline is not None else 0.0
        if start == self.goal_target:
            return 1.0 if self.reading == self.goal_target else 0.0
        return (self.reading - start) / (self.goal_target - start)

    @property
    def refused(self) -> dict[str, str]:
        """People who could not be invited, by name, with the platform's word for why."""
        found: dict[str, str] = json.loads(self.not_invited or "{}")
        return found

    def with_refused(self, names: Mapping[str, str]) -> str:
        """`not_invited` with more of them."""
        return json.dumps({**self.refused, **names}, ensure_ascii=False)

    def without_refused(self, name: str) -> str:
        """`not_invited` without one who came after all."""
        left = {who: why for who, why in self.refused.items() if who != name}
        return json.dumps(left, ensure_ascii=False)


class Member(SQLModel, table=True):
    """Somebody in a room; those who left keep their row."""

    __tablename__ = "room_member"
    __table_args__ = (
        UniqueConstraint("room_id", "person_id"),
        Index("ix_room_member_person", "person_id", "is_in", "room_id"),
    )
    id: int = row_id()
    room_id: int = Field(foreign_key="room.id")
    person_id: int = Field(foreign_key="person.id")
    is_in: bool = True
    since: datetime = instant()


class Reading(SQLModel, table=True):
    """A measurement of a room's goal."""

    __tablename__ = "room_reading"
    id: int = row_id()
    room_id: int = Field(foreign_key="room.id", index=True)
    value: float
    at: datetime = instant()
    person_id: int = Field(foreign_key="person.id")
