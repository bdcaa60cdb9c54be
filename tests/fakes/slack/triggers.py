"""trigger_id: three seconds long, one use."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.slack.errors import SlackError

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace

#: Documented: "a trigger_id expires in 3 seconds".
LIFE = 3.0


@dataclass
class Trigger:
    team: str
    user: str
    at: float
    is_used: bool = False


class Triggers:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._all: dict[str, Trigger] = {}

    def new(self, team: Workspace, user: str) -> str:
        ids = self._slack.ids
        name = f"{ids.number()}.{ids.number()}.{secrets.token_hex(16)}"
        self._all[name] = Trigger(team.id, user, self._slack.clock.now())
        return name

    def exchange(self, name: str, team: Workspace) -> str:
        """The user whose deed it was; SlackError if it is too old, used or unknown."""
        trigger = self._all.get(name)
        if trigger is None or trigger.team != team.id:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self._slack.clock.now() - trigger.at > LIFE:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger.user
