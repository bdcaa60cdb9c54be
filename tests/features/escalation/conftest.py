"""A world in which things climb, and a room in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from bot.features.calendar.tables import Leave
from storage import identity
from storage.tx import Tx
from tests.world import START, Actor, Place, World


@pytest.fixture
def at() -> datetime:
    """When it begins: Monday 23 November 2026, 09:00 in Shanghai."""
    return START


@pytest.fixture
def world_options(at: datetime) -> dict[str, Any]:
    """In Shanghai, and things climb."""
    return {"at": at, "zone": "Asia/Shanghai", "escalation": True}


@dataclass
class Group:
    """Bob owns, Chen stands in for him, Alice leads, Dora is his manager, Olga administers."""

    olga: Actor
    alice: Actor
    bob: Actor
    chen: Actor
    dora: Actor
    room: Place


@pytest.fixture
def group(world: World) -> Group:
    """WR-1, of severity 3, everybody in Shanghai."""
    made = [
        world.person(name, zone="Asia/Shanghai", lang="zh" if name == "陈工" else "en")
        for name in ("Olga", "Alice", "Bob", "陈工", "Dora")
    ]
    olga, alice, bob, chen, dora = made
    for actor in made:
        actor.dms("/muster whoami")
    bob.dms("/muster manager @Dora").hears("reports to")
    bob.dms("/escalate backup @陈工").hears("stands in for")
    alice.says("/warroom open Payment timeouts @Bob @陈工").hears("Opening")
    room = world.room("WR-1")
    for place in (*(actor.direct for actor in made), room, world.channel("general")):
        place.skips()
    return Group(olga, alice, bob, chen, dora, room)


def away(tx: Tx, name: str, first: date, last: date) -> None:
    """Put somebody on leave."""
    [person] = identity.named(tx, tx.workspace, name)
    row = Leave(
        workspace_id=tx.workspace_id, person_id=person.id, first=first, last=last, at=tx.now
    )
    tx.add(row)
