"""The rows of decisions, and the rules that follow from them alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import DDL, Index, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from bot.core.keys import DecisionKey, ItemKey
from storage.tables import instant, long_text, row_id


class State(StrEnum):
    """How a decision stands: proposed → one of the next three → superseded or deprecated."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    #: Its deadline passed, nobody objected, and too few agreed; or its room was closed before.
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    DEPRECATED = "deprecated"


class Choice(StrEnum):
    """What an approver says."""

    AGREE = "agree"
    OBJECT = "object"
    ABSTAIN = "abstain"


class Role(StrEnum):
    """What somebody has to do with a decision, in the words of MADR 4."""

    MAKER = "maker"
    CONSULTED = "consulted"
    INFORMED = "informed"


#: What people write in a decision, in the order of MADR 4. Only the title is required.
TEXTS = (
    "title",
    "context",
    "drivers",
    "options",
    "why",
    "instead_of",
    "consequences",
    "confirmation",
    "evidence",
)


class Decision(SQLModel, table=True):
    """What was decided, why, by whom, instead of what. Of a room, or of the workspace."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_decision_room", "room_id", "number"),
        Index("ix_decision_source", "workspace_id", "source_key"),
        Index("ix_decision_state", "workspace_id", "state", "number"),
        Index("ix_decision_uid", "workspace_id", "uid"),
        Index("ix_decision_decided_at", "workspace_id", "decided_at"),
        Index("ix_decision_decided_by", "decided_by", "number"),
        Index("ix_decision_review_at", "workspace_id", "review_at"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    number: int
    room_id: int | None = Field(default=None, foreign_key="room.id")
    title: str = long_text()
    why: str | None = long_text(nullable=True)
    instead_of: str | None = long_text(nullable=True)
    #: Who made or proposed it; of an imported one whoever imported it, if they are known at all.
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime = instant()

    #: The message that it was made of (`sources.Source`, and its key), by an emoji or otherwise.
    source: str | None = long_text(nullable=True)
    source_key: str | None = None
    by_emoji: bool | None = None
    #: Its number is not given again.
    withdrawn_at: datetime | None = instant(nullable=True)

    state: str = State.ACCEPTED
    context: str | None = long_text(nullable=True)
    drivers: str | None = long_text(nullable=True)
    #: As `options.read_options` has it: a line each, then lines that begin with + or -.
    options: str | None = long_text(nullable=True)
    consequences: str | None = long_text(nullable=True)
    confirmation: str | None = long_text(nullable=True)
    evidence: str | None = long_text(nullable=True)
    #: Between commas, one at each end: ",database,payments,".
    tags: str | None = long_text(nullable=True)
    #: The keys of items, with spaces between them: "WR-7-3 WR-7-4".
    items: str | None = long_text(nullable=True)
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    #: Whose agreement a proposal needs: "all", "any", "lead", or how many approvers.
    quorum: str | None = None
    deadline_at: datetime | None = instant(nullable=True)
    #: When it stopped being a proposal.
    closed_at: datetime | None = instant(nullable=True)
    #: When somebody asks whether it is still valid.
    review_at: datetime | None = instant(nullable=True)
    #: The keys of the decisions in whose place it stands ("D-3 D-5"), and the number of the one
    #: that stands in its own.
    supersedes: str | None = long_text(nullable=True)
    superseded_by: int | None = None
    #: The same wherever it is exported to and imported from.
    uid: str | None = None
    #: What an import said that has no row here: {"room": "WR-7", "decided_by": "Zhang Wei"}.
    imported: str | None = long_text(nullable=True)
    checkpoint_id: int | None = None

    @property
    def key(self) -> DecisionKey:
        """D-12."""
        return DecisionKey(self.number)

    @property
    def tag_list(self) -> list[str]:
        """Its tags, in their order."""
        return [tag for tag in (self.tags or "").split(",") if tag]

    @property
    def item_keys(self) -> list[ItemKey]:
        """The items that it is about."""
        found = (ItemKey.parse(key) for key in (self.items or "").split())
        return [key for key in found if key is not None]

    @property
    def supersedes_keys(self) -> list[DecisionKey]:
        """The decisions in whose place it stands."""
        found = (DecisionKey.parse(key) for key in (self.supersedes or "").split())
        return [key for key in found if key is not None]

    @property
    def missing(self) -> list[str]:
        """What would make it a whole record, and is not written yet."""
        wanted = ("context", "options", "why", "consequences", "confirmation")
        return [name for name in wanted if not getattr(self, name)]

    @property
    def is_open(self) -> bool:
        """Whether it can still be voted on."""
        return self.state == State.PROPOSED


class Part(SQLModel, table=True):
    """Somebody who made a decision, was consulted on it, or is told of it."""

    __tablename__ = "decision_part"
    __table_args__ = (
        Index("ix_decision_part_decision", "decision_id", "role", "id"),
        Index("ix_decision_part_person", "person_id", "role"),
    )
    id: int = row_id()
    decision_id: int = Field(foreign_key="decision.id")
    role: str
    #: None for somebody whom only an imported file knows.
    person_id: int | None = Field(default=None, foreign_key="person.id")
    name: str


class Vote(SQLModel, table=True):
    """An approver of a proposal, and what they say of it: nothing yet, at first."""

    __tablename__ = "decision_vote"
    __table_args__ = (UniqueConstraint("decision_id", "person_id"),)
    id: int = row_id()
    decision_id: int = Field(foreign_key="decision.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    choice: str | None = None
    reason: str | None = long_text(nullable=True)
    voted_at: datetime | None = instant(nullable=True)
    #: What was said to an objection; taken away when the vote changes.
    answer: str | None = long_text(nullable=True)
    answered_by: int | None = Field(default=None, foreign_key="person.id")
    #: Their account is no longer in use: they are not waited for.
    is_gone: bool = False


class Event(SQLModel, table=True):
    """What happened to a decision; see `chain`. Rows are only ever added."""

    __tablename__ = "decision_event"
    __table_args__ = (
        UniqueConstraint("workspace_id", "seq"),
        Index("ix_decision_event_number", "workspace_id", "number", "seq"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    #: 1, 2, 3, … in each workspace.
    seq: int
    #: Of the decision.
    number: int
    at: datetime = instant()
    #: Canonical JSON; texts only as their seals.
    body: str = long_text()
    #: The texts behind the seals as JSON, {name: [salt, text]}; null where it was redacted.
    opened: str = long_text()
    #: The hash of the event before it, and its own.
    previous: str
    hash: str


class Words(SQLModel, table=True):
    """The words of a decision, to be found by; see `words`. Its id is the decision's."""

    __tablename__ = "decision_words"
    id: int = row_id()
    words: str = long_text()


