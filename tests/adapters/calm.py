"""For stories that are about something else than what goes stale."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.bootstrap import Muster
from storage.rows import Rows, table_of
from storage.tables import Workspace

_workspaces = table_of(Workspace)


async def nothing_climbs(muster: Muster) -> None:
    """Switch escalation off in the one workspace that there is by now."""

    def change(conn: Connection) -> None:
        workspace = Rows(conn).first(Workspace, select(_workspaces))
        assert workspace is not None, "nobody has said anything yet"
        tx = muster.door.carrier.transaction(conn, workspace, muster.clock.now())
        tx.change_settings(escalation="off")

    await muster.db.write(change)
