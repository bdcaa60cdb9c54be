"""The calendar: regions and hours that were chosen, the team's own days, leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "calendar_choice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("hours", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_calendar_choice_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_choice")),
        sa.UniqueConstraint(
            "workspace_id",
            "scope",
            "subject_id",
            name=op.f("uq_calendar_choice_workspace_id_scope_subject_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_calendar_day_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("workspace_id", "day", name=op.f("uq_calendar_day_workspace_id_day")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "calendar_leave",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_leave_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_calendar_leave_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_leave")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("calendar_leave", schema=None) as batch_op:
        batch_op.create_index(
            "ix_calendar_leave_person", ["workspace_id", "person_id", "last"], unique=False
        )
