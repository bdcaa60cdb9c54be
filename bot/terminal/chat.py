"""`muster chat`, all of it together."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url

from adapters.playground.town import IN_MEMORY, Town
from bot.bootstrap import Muster, build, registry
from bot.core.clock import Clock, MovableClock, SystemClock
from bot.core.i18n import plain
from bot.core.text import Code, Either, Reader, When, t
from bot.problems import Problem, settings_at_fault
from bot.settings import Settings
from bot.terminal.lines import Lines
from bot.terminal.printer import JsonPrinter, Printer, TextPrinter, complain
from bot.terminal.prompt import Prompt
from bot.terminal.script import (
    GoesTo,
    NotUnderstoodError,
    Statement,
    instant,
    read,
    statements,
)
from bot.terminal.session import Session
from bot.terminal.show import Teller
from bot.terminal.stage import Deed, Stage

_GREETING = (
    t("Be anybody: a name, a colon, and what they say. Where: {at}.", at=Code("alice@WR-1: …")),
    t(
        "Try {open}, then {press}.",
        open=Either(Code("alice: /warroom open Slow checkout"), Code("alice: /攻关 开 结账变慢")),
        press=Code("bob: [Join]"),
    ),
    t(
        "{advance} lets time pass, {quit} ends this.",
        advance=Code("!advance 26h"),
        quit=Code("!quit"),
    ),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    #: The URL of the database in which everything is kept; None keeps nothing.
    database: str | None = None
    #: When it begins, as in `!at`; None is now.
    at: str | None = None
    as_json: bool = False
    #: Where exported files go.
    files: Path | None = None


def run(file: Path | None, options: Options, settings: Settings) -> bool:
    """Do what the lines of a file say, or of standard input; whether all were understood."""
    out = sys.stdout
    try:
        if file is not None:
            with file.open("rb") as opened:
                return chat(Lines(opened.fileno()), options, settings, out)
        if sys.stdin.isatty() and not options.as_json:
            return chat(_greeted(settings), options, settings, out)
        return chat(Lines(sys.stdin.fileno()), options, settings, out)
    except BrokenPipeError:
        # Whoever read the output has had enough. Python would complain once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return True


def _greeted(settings: Settings) -> Prompt:
    """A prompt, for somebody who has been told how it works."""
    reader = Reader(settings.language)
    for each in _GREETING:
        sys.stdout.write(f"{plain(each, reader)}\n")
    known = registry().commands.values()
    names = [name for cls in known if cls.spec.public for name in (cls.spec.path, *cls.spec.also)]
    return Prompt([f"/{name}" for name in names])


def chat(source: Lines | Prompt, options: Options, settings: Settings, out: TextIO) -> bool:
    """Do what the lines say, and show on `out` what Muster does.

    What is wrong with a line is said on standard error. Returns whether every line was understood.
    """
    return _Chat(options, settings, out).run(source)


class _Chat:
    """One run."""

    def __init__(self, options: Options, settings: Settings, out: TextIO) -> None:
        self._options = options
        self._settings = settings
        self._out = out
        self._zone = ZoneInfo(settings.timezone)
        self._reader = Reader(settings.language, settings.timezone)
        self._runner = asyncio.Runner()
        self._deeds: list[Deed] = []
        self._understood = True

    def run(self, source: Lines | Prompt) -> bool:
        ahead = source.ahead()
        lines = statements(source)
        with self._runner:
            begin, first = self._beginning(lines)
            with self._town(begin) as (session, printer):
                session.meet(_meant(ahead))
                for number, text in first:
                    self._do(session, printer, number, text)
                for number, text in lines:
                    self._do(session, printer, number, text)
        return self._understood

    def _beginning(
        self, lines: Iterable[tuple[int, str]]
    ) -> tuple[datetime | None, list[tuple[int, str]]]:
        """When it is to begin: a clock does not go back, so a first `!at` sets where it starts.

        And the first line that is something else.
        """
        begin = instant(self._options.at) if self._options.at else None
        for number, text in lines:
            try:
                statement = read(text)
            except NotUnderstoodError:
                return begin, [(number, text)]
            if isinstance(statement, GoesTo) and begin is None:
                begin = statement.at
            elif statement is not None:
                return begin, [(number, text)]
        return begin, []

    @contextmanager
    def _town(self, begin: datetime | None) -> Iterator[tuple[Session, Printer]]:
        """A town and a Muster in it, at that time."""
        with tempfile.TemporaryDirectory(prefix="muster-chat-") as folder:
            url, path = _places(self._options.database, self._settings.home)
            town = Town(path, registry().commands)
            clock = MovableClock(self._start(begin, town), frozen=True)
            stages: list[Stage] = []

            def stage(town: Town, clock: Clock) -> Stage:
                stages.append(Stage(town, clock, self._deeds.append))
                return stages[-1]

            settings = self._settings.model_copy(
                update={
                    "home": Path(folder),
                    "database_url": url,
                    "host": "127.0.0.1",
                    "playground": "on",
                }
            )
            with settings_at_fault():
                muster = build(settings, clock=clock, town=town, playground=stage)
            try:
                yield self._begun(muster, stages[0], town)
            finally:
                self._runner.run(muster.stop())

    def _begun(self, muster: Muster, stage: Stage, town: Town) -> tuple[Session, Printer]:
        teller = Teller(town, self._reader)
        printer: Printer
        if self._options.as_json:
            printer = JsonPrinter(self._out, teller, self._options.files)
        else:
            printer = TextPrinter(self._out, teller, self._reader, self._options.files)
        self._runner.run(muster.start(working=False))
        self._runner.run(muster.worker.drain())  # what an earlier run has left
        self._show(printer, None)
        return Session(muster, stage, printer), printer

    def _start(self, begin: datetime | None, town: Town) -> datetime:
        """Not before what has been said already. Problem: it was to begin before that."""
        last = town.messages.last_at()
        if begin is None:
            now = SystemClock().now()
            return now if last is None else max(now, last)
        start = (begin if begin.tzinfo else begin.replace(tzinfo=self._zone)).astimezone(UTC)
        if last is not None and start < last:
            raise Problem(t("The clock does not go back. It is {now}.", now=When(last)))
        return start

    def _do(self, session: Session, printer: Printer, number: int, text: str) -> None:
        try:
            statement = read(text)
            if statement is not None:
                self._runner.run(session.do(statement))
        except NotUnderstoodError as error:
            self._show(printer, number)
            self._understood = False
            complain(number, plain(error.message, self._reader))
        else:
            self._show(printer, number)

    def _show(self, printer: Printer, number: int | None) -> None:
        deeds, self._deeds[:] = self._deeds[:], []
        for deed in deeds:
            printer.deed(deed, number)


def _meant(lines: Iterable[str]) -> Iterator[Statement]:
    """The statements among the lines."""
    for _, text in statements(lines):
        try:
            statement = read(text)
        except NotUnderstoodError:
            continue  # said when it is its turn
        if statement is not None:
            yield statement


def _places(database: str | None, home: Path) -> tuple[str, Path | str]:
    """The URL of Muster's database, and the file of the town beside it.

    Of an SQLite file `chat.db` that is `chat.db.town`; of another database, a file in `home` that
    is called as the database is.
    """
    if database is None:
        return "sqlite://", IN_MEMORY
    url = database if "://" in database else f"sqlite:///{database}"
    parsed = make_url(url)
    name = parsed.database or ""
    if parsed.get_backend_name() == "sqlite":
        return (url, Path(f"{name}.town")) if name not in {"", IN_MEMORY} else (url, IN_MEMORY)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return url, home / f"{Path(name).name}.town"
