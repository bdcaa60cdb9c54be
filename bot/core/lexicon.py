"""Which words name which command, in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.commands import Command
from bot.core.nearest import nearest
from bot.core.words import fold, without_slash

#: Names that are offered for a mistyped one.
_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Request:
    """A text whose first words named the command `cls`; `rest` is what follows them."""

    cls: type[Command]
    rest: str


class Lexicon:
    """The names of commands. ValueError if two of them claim the same."""

    def __init__(self, commands: Mapping[str, type[Command]]) -> None:
        self.commands = dict(commands)
        self._names: dict[tuple[str, ...], type[Command]] = {}
        #: Names of which one half is in another language: where slash commands have Latin names
        #: only, people go on in their own, 「/warroom 列表」.
        self._mixed: dict[tuple[str, ...], type[Command]] = {}
        #: What a slash command means when nothing follows it.
        self._bare: dict[str, type[Command]] = {}
        for cls in commands.values():
            if cls.spec.public:
                self._learn(cls)
        self._mix()
        self._roots = list(dict.fromkeys(words[0] for words in self._names))
        self._longest = max((len(words) for words in self._names), default=0)

    def _learn(self, cls: type[Command]) -> None:
        for name in (cls.spec.path, *cls.spec.also):
            words = tuple(fold(name).split())
            if words in self._names:
                message = f"{name!r} names two commands"
                raise ValueError(message)
            self._names[words] = cls
            if cls.spec.bare:
                self._bare[words[0]] = cls

    def _mix(self) -> None:
        """Let every name of a capability go with the rest of every name of its commands."""
        roots: dict[str, set[str]] = {}
        for words, cls in self._names.items():
            if len(words) > 1:
                roots.setdefault(cls.spec.root, set()).add(words[0])
        for words, cls in self._names.items():
            for root in roots.get(cls.spec.root, ()) if len(words) > 1 else ():
                mixed = (root, *words[1:])
                if mixed not in self._names:
                    self._mixed.setdefault(mixed, cls)

    def names(self) -> list[str]:
        """Every name of every command, for suggestions."""
        return [" ".join(words) for words in self._names]

    def find(self, text: str) -> Request | None:
        """The command that `text` begins with, the longest name first, with a slash or not."""
        body = without_slash(text)
        found = self._named(body)
        if found is not None:
            return found[0]
        bare = self._bare.get(fold(body))
        return Request(bare, "") if bare is not None else None

    def _named(self, body: str) -> tuple[Request, int] | None:
        """The command that `body` names, and by how many words."""
        words = []
        for word in re.finditer(r"\S+", body):
            words.append(word)
            if len(words) == self._longest:
                break
        folded = tuple(fold(word[0]) for word in words)
        for count in range(len(words), 0, -1):
            cls = self._names.get(folded[:count]) or self._mixed.get(folded[:count])
            if cls is not None:
                return Request(cls, body[words[count - 1].end() :].strip()), count
        return None

    def find_loosely(self, text: str) -> Request | None:
        """As `find`, for words without a slash, the capability left out: 「@集结 开 支付超时」.

        None also when they could be said of several capabilities: `offers` names them.
        """
        found = self._loosely(text)
        return next(iter(found.values())) if len(found) == 1 else None

    def _loosely(self, text: str) -> dict[str, Request]:
        """What a text without a slash may ask for, by a name for each command."""
        found: dict[str, Request] = {}
        body = text.strip()
        if body.startswith(("/", "\uff0f")):
            return found
        known: set[type[Command]] = set()
        first = fold(body).split()[:1]
        # A name that is whole in one language goes before a mixed one.
        for root in sorted(self._roots, key=lambda root: (root, *first) not in self._names):
            match self._named(f"{root} {body}"):
                # The name of the slash command alone says nothing: the text itself must say some.
                case (request, count) if count > 1 and request.cls not in known:
                    known.add(request.cls)
                    found[f"{root} {fold(body.split()[0])}"] = request
        return found

    def root_of(self, text: str) -> str | None:
        """The slash command (its English name) that `text` begins with, in any language."""
        first = fold(text).split()[:1]
        for words, cls in self._names.items():
            if list(words[:1]) == first:
                return cls.spec.root
        return None

    def under(self, root: str) -> list[type[Command]]:
        """The commands of one slash command, by its English name."""
        return [cls for cls in self.commands.values() if cls.spec.root == root]

    def offers(self, text: str) -> list[str]:
        """The commands, by their paths, that a text may have meant which names none.

        The likeliest come first.
        """
        found = {request.cls.spec.path: None for request in self._loosely(text).values()}
        words = fold(without_slash(text)).split(maxsplit=self._longest)[: self._longest]
        for count in range(len(words), 0, -1):
            close = nearest(" ".join(words[:count]), self.names())
            found.update({self._names[tuple(each.split())].spec.path: None for each in close})
        return list(found)[:_OFFERED]
