"""The vault: sealed at rest, opened by any of the secrets, lost with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bot.core.clock import SystemClock
from bot.core.errors import Sealed
from storage import migrate
from storage.db import Database, open_database
from storage.rows import table_of
from storage.tables import Installation
from storage.vault import Vault

FIRST, SECOND = "first secret of sixteen", "second secret of sixteen"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    made = open_database(database_url)
    migrate.upgrade(made.engine)
    yield made
    asyncio.run(made.close())


def vault(db: Database, *secrets: str) -> Vault:
    return Vault(db, secrets, SystemClock())


def test_what_is_kept_comes_back_and_cannot_be_read_at_rest(db: Database) -> None:
    async def story() -> None:
        kept = vault(db, FIRST)
        assert await kept.open("slack", "T1") is None
        await kept.keep("slack", "T1", "xoxb-secret")
        await kept.keep("slack", "T2", "other")
        await kept.keep("slack", "T1", "xoxb-newer 密")
        assert await kept.open("slack", "T1") == "xoxb-newer 密"
        assert await kept.workspaces("slack") == ["T1", "T2"]
        assert await kept.workspaces("feishu") == []
        query = select(table_of(Installation).c.sealed)
        at_rest = await db.read(lambda conn: list(conn.execute(query).scalars()))
        assert not any("xoxb" in sealed for sealed in at_rest)
        await kept.forget("slack", "T1")
        assert await kept.open("slack", "T1") is None

    asyncio.run(story())


def test_a_secret_can_be_replaced_while_the_old_one_still_opens(db: Database) -> None:
    async def story() -> None:
        await vault(db, FIRST).keep("slack", "T1", "token")
        both = vault(db, SECOND, FIRST)
        assert await both.open("slack", "T1") == "token"
        await both.keep("slack", "T1", "token")
        assert await vault(db, SECOND).open("slack", "T1") == "token"
        with pytest.raises(Sealed):
            await vault(db, FIRST).open("slack", "T1")

    asyncio.run(story())


def test_all_is_sealed_anew_so_that_the_old_secret_can_go(db: Database) -> None:
    async def story() -> None:
        old = vault(db, FIRST)
        for workspace in ("T1", "T2"):
            await old.keep("slack", workspace, f"token of {workspace}")
        assert await vault(db, SECOND, FIRST).reseal() == 2
        for workspace in ("T1", "T2"):
            assert await vault(db, SECOND).open("slack", workspace) == f"token of {workspace}"
            with pytest.raises(Sealed):
                await old.open("slack", workspace)

    asyncio.run(story())


def test_what_cannot_be_opened_is_left_as_it_is_with_all_the_rest(db: Database) -> None:
    async def story() -> None:
        await vault(db, FIRST).keep("slack", "T1", "token")
        await vault(db, SECOND).keep("slack", "T2", "token")
        with pytest.raises(Sealed):
            await vault(db, "third secret of sixteen", FIRST).reseal()
        assert await vault(db, FIRST).open("slack", "T1") == "token"

    asyncio.run(story())


@pytest.mark.parametrize("secrets", [(), ("short",), (FIRST, "short")])
def test_a_secret_that_can_be_guessed_is_refused(db: Database, secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="openssl rand"):
        vault(db, *secrets)
