"""Where the lines of `muster chat` come from: a file, a pipe, or whoever types."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator

_CHUNK = 65536
#: A program that never stops writing is not read ahead of for ever.
_FARTHEST = 1_000_000


class Lines:
    """The lines of a file descriptor, as they come. What is no UTF-8 becomes U+FFFD."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._buffer = bytearray()
        self._has_ended = False

    def ahead(self) -> list[str]:
        """The lines that can be had without waiting: of a file, all."""
        while len(self._buffer) < _FARTHEST and not self._has_ended and self._is_there_more():
            self._read()
        return self._buffer.decode("utf-8", "replace").split("\n")

    def _is_there_more(self) -> bool:
        if stat.S_ISREG(os.fstat(self._source).st_mode):
            return True
        try:
            return bool(select.select([self._source], [], [], 0)[0])
        except OSError:  # Windows, where only sockets can be asked
            return False

    def _read(self) -> None:
        found = os.read(self._source, _CHUNK)
        self._has_ended = not found
        self._buffer += found

    def __iter__(self) -> Iterator[str]:
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched)
            if end >= 0:
                yield self._take(end + 1)
                searched = 0
            elif self._has_ended:
                break
            else:
                searched = len(self._buffer)
                self._read()
        if self._buffer:
            yield self._take(len(self._buffer))

    def _take(self, count: int) -> str:
        line = self._buffer[:count].decode("utf-8", "replace")
        del self._buffer[:count]
        return line
