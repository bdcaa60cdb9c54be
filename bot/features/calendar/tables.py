"""The rows of the calendar: who chose what, the team's own days, leave."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.core import calendar
from storage.tables import instant, long_text, row_id


class Scope(StrEnum):
    """For whom a choice holds."""

    WORKSPACE = "workspace"
    ROOM = "room"
    PERSON = "person"


class Choice(SQLModel, table=True):
    """The region and the working hours of a workspace, a room or a person; None is not chosen."""

    __tablename__ = "calendar_choice"
    __table_args__ = (UniqueConstraint("workspace_id", "scope", "subject_id"),)
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    scope: str
    #: The room's or the person's id; 0 for the workspace.
    subject_id: int = 0
    #: "CN", "DE-BY".
    region: str | None = None
    #: "09:00–18:00".
    hours: str | None = None


class TeamDay(SQLModel, table=True):
    """What a workspace says of a date, whatever its regions do."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("workspace_id", "day"),)
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    day: date
    is_workday: bool
    name: str = ""

    @property
    def override(self) -> calendar.Override:
        """As calendars take it."""
        return calendar.Override(self.is_workday, self.name)


class Leave(SQLModel, table=True):
    """Somebody is away from `first` to `last`, both included. The reason is theirs alone."""

    __tablename__ = "calendar_leave"
    __table_args__ = (Index("ix_calendar_leave_person", "workspace_id", "person_id", "last"),)
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    person_id: int = Field(foreign_key="person.id")
    first: date
    last: date
    reason: str | None = long_text(nullable=True)
    at: datetime = instant()

    @property
    def span(self) -> calendar.Leave:
        """As calendars take it: without its reason."""
        return calendar.Leave(self.first, self.last)
