"""Export, import, export again: the same file, whatever people wrote."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.core.words import clean, fold
from bot.features.decisions import chain, finding, verifying
from bot.features.decisions.tables import TEXTS, Decision, Part, Role, State
from storage.tables import Person
from storage.tx import Tx
from tests.features.decisions.shelf import NOW, exported, imported, shelf, workspace

FORMS = ("jsonl", "csv", "adr")
#: What means something in Markdown, in YAML, in CSV, to a spreadsheet, to a reader of lines.
_NASTY = st.sampled_from(
    [
        *"#*_`\\<>[]()!&;:'\"=+-@|~$%{},\t\n \u3000",
        *("\n\n", "\n# ", "\n---\n", "\n```\n", "* ", "1. ", "- ", "&amp;", "&#10;", "<!--", "-->"),
        *("支付", "超时", "é", "\u2028", "\x85", "\ufeff", "\U0001f600", "because", "**Evidence**"),
        *('Chosen option: "', '", because ', "D-1", "\\\n", "'=", "Good, because", "null"),
    ]
)
_text = st.lists(_NASTY | st.text(max_size=5), max_size=8).map("".join).map(clean)
_title = _text.filter(lambda text: bool(text.strip()))
_name = _title.map(lambda text: " ".join(text.split())).filter(bool)
_tag = _name.map(lambda text: fold(text.replace(",", "")).lstrip("#").strip()).filter(
    lambda tag: bool(tag) and " ".join(fold(tag).lstrip("#").split()) == tag
)
_at = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  the zone is given beside them


@st.composite
def _decision(draw: st.DrawFn, number: int) -> dict[str, Any]:
    texts = {name: draw(st.none() | _text) or None for name in TEXTS}
    tags = draw(st.lists(_tag, max_size=2, unique=True))
    return {
        **texts,
        "title": draw(_title),
        "number": number,
        "state": draw(st.sampled_from(State)),
        "decided_at": draw(_at),
        "review_at": draw(st.none() | _at),
        "deadline_at": draw(st.none() | _at),
        "quorum": draw(st.sampled_from([None, "all", "any", "lead", "2"])),
        "tags": f",{','.join(tags)}," if tags else None,
        "uid": f"{number:032x}",
        "people": draw(st.lists(st.tuples(st.sampled_from(Role), _name), max_size=3)),
        "after": draw(st.none() | st.integers(1, 4)),
    }


_decisions = st.sets(st.integers(1, 9), min_size=1, max_size=4).flatmap(
    lambda numbers: st.tuples(*(_decision(number) for number in sorted(numbers)))
)


def keep(tx: Tx, decisions: tuple[dict[str, Any], ...], name: str) -> None:
    """Have some decisions in a workspace, all of them decided by one person."""
    person = tx.add(
        Person(
            workspace_id=tx.workspace_id,
            user="u1",
            name=name,
            native_lang="en",
            native_zone="UTC",
            created_at=NOW,
        )
    )
    numbers = [each["number"] for each in decisions]
    for each in decisions:
        people, after = each.pop("people"), each.pop("after")
        later = [number for number in numbers if number > each["number"]]
        decision = tx.add(
            Decision(
                **each,
                workspace_id=tx.workspace_id,
                decided_by=person.id,
                superseded_by=later[after % len(later)] if after and later else None,
                supersedes=f"D-{numbers[0]}" if each["number"] != numbers[0] else None,
            )
        )
        for role, said in people:
            tx.add(Part(decision_id=decision.id, role=role, name=said))
        finding.index(tx, decision)


@pytest.fixture(scope="module")
def conn() -> Any:
    with shelf() as opened:
        yield opened


@given(decisions=_decisions, name=_name)
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("form", FORMS)
def test_what_was_exported_comes_back(
    conn: Connection, form: str, decisions: tuple[dict[str, Any], ...], name: str
) -> None:
    decisions = tuple(dict(each) for each in decisions)
    undone = conn.begin_nested()
    try:
        with tempfile.TemporaryDirectory() as folder:
            here, there = workspace(conn, 1), workspace(conn, 2)
            keep(here, decisions, name)
            first = exported(here, form, Path(folder))
            count = len(decisions)
            assert imported(there, first) == (count, 0)
            second = exported(there, form, Path(folder))
            assert second.read_bytes() == first.read_bytes()
            assert imported(there, first) == (0, count), "once more, and nothing is there twice"
            assert verifying.verify(conn, 2).broken is None
            found = chain.head(there, 2)
            assert found is not None
            assert found.seq == count
    finally:
        undone.rollback()
