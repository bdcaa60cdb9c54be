"""The outbox in its order: what waits is claimed from its beginning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    is_open = sa.text("state IN ('waiting', 'claimed')")
    op.create_index(
        "ix_outbox_order", "outbox", ["id"], sqlite_where=is_open, postgresql_where=is_open
    )
