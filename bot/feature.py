"""A feature: one capability of Muster, as the kernel sees it; and the registry of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from bot.core.chat import Card
from bot.core.commands import Command, Needs
from bot.core.effects import Address, Effect, Quoted
from bot.core.events import Event, KnownCommands, Question
from bot.core.lexicon import Lexicon
from bot.core.platform import Reply
from storage.rows import Rows
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody asked for by a sign: the command called `command`, made of a message.

    The door carries it out in the same transaction, as `person` in `place`, who is told there, and
    alone, what came of it. If it is refused they are told why, and `refused` is carried out.
    """

    command: str
    quoted: Quoted
    person: int
    place: Address
    refused: Command | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command: an answer at once, effects for the outbox, facts for others."""

    reply: Reply | None = None
    effects: tuple[Effect, ...] = ()
    events: tuple[Event, ...] = ()
    errands: tuple[Errand, ...] = ()


UseCase = Callable[[Any, Tx, datetime], Outcome]
Answerer = Callable[[Any, Tx], Any]
#: Draws a live card from the id after the colon in its name; None when there is nothing to show.
Drawer = Callable[[Tx, int], Card | None]
#: Called with how many rows have been written.
Report = Callable[[int], None]
#: Writes a file for a query, row by row, calling the report as it goes; how many rows it wrote.
Exporter = Callable[[Rows, Mapping[str, Any], Path, Report], int]


@dataclass(frozen=True, slots=True)
class Feature:
    """A capability: what it can be asked, what it reacts to, what it shows, what it keeps."""

    name: str
    commands: Mapping[type[Command], UseCase] = field(default_factory=dict)
    reactions: Mapping[type[Event], UseCase] = field(default_factory=dict)
    answers: Mapping[type[Question[Any]], Answerer] = field(default_factory=dict)
    live: Mapping[str, Drawer] = field(default_factory=dict)
    exports: Mapping[str, Exporter] = field(default_factory=dict)
    tables: tuple[type[SQLModel], ...] = ()


class Registry:
    """All features together. ValueError if two of them claim the same name."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.features = tuple(features)
        self._use_cases: dict[type[Command], UseCase] = {}
        self.commands: dict[str, type[Command]] = {}
        self.live: dict[str, Drawer] = {}
        self.exports: dict[str, Exporter] = {}
        for feature in self.features:
            for cls, use_case in feature.commands.items():
                _claim(self.commands, cls.spec.path, cls)
                self._use_cases[cls] = use_case
            for name, drawer in feature.live.items():
                _claim(self.live, name, drawer)
            for name, exporter in feature.exports.items():
                _claim(self.exports, name, exporter)
        self.lexicon = Lexicon(self.commands)

    def use_case(self, cls: type[Command]) -> UseCase:
        """What carries a command out."""
        return self._use_cases[cls]

    def reactions(self, event: Event) -> Iterator[UseCase]:
        """What every feature does about a fact."""
        for feature in self.features:
            if type(event) in feature.reactions:
                yield feature.reactions[type(event)]

    def ask(self, tx: Tx, question: Question[Any]) -> Iterator[Any]:
        """What every feature has to say to a question."""
        if isinstance(question, KnownCommands):
            yield tuple(
                cls
                for cls in self.commands.values()
                if cls.spec.public and not (tx.is_outsider and cls.spec.needs is not Needs.ANYONE)
            )
        for feature in self.features:
            if type(question) in feature.answers:
                yield feature.answers[type(question)](question, tx)

    def draw(self, tx: Tx, live: str) -> Card | None:
        """A live card as it looks now; None when what it showed is gone."""
        name, _, row = live.partition(":")
        return self.live[name](tx, int(row))


def _claim(names: dict[str, Any], name: str, value: Any) -> None:
    if name in names:
        message = f"{name!r} is claimed twice"
        raise ValueError(message)
    names[name] = value
