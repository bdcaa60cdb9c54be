"""Who may do what with a decision that is there."""

from __future__ import annotations

from bot.core.errors import Refused
from bot.core.keys import DecisionKey, RoomKey
from bot.core.text import Seq, Strong, t
from bot.features.decisions import queries
from bot.features.decisions.tables import Decision, Role
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx


def changeable(
    tx: Tx, key: DecisionKey, access: Access = Access.MEMBER
) -> tuple[Decision, Room | None]:
    """A decision to be changed, locked, and its room.

    A room's decisions its members change; the workspace's own whoever made or has them, and
    administrators. Refused else.
    """
    decision, room = queries.decision_for(tx, key, access)
    if room is None and not tx.person.is_admin:
        own = _own(tx, decision)
        if own and tx.asker not in own:
            raise Refused(
                t(
                    "Only {people}, or an administrator, can change {key}.",
                    people=Seq(tuple(tx.mention(person) for person in own), "or"),
                    key=Strong(str(key)),
                )
            )
    return decision, room


def _own(tx: Tx, decision: Decision) -> list[int]:
    found: dict[int, None] = {}
    for person in (decision.decided_by, decision.owner_id):
        if person is not None:
            found[person] = None
    for part in queries.parts_of(tx, decision.id):
        if part.role == Role.MAKER and part.person_id is not None:
            found[part.person_id] = None
    return list(found)


def check_can_be_named(tx: Tx, of: int | None, room: Room | None, key: Strong, field: str) -> None:
    """Refused if something of a private room would be named outside of it, in `room`."""
    if of is None or (room is not None and of == room.id):
        return
    found = tx.get(Room, of)
    if found is not None and found.is_private:
        sentence = t("{key} is of a private room: nothing outside can refer to it.", key=key)
        raise Refused(sentence, field=field)


def room_of(tx: Tx, key: RoomKey | None, access: Access, *, closed: bool = False) -> Room | None:
    """The room that is meant, if any: decisions can also be the workspace's own.

    Who does not belong to the workspace makes none for it; looking, they see those of their rooms.
    """
    if key is None and rooms.here(tx) is None and (access is Access.SEE or rooms.can_see(tx, None)):
        return None
    return rooms.room_for(tx, key, access, lock=access is not Access.SEE, closed=closed)
