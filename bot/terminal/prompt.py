"""The lines of `muster chat` as somebody types them at a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from bot.terminal.script import speaker

Ask = Callable[[str], str]
_NOBODY = "muster> "


class Prompt:
    """Asks for lines until the input ends. Whoever spoke last need not say again who they are.

    `alice@WR-1:` alone lets alice speak from there on. `!quit` ends it.
    """

    def __init__(self, words: Sequence[str] = (), ask: Ask = input) -> None:
        self._ask = ask
        self._speaker = ""
        self._words = sorted(words)
        _complete(self._completion)

    def ahead(self) -> list[str]:
        """Nothing: it has not been typed yet."""
        return []

    def __iter__(self) -> Iterator[str]:
        with contextlib.suppress(EOFError, KeyboardInterrupt):
            while (line := self._ask(self._prompt())).strip() not in {"!quit", "!exit"}:
                if text := self._whole(line):
                    yield text

    def _prompt(self) -> str:
        return f"{self._speaker}> " if self._speaker else _NOBODY

    def _whole(self, line: str) -> str:
        """The line with who speaks; empty if it only says that."""
        text = line.strip()
        if speaker(text) is not None:
            who, _, said = text.replace("：", ":", 1).partition(":")
            self._speaker = who.strip()
            return text if said.strip() else ""
        if self._speaker and text and not text.startswith(("!", "！", "#")):
            return f"{self._speaker}: {text}"
        return text

    def _completion(self, text: str, state: int) -> str | None:
        """As readline wants it: the possible words, one at a time."""
        found = [word for word in self._words if word.startswith(text)]
        return found[state] if state < len(found) else None


def _complete(completion: Callable[[str, int], str | None]) -> None:
    """Complete words on Tab, and remember lines, where this Python can."""
    try:
        import readline  # noqa: PLC0415  not everywhere
    except ImportError:
        return
    readline.set_completer(completion)
    readline.set_completer_delims(" \t\n")
    readline.parse_and_bind("tab: complete")
