"""People and a clock for the parser, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.core.errors import Refused
from bot.core.text import t


@dataclass
class Circle:
    """Implements `values.Surroundings` and `forms.Users`: Bob is 2, Chen 3, two are called Sam."""

    now: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    people: dict[str, int] = field(default_factory=lambda: {"bob": 2, "chen": 3, "U1": 4})

    def person(self, user: str) -> int:
        if user not in self.people:
            raise Refused(t("I do not know anybody called {name} here.", name=user))
        return self.people[user]

    def named(self, name: str) -> int | None:
        if name.lower() == "sam":
            raise Refused(t("Several people are called {name}.", name=name))
        return self.people.get(name.lower())

    def name_of(self, user: str) -> str:
        return user.title()

    def user_of(self, person: int) -> str:
        return next(user for user, known in self.people.items() if known == person)
