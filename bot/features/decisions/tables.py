"""The rows of decisions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.core.keys import DecisionKey
from storage.tables import instant, long_text, row_id


class Decision(SQLModel, table=True):
    """What was decided, why, by whom, instead of what. Of a room, or of the workspace."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_decision_room", "room_id", "number"),
        Index("ix_decision_source", "workspace_id", "source_key"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    number: int
    room_id: int | None = Field(default=None, foreign_key="room.id")
    title: str = long_text()
    why: str | None = long_text(nullable=True)
    instead_of: str | None = long_text(nullable=True)
    decided_by: int = Field(foreign_key="person.id")
    decided_at: datetime = instant()

    #: The message that it was made of (`sources.Source`, and its key), by an emoji or otherwise.
    source: str | None = long_text(nullable=True)
    source_key: str | None = None
    by_emoji: bool | None = None
    #: Its number is not given again.
    withdrawn_at: datetime | None = instant(nullable=True)

    @property
    def key(self) -> DecisionKey:
        """D-12."""
        return DecisionKey(self.number)


class Log(SQLModel, table=True):
    """The decision log of a room: the export that was last delivered there."""

    __tablename__ = "decision_log"
    id: int = row_id()
    room_id: int = Field(foreign_key="room.id", unique=True)
    #: The last decision that it has.
    number: int
    sent_at: datetime = instant()
