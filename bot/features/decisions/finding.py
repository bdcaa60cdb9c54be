"""Finding decisions: by their words, in either language, and by what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from sqlalchemy import bindparam, column, delete, func, insert, literal, or_, select, table, text
from sqlalchemy.sql import Select

from bot.features.decisions import queries, words
from bot.features.decisions.queries import decisions, parts
from bot.features.decisions.tables import TEXTS, Decision, Role, Words
from storage.rows import Rows, table_of
from storage.tx import Tx

_words = table_of(Words)
#: SQLite's full-text index of `decision_words`, kept by triggers.
_fts = table("decision_fts", column("rowid"))
#: Candidates that are read at once; few fall away, for only pairs that stand apart do.
_BATCH = 50
_BEFORE: Any = bindparam("before")
#: From this likeness on a title is shown to who proposes something.
_LIKE = 0.5
#: Tokens of a title by which its like are looked for, and how many are looked at.
_TELLING = 4
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Filter:
    """Which decisions. Everything that is given must be true of them."""

    workspace: int
    text: str = ""
    tags: tuple[str, ...] = ()
    #: The id of a room's row.
    room: int | None = None
    #: Whose eyes it is for; nobody's in particular sees all.
    viewer: int | None = None
    #: Who made or proposed it, or is named as a decision-maker.
    by: int | None = None
    since: datetime | None = None
    state: str | None = None
    #: The number of a decision: only those before it.
    before: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Filter:
        """As an export's query names it, in JSON values."""
        since = query.get("since")
        return cls(
            query["workspace"],
            query.get("text") or "",
            tuple(query.get("tags") or ()),
            query.get("room"),
            query.get("person"),
            query.get("by"),
            datetime.fromisoformat(since) if since else None,
            query.get("state"),
        )


def index(rows: Rows, decision: Decision) -> None:
    """Have a decision found by what it says now."""
    rows.execute(delete(_words).where(_words.c.id == decision.id))
    rows.execute(insert(_words).values(id=decision.id, words=tokens_of(decision)))


def tokens_of(decision: Decision) -> str:
    """By what a decision is found."""
    return words.indexed((getattr(decision, name) for name in TEXTS), decision.tag_list)


def narrowed(query: Select[Any], wanted: Filter, dialect: str) -> Select[Any]:
    """`query`, which reads decisions, with all conditions of a filter on it."""
    c = decisions.c
    query = query.where(c.workspace_id == wanted.workspace, c.withdrawn_at.is_(None))
    tokens = words.wanted(wanted.text, wanted.tags)
    if _is_by_words(wanted, dialect):
        query = query.join(_fts, text("decision_fts.rowid = decision.id")).where(
            text("decision_fts MATCH :tokens").bindparams(tokens=words.as_fts5(tokens))
        )
    elif tokens and dialect == "sqlite":
        # The few of a room are sooner read than sought among all that have the words.
        spaced = literal(" ") + _words.c.words + " "
        query = query.join(_words, _words.c.id == c.id).where(
            *(
                func.instr(spaced, f" {token}" if longer else f" {token} ") > 0
                for token, longer in tokens
            )
        )
    elif tokens:
        query = query.join(_words, _words.c.id == c.id).where(
            text(
                "array_to_tsvector(string_to_array(decision_words.words, ' '))"
                " @@ CAST(:tokens AS tsquery)"
            ).bindparams(tokens=words.as_tsquery(tokens))
        )
    if wanted.room is not None:
        query = query.where(c.room_id == wanted.room)
    if wanted.viewer is not None:
        query = query.where(queries.visible(wanted.viewer))
    if wanted.by is not None:
        makers = select(parts.c.decision_id).where(
            parts.c.person_id == wanted.by, parts.c.role == Role.MAKER
        )
        query = query.where(or_(c.decided_by == wanted.by, c.id.in_(makers)))
    if wanted.since is not None:
        query = query.where(c.decided_at >= wanted.since)
    if wanted.state is not None:
        query = query.where(c.state == wanted.state)
    return query


def _is_by_words(wanted: Filter, dialect: str) -> bool:
    """Whether SQLite's index of words leads to the decisions, and not that of a room."""
    has_words = bool(words.wanted(wanted.text, wanted.tags))
    return dialect == "sqlite" and has_words and wanted.room is None


def is_found(decision: Any, wanted: Filter) -> bool:
    """Whether what the tokens found is really there: a row, or anything with its attributes."""
    if wanted.tags and not set(wanted.tags) <= set((decision.tags or "").split(",")):
        return False
    if not wanted.text:
        return True
    return words.has_all("\n".join(getattr(decision, name) or "" for name in TEXTS), wanted.text)


def find(rows: Rows, wanted: Filter, *, count: int) -> list[Decision]:
    """The newest decisions that match, at most `count`."""
    found: list[Decision] = []
    if wanted.text.strip() and not words.wanted(wanted.text):
        return found  # nothing but punctuation is in no decision
    for decision in _candidates(rows, wanted, max(count, _BATCH)):
        if is_found(decision, wanted):
            found.append(decision)
            if len(found) == count:
                break
    return found


def _candidates(rows: Rows, wanted: Filter, batch: int) -> Iterator[Decision]:
    """What the index of words gives, if words are looked for; the newest first.

    The engines walk an index from its end and stop after a page: SQLite that of words, whose rows
    have ids only, and else the one of numbers, which come in the same order.
    """
    dialect = rows.conn.dialect.name
    c = decisions.c
    is_by_words = _is_by_words(wanted, dialect)
    older: Any = text("decision_fts.rowid < :before") if is_by_words else c.number < _BEFORE
    newest = text("decision_fts.rowid DESC") if is_by_words else c.number.desc()
    query = narrowed(select(decisions), wanted, dialect).order_by(newest).limit(batch)
    before = wanted.before
    if is_by_words and before is not None:
        at = select(func.min(c.id)).where(c.workspace_id == wanted.workspace, c.number >= before)
        before = rows.value(at)
    while True:
        paged = query if before is None else query.where(older).params(before=before)
        page = rows.all(Decision, paged)
        yield from page
        if len(page) < batch:
            return
        before = page[-1].id if is_by_words else page[-1].number


def alike(tx: Tx, title: str, wanted: Filter, *, count: int) -> Sequence[Decision]:
    """Earlier decisions whose titles resemble `title`, the most alike first.

    They are looked for by pairs of its longest tokens, for an index answers that at any size.
    """
    tokens = sorted(words.wanted(title), key=lambda token: (-len(token[0]), token[0]))[:_TELLING]
    pairs: list[tuple[tuple[str, bool], ...]] = list(combinations(tokens, 2))
    pairs = pairs or [(token,) for token in tokens]
    seen: dict[int, Decision] = {}
    for pair in pairs:
        looked_for = " ".join(token for token, _ in pair)
        narrower = Filter(wanted.workspace, looked_for, viewer=wanted.viewer, before=wanted.before)
        for decision in find(tx, narrower, count=_LOOKED_AT):
            seen[decision.id] = decision
    scored = [(words.likeness(title, each.title), each) for each in seen.values()]
    close = [each for each in scored if each[0] >= _LIKE]
    return [each for _, each in sorted(close, key=lambda each: (-each[0], -each[1].id))[:count]]
