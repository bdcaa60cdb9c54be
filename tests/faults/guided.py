"""Fuzz of what parses bytes, guided by the lines that it reaches: atheris, where it can be had.

    ./scripts/uv run --with atheris python -m tests.faults.guided decryption -runs=1000000

It is in nobody's lock file: it has wheels for some systems only, and `line_fuzz` draws from the
same parsers without it. What it finds it prints, and leaves in a file `crash-…`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

_Parse = Callable[[bytes], object]


def _decryption() -> _Parse:
    from adapters.feishu.client import decrypt

    return lambda raw: decrypt("a key of some length", raw.decode("latin-1"))


def _frames() -> _Parse:
    from adapters.feishu import frames

    return frames.decode


TARGETS: dict[str, Callable[[], _Parse]] = {
    "decryption": _decryption,
    "frames": _frames,
}


def main(arguments: list[str]) -> None:
    """Run libFuzzer, with its own options behind the name of a target."""
    atheris: Any = import_module("atheris")
    if len(arguments) < 2 or arguments[1] not in TARGETS:
        sys.exit(f"which of {', '.join(TARGETS)}?")
    with atheris.instrument_imports(include=["adapters", "bot"]):
        parse = TARGETS[arguments[1]]()

    def once(raw: bytes) -> None:
        with contextlib.suppress(ValueError, RecursionError):
            parse(raw)

    atheris.Setup([arguments[0], *arguments[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
