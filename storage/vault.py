"""The vault: what a platform entrusted to Muster for a workspace (tokens), encrypted at rest.

Sealed with Fernet (AES-128-CBC and HMAC-SHA256, https://github.com/fernet/spec) under a key that is
derived from the operator's secret with HKDF-SHA256 (RFC 5869). Several secrets may be given: the
first seals, all open, so that a secret can be replaced without anybody having to install again:
put the new one first, `reseal`, take the old one away.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.clock import Clock
from bot.core.errors import Sealed
from storage.db import Database
from storage.rows import table_of
from storage.tables import Installation

#: A secret that is shorter can be guessed.
SHORTEST_SECRET = 16
_table = table_of(Installation)


class Vault:
    """Keeps a text for each workspace of a platform. Unavailable when the database is away."""

    def __init__(self, db: Database, secrets: Sequence[str], clock: Clock) -> None:
        """`secrets` as in MUSTER_SECRET_KEY; ValueError, in a sentence, if one is too short."""
        if not secrets or any(len(secret) < SHORTEST_SECRET for secret in secrets):
            message = (
                "MUSTER_SECRET_KEY needs at least 16 characters: "
                "make one with `openssl rand -base64 32`."
            )
            raise ValueError(message)
        self._db = db
        self._clock = clock
        self._keys = MultiFernet([Fernet(_key(secret)) for secret in secrets])

    async def keep(self, platform: str, workspace: str, text: str) -> None:
        """Keep `text`, in place of what was kept before."""
        sealed = self._keys.encrypt(text.encode()).decode()
        now = self._clock.now()
        await self._db.write(lambda conn: _put(conn, platform, workspace, sealed, now))

    async def open(self, platform: str, workspace: str) -> str | None:
        """What is kept; None if nothing is. Sealed: it cannot be opened."""
        query = select(_table.c.sealed).where(
            _table.c.platform == platform, _table.c.workspace == workspace
        )
        sealed: str | None = await self._db.read(lambda conn: conn.execute(query).scalar())
        if sealed is None:
            return None
        try:
            return self._keys.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Sealed(Sealed.__doc__) from error

    async def reseal(self) -> int:
        """Seal everything anew under the first secret, so that the others can go; how many.

        Sealed: something cannot be opened, and nothing was changed.
        """
        return await self._db.write(self._reseal)

    def _reseal(self, conn: Connection) -> int:
        kept = conn.execute(select(_table.c.id, _table.c.sealed).with_for_update()).all()
        for row, sealed in kept:
            try:
                fresh = self._keys.rotate(sealed.encode()).decode()
            except InvalidToken as error:
                raise Sealed(Sealed.__doc__) from error
            conn.execute(update(_table).where(_table.c.id == row).values(sealed=fresh))
        return len(kept)

    async def forget(self, platform: str, workspace: str) -> None:
        """Keep nothing any more."""
        gone = delete(_table).where(_table.c.platform == platform, _table.c.workspace == workspace)
        await self._db.write(lambda conn: conn.execute(gone).rowcount)

    async def workspaces(self, platform: str) -> list[str]:
        """The workspaces of which something is kept."""
        query = (
            select(_table.c.workspace).where(_table.c.platform == platform).order_by(_table.c.id)
        )
        return await self._db.read(lambda conn: list(conn.execute(query).scalars()))


def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"muster vault 1").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


def _put(conn: Connection, platform: str, workspace: str, sealed: str, now: datetime) -> None:
    values = {"platform": platform, "workspace": workspace, "sealed": sealed, "kept_at": now}
    index, news = [_table.c.platform, _table.c.workspace], {"sealed": sealed, "kept_at": now}
    on_sqlite = sqlite.insert(_table).values(values)
    on_postgres = postgresql.insert(_table).values(values)
    conn.execute(
        {
            "sqlite": on_sqlite.on_conflict_do_update(index_elements=index, set_=news),
            "postgresql": on_postgres.on_conflict_do_update(index_elements=index, set_=news),
        }[conn.dialect.name]
    )
