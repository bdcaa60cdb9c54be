"""What the commands of one commit share: a row that was found is not looked for again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest
from sqlalchemy import Connection, bindparam, func, select, update

from bot.core.errors import Refused
from bot.core.platform import Sender
from bot.core.text import t
from storage import identity
from storage.db import Database
from storage.rows import KEPT, Rows, table_of
from storage.tables import Meta, Person, Workspace
from tests.storage.jobs import together

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_meta = table_of(Meta)
BY_NAME = select(_meta).where(_meta.c.name == bindparam("name"))
_people = table_of(Person)
PEOPLE = select(_people).where(_people.c.workspace_id == bindparam("workspace"))


@pytest.fixture
def rows(sqlite_conn: Connection) -> Rows:
    """A transaction that several commands share."""
    sqlite_conn.info[KEPT] = {}
    return Rows(sqlite_conn)


@pytest.fixture
def home(rows: Rows) -> Workspace:
    return rows.add(Workspace(platform="p", native="w", settings="{}", created_at=NOW))


def person(home: Workspace, user: str) -> Person:
    return Person(workspace_id=home.id, user=user, name=user, created_at=NOW)


def users(rows: Rows, home: Workspace) -> list[str]:
    found = Rows(rows.conn).all(Person, PEOPLE, {"workspace": home.id}, keep=True)
    return [each.user for each in found]


def behind_its_back(rows: Rows, statement: str) -> None:
    """Something that no command can do: what is found afterwards was kept."""
    rows.conn.exec_driver_sql(statement)


def test_what_was_found_is_kept_for_the_next(rows: Rows, home: Workspace) -> None:
    rows.add(person(home, "alice"))
    assert users(rows, home) == ["alice"]
    behind_its_back(rows, "UPDATE person SET user = 'changed'")

    assert users(rows, home) == ["alice"]
    assert rows.all(Person, PEOPLE, {"workspace": home.id})[0].user == "changed"


def test_that_there_was_nothing_is_kept_as_well(rows: Rows) -> None:
    assert rows.first(Meta, BY_NAME, {"name": "a"}, keep=True) is None
    behind_its_back(rows, "INSERT INTO meta VALUES ('a', '')")

    assert rows.first(Meta, BY_NAME, {"name": "a"}, keep=True) is None
    assert rows.first(Meta, BY_NAME, {"name": "a"}) is not None


def test_each_query_and_each_value_is_kept_for_itself(rows: Rows) -> None:
    rows.add(Meta(name="a", value="1"))
    rows.add(Meta(name="b", value="2"))

    for name, value in (("a", "1"), ("b", "2"), ("a", "1")):
        found = rows.first(Meta, BY_NAME, {"name": name}, keep=True)
        assert found is not None
        assert found.value == value


def test_what_is_done_to_the_answer_does_not_change_what_is_kept(
    rows: Rows, home: Workspace
) -> None:
    rows.add(person(home, "alice"))
    rows.all(Person, PEOPLE, {"workspace": home.id}, keep=True).clear()

    assert users(rows, home) == ["alice"]


WRITES: dict[str, Callable[[Rows, Workspace], Any]] = {
    "add": lambda rows, home: rows.add(person(home, "bob")),
    "add all": lambda rows, home: rows.add_all(
        Person, [{**person(home, "bob").model_dump(exclude={"id"}), "created_at": NOW}]
    ),
    "add missing": lambda rows, home: rows.add_missing(person(home, "bob")),
    "change": lambda rows, home: rows.change(
        rows.all(Person, PEOPLE, {"workspace": home.id})[0], user="bob"
    ),
    "execute": lambda rows, _: rows.execute(update(_people).values(user="bob")),
}


@pytest.mark.parametrize("write", WRITES)
def test_whatever_is_written_is_seen(rows: Rows, home: Workspace, write: str) -> None:
    rows.add(person(home, "alice"))
    assert users(rows, home) == ["alice"]
    WRITES[write](Rows(rows.conn), home)

    assert users(rows, home)[-1] == "bob"


def test_what_is_written_to_another_table_changes_nothing(rows: Rows, home: Workspace) -> None:
    rows.add(person(home, "alice"))
    assert users(rows, home) == ["alice"]
    behind_its_back(rows, "UPDATE person SET user = 'changed'")
    rows.add(Meta(name="a", value=""))

    assert users(rows, home) == ["alice"]


def test_a_transaction_that_nobody_shares_keeps_nothing(conn: Connection) -> None:
    rows = Rows(conn)
    assert rows.first(Meta, BY_NAME, {"name": "a"}, keep=True) is None
    behind_its_back(rows, "INSERT INTO meta VALUES ('a', '')")

    assert rows.first(Meta, BY_NAME, {"name": "a"}, keep=True) is not None


# ── in a commit ──────────────────────────────────────────────────────────────────────────────────


def meet(conn: Connection) -> int:
    rows = Rows(conn)
    home = identity.workspace_of(rows, "p", "w", NOW)
    return identity.person_of(rows, home, Sender("U1", "Alice"), NOW).id


def meet_and_be_refused(conn: Connection) -> NoReturn:
    meet(conn)
    meet(conn)  # found now, and kept
    raise Refused(t("No."))


@pytest.mark.anyio
async def test_what_a_refused_command_found_is_forgotten_with_it(db: Database) -> None:
    """Its rows were never there: whoever comes next must not take them for granted."""
    found = await together(db, meet_and_be_refused, meet, meet_and_be_refused, meet)

    assert isinstance(found[0], Refused)
    assert found[1] == found[3]
    people = select(_people.c.id)
    assert await db.read(lambda conn: list(conn.execute(people).scalars())) == [found[1]]


@pytest.mark.anyio
async def test_a_commit_keeps_nothing_for_the_next(sqlite: Database) -> None:
    await together(sqlite, meet, meet)
    await sqlite.write(lambda conn: behind_its_back(Rows(conn), "UPDATE person SET name = 'x'"))

    def name(conn: Connection) -> str:
        rows = Rows(conn)
        home = identity.workspace_of(rows, "p", "w", NOW)
        found = identity.find_person(rows, home, "U1")
        assert found is not None
        return found.name

    assert await sqlite.write(name) == "x"
    assert await sqlite.read(lambda conn: conn.info.get(KEPT)) is None
    counted = select(func.count()).select_from(_people)
    assert await sqlite.read(lambda conn: conn.execute(counted).scalar_one()) == 1
