"""What cards have to know that are kept up to date: mentions in a room, prompts of stand-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("escalation_step", sa.Column("mentioned", sa.String(), nullable=True))
    op.add_column("standup_turn", sa.Column("prompt", sa.Integer(), nullable=True))
