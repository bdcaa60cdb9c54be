"""Deliveries that are acknowledged when they are noted, and carried out afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("waiting", sa.Text(), nullable=True))
    is_waiting = sa.text("waiting IS NOT NULL")
    op.create_index(
        "ix_inbox_waiting", "inbox", ["id"], sqlite_where=is_waiting, postgresql_where=is_waiting
    )
