"""Rows in and out of a transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Select, func, select
from sqlalchemy.exc import CompileError, IntegrityError

from storage.rows import Rows, table_of
from storage.tables import Entry, Inbox, Meta, Person, Workspace

if TYPE_CHECKING:
    from tests.storage.conftest import Begin, Meanwhile

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVERYBODY = select(table_of(Person)).order_by(table_of(Person).c.id)


@pytest.fixture
def rows(conn: Connection) -> Rows:
    return Rows(conn)


@pytest.fixture
def home(rows: Rows) -> Workspace:
    return rows.add(Workspace(platform="playground", native="w", settings="{}", created_at=NOW))


def person(home: Workspace, user: str) -> Person:
    return Person(workspace_id=home.id, user=user, name=user.title(), created_at=NOW)


def count(cls: type[Person | Meta | Inbox]) -> Select[int]:
    return select(func.count()).select_from(table_of(cls))


def test_a_row_that_is_added_gets_its_id_and_can_be_read(rows: Rows, home: Workspace) -> None:
    added = rows.add(person(home, "alice"))

    found = rows.get(Person, added.id)

    assert found is not None
    assert found.model_dump() == added.model_dump()
    assert found.created_at == NOW
    assert found.is_active is True


def test_a_row_that_was_read_is_a_whole_value(rows: Rows, home: Workspace) -> None:
    added = rows.add(person(home, "alice"))
    found, again = rows.get(Person, added.id), rows.get(Person, added.id)

    assert found == again
    assert found != rows.add(person(home, "bob"))
    assert "alice" in repr(found)


def test_an_id_can_be_given(rows: Rows) -> None:
    rows.add(Workspace(id=70, platform="playground", native="w", created_at=NOW))

    assert rows.get(Workspace, 70) is not None


def test_a_table_without_ids(rows: Rows) -> None:
    added = rows.add(Meta(name="colour", value="red"))

    assert "id" not in added.__dict__
    assert rows.value(select(table_of(Meta).c.value)) == "red"


def test_what_is_not_there_is_none(rows: Rows) -> None:
    assert rows.get(Person, 7) is None
    assert rows.first(Person, EVERYBODY) is None
    assert rows.all(Person, EVERYBODY) == []
    assert rows.value(select(table_of(Person).c.name)) is None


def test_statements_take_values(rows: Rows, home: Workspace) -> None:
    rows.add_all(
        Person,
        [
            {**person(home, user).model_dump(exclude={"id"}), "created_at": NOW}
            for user in ("alice", "bob", "carol")
        ],
    )

    assert [found.user for found in rows.all(Person, EVERYBODY)] == ["alice", "bob", "carol"]
    first = rows.first(Person, EVERYBODY.where(table_of(Person).c.user > "alice"))
    assert first is not None
    assert first.user == "bob"
    assert rows.execute(EVERYBODY).mappings().all()[2]["user"] == "carol"


def test_nothing_to_add_is_no_statement(rows: Rows) -> None:
    rows.add_all(Person, [])

    assert rows.value(count(Person)) == 0


def test_a_change_is_made_in_the_database_and_in_hand(rows: Rows, home: Workspace) -> None:
    alice = rows.add(person(home, "alice"))
    bob = rows.add(person(home, "bob"))

    rows.change(alice, name="Alice L.", is_admin=True)

    assert (alice.name, alice.is_admin) == ("Alice L.", True)
    found = rows.get(Person, alice.id)
    assert found is not None
    assert (found.name, found.is_admin) == ("Alice L.", True)
    assert rows.get(Person, bob.id) == rows.first(Person, EVERYBODY.offset(1))
    assert bob.is_admin is False


def test_no_change_is_no_statement(rows: Rows, home: Workspace) -> None:
    rows.change(home)

    assert home.settings == "{}"


def test_a_column_that_is_not_there_cannot_be_changed(rows: Rows, home: Workspace) -> None:
    with pytest.raises(CompileError, match="colour"):
        rows.change(home, colour="red")


def test_a_duplicate_is_refused(rows: Rows, home: Workspace) -> None:
    rows.add(person(home, "alice"))

    with pytest.raises(IntegrityError):
        rows.add(person(home, "alice"))


def test_a_reference_to_nothing_is_refused(rows: Rows) -> None:
    with pytest.raises(IntegrityError):
        rows.add(Person(workspace_id=99, user="alice", name="", created_at=NOW))


def test_what_is_there_already_is_left_as_it_is(rows: Rows) -> None:
    rows.add_missing(Meta(name="colour", value="red"))
    rows.add_missing(Meta(name="colour", value="blue"))

    assert rows.value(select(table_of(Meta).c.value)) == "red"


def test_the_id_of_a_deleted_row_is_never_given_again(rows: Rows) -> None:
    """The keys of effects are made of ids: one that came again would stop a delivery or a timer."""

    def add(delivery: str) -> int:
        return rows.add(Inbox(platform="p", workspace="w", delivery=delivery, at=NOW)).id

    ids = [add("first"), add("second")]
    rows.execute(table_of(Inbox).delete())

    assert add("third") > max(ids)


# ── side by side, as replicas ────────────────────────────────────────────────────────────────────


@pytest.fixture
def shared(begin: Begin) -> int:
    """A workspace that every transaction sees; its id."""
    conn = begin()
    home = Rows(conn).add(Workspace(platform="p", native="w", settings="{}", created_at=NOW))
    conn.commit()
    return home.id


def test_a_locked_row_waits_for_the_other_to_commit(
    begin: Begin, meanwhile: Meanwhile, shared: int
) -> None:
    mine, other = Rows(begin()), Rows(begin())
    seen: list[str] = []

    def read() -> None:
        found = other.get(Workspace, shared, lock=True)
        assert found is not None
        seen.append(found.settings)

    held = mine.get(Workspace, shared, lock=True)
    assert held is not None
    with meanwhile(read):
        mine.change(held, settings='{"a": 1}')
        mine.conn.commit()

    assert seen == ['{"a": 1}']


def test_a_locked_row_can_still_be_referred_to(begin: Begin, shared: int) -> None:
    """Otherwise two transactions that both refer to it, and then both lock it, would deadlock."""
    mine, other = Rows(begin()), Rows(begin())
    mine.get(Workspace, shared, lock=True)

    other.add(Entry(workspace_id=shared, at=NOW, kind="x", text="[]"))
    other.conn.commit()


def test_two_that_refer_and_then_lock_do_not_deadlock(
    begin: Begin, meanwhile: Meanwhile, shared: int
) -> None:
    """Each would wait for the other's reference to go, if a reference were in a lock's way."""
    mine, other = Rows(begin()), Rows(begin())
    for rows in (mine, other):
        rows.add(Entry(workspace_id=shared, at=NOW, kind="x", text="[]"))

    mine.get(Workspace, shared, lock=True)
    with meanwhile(lambda: other.get(Workspace, shared, lock=True)):
        mine.conn.commit()


def test_of_two_that_add_what_is_missing_one_does(begin: Begin, meanwhile: Meanwhile) -> None:
    mine, other = Rows(begin()), Rows(begin())
    mine.add_missing(Meta(name="colour", value="red"))
    with meanwhile(lambda: other.add_missing(Meta(name="colour", value="blue"))):
        mine.conn.commit()

    assert other.value(select(table_of(Meta).c.value)) == "red"
