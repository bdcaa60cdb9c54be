"""Waiting for other processes: for a condition, never for a length of time."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], *, timeout: float = 30.0) -> None:
    """Return as soon as `condition` holds; AssertionError if it does not by then."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"not within {timeout} s: {condition}"
        time.sleep(0.01)
