"""The rows of stand-ups, and the rules that follow from a row alone."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.features.standups.questions import Question, load_questions
from storage.tables import instant, long_text, row_id

#: What happens so long after its time says so.
LATE = timedelta(minutes=5)


class State(StrEnum):
    """How a run stands. A planned one becomes one of the others, and only an open one closes."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    #: It could not take place; `reason` says why, and nothing was posted.
    MISSED = "missed"
    #: Everybody was away: nothing was posted.
    QUIET = "quiet"


class Stand(StrEnum):
    """How somebody's turn stands."""

    #: To be asked at `ask_at`.
    DUE = "due"
    ASKED = "asked"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    #: On leave, or it is a day off where they are.
    AWAY = "away"
    #: Their own window was over before Muster could ask.
    UNASKED = "unasked"
    #: They took back what they had said.
    DELETED = "deleted"


class Standup(SQLModel, table=True):
    """A room's stand-up: who is asked what, and when. Times are minutes."""

    __tablename__ = "standup"
    __table_args__ = (Index("ix_standup_room", "room_id", "removed_at"),)
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    room_id: int = Field(foreign_key="room.id")
    #: "" is the room's daily one; a second one of a room has a name.
    name: str = ""
    #: After local midnight.
    opens: int
    window: int
    #: "workdays", or an RRULE.
    days: str = "workdays"
    #: The first date that it can be on; an RRULE counts from here.
    since: date
    #: "room" or "person": whose local time `opens` is.
    clock: str = "room"
    zone: str = "UTC"
    #: "members", "chosen" or "except", and JSON: the ids of those people.
    who: str = "members"
    people: str = "[]"
    questions: str = long_text()
    #: "form", "dm" or "thread".
    place: str = "form"
    #: "nothing", "named" or "mentioned".
    missing: str = "named"
    reminds: bool = True
    #: "person" or "question".
    layout: str = "person"
    #: A second channel for the report.
    copy_to: str | None = None
    paused_at: datetime | None = instant(nullable=True)
    removed_at: datetime | None = instant(nullable=True)
    made_by: int = Field(foreign_key="person.id")
    made_at: datetime = instant()

    @property
    def chosen(self) -> tuple[int, ...]:
        """The ids of the people who are chosen, or left out."""
        return tuple(json.loads(self.people))

    @property
    def asks(self) -> tuple[Question, ...]:
        return load_questions(self.questions)

    @property
    def is_active(self) -> bool:
        return self.removed_at is None and self.paused_at is None


class Run(SQLModel, table=True):
    """A stand-up on a date: each date once."""

    __tablename__ = "standup_run"
    __table_args__ = (
        UniqueConstraint("standup_id", "day"),
        Index("ix_standup_run_room", "room_id", "state", "day"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    standup_id: int = Field(foreign_key="standup.id")
    room_id: int = Field(foreign_key="room.id")
    day: date
    #: By the first and the last clock of those who take part.
    opens_at: datetime = instant()
    closes_at: datetime = instant()
    state: str = State.PLANNED
    opened_at: datetime | None = instant(nullable=True)
    closed_at: datetime | None = instant(nullable=True)
    #: Why it was missed.
    reason: str | None = None
    #: What was asked: the stand-up may ask something else by now.
    questions: str = long_text()
    #: The message that its thread stands below.
    root: str | None = None
    #: Whether the report has been posted.
    is_reported: bool = False

    @property
    def asks(self) -> tuple[Question, ...]:
        return load_questions(self.questions)

    @property
    def is_late(self) -> bool:
        """Whether it opened so long after its time that it says so."""
        return self.opened_at is not None and self.opened_at - self.opens_at > LATE

    @property
    def live(self) -> str:
        return f"standup:{self.id}"

    @property
    def live_report(self) -> str:
        return f"standup-report:{self.id}"

    @property
    def live_copy(self) -> str:
        """The report in the second channel."""
        return f"standup-copy:{self.id}"


class Turn(SQLModel, table=True):
    """Somebody's part in a run: when they are asked, and what they answered."""

    __tablename__ = "standup_turn"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        Index("ix_standup_turn_person", "person_id", "state", "ask_at"),
        Index("ix_standup_turn_due", "run_id", "state", "ask_at"),
    )
    id: int = row_id()
    workspace_id: int = Field(foreign_key="workspace.id")
    run_id: int = Field(foreign_key="standup_run.id")
    person_id: int = Field(foreign_key="person.id")
    state: str = Stand.DUE
    ask_at: datetime = instant()
    close_at: datetime = instant()
    #: None when they are not to be reminded, or have been.
    remind_at: datetime | None = instant(nullable=True)
    #: JSON: the answers by the question's id; None until there are any.
    answers: str | None = long_text(nullable=True)
    given_at: datetime | None = instant(nullable=True)
    edited_at: datetime | None = instant(nullable=True)
    is_late: bool = False
    #: Whether the thread has it.
    is_posted: bool = False
    #: In a conversation: the number of the question that was asked last. It stays where the run
    #: closed over it.
    step: int | None = None
    #: Why they skip.
    note: str | None = long_text(nullable=True)
    #: The first of the turns, by its id, that they were asked for in one message.
    prompt: int | None = None

    @property
    def said(self) -> dict[str, Any]:
        """The answers by the question's id."""
        found: dict[str, Any] = json.loads(self.answers or "{}")
        return found

    @property
    def live(self) -> str:
        return f"standup-answer:{self.id}"

    @property
    def live_prompt(self) -> str:
        """The message that asked them; nothing has the name if none did."""
        return f"standup-prompt:{self.prompt or 0}"

    @property
    def live_reminder(self) -> str:
        """The message that reminded them of it."""
        return f"standup-reminder:{self.prompt or 0}"

    @property
    def is_partial(self) -> bool:
        """Whether the run closed before they had come to its last question."""
        return self.state == Stand.ANSWERED and self.step is not None

    @property
    def counts(self) -> bool:
        """Whether an answer is, or was, expected of them."""
        return self.state in {Stand.DUE, Stand.ASKED, Stand.ANSWERED}
