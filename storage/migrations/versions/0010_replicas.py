"""What several replicas have to agree about: who holds what, what was called; lanes in hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "quota",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("calls", sa.Text(), nullable=False),
        sa.Column("held_until", sa.Float(), nullable=False),
        sa.Column("kept_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_quota")),
    )
    is_claimed = sa.text("state = 'claimed'")
    op.create_index(
        "ix_outbox_claimed",
        "outbox",
        ["lane"],
        sqlite_where=is_claimed,
        postgresql_where=is_claimed,
    )
