"""`muster …` as a process of its own, in a home of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a process whose home is `home`; `port="1"` becomes MUSTER_PORT=1."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    # Tests ask more at once than people do.
    settings = {"person_limit": "0", "workspace_limit": "0", **settings}
    own = {f"MUSTER_{name.upper()}": value for name, value in settings.items()}
    return {**kept, "PYTHONPATH": str(ROOT), "MUSTER_HOME": str(home), **own}


def muster(
    *args: str | Path, home: Path, given: str | bytes = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `muster` to its end, with `given` on standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *map(str, args)],
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        cwd=home,
        env=environment(home, **settings),
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


class Running:
    """`muster run`, or another command that serves, until it is stopped."""

    def __init__(self, home: Path, *args: str, **settings: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", *(args or ("run",))],
            cwd=home,
            env=environment(home, **{"port": "0", "log_format": "json", **settings}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.said: list[str] = []
        self.logs: list[dict[str, Any]] = []
        self._ready = threading.Event()
        self._readers = [
            threading.Thread(target=self._read_logs, daemon=True),
            threading.Thread(target=self._read_output, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_logs(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                self.logs.append(json.loads(line))
            except ValueError:
                self.logs.append({"event": line.decode().rstrip("\n"), "level": "unknown"})
            if self.logs[-1]["event"] == "ready":
                self._ready.set()
        self._ready.set()

    def _read_output(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(line.decode().rstrip("\n") for line in self.process.stdout)

    @property
    def address(self) -> str:
        """Where it can be reached, once it says that it is ready."""
        assert self._ready.wait(30), "never ready"
        found = [log["address"] for log in self.logs if log["event"] == "ready"]
        assert found, self.logs[-5:]
        return str(found[0])

    @property
    def troubles(self) -> list[dict[str, Any]]:
        """What it logged as worse than informative."""
        return [log for log in self.logs if log["level"] not in {"info", "debug"}]

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of an answer."""
        connection = self.connection()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def api(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the playground's API answers."""
        connection = self.connection()
        try:
            data = None if body is None else json.dumps(body)
            headers = {"content-type": "application/json"}
            method = "GET" if body is None else "POST"
            connection.request(method, f"/playground/api/{path}", data, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, text
            return json.loads(text)
        finally:
            connection.close()

    def stop(self, how: signal.Signals = signal.SIGTERM, timeout: float = 20) -> int:
        """Tell it to stop; its exit status."""
        self.process.send_signal(how)
        return self.wait(timeout)

    def wait(self, timeout: float = 20) -> int:
        """The exit status, once it has ended."""
        status = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()
        return status


@contextmanager
def running(home: Path, *args: str, **settings: str) -> Iterator[Running]:
    """A process that serves, ended for certain."""
    started = Running(home, *args, **settings)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.wait()
