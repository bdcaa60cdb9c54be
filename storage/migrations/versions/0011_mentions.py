"""Who that is asked was mentioned in the room, and why: that card is kept up to date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("escalation_step", sa.Column("mentioned", sa.String(), nullable=True))
