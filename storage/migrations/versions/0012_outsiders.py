"""Who does not belong to a workspace: people of other organisations, and guests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("person", sa.Column("is_outsider", sa.Boolean(), nullable=True))
