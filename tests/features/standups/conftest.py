"""A room with a stand-up at 09:30, closing at 11:00, in UTC; it is Monday, 08:00."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.conftest import _has_failed
from tests.world import Actor, Place, World


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with World(at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC)) as made:
        yield made
        made.is_abandoned = request.node.stash.get(_has_failed, False)


@pytest.fixture
def standup(room: Place, alice: Actor) -> Place:
    """WR-1, of Alice and Bob, with a stand-up."""
    alice.says("/standup setup 09:30 --closes 11:00", room).hears_nothing()
    room.expects("@Alice set up the stand-up", "09:30–11:00, on working days, in UTC")
    return room
