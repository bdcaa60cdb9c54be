"""The whole suite, as `make test` and CI run it: python scripts/test.py [arguments for pytest].

Around pytest this

- finds the browser that some tests need, and hands it to them as MUSTER_TEST_BROWSER; without one
  they skip, or, where MUSTER_REQUIRE_BROWSER is set, nothing runs and the exit status is 2;
- gives the tests a temporary folder of their own, and ends what they started and left running;
- names each reason for skipping once, however many tests it skipped;
- holds bot/ and storage/, each, to the branch coverage that pyproject.toml asks for;
- where MUSTER_TEST_AGAIN is a number, as in CI, runs so many tests that failed once more, alone:
  one that holds then is named at the end, but does not fail the run. Kills, storms and processes
  share a busy machine here; what they show only beside each other is to be seen and mended, but not
  to keep everything else waiting.

With arguments only the tests that they choose run, and coverage is not measured.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
HELD_TO_COVERAGE = ("bot", "storage")
REPORTED_ONLY = ("adapters",)
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)


def find_browser() -> str | None:
    """A browser that answers when asked for its version: some are only a stub that says get me."""
    named = os.environ.get("MUSTER_TEST_BROWSER")
    for name in (named,) if named else BROWSERS:
        if path := shutil.which(name):
            try:
                subprocess.run([path, "--version"], check=True, capture_output=True, timeout=30)
            except (OSError, subprocess.SubprocessError):
                continue
            return path
    return None


@contextmanager
def own_temporary_folder() -> Iterator[Path]:
    """A folder that is TMPDIR for all that the tests start, so that none of it can outlive them.

    Its path is short, for a socket's path may not be long; and it keeps PostgreSQL's lock out of
    the shared temporary folder, where it would be in the way of other users.
    """
    home = "/tmp" if os.name == "posix" else None  # noqa: S108 (macOS's own is too long for sockets)
    folder = Path(tempfile.mkdtemp(prefix="muster-", dir=home))
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        yield folder
    finally:
        end_what_is_left(folder)
        shutil.rmtree(folder, ignore_errors=True)


def end_what_is_left(folder: Path) -> None:
    """End every process that still works in `folder`: a test that kills leaves orphans behind."""
    left = [process for process in psutil.process_iter() if belongs_to(process, folder)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            print(f"left running by the tests, ended now: {process.pid} {process.name()}")
            # PostgreSQL's SIGTERM waits for its clients to go; SIGINT does not.
            process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
    for process in psutil.wait_procs(left, timeout=10)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def belongs_to(process: psutil.Process, folder: Path) -> bool:
    """Whether the tests of the run that works in `folder` started this process."""
    if process.pid == os.getpid():
        return False
    try:
        started_here = process.environ().get("TMPDIR") == str(folder)
        return started_here or any(str(folder) in word for word in process.cmdline())
    except psutil.Error:
        return False


@contextmanager
def open_folders_closed_again() -> Iterator[None]:
    """Keep the modes of the folders above the environment.

    For root, the PostgreSQL that the tests bring runs as another user, and opens every folder above
    its programs for everybody: with a checkout in root's home, that home.
    """
    modes = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in Path(sys.prefix).parents}
    try:
        yield
    finally:
        for folder, mode in modes.items():
            if stat.S_IMODE(folder.stat().st_mode) != mode:
                folder.chmod(mode)


class Skips:
    """Names each reason for skipping once, at the end."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Count the skipped tests by their reason."""
        reasons = Counter(reason(report) for report in terminalreporter.getreports("skipped"))
        for text, count in sorted(reasons.items()):
            terminalreporter.write_line(f"skipped {count}: {text}", yellow=True)


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason that was given for skipping, in one line."""
    text = report.longrepr[2] if isinstance(report.longrepr, (tuple, list)) else report.longrepr
    return " ".join(str(text).removeprefix("Skipped: ").split())


class Failures:
    """Remembers which tests failed."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the name of a test of which any phase failed."""
        if report.failed and report.nodeid not in self.tests:
            self.tests.append(report.nodeid)


def hold_alone(tests: Sequence[str]) -> bool:
    """Run tests once more, one after the other with nothing beside them; whether all hold now."""
    print(f"\n== once more, alone: {len(tests)} that failed", flush=True)
    again = subprocess.run([sys.executable, "-m", "pytest", *tests], check=False)
    if again.returncode:
        return False
    print("HELD ALONE, and failed beside others (each is a race that is to be mended):")
    for test in tests:
        print(f"  {test}")
    return True


def covered_enough() -> bool:
    """Print what was covered; where too little was, line by line."""
    measured = coverage.Coverage()
    measured.load()
    floor = float(str(measured.get_option("report:fail_under")))
    enough = True
    for part in (*HELD_TO_COVERAGE, *REPORTED_ONLY):
        table = io.StringIO()
        percent = measured.report(include=[f"{part}/*"], file=table)
        held = part in HELD_TO_COVERAGE
        print(f"coverage of {part}/: {percent:.1f} %" + (f" (at least {floor:g})" if held else ""))
        if held and percent < floor:
            print(table.getvalue())
            enough = False
    return enough


def main(arguments: Sequence[str]) -> int:
    """Run the tests; the exit status says how it went."""
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up then, too
    browser = find_browser()
    if browser:
        os.environ["MUSTER_TEST_BROWSER"] = browser
        print(f"browser: {browser}", flush=True)
    else:
        os.environ.pop("MUSTER_TEST_BROWSER", None)
        print("browser: none found (install Chromium or Chrome, or set MUSTER_TEST_BROWSER)")
        if os.environ.get("MUSTER_REQUIRE_BROWSER"):
            return 2
    # They wait a lot, for other processes and for fsync: one more than there are cores.
    workers = min((os.cpu_count() or 2) + 1, 8)
    options = [f"--numprocesses={workers}", "--dist=loadgroup"]
    if not arguments:
        options += ["--cov", "--cov-report=", "--cov-fail-under=0"]  # covered_enough judges
    failures = Failures()
    most_again = int(os.environ.get("MUSTER_TEST_AGAIN") or 0)
    with open_folders_closed_again(), own_temporary_folder():
        status = pytest.main([*options, *arguments], plugins=[Skips(), failures])
        is_few = 0 < len(failures.tests) <= most_again
        if status == pytest.ExitCode.TESTS_FAILED and is_few and hold_alone(failures.tests):
            status = pytest.ExitCode.OK
    if status == pytest.ExitCode.OK and not arguments and not covered_enough():
        return 1
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
