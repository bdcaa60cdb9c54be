"""The people of these stories: Alice leads WR-1, in which are Bob, Carol and 陈工."""

from __future__ import annotations

import pytest

from tests.world import Actor, Place, World


@pytest.fixture
def carol(world: World, olga: Actor) -> Actor:
    return world.person("Carol")


@pytest.fixture
def crew(room: Place, alice: Actor, carol: Actor, chen: Actor) -> Place:
    """WR-1 with Carol and 陈工 in it as well; everything in it is read."""
    alice.says("/warroom invite @Carol @陈工", room).hears("Bringing")
    room.skips()
    return room
