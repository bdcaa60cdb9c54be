"""The people around a command, as a text or a form can name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.errors import Refused
from bot.core.platform import Incoming, Sender
from bot.core.text import Seq, Strong, t
from bot.core.words import clean, shortened
from storage import identity
from storage.tables import Person
from storage.tx import Tx

_LARGEST_ID = 2**63 - 1


def sound(incoming: Incoming) -> Incoming:
    """A delivery whose sender's name can be kept, and whose zone there is."""
    sender = incoming.sender
    name, zone = clean(sender.name), sender.zone
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            zone = None
    if (name, zone) == (sender.name, sender.zone):
        return incoming
    return replace(incoming, sender=replace(sender, name=name, zone=zone))


def _active(person: Person) -> Person:
    """Refused if their account is no longer in use: there is nothing that they could do."""
    if not person.is_active:
        who = Strong(person.name)
        raise Refused(t("The account of {who} is deactivated. Name somebody else.", who=who))
    return person


class Circle:
    """Implements `values.Surroundings` and `forms.Users` on a transaction."""

    def __init__(self, tx: Tx, now: datetime, names: Mapping[str, str] | None = None) -> None:
        self.now = now
        self.tx = tx
        #: What the platform itself says the mentioned people are called.
        self._names = names or {}

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of who asks. Unacquainted while nobody can tell."""
        self.tx.know_asker()
        return ZoneInfo(self.tx.reader.zone)

    def person(self, user: str) -> int:
        """As `Surroundings.person`. Somebody whom the platform names is met here, if need be."""
        found = identity.find_person(self.tx, self.tx.workspace, user)
        if found is None and user in self._names:
            sender = Sender(user, clean(self._names[user]), is_admin=False)
            found = identity.person_of(self.tx, self.tx.workspace, sender, self.now)
        if found is None:
            raise Refused(
                t("I do not know anybody called {name} here.", name=Strong(shortened(user)))
            )
        return _active(found).id

    def knows(self, person: object) -> bool:
        """Whether that is the id of somebody's row, in this workspace."""
        if not isinstance(person, int) or not 0 < person <= _LARGEST_ID:
            return False
        found = self.tx.get(Person, person)
        return found is not None and found.workspace_id == self.tx.workspace_id

    def named(self, name: str) -> int | None:
        """As `Surroundings.named`."""
        everybody = identity.named(self.tx, self.tx.workspace, name)
        found = [person for person in everybody if person.is_active] or everybody
        if len(found) > 1:
            names = Seq(tuple(Strong(person.user) for person in found))
            raise Refused(
                t("Several people are called {name}: {users}.", name=Strong(name), users=names)
            )
        return _active(found[0]).id if found else None

    def name_of(self, user: str) -> str:
        """As `Surroundings.name_of`; the id itself where nobody is known by it."""
        if self._names.get(user, user) != user:  # their id is no name
            return self._names[user]
        found = identity.find_person(self.tx, self.tx.workspace, user)
        return found.name if found else user

    def user_of(self, person: int) -> str:
        """As `Users.user_of`."""
        return self.tx.person_by_id(person).user
