"""Stand-ups: what rooms ask, each date of it, and what everybody answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "standup",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("people", sa.String(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("missing", sa.String(), nullable=False),
        sa.Column("reminds", sa.Boolean(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("copy_to", sa.String(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_standup_made_by")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_standup_room_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_standup_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standup")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("standup", schema=None) as batch_op:
        batch_op.create_index("ix_standup_room", ["room_id", "removed_at"], unique=False)

    op.create_table(
        "standup_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("standup_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("root", sa.String(), nullable=True),
        sa.Column("is_reported", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_standup_run_room_id")),
        sa.ForeignKeyConstraint(
            ["standup_id"], ["standup.id"], name=op.f("fk_standup_run_standup_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_standup_run_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standup_run")),
        sa.UniqueConstraint("standup_id", "day", name=op.f("uq_standup_run_standup_id_day")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("standup_run", schema=None) as batch_op:
        batch_op.create_index("ix_standup_run_room", ["room_id", "state", "day"], unique=False)

    op.create_table(
        "standup_turn",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("close_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("is_posted", sa.Boolean(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_standup_turn_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["standup_run.id"], name=op.f("fk_standup_turn_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_standup_turn_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standup_turn")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_standup_turn_run_id_person_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("standup_turn", schema=None) as batch_op:
        batch_op.create_index("ix_standup_turn_due", ["run_id", "state", "ask_at"], unique=False)
        batch_op.create_index(
            "ix_standup_turn_person", ["person_id", "state", "ask_at"], unique=False
        )
