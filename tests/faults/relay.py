"""A stretch of network between Muster and PostgreSQL that can be cut: a TCP port before a socket.

Run as a program it says on which port it listens, and takes a word a line: `stall` (bytes stay
where they are, both ways, and new connections get no answer), `cut` (every connection is reset, new
ones too), `go`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

#: Close with a reset, not with a goodbye.
_RESET = struct.pack("ii", 1, 0)


class Relay:
    """The program's own side."""

    def __init__(self, to: Path) -> None:
        self._to = to
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._is_cut = False
        self._ends: set[asyncio.StreamWriter] = set()

    def hear(self, word: str) -> None:
        """Do what a line says."""
        if word == "stall":
            self._flowing.clear()
        elif word == "cut":
            self._is_cut = True
            for end in list(self._ends):
                _reset(end)
        elif word == "go":
            self._is_cut = False
            self._flowing.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        if self._is_cut:
            _reset(writer)
            return
        self._ends.add(writer)
        try:
            await self._flowing.wait()
            there, back = await asyncio.open_unix_connection(str(self._to))
            self._ends.add(back)
            try:
                ways = [self._pump(reader, back), self._pump(there, writer)]
                tasks = [asyncio.create_task(each) for each in ways]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            finally:
                self._ends.discard(back)
                back.transport.abort()
        except OSError:
            pass  # nobody listens behind it: the connection is closed, as it would be there
        finally:
            self._ends.discard(writer)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()


def _reset(end: asyncio.StreamWriter) -> None:
    made: socket.socket = end.get_extra_info("socket")
    if made.family != socket.AF_UNIX:
        with contextlib.suppress(OSError):  # it has ended by itself
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    end.transport.abort()


async def main(host: str, to: str) -> None:
    """Serve until standard input ends."""
    relay = Relay(Path(to))
    server = await asyncio.start_server(relay.carry, host, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    words = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    while line := await words.readline():
        relay.hear(line.decode().strip())
        print("done", flush=True)


class Line:
    """A relay that runs, as a test speaks to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self.port = port

    def says(self, word: str) -> None:
        """`stall`, `cut` or `go`; returns when it is so."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"


@contextlib.contextmanager
def relay(to: Path, *, host: str = "127.0.0.1", inside: tuple[str, ...] = ()) -> Iterator[Line]:
    """A relay before the Unix socket `to`; `inside` is what its command begins with."""
    process = subprocess.Popen(
        [*inside, sys.executable, "-m", "tests.faults.relay", host, str(to)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Line(process, int(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()


class Cable:
    """A pair of virtual network cards, the other end of which is in a namespace of its own."""

    def __init__(self, name: str, net: str) -> None:
        self.name = name
        self.near, self.far = f"{net}.1", f"{net}.2"
        self._ends = f"{name}a", f"{name}b"

    @property
    def inside(self) -> tuple[str, ...]:
        """What a command begins with that is to run at the far end."""
        return ("ip", "netns", "exec", self.name)

    def lay(self) -> None:
        """OSError or CalledProcessError: this machine does not allow it."""
        near, far = self._ends
        _ip("netns", "add", self.name)
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", self.name)
        _ip("addr", "add", f"{self.near}/30", "dev", near)
        _ip("link", "set", near, "up")
        _ip("-n", self.name, "addr", "add", f"{self.far}/30", "dev", far)
        _ip("-n", self.name, "link", "set", far, "up")

    def pull(self) -> None:
        """Nothing arrives any more, and nobody is told."""
        _ip("-n", self.name, "link", "set", self._ends[1], "down")

    def plug(self, port: int) -> None:
        """Let bytes arrive again; returns when a new connection to `port` of the far end does.

        The kernel itself takes up to a second to notice that the link is up.
        """
        _ip("-n", self.name, "link", "set", self._ends[1], "up")
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection((self.far, port), 0.1).close()
                return

    def remove(self) -> None:
        """What there is of it; harmless if there is nothing."""
        for words in (("link", "del", self._ends[0]), ("netns", "del", self.name)):
            subprocess.run(["ip", *words], check=False, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
