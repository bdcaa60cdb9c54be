"""What comes of a deed of somebody's, as they see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.deliveries import Attempt
from tests.fakes.slack.responses import Response
from tests.fakes.slack.seen import Seen

if TYPE_CHECKING:
    from tests.fakes.slack.modal import Modal
    from tests.fakes.slack.people import Person

#: What Slack tells people when the app does not answer, or not well.
ERRORS = {"http_timeout": "operation_timeout"}


@dataclass(eq=False)
class Result:
    """A command, a press or a form, and how the app took it."""

    person: Person
    #: HTTP status of the app's answer; 0 if there was none.
    status: int = 0
    #: The body of the acknowledgement, decoded; None if empty.
    ack: Any = None
    seconds: float = 0.0
    #: What Slack shows in place of an answer, such as operation_timeout; empty if all is well.
    error: str = ""
    #: Label → why: a form that the person cannot send, or that the app sent back.
    refused: dict[str, str] = field(default_factory=dict)
    response: Response | None = None

    @classmethod
    def of(cls, person: Person, attempt: Attempt, response: Response | None = None) -> Result:
        error = ERRORS.get(attempt.error, "dispatch_failed") if attempt.error else ""
        made = cls(person, attempt.status, attempt.body, attempt.seconds, error)
        made.response = response
        if error:
            person.errors.append(error)
        return made

    @property
    def all_said(self) -> list[Seen]:
        """Everything said in the acknowledgement or through the response_url, oldest first."""
        if self.response is None:
            return []
        team, channel = self.response.team, self.response.channel
        return [Seen(team, channel, one) for one in self.response.said if not one.is_deleted]

    @property
    def said(self) -> Seen | None:
        """The latest answer that only this person sees, if there is one yet."""
        mine = [one for one in self.all_said if one.is_ephemeral]
        return mine[-1] if mine else None

    @property
    def modal(self) -> Modal | None:
        """The modal that is open now."""
        return self.person.modal

    async def hears(self, *words: str, patience: float = 30.0) -> Seen:
        """The answer for this person alone, awaited; it says all these words."""
        said = await self.person.slack.until(lambda: self.said, patience=patience)
        assert said is not None
        for one in words:
            assert one in said.words, f"{one!r} is not in:\n{said.words}"
        return said
