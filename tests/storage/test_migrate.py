"""The versions of the schema: from any to the newest, by one process at a time, entirely or not."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, MetaData, Table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import SQLModel

from storage import migrate
from storage.db import open_database
from storage.migrate import HEAD, REVISIONS, SchemaError
from storage.rows import Rows, table_of
from storage.tables import Meta, Workspace
from tests.storage.opened import engine_of, transaction

if TYPE_CHECKING:
    from tests.storage.conftest import Begin, Meanwhile

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
#: What SQLite makes for its full-text index of words.
OF_SQLITE = "decision_fts"


def version(engine: Engine) -> str | None:
    with engine.connect() as conn:
        return migrate.current(conn)


def tables(engine: Engine) -> set[str]:
    found = set(sa.inspect(engine).get_table_names())
    return {name for name in found if not name.startswith(OF_SQLITE)}


# ── the migrations make what the models say ──────────────────────────────────────────────────────


def test_every_model_is_in_the_schema_and_nothing_else(engine: Engine) -> None:
    assert migrate.check(engine) == []


def test_the_schema_is_to_the_letter_what_the_models_would_make(empty: Engine) -> None:
    SQLModel.metadata.create_all(empty)
    expected = described(empty)
    SQLModel.metadata.drop_all(empty)
    migrate.upgrade(empty)

    assert described(empty) == expected


def described(engine: Engine) -> list[str]:
    """All that an engine knows about its tables and indexes, in its own words."""
    with engine.connect() as conn:
        lines = [
            clauses("|".join(map(str, row)))
            for query in CATALOGUE[engine.dialect.name]
            for row in conn.exec_driver_sql(query)
        ]
    return sorted(line for line in lines if "alembic_version" not in line)


def clauses(said: str) -> str:
    """What was said, its constraints in any order."""
    words = re.sub(r"\s+", " ", said).removesuffix(")").strip()
    words = re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", words)  # SQLite, after renaming it
    first, *constraints = words.split(", CONSTRAINT ")
    return ", CONSTRAINT ".join([first, *sorted(constraints)])


CATALOGUE = {
    "sqlite": ["SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"],
    "postgresql": [
        """SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public'""",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    ],
}


def test_ids_of_deleted_rows_are_never_given_again(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        made = "".join(described(engine)).split("CREATE TABLE ")[1:]
        without = [table.split()[0] for table in made if "AUTOINCREMENT" not in table]
        own = ("sqlite_", OF_SQLITE, f"'{OF_SQLITE}")
        assert {name for name in without if not name.startswith(own)} == {"lease", "meta", "quota"}


def test_the_versions_follow_one_another_without_a_gap() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(ROOT / "storage/migrations"))
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)

    walked = [script.revision for script in scripts.walk_revisions()][::-1]
    assert tuple(walked) == REVISIONS == tuple(f"{n:04}" for n in range(1, len(walked) + 1))
    assert scripts.get_current_head() == HEAD


# ── upgrading ────────────────────────────────────────────────────────────────────────────────────


def test_a_new_database_gets_the_newest_schema(empty: Engine) -> None:
    assert version(empty) is None
    migrate.upgrade(empty)

    assert version(empty) == HEAD
    assert tables(empty) == {*SQLModel.metadata.tables, "alembic_version"}


def test_a_new_database_can_have_it_from_the_models_at_once(empty: Engine) -> None:
    migrate.upgrade(empty)
    expected = described(empty)
    SQLModel.metadata.drop_all(empty)
    with empty.begin() as conn:
        conn.exec_driver_sql("DROP TABLE alembic_version")

    migrate.upgrade(empty, models=SQLModel.metadata)
    assert described(empty) == expected
    assert migrate.check(empty) == []
    assert version(empty) == HEAD
    migrate.upgrade(empty, models=SQLModel.metadata)  # which is nothing to do


def test_what_fails_halfway_leaves_an_empty_database(empty: Engine) -> None:
    broken = MetaData()
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(broken)
    Table("alembic_version", broken, sa.Column("version_num", sa.Integer))

    with pytest.raises(DBAPIError):
        migrate.upgrade(empty, models=broken)
    assert tables(empty) == set()


@pytest.mark.parametrize("since", [None, *REVISIONS])
def test_data_of_every_earlier_version_is_still_there(empty: Engine, since: str | None) -> None:
    if since is not None:
        migrate.upgrade(empty, to=since)
    with transaction(empty) as conn:
        before = filled(conn)
    assert version(empty) == since

    migrate.upgrade(empty)

    assert version(empty) == HEAD
    assert migrate.check(empty) == []
    with empty.connect() as conn:
        schema = MetaData()
        schema.reflect(conn)
        for name, rows in before.items():
            if name in schema.tables:
                assert kept(conn, schema.tables[name], rows) == rows


