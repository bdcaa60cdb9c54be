"""The rows of items, and the rules that follow from a row alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.core.keys import ItemKey
from storage.tables import instant, long_text, row_id


class Kind(StrEnum):
    """What an item is."""

    ACTION = "action"
    BLOCKER = "blocker"
    RISK = "risk"
    QUESTION = "question"


class State(StrEnum):
    """How an item stands."""

    OPEN = "open"
    BLOCKED = "blocked"
    DONE = "done"


class Item(SQLModel, table=True):
    """An action, blocker, risk or question in a room."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("room_id", "number"),
        Index("ix_item_room_state", "room_id", "state", "number"),
        Index("ix_item_owner", "owner_id", "state", "due_at"),
        Index("ix_item_source", "room_id", "source_key"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    room_id: int = Field(foreign_key="room.id")
    #: The room's own number, so that a key can be written without looking the room up.
    room_number: int
    number: int
    text: str = long_text()
    kind: str = Kind.ACTION
    state: str = State.OPEN
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    due_at: datetime | None = instant(nullable=True)
    #: Why it is blocked.
    blocked_by: str | None = long_text(nullable=True)
    added_by: int = Field(foreign_key="person.id")
    added_at: datetime = instant()
    #: The last change that means something: state, owner, date.
    moved_at: datetime = instant()
    done_at: datetime | None = instant(nullable=True)

    #: The message that it was made of (`sources.Source`, and its key), by an emoji or otherwise.
    source: str | None = long_text(nullable=True)
    source_key: str | None = None
    by_emoji: bool | None = None
    #: Its number is not given again.
    withdrawn_at: datetime | None = instant(nullable=True)

    @property
    def key(self) -> ItemKey:
        """WR-7-3."""
        return ItemKey(self.number, self.room_number)

    @property
    def is_done(self) -> bool:
        return self.state == State.DONE

    @property
    def is_touched(self) -> bool:
        """Whether anybody has done anything with it since it was added."""
        is_bare = self.owner_id is None and self.due_at is None and self.state == State.OPEN
        return not is_bare or self.moved_at != self.added_at

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been done by `now`."""
        return not self.is_done and self.due_at is not None and self.due_at <= now
