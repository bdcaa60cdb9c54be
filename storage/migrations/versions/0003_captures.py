"""Captures, sources, managers, own pages, decision logs; rooms and workspaces without Muster."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _add_captures()
    _add_logs()
    with _altered("workspace") as workspace:
        workspace.add_column(_instant("left_at"))
    with _altered("person") as person:
        person.add_column(sa.Column("manager_id", sa.Integer(), nullable=True))
        person.add_column(sa.Column("manager_set_id", sa.Integer(), nullable=True))
        person.add_column(_instant("home_opened_at"))
        for column in ("manager_id", "manager_set_id"):
            person.create_foreign_key(op.f(f"fk_person_{column}"), "person", [column], ["id"])
    with _altered("room") as room:
        room.add_column(_instant("muster_out_at"))
        room.add_column(_instant("shared_at"))
    for table in ("timeline", "item", "decision"):
        with _altered(table) as altered:
            altered.add_column(sa.Column("source", sa.Text(), nullable=True))
            altered.add_column(sa.Column("source_key", sa.String(), nullable=True))
            altered.add_column(sa.Column("by_emoji", sa.Boolean(), nullable=True))
            altered.add_column(_instant("withdrawn_at"))
    op.create_index(
        "ix_timeline_source",
        "timeline",
        ["workspace_id", "source_key"],
        sqlite_where=sa.text("source_key IS NOT NULL"),
        postgresql_where=sa.text("source_key IS NOT NULL"),
    )
    op.create_index(
        "ix_workspace_left",
        "workspace",
        ["id"],
        sqlite_where=sa.text("left_at IS NOT NULL"),
        postgresql_where=sa.text("left_at IS NOT NULL"),
    )
    op.create_index("ix_item_source", "item", ["room_id", "source_key"])
    op.create_index("ix_decision_source", "decision", ["workspace_id", "source_key"])


def _altered(table: str) -> AbstractContextManager[BatchOperations]:
    """SQLite makes the table anew: what it adds itself would stand behind the constraints."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    return op.batch_alter_table(
        table,
        recreate="always" if is_sqlite else "never",
        table_kwargs={"sqlite_autoincrement": True} if is_sqlite else {},
    )


def _instant(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _add_captures() -> None:
    op.create_table(
        "capture",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("emoji", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_capture_person_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_capture_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
        sa.UniqueConstraint(
            "workspace_id",
            "channel",
            "message",
            "person_id",
            "emoji",
            name=op.f("uq_capture_workspace_id_channel_message_person_id_emoji"),
        ),
        sqlite_autoincrement=True,
    )


def _add_logs() -> None:
    op.create_table(
        "decision_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_decision_log_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_log")),
        sa.UniqueConstraint("room_id", name=op.f("uq_decision_log_room_id")),
        sqlite_autoincrement=True,
    )