#: The index of words, which each engine has its own kind of. SQLite's is kept by triggers.
_FTS = (
    (
        "sqlite",
        "after_create",
        (
            "CREATE VIRTUAL TABLE decision_fts USING fts5(words, content='decision_words', "
            "content_rowid='id', tokenize='ascii', prefix='3 4', detail=none, columnsize=0)"
        ),
    ),
    (
        "sqlite",
        "after_create",
        (
            "CREATE TRIGGER decision_fts_added AFTER INSERT ON decision_words BEGIN "
            "INSERT INTO decision_fts(rowid, words) VALUES (new.id, new.words); END"
        ),
    ),
    (
        "sqlite",
        "after_create",
        (
            "CREATE TRIGGER decision_fts_gone AFTER DELETE ON decision_words BEGIN "
            "INSERT INTO decision_fts(decision_fts, rowid, words) "
            "VALUES ('delete', old.id, old.words); END"
        ),
    ),
    ("sqlite", "after_drop", "DROP TABLE IF EXISTS decision_fts"),
    (
        "postgresql",
        "after_create",
        (
            "CREATE INDEX ix_decision_words_fts ON decision_words "
            "USING gin (array_to_tsvector(string_to_array(words, ' ')))"
        ),
    ),
)
for _dialect, _when, _statement in _FTS:
    event.listen(
        SQLModel.metadata.tables["decision_words"],
        _when,
        DDL(_statement).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]  # SQLAlchemy's
    )


