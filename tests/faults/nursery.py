"""Starts many processes of Muster quickly: one that has imported everything forks each of them.

A fork is a process of its own, with its own files, threads and sockets, and dies by SIGKILL like
any other; only the second of importing is saved, which for a hundred kills is a hundred seconds.

Run as a program it reads a JSON object a line, {"env": {…}, "args": […], "log": path}, forks, runs
`muster` with those arguments in the child, and answers with {"pid": …}; when a child ends it says
{"pid": …, "status": …} (negative: the signal).

Besides Muster's settings, `env` may have MUSTER_KILL_AT (bot/core/points.py), and what
tests/faults/child.py knows: AHEAD and LEASE.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_IMPORTED = (
    "adapters.feishu.adapter",
    "adapters.playground.web",
    "adapters.slack.adapter",
    "bot.cli",
    "bot.serve",
    "psycopg",
    "tests.faults.child",
)


class Nursery:
    """A program of this kind, and the processes that it started."""

    def __init__(self) -> None:
        shell = {name: value for name, value in os.environ.items() if not _is_trap(name)}
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            env=shell,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._ended: dict[int, int] = {}
        #: When each process was seen to have ended, by time.monotonic().
        self.ended_at: dict[int, float] = {}
        self._end = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.killpg(self._parent.pid, signal.SIGKILL)
        self._parent.communicate()
        self._listener.join()

    def start(self, *args: str, env: dict[str, str], log: Path) -> int:
        """Start `muster` with these arguments; its process id."""
        assert self._parent.stdin is not None
        env = {"MUSTER_PERSON_LIMIT": "0", "MUSTER_WORKSPACE_LIMIT": "0", **env}
        order = {"env": env, "args": args, "log": str(log)}
        self._parent.stdin.write(json.dumps(order) + "\n")
        self._parent.stdin.flush()
        return self._started.get(timeout=30)

    def wait(self, pid: int, timeout: float) -> int | None:
        """The exit status of a process, as subprocess has it; None if it still runs by then."""
        with self._end:
            self._end.wait_for(lambda: pid in self._ended, timeout)
            return self._ended.get(pid)

    def _listen(self) -> None:
        assert self._parent.stdout is not None
        for line in self._parent.stdout:
            said: dict[str, Any] = json.loads(line)
            if "status" in said:
                with self._end:
                    self._ended[said["pid"]] = said["status"]
                    self.ended_at[said["pid"]] = time.monotonic()
                    self._end.notify_all()
            else:
                self._started.put(said["pid"])


def _is_trap(name: str) -> bool:
    """Whether the shell would tell Muster, or an SDK, something that the line did not."""
    return name.upper().startswith(
        ("MUSTER_", "SLACK_", "FEISHU_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    )


def main() -> None:
    """Fork a Muster for every line of standard input, until that ends."""
    for module in _IMPORTED:
        importlib.import_module(module)  # before the forks, for all of them
    # One thread alone: a fork would copy the locks that another one holds.
    waiting = b""
    while True:
        ready, _, _ = select.select([0], [], [], 0.01)
        _reap()
        if not ready:
            continue
        read = os.read(0, 65536)
        if not read:
            os.killpg(0, signal.SIGKILL)  # whoever wanted them is gone
        *lines, waiting = (waiting + read).split(b"\n")
        for line in lines:
            _fork(json.loads(line))


def _fork(order: dict[str, Any]) -> None:
    pid = os.fork()
    if pid == 0:
        _be_muster(order)
    _say(pid=pid)


def _be_muster(order: dict[str, Any]) -> None:
    import bot.cli
    from tests.faults import child

    out = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(order["env"])
    child.prepare(order["env"])
    sys.argv = ["muster", *order["args"]]
    try:
        bot.cli.main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))
    except BaseException:  # noqa: BLE001  a child never returns into its parent's loop
        traceback.print_exc()
        os._exit(70)
    os._exit(0)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _say(pid=ended[0], status=os.waitstatus_to_exitcode(ended[1]))


def _say(**what: int) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