def filled(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    """Two rows for every table that there is, put in; the second has nothing where it may."""
    schema = MetaData()
    schema.reflect(conn)
    made: dict[str, list[dict[str, Any]]] = {}
    for table in schema.sorted_tables:
        if table.name != "alembic_version" and not table.name.startswith(OF_SQLITE):
            made[table.name] = [
                {column.name: sample(column, number) for column in table.columns}
                for number in (1, 2)
            ]
            conn.execute(table.insert(), made[table.name])
            if conn.dialect.name == "postgresql" and "id" in table.columns:
                # The rows came with their ids; the next one must not be given one of these.
                sequence = sa.func.pg_get_serial_sequence(table.name, "id")
                conn.execute(sa.select(sa.func.setval(sequence, 2)))
    return made


def sample(column: sa.Column[Any], number: int) -> Any:
    """Something for a column; for one that refers to another table, its row of the same number."""
    if number == 2 and column.nullable:
        return None
    kind = column.type.python_type
    if kind is datetime:
        at = NOW.replace(day=number)
        return at if getattr(column.type, "timezone", False) else at.replace(tzinfo=None)
    if kind is date:
        return NOW.date().replace(day=number)
    return f"{column.name} {number}" if kind is str else kind(number)


def kept(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is left of rows, as far as their columns still exist; migrations may have added more."""
    in_order = table.select().order_by(*table.primary_key.columns).limit(len(rows))
    if table.name == "meta":  # upgrading writes there itself
        in_order = in_order.where(table.c.name.in_([row["name"] for row in rows]))
    found = conn.execute(in_order).mappings().all()
    return [
        {name: new.get(name, value) for name, value in old.items()}
        for old, new in zip(rows, found, strict=True)
    ]


def test_upgrading_again_does_nothing(engine: Engine) -> None:
    with transaction(engine) as conn:
        Rows(conn).add(Meta(name="a", value=""))
    migrate.upgrade(engine)

    with engine.connect() as conn:
        assert Rows(conn).value(sa.select(table_of(Meta).c.name)) == "a"


def test_a_database_in_use_is_upgraded_as_well(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    migrate.upgrade(database)

    assert asyncio.run(database.read(migrate.current)) == HEAD
    asyncio.run(database.close())


@pytest.mark.parametrize("round_", range(3))
def test_of_several_that_start_together_one_upgrades(empty_database_url: str, round_: int) -> None:
    together = threading.Barrier(4)
    failed: list[Exception] = []

    def start() -> None:
        with engine_of(empty_database_url) as engine:
            together.wait(30)
            try:
                migrate.upgrade(engine)
                assert version(engine) == HEAD
            except (SQLAlchemyError, AssertionError) as error:
                failed.append(error)

    starting = [threading.Thread(target=start) for _ in range(4)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join(60)

    assert failed == []


START = """
import sys
from storage import migrate
from storage.db import open_database
print("ready", flush=True)
sys.stdin.readline()
engine = open_database(sys.argv[1]).engine
migrate.upgrade(engine)
print(migrate.current(engine.connect()), flush=True)
"""


def test_two_processes_that_start_together_both_go_on(empty_database_url: str) -> None:
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", START, empty_database_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in starting:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in starting]

    assert [out for out, _ in said] == [f"{HEAD}\n"] * 2, said


def test_alembic_is_loaded_only_when_there_is_something_to_do(engine: Engine) -> None:
    program = (
        "import sys; from storage import migrate; from storage.db import open_database;"
        "migrate.upgrade(open_database(sys.argv[1]).engine); print('alembic' in sys.modules)"
    )
    url = engine.url.render_as_string(hide_password=False)
    said = subprocess.run(
        [sys.executable, "-c", program, url], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout == "False\n"


def test_an_upgrade_that_fails_leaves_nothing_behind(empty: Engine) -> None:
    with transaction(empty) as conn:
        conn.exec_driver_sql("CREATE TABLE workspace (id INTEGER)")
    with pytest.raises(DBAPIError):
        migrate.upgrade(empty)

    assert version(empty) is None
    assert tables(empty) == {"workspace"}


def moved_on(engine: Engine, *, contract: str) -> None:
    """A later Muster has upgraded the database, and says which code still works on it."""
    with transaction(engine) as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        conn.execute(sa.delete(table_of(Meta)).where(table_of(Meta).c.name == "contract"))
        if contract:
            conn.execute(sa.insert(table_of(Meta)).values(name="contract", value=contract))


@pytest.mark.parametrize("contract", ["9998", ""])
def test_a_database_that_has_moved_past_this_muster_is_refused(
    engine: Engine, contract: str
) -> None:
    moved_on(engine, contract=contract)
    with pytest.raises(SchemaError, match=rf"version 9999, and this Muster knows only {HEAD}"):
        migrate.upgrade(engine)

    with engine.connect() as conn:
        assert not migrate.fits(conn)
    assert migrate.check(engine) == [f"the schema is of version 9999, not {HEAD}"]


@pytest.mark.parametrize("contract", [REVISIONS[0], HEAD])
def test_one_that_has_only_more_than_this_muster_knows_stays_as_it_is(
    engine: Engine, contract: str
) -> None:
    moved_on(engine, contract=contract)
    migrate.upgrade(engine)

    with engine.connect() as conn:
        assert migrate.fits(conn)
    assert version(engine) == "9999"


def test_a_later_version_may_have_more_but_not_less(engine: Engine) -> None:
    moved_on(engine, contract=HEAD)
    with transaction(engine) as conn:
        conn.exec_driver_sql("CREATE TABLE novelty (id int)")
    assert migrate.check(engine) == []

    with transaction(engine) as conn:
        conn.exec_driver_sql("DROP TABLE live_card")
    assert migrate.check(engine)[0] == "table live_card is missing"


def test_whoever_upgrades_says_which_code_still_works(empty: Engine) -> None:
    migrate.upgrade(empty, to=REVISIONS[0])
    with empty.connect() as conn:
        assert not migrate.fits(conn)
    migrate.upgrade(empty)

    with empty.connect() as conn:
        meta = table_of(Meta)
        kept = Rows(conn).value(sa.select(meta.c.value).where(meta.c.name == "contract"))
        assert kept == migrate.CONTRACT in REVISIONS
        assert migrate.tables_noted(conn) == set(SQLModel.metadata.tables)
        assert migrate.fits(conn)


def test_an_upgrade_does_not_leave_rows_that_refer_to_nothing(empty_sqlite_url: str) -> None:
    with engine_of(empty_sqlite_url) as engine:
        with engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA foreign_keys=OFF")
            conn.exec_driver_sql("CREATE TABLE a (id INTEGER PRIMARY KEY)")
            conn.exec_driver_sql("CREATE TABLE b (a INTEGER REFERENCES a (id))")
            conn.exec_driver_sql("INSERT INTO b VALUES (7)")
        with pytest.raises(SchemaError, match="refer to nothing"):
            migrate.upgrade(engine)

        assert tables(engine) == {"a", "b"}


def test_connections_are_as_before_after_an_upgrade(empty_sqlite_url: str) -> None:
    with engine_of(empty_sqlite_url) as engine:
        migrate.upgrade(engine)
        with engine.connect() as conn:
            asked = ("foreign_keys", "busy_timeout")
            found = [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]

    assert found == [1, 5000]


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    folder = tmp_path / "100 % sure" / "storage"
    shutil.copytree(ROOT / "storage", folder, ignore=shutil.ignore_patterns("__pycache__"))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from storage import migrate;"
        "from storage.db import open_database; assert sys.argv[1] in migrate.__file__;"
        "migrate.upgrade(open_database(sys.argv[2]).engine); print(migrate.HEAD)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(folder.parent), f"sqlite:///{tmp_path}/muster.db"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout == f"{HEAD}\n", said.stderr


@pytest.mark.slow
def test_an_installed_wheel_can_upgrade(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    installed = tmp_path / "installed"
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(installed)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from storage import migrate;"
        "from storage.db import open_database; assert sys.argv[1] in migrate.__file__;"
        "engine = open_database(sys.argv[2]).engine;"
        "migrate.upgrade(engine); print(migrate.current(engine.connect()))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(installed), f"sqlite:///{tmp_path}/muster.db"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout == f"{HEAD}\n", said.stderr


# ── a process that has just started ──────────────────────────────────────────────────────────────


def test_a_database_has_an_id_of_its_own(conn: Connection) -> None:
    instance = migrate.instance_of(conn)

    assert re.fullmatch(r"[0-9a-f]{6}", instance)
    assert migrate.instance_of(conn) == instance


def test_two_processes_that_start_together_give_it_one_id(
    begin: Begin, meanwhile: Meanwhile
) -> None:
    first, second = begin(), begin()
    given = [migrate.instance_of(first)]
    with meanwhile(lambda: given.append(migrate.instance_of(second))):
        first.commit()

    assert given[0] == given[1]


def test_a_process_can_begin_by_reading(engine: Engine) -> None:
    """As every one does that finds its database filled."""
    with transaction(engine) as conn:
        Rows(conn).add(Workspace(platform="p", native="w", settings="{}", created_at=NOW))
    program = """
import sys
from datetime import UTC, datetime
from storage import identity
from storage.db import open_database
from storage.rows import Rows
with open_database(sys.argv[1]).engine.connect() as conn:
    found = identity.workspace_of(Rows(conn), "p", "w", datetime(2026, 3, 2, tzinfo=UTC))
    found.settings = "changed"
    print(found.native, found.created_at, found.settings)
"""
    url = engine.url.render_as_string(hide_password=False)
    said = subprocess.run(
        [sys.executable, "-c", program, url], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert said.stdout == f"w {NOW} changed\n", said.stderr