class Stage(StrEnum):
    """How a checkpoint stands."""

    PLANNED = "planned"
    #: Its approvers are being asked.
    ASKED = "asked"
    PASSED = "passed"
    WAIVED = "waived"


class Checkpoint(SQLModel, table=True):
    """A decision that a room has planned to make (决策锚点): by when, on what evidence, by whom."""

    __tablename__ = "decision_checkpoint"
    __table_args__ = (UniqueConstraint("room_id", "number"),)
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    room_id: int = Field(foreign_key="room.id")
    #: 1, 2, 3, … in each room.
    number: int
    title: str = long_text()
    due_at: datetime | None = instant(nullable=True)
    #: What must be at hand.
    evidence: str | None = long_text(nullable=True)
    #: The ids of the people who have to agree, with spaces between them; "" for any member.
    approvers: str = ""
    stage: str = Stage.PLANNED
    #: Who passed or waived it, when, and why it was waived.
    settled_by: int | None = Field(default=None, foreign_key="person.id")
    settled_at: datetime | None = instant(nullable=True)
    reason: str | None = long_text(nullable=True)
    #: The number of the decision that was made there.
    decision: int | None = None

    @property
    def approver_ids(self) -> list[int]:
        return [int(each) for each in self.approvers.split()]

    @property
    def is_settled(self) -> bool:
        return self.stage in {Stage.PASSED, Stage.WAIVED}

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been settled by `now`."""
        return not self.is_settled and self.due_at is not None and self.due_at <= now


class Log(SQLModel, table=True):
    """The decision log of a room: the export that was last delivered there."""

    __tablename__ = "decision_log"
    id: int = row_id()
    room_id: int = Field(foreign_key="room.id", unique=True)
    #: The last decision that it has.
    number: int
    sent_at: datetime = instant()


def needed(quorum: str | None, counting: int) -> int:
    """How many must agree, of `counting` who can and did not abstain."""
    if quorum in {"any", "lead"}:
        return 1
    if quorum is not None and quorum.isdecimal():
        return max(1, min(int(quorum), counting))
    return max(1, counting)


def open_objections(votes: Iterable[Vote]) -> list[Vote]:
    """The objections that nobody has answered."""
    return [
        vote
        for vote in votes
        if vote.choice == Choice.OBJECT and not vote.answer and not vote.is_gone
    ]


def is_agreed(quorum: str | None, votes: Iterable[Vote], lead: int | None) -> bool:
    """Whether a proposal is accepted: enough agree, and every objection has been answered.

    "all" are all who did not abstain. Where the lead decides, only the vote of `lead` counts.
    """
    there = [vote for vote in votes if not vote.is_gone]
    if open_objections(there):
        return False
    agreeing = [vote for vote in there if vote.choice == Choice.AGREE]
    if quorum == "lead":
        return any(vote.person_id == lead for vote in agreeing)
    counting = sum(vote.choice != Choice.ABSTAIN for vote in there)
    return len(agreeing) >= needed(quorum, counting)


def is_refused(quorum: str | None, votes: Iterable[Vote], lead: int | None) -> bool:
    """Whether a proposal is rejected at once: the lead decides, and objects.

    All other objections can be answered until the deadline.
    """
    there = (vote for vote in votes if vote.person_id == lead and not vote.is_gone)
    return quorum == "lead" and any(vote.choice == Choice.OBJECT for vote in there)


def state_at_the_end(votes: Iterable[Vote]) -> State:
    """What becomes of a proposal that is closed before it was agreed."""
    objected = any(vote.choice == Choice.OBJECT and not vote.is_gone for vote in votes)
    return State.REJECTED if objected else State.EXPIRED
