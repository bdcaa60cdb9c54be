"""Decisions come to be: recorded where they are made, of a message, of an item, or by a form."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.chat import Card
from bot.core.errors import Refused
from bot.core.events import DecisionRecorded, RoomTouched
from bot.core.keys import ItemKey
from bot.core.platform import Say
from bot.core.sources import Source
from bot.core.text import Strong, t
from bot.core.words import fold, shortened
from bot.feature import Outcome
from bot.features.decisions import cards, chain, finding, reviews, sources
from bot.features.decisions.access import check_can_be_named, room_of
from bot.features.decisions.commands import RecordDecision
from bot.features.decisions.proposal_commands import ProposeDecision
from bot.features.decisions.tables import TEXTS, Decision, Part, Role, State
from bot.features.items import queries as items
from bot.features.rooms import queries as rooms
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx

_BETWEEN = re.compile(r"[,，、;；\s]+")
_BETWEEN_TAGS = re.compile(r"[,，、;；\n]+")
_LONGEST_TAG = 40
_MOST_TAGS = 20


def record_decision(cmd: RecordDecision, tx: Tx, now: datetime) -> Outcome:
    """Record a decision, in a room or for the workspace as a whole; of a message, once.

    What a message says was decided when it was written, by whoever wrote it if Muster knows them.
    """
    room = room_of(tx, cmd.room, Access.MEMBER)
    source = Source.parse(cmd.source) if cmd.source else None
    if source is not None and (known := sources.made_already(tx, room, source, cmd)):
        said = t("There is a decision of that message already: {it}", it=cards.name(known))
        return Outcome(Say(Card(said, cards.recorded(tx, known).blocks)))
    at = source.at if source else now
    decision = add(tx, room, cmd, Added(State.ACCEPTED, at, _decider(tx, source)))
    who, it = tx.mention(tx.asker), cards.name(decision)
    text = t("{who} decided {decision}", who=who, decision=it)
    if decision.decided_by != tx.asker:
        author = cards.decider(tx, decision)
        text = t("{who} recorded what {author} decided: {it}", who=who, author=author, it=it)
    tx.record("decision.recorded", text, room=room.id if room else None)
    return told(tx, room, decision, cards.recorded(tx, decision))


def told(tx: Tx, room: Room | None, decision: Decision, card: Card) -> Outcome:
    """A decision was made: its room hears it, else whoever asks alone."""
    made = DecisionRecorded(decision.id, room.id if room else None)
    if room is None:
        return Outcome(Say(card), (), (made,))
    return Outcome(
        rooms.answer(tx, room, card), rooms.tell(tx, room, card), (made, RoomTouched(room.id))
    )


def _decider(tx: Tx, source: Source | None) -> int:
    author = rooms.known(tx, source.author) if source else None
    return author if author is not None else tx.asker


@dataclass(frozen=True, slots=True)
class Added:
    """What a new decision has besides what people wrote in it."""

    state: State
    at: datetime
    by: int
    columns: Mapping[str, Any] | None = None
    kind: str = "recorded"
    #: For its first event in the chain.
    data: Mapping[str, Any] | None = None


def add(tx: Tx, room: Room | None, cmd: RecordDecision | ProposeDecision, how: Added) -> Decision:
    """Add a decision with all that `cmd` says, its people, its words, and its first event."""
    source = Source.parse(cmd.source) if cmd.source else None
    if not cmd.title.strip():
        raise Refused(t("Say what was decided."), field="title")
    _check_people(tx, room, (*cmd.makers, *cmd.consulted, *cmd.informed), cmd.owner)
    decision = tx.add(
        Decision(
            workspace_id=tx.workspace_id,
            number=tx.next_number("decisions_made"),
            room_id=room.id if room else None,
            **{name: getattr(cmd, name) for name in TEXTS},
            decided_by=how.by,
            decided_at=how.at,
            state=how.state,
            source=cmd.source,
            source_key=source.key if source else None,
            by_emoji=tx.is_errand if source else None,
            tags=read_tags(cmd.tags),
            items=read_items(tx, room, cmd.items),
            owner_id=cmd.owner,
            review_at=cmd.review,
            uid=secrets.token_hex(16),
            **(how.columns or {}),
        )
    )
    for role, people in (
        (Role.MAKER, cmd.makers),
        (Role.CONSULTED, cmd.consulted),
        (Role.INFORMED, cmd.informed),
    ):
        for person in people:
            name = tx.person_by_id(person).name
            tx.add(Part(decision_id=decision.id, role=role, person_id=person, name=name))
    noted(tx, decision, how.kind, data=how.data)
    reviews.ask_later(tx, decision)
    return decision


def _check_people(tx: Tx, room: Room | None, named: Iterable[int], owner: int | None) -> None:
    """A private room's decision names only who may know of it; any has an owner who may."""
    if room is not None and room.is_private:
        for person in named:
            check_may_know(tx, room, person, "makers")
    if owner is not None:
        check_may_know(tx, room, owner, "owner")


def check_may_know(tx: Tx, room: Room | None, person: int, field: str) -> None:
    """Refused if somebody may not know of what belongs to a room, or to the workspace."""
    if rooms.can_see(tx, room, person):
        return
    who = tx.mention(person)
    if room is None:
        sentence = t(
            "{who} is a guest or of another organisation, and sees only their own war rooms.",
            who=who,
        )
    elif room.is_private:
        sentence = t(
            "{who} is not in {room}, which is private. Bring them in first.",
            who=who,
            room=Strong(room.key),
        )
    else:
        sentence = t(
            "{who} is a guest or of another organisation, and not in {room}. Bring them in first.",
            who=who,
            room=Strong(room.key),
        )
    raise Refused(sentence, field=field)


def noted(
    tx: Tx,
    decision: Decision,
    kind: str,
    texts: Mapping[str, str | None] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Something happened to a decision: into the chain, and it is found by what it says now."""
    chain.append(tx, decision, kind, texts, **(data or {}))
    if texts is None or set(texts) & {*TEXTS} or kind in chain.BEGINNINGS:
        finding.index(tx, decision)


def read_tags(said: str | None) -> str | None:
    """Tags as they are kept: ",database,payments,". Refused if they are too many or too long."""
    found = [fold(tag).lstrip("#").strip() for tag in _BETWEEN_TAGS.split(said or "")]
    found = [" ".join(tag.split()) for tag in dict.fromkeys(found) if tag]
    if not found:
        return None
    if len(found) > _MOST_TAGS or any(len(tag) > _LONGEST_TAG for tag in found):
        raise Refused(
            t(
                "At most {n} tags, each of at most {limit} characters, with commas between them.",
                n=_MOST_TAGS,
                limit=_LONGEST_TAG,
            ),
            field="tags",
        )
    return f",{','.join(found)},"


def read_items(tx: Tx, room: Room | None, said: str | None) -> str | None:
    """Keys of items as they are kept: "WR-7-3 WR-7-4". Refused if one is none that they may see."""
    found: dict[str, None] = {}
    for word in filter(None, _BETWEEN.split(said or "")):
        key = ItemKey.parse(word)
        of = room
        if key is not None and key.room is not None:
            of = rooms.numbered(tx, key.room)
        is_seen = of is not None and rooms.can_see(tx, of)
        item = items.numbered(tx, of.id, key.number) if key and of and is_seen else None
        if item is None or item.withdrawn_at is not None:
            name = Strong(shortened(word))
            raise Refused(t("There is no item {key}.", key=name), field="items")
        check_can_be_named(tx, item.room_id, room, Strong(str(item.key)), "items")
        found[str(item.key)] = None
    return " ".join(found) or None
