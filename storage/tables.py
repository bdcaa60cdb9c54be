"""The tables of the kernel. Those of a capability live in its feature's `tables.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlmodel import Field, SQLModel

from storage.types import Instant

#: Every constraint gets a name, for only what has a name can be changed by a later migration.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def row_id() -> Any:
    """The primary key; given by the database, so only a row that is not stored yet has none.

    It is never given again, not even after the newest row was deleted: the keys of effects are made
    of it. On PostgreSQL it has 64 bits, as SQLite's has anyway.
    """
    column = Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    event.listen(column, "before_parent_attach", _never_again)
    return Field(default=None, sa_column=column)


def _never_again(_: Column[int], table: Table) -> None:
    table.dialect_options["sqlite"]["autoincrement"] = True


def instant(*, index: bool = False, nullable: bool = False) -> Any:
    """A column that holds an instant."""
    return Field(default=None, sa_column=Column(Instant(), nullable=nullable, index=index))


def long_text(*, nullable: bool = False) -> Any:
    """A column that holds text of any length."""
    return Field(default=None if nullable else "", sa_column=Column(Text(), nullable=nullable))


#: Which effects have not left yet. A query must say it in the words of the index to be given it:
#: with parameters, it reads all that ever left.
OPEN = "state IN ('waiting', 'claimed')"
WAITING = "state = 'waiting'"
FAILED = "state = 'failed'"
CLAIMED = "state = 'claimed'"


def _where(condition: str) -> dict[str, Any]:
    """A partial index, on both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Meta(SQLModel, table=True):
    """Facts about this database, such as its own id, which every effect key begins with."""

    __tablename__ = "meta"
    name: str = Field(primary_key=True)
    value: str


class Workspace(SQLModel, table=True):
    """A Slack team, a Feishu tenant, the playground. `settings` is JSON, by setting name."""

    __tablename__ = "workspace"
    __table_args__ = (
        UniqueConstraint("platform", "native"),
        Index("ix_workspace_left", "id", **_where("left_at IS NOT NULL")),
    )
    id: int = row_id()
    platform: str
    native: str
    settings: str = long_text()
    rooms_made: int = 0
    decisions_made: int = 0
    created_at: datetime = instant()
    #: Since when Muster has been gone from it: what is to be done there waits.
    left_at: datetime | None = instant(nullable=True)


class Person(SQLModel, table=True):
    """One human in a workspace. `lang`, `zone` and `manager_set_id` are chosen.

    What begins with `native_`, and `manager_id`, is what the platform says.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("workspace_id", "user"),)
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    user: str
    name: str
    lang: str | None = None
    zone: str | None = None
    native_lang: str | None = None
    native_zone: str | None = None
    is_admin: bool = False
    is_active: bool = True
    created_at: datetime = instant()
    manager_id: int | None = Field(default=None, foreign_key="person.id")
    manager_set_id: int | None = Field(default=None, foreign_key="person.id")
    #: When they last looked at their own page.
    home_opened_at: datetime | None = instant(nullable=True)
    #: Whether they are of another organisation, or a guest; None as long as nobody has said.
    is_outsider: bool | None = None

    @property
    def manager(self) -> int | None:
        """The id of whom they report to: as chosen, else as the platform says."""
        return self.manager_set_id if self.manager_set_id is not None else self.manager_id


class Inbox(SQLModel, table=True):
    """A delivery that was taken in. The unique key is what makes redelivery harmless."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("platform", "workspace", "delivery"),
        Index("ix_inbox_waiting", "id", **_where("waiting IS NOT NULL")),
    )
    id: int = row_id()
    platform: str
    workspace: str
    delivery: str
    at: datetime = instant(index=True)
    #: What the platform brought, as long as it is only noted; NULL once it is carried out.
    waiting: str | None = long_text(nullable=True)


class Outbox(SQLModel, table=True):
    """An effect on its way. Rows of one lane leave in the order of their ids.

    state: waiting → claimed → done | failed, or collapsed into a later row.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "lane", "id", **_where(OPEN)),
        Index("ix_outbox_order", "id", **_where(OPEN)),
        Index("ix_outbox_claimed", "lane", **_where(CLAIMED)),
        Index("uq_outbox_collapse", "collapse", unique=True, **_where(WAITING)),
        Index("ix_outbox_failed", "id", **_where(FAILED)),
        Index("ix_outbox_finished", "finished_at"),
    )
    id: int = row_id()
    key: str = Field(unique=True)
    platform: str
    lane: str
    payload: str = long_text()
    #: At most one waiting row has the same; None never collapses.
    collapse: str | None = Field(default=None)
    state: str = "waiting"
    due_at: datetime = instant()
    attempts: int = 0
    lease_until: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    finished_at: datetime | None = instant(nullable=True)
    error: str | None = long_text(nullable=True)


class Timer(SQLModel, table=True):
    """Something that time will make happen: dispatches `payload`, a command, at `due_at`, once."""

    __tablename__ = "timer"
    id: int = row_id()
    #: What it is for; setting a timer of the same key moves it.
    key: str = Field(unique=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    due_at: datetime = instant(index=True)
    payload: str = long_text()


class Entry(SQLModel, table=True):
    """A line of the timeline. `text` is a message as JSON, `key` forbids repeats.

    It is never changed, but one that was made of a message can be withdrawn.
    """

    __tablename__ = "timeline"
    __table_args__ = (
        Index("ix_timeline_room", "room_id", "id"),
        Index(
            "ix_timeline_source", "workspace_id", "source_key", **_where("source_key IS NOT NULL")
        ),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    room_id: int | None = None
    at: datetime = instant()
    person_id: int | None = Field(default=None, foreign_key="person.id")
    kind: str
    text: str = long_text()
    key: str | None = Field(default=None, unique=True)
    #: The message that it was made of (`sources.Source`, and its key), by an emoji or otherwise.
    source: str | None = long_text(nullable=True)
    source_key: str | None = None
    by_emoji: bool | None = None
    withdrawn_at: datetime | None = instant(nullable=True)


class LiveCard(SQLModel, table=True):
    """A posted card that is kept up to date: what it shows, where it stands, how it last looked."""

    __tablename__ = "live_card"
    __table_args__ = (UniqueConstraint("platform", "workspace", "channel", "message"),)
    id: int = row_id()
    live: str = Field(index=True)
    platform: str
    workspace: str
    channel: str
    message: str
    lang: str
    zone: str
    digest: str = ""


class Installation(SQLModel, table=True):
    """What a platform entrusted to Muster for a workspace, sealed: see `storage/vault.py`."""

    __tablename__ = "installation"
    __table_args__ = (UniqueConstraint("platform", "workspace"),)
    id: int = row_id()
    platform: str
    workspace: str
    sealed: str = long_text()
    kept_at: datetime = instant()


class Lease(SQLModel, table=True):
    """What one replica alone holds until then, by PostgreSQL's clock: see `storage/leases.py`."""

    __tablename__ = "lease"
    name: str = Field(primary_key=True)
    holder: str
    until: datetime = instant()


class Quota(SQLModel, table=True):
    """The latest calls of all replicas under one limit: see `storage/quotas.py`."""

    __tablename__ = "quota"
    #: Whose limit it is, and which: "slack/T0123 chat.update".
    key: str = Field(primary_key=True)
    #: JSON: [[when, how many], …], the oldest first.
    calls: str = long_text()
    #: Until when nobody calls. Both in Unix seconds by PostgreSQL's clock.
    held_until: float = 0.0
    #: After that the row says nothing any more.
    kept_until: float = 0.0
