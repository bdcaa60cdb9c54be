"""Policies and people in files: YAML and CSV, read with the line of every mistake. Pure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from bot.core.errors import MusterError
from bot.core.text import Code, Msg, Strong, t
from bot.core.words import shortened
from bot.features.escalation.policy import BadPolicy, Policy, from_data

#: More than anybody writes: what is longer is no file of policies.
_MOST_NODES = 5000
_DEEPEST = 20
_MOST_POLICIES = 50
_TAGS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:bool": lambda text: text.lower() in {"yes", "true", "on"},
    "tag:yaml.org,2002:null": lambda _: None,
}
_Path = tuple[str | int, ...]
_TOP: _Path = ()


class BadFile(MusterError):  # noqa: N818  as the errors of the core
    """A file cannot be used: `message` says why, beginning with the line at fault."""

    def __init__(self, line: int, why: Msg) -> None:
        super().__init__(why.id)
        self.line = line
        self.message = t("line {n}: {why}", n=line, why=why)


def read_policies(text: str) -> tuple[Policy, ...]:
    """The policies of a YAML file: a list of them, alone or under `policies`. Raises BadFile."""
    found = _Document(text)
    data, path = found.data, _TOP
    if isinstance(data, dict) and set(data) == {"policies"}:
        data, path = data["policies"], ("policies",)
    if not isinstance(data, list) or not data:
        raise BadFile(found.line(path), t("A file of policies is a list of policies"))
    if len(data) > _MOST_POLICIES:
        raise BadFile(found.line(path), t("There are at most {n} policies", n=_MOST_POLICIES))
    policies: list[Policy] = []
    for number, each in enumerate(data):
        try:
            policy = from_data(each, (*path, number))
        except BadPolicy as bad:
            raise BadFile(found.line(bad.path), bad.message) from bad
        if policy.name in {known.name for known in policies}:
            name = Strong(policy.name)
            why = t("There are two policies called {name}", name=name)
            raise BadFile(found.line((*path, number, "name")), why)
        policies.append(policy)
    return tuple(policies)


class _Document:
    """A YAML document as plain values, with the line of each."""

    def __init__(self, text: str) -> None:
        self._lines: dict[_Path, int] = {(): 1}
        self._count = 0
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark is not None else 1
            raise BadFile(line, t("This is no YAML: {why}", why=error.problem or "")) from error
        except (yaml.YAMLError, RecursionError) as error:
            raise BadFile(1, t("This is no YAML: {why}", why=_first_line(error))) from error
        self.data: Any = self._value(node, ()) if node is not None else None

    def line(self, path: _Path) -> int:
        """The line of what is at a path; of what holds it, where it is not there."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _value(self, node: yaml.Node, path: _Path) -> Any:
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        self._count += 1
        if self._count > _MOST_NODES or len(path) > _DEEPEST:
            raise BadFile(line, t("The file is too long, or refers to itself"))
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self._value(each, (*path, n)) for n, each in enumerate(node.value)]
            case _:
                convert = _TAGS.get(node.tag, str)
                try:
                    return convert(node.value)
                except ValueError:
                    return node.value

    def _mapping(self, node: yaml.MappingNode, path: _Path) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise BadFile(line, t("A name is a word"))
            name = key.value
            if name in made:
                raise BadFile(line, t("{name} is said twice", name=Code(shortened(name))))
            self._lines[(*path, name)] = line
            made[name] = self._value(value, (*path, name))
        return made


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


# People.


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file of people: whom it is about, whom they report to, who stands in for them."""

    line: int
    person: str
    manager: str
    backup: str


_HEADER = {"person", "人员", "姓名", "user"}


def read_people(text: str) -> tuple[Row, ...]:
    """The rows of a CSV file: person,manager,backup; the last may be left out. Raises BadFile."""
    lines = csv.reader(text.splitlines(), strict=True)
    found: list[Row] = []
    try:
        for cells in lines:
            words = [each.strip() for each in cells]
            is_header = not found and words[:1] and words[0].lower() in _HEADER
            if not any(words) or is_header or words[0].startswith("#"):
                continue
            if not words[0] or not 2 <= len(words) <= 3:  # noqa: PLR2004  as the docstring says
                example = Code("bob,dora,chen")
                raise BadFile(lines.line_num, t("A line is for example {example}", example=example))
            found.append(Row(lines.line_num, words[0], words[1], (*words, "")[2]))
    except csv.Error as error:
        raise BadFile(lines.line_num, t("{why}", why=str(error))) from error
    return tuple(found)


def check_cycles(
    rows: Sequence[Row],
    manager_of: Mapping[int, int | None],
    ids: Mapping[str, int],
    name_of: Mapping[int, str],
) -> None:
    """BadFile if by these rows somebody reports, in the end, to themselves."""
    for row in rows:
        seen = [ids[row.person]]
        above = manager_of.get(seen[0])
        while above is not None:
            if above in seen:
                names = " → ".join(name_of[each] for each in [*seen, above])
                raise BadFile(
                    row.line, t("They report to each other in a circle: {names}", names=names)
                )
            seen.append(above)
            above = manager_of.get(above)
