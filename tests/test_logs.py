"""What is written to a log that cannot be written, and what is said of it afterwards."""

from __future__ import annotations

import errno
import io
import json

from bot.logs import Steadfast


class Disk(io.StringIO):
    """Takes what is written while there is room."""

    has_room = True

    def write(self, text: str) -> int:
        if not self.has_room:
            raise OSError(errno.ENOSPC, "no space left on device")
        return super().write(text)


def test_a_log_that_cannot_be_written_fails_nobody_and_says_so_afterwards() -> None:
    disk = Disk()
    log = Steadfast(disk)
    log.write("first\n")
    disk.has_room = False
    for _ in range(3):
        print("lost", file=log, flush=True)
    disk.has_room = True
    log.write("second\n")
    log.write("third\n")
    first, told, *others = disk.getvalue().splitlines()
    assert (first, others) == ("first", ["second", "third"])
    assert json.loads(told) == {"event": "log.lost", "lines": 3, "level": "error"}
