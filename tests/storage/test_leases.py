"""Leases: one replica holds, the others wait, and nobody's clock matters but PostgreSQL's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot.core.errors import Unavailable
from storage.leases import Leases

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def replica(postgres_url: str) -> AsyncIterator[Callable[[str], Leases]]:
    made: list[Leases] = []

    def make(name: str) -> Leases:
        made.append(Leases(make_url(postgres_url), name))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def test_one_holds_until_its_time_is_over(
    replica: Callable[[str], Leases], postgres_url: str
) -> None:
    one, other = replica("one"), replica("other")
    assert await one.take("slack", 60)
    assert not await other.take("slack", 60)
    assert await other.take("feishu a", 60), "another connection"
    assert await one.take("slack", 60), "it goes on"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("UPDATE lease SET until = clock_timestamp() WHERE name = 'slack'")
    assert await other.take("slack", 60)
    assert not await one.take("slack", 60), "it was too slow"


async def test_who_leaves_tells_the_others_and_leaves_nothing_of_somebody_elses(
    replica: Callable[[str], Leases], postgres_url: str
) -> None:
    one, other = replica("one"), replica("other")
    await one.take("slack", 60)
    with psycopg.connect(postgres_url, autocommit=True) as ear:
        ear.execute("LISTEN muster")
        await other.leave("slack")
        assert not await other.take("slack", 60)
        await one.leave("slack")
        assert [each.payload for each in ear.notifies(timeout=5, stop_after=1)] == ["seat one"]
    assert await other.take("slack", 60)


async def test_of_many_that_ask_at_once_one_holds(replica: Callable[[str], Leases]) -> None:
    them = [replica(f"replica {number}") for number in range(6)]
    assert sum(await asyncio.gather(*(each.take("slack", 60) for each in them))) == 1


async def test_a_lost_connection_is_made_again(
    replica: Callable[[str], Leases], postgres_url: str
) -> None:
    one = replica("one")
    await one.take("slack", 60)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%lease%'"
            " AND pid <> pg_backend_pid() AND datname = current_database()"
        )
    with pytest.raises(Unavailable):
        await one.take("slack", 60)
    assert await one.take("slack", 60)
