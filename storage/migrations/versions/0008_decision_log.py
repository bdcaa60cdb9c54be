"""Decisions as records: their parts, votes, checkpoints, their chain of events, their words."""

from __future__ import annotations

import re
import unicodedata
import uuid
from contextlib import AbstractContextManager
from datetime import datetime

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0008"
down_revision = "0007"

_TEXTS = (
    "context",
    "drivers",
    "options",
    "consequences",
    "confirmation",
    "evidence",
    "tags",
    "items",
)


def upgrade() -> None:
    with _altered("decision") as decision:
        decision.alter_column("decided_by", existing_type=sa.Integer(), nullable=True)
        decision.add_column(sa.Column("state", sa.String(), nullable=True))
        for name in _TEXTS:
            decision.add_column(sa.Column(name, sa.Text(), nullable=True))
        decision.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        decision.add_column(sa.Column("quorum", sa.String(), nullable=True))
        for name in ("deadline_at", "closed_at", "review_at"):
            decision.add_column(_instant(name))
        decision.add_column(sa.Column("supersedes", sa.Text(), nullable=True))
        decision.add_column(sa.Column("superseded_by", sa.Integer(), nullable=True))
        decision.add_column(sa.Column("uid", sa.String(), nullable=True))
        decision.add_column(sa.Column("imported", sa.Text(), nullable=True))
        decision.add_column(sa.Column("checkpoint_id", sa.Integer(), nullable=True))
        decision.create_foreign_key(op.f("fk_decision_owner_id"), "person", ["owner_id"], ["id"])
    op.execute("UPDATE decision SET state = 'accepted'")
    with _altered("decision") as decision:
        decision.alter_column("state", existing_type=sa.String(), nullable=False)
    op.create_index("ix_decision_state", "decision", ["workspace_id", "state", "number"])
    op.create_index("ix_decision_uid", "decision", ["workspace_id", "uid"])
    op.create_index("ix_decision_decided_at", "decision", ["workspace_id", "decided_at"])
    op.create_index("ix_decision_decided_by", "decision", ["decided_by", "number"])
    op.create_index("ix_decision_review_at", "decision", ["workspace_id", "review_at"])
    _add_people()
    _add_events()
    _add_checkpoints()
    _add_words()


def _altered(table: str) -> AbstractContextManager[BatchOperations]:
    """SQLite makes the table anew: what it adds itself would stand behind the constraints."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    return op.batch_alter_table(
        table,
        recreate="always" if is_sqlite else "never",
        table_kwargs={"sqlite_autoincrement": True} if is_sqlite else {},
    )


def _instant(name: str, *, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id() -> sa.Column[int]:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", big, nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _add_people() -> None:
    op.create_table(
        "decision_part",
        _id(),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        _refers("decision_part", "decision_id", "decision"),
        _refers("decision_part", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_part")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_part_decision", "decision_part", ["decision_id", "role", "id"])
    op.create_index("ix_decision_part_person", "decision_part", ["person_id", "role"])
    op.create_table(
        "decision_vote",
        _id(),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        _instant("voted_at"),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        _refers("decision_vote", "decision_id", "decision"),
        _refers("decision_vote", "person_id", "person"),
        _refers("decision_vote", "answered_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_vote")),
        sa.UniqueConstraint(
            "decision_id", "person_id", name=op.f("uq_decision_vote_decision_id_person_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_decision_vote_person_id"), "decision_vote", ["person_id"])


def _add_events() -> None:
    op.create_table(
        "decision_event",
        _id(),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _instant("at", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("opened", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        _refers("decision_event", "workspace_id", "workspace"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_event")),
        sa.UniqueConstraint("workspace_id", "seq", name=op.f("uq_decision_event_workspace_id_seq")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_event_number", "decision_event", ["workspace_id", "number", "seq"])


def _add_checkpoints() -> None:
    op.create_table(
        "decision_checkpoint",
        _id(),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _instant("due_at"),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("approvers", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        _instant("settled_at"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decision", sa.Integer(), nullable=True),
        _refers("decision_checkpoint", "workspace_id", "workspace"),
        _refers("decision_checkpoint", "room_id", "room"),
        _refers("decision_checkpoint", "settled_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_checkpoint")),
        sa.UniqueConstraint(
            "room_id", "number", name=op.f("uq_decision_checkpoint_room_id_number")
        ),
        sqlite_autoincrement=True,
    )


def _add_words() -> None:
    op.create_table(
        "decision_words",
        _id(),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_words")),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE decision_fts USING fts5(words, content='decision_words', "
            "content_rowid='id', tokenize='ascii', prefix='3 4', detail=none, columnsize=0)"
        )
        op.execute(
            "CREATE TRIGGER decision_fts_added AFTER INSERT ON decision_words BEGIN "
            "INSERT INTO decision_fts(rowid, words) VALUES (new.id, new.words); END"
        )
        op.execute(
            "CREATE TRIGGER decision_fts_gone AFTER DELETE ON decision_words BEGIN "
            "INSERT INTO decision_fts(decision_fts, rowid, words) "
            "VALUES ('delete', old.id, old.words); END"
        )
    else:
        op.execute(
            "CREATE INDEX ix_decision_words_fts ON decision_words "
            "USING gin (array_to_tsvector(string_to_array(words, ' ')))"
        )
    _give_what_is_there()


#: As bot/features/decisions/words.py had it when this was written.
_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")


def _give_what_is_there() -> None:
    """The decisions that there are get a lasting id, and are found by their words."""
    conn = op.get_bind()
    there = "SELECT id, title, why, instead_of FROM decision WHERE id > :last ORDER BY id LIMIT 500"
    last = 0
    while found := conn.execute(sa.text(there), {"last": last}).all():
        conn.execute(
            sa.text("INSERT INTO decision_words (id, words) VALUES (:id, :words)"),
            [{"id": row[0], "words": _tokens(row[1:])} for row in found],
        )
        conn.execute(
            sa.text("UPDATE decision SET uid = :uid WHERE id = :id"),
            [{"id": row[0], "uid": uuid.uuid4().hex} for row in found],
        )
        last = found[-1][0]


def _tokens(texts: tuple[str | None, ...]) -> str:
    tokens: dict[str, None] = {}
    for text in texts:
        folded = unicodedata.normalize("NFKC", text or "").casefold()
        for run in _RUN.findall(folded):
            if re.match(f"[{_HAN}]", run):
                tokens.update(dict.fromkeys(run[at : at + 2] for at in range(len(run))))
            else:
                tokens[run[:40]] = None
    return " ".join(tokens)
