"""The rows of captures."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables import instant, row_id


class State(StrEnum):
    """How far a capture has come."""

    #: The message is being read.
    READING = "reading"
    MADE = "made"
    #: Nothing was made: it could not be read, was not in a room, or they may not.
    REFUSED = "refused"
    #: The emoji was taken back.
    WITHDRAWN = "withdrawn"


class Capture(SQLModel, table=True):
    """Somebody's emoji on a message, of which `command` makes something.

    `channel` is what the platform said with the emoji, "" where it names the message alone.
    """

    __tablename__ = "capture"
    __table_args__ = (UniqueConstraint("workspace_id", "channel", "message", "person_id", "emoji"),)
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    channel: str
    message: str
    person_id: int = Field(foreign_key="person.id")
    emoji: str
    #: The path of the command.
    command: str
    state: str = State.READING
    #: When the emoji was put there, or taken back, by the platform's clock: older news is late.
    changed_at: datetime = instant()
    #: Of the message, once it was read: `sources.Source.key`.
    source_key: str | None = None
