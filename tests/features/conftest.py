"""The people of these stories. Olga administers the workspace; nobody else does."""

from __future__ import annotations

import pytest

from tests.world import Actor, Place, World


@pytest.fixture
def olga(world: World) -> Actor:
    somebody = world.person("Olga")
    somebody.dms("/muster whoami").hears("You are Olga", "Administers this workspace: yes")
    return somebody


@pytest.fixture
def alice(world: World, olga: Actor) -> Actor:
    return world.person("Alice")


@pytest.fixture
def bob(world: World, olga: Actor) -> Actor:
    return world.person("Bob")


@pytest.fixture
def chen(world: World, olga: Actor) -> Actor:
    """Speaks Chinese, in Shanghai."""
    return world.person("陈工", lang="zh", zone="Asia/Shanghai")


@pytest.fixture
def dora(world: World, olga: Actor) -> Actor:
    """Is in no room unless a test brings her in."""
    return world.person("Dora")


@pytest.fixture
def general(world: World) -> Place:
    return world.channel("general")


@pytest.fixture
def room(world: World, alice: Actor, bob: Actor, general: Place) -> Place:
    """WR-1 Payment timeouts, opened and led by Alice, with Bob; everything in it is read."""
    alice.says("/warroom open Payment timeouts @Bob").hears("Opening WR-1 Payment timeouts")
    general.expects("War room WR-1 Payment timeouts")
    opened = world.room("WR-1")
    opened.skips()
    return opened


@pytest.fixture
def vault(world: World, alice: Actor, bob: Actor) -> Place:
    """WR-1 Secret leak, private, opened and led by Alice, with Bob."""
    alice.dms("/warroom open Secret leak --private @Bob").hears("Opening WR-1 Secret leak")
    opened = world.room("WR-1")
    opened.skips()
    return opened
