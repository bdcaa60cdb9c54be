"""The proposal story and a checkpoint on SQLite in a file and on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.world import Actor, Place, World


@pytest.fixture
def world(world_on_both: World) -> World:
    return world_on_both


def test_a_proposal_and_a_checkpoint(
    world: World, crew: Place, alice: Actor, bob: Actor, carol: Actor, chen: Actor
) -> None:
    alice.says("/decide Stay on 1.5 --tags db", crew).hears_nothing()
    alice.says(
        "/decide propose 回滚到 1.4 --approvers @Bob @Carol @陈工 --quorum 2 --supersedes D-1", crew
    ).hears_nothing()
    alice.says("/checkpoint plan Go or no-go --due tomorrow --approvers @Bob", crew).hears_nothing()
    crew.skips()
    carol.says("/decide object D-2 Untested", crew).hears("objects")
    alice.says("/decide answer D-2 Tested", crew).hears_nothing()
    bob.says("/decide agree D-2", crew).hears("agrees")
    chen.says("/决策 同意 D-2", crew).hears("同意")
    crew.expects("@Carol objects")
    crew.expects("@Alice answered")
    crew.expects("D-2 回滚到 1.4 is accepted")
    bob.says("/decide amend D-2 --context 支付超时", crew).hears_nothing()
    crew.expects("+ 支付超时")
    bob.says("/decide history D-1", crew).hears("@陈工 put D-2 in its place")
    alice.says("/warroom close Done", crew).hears("cannot be closed yet", "1. Go or no-go")
    world.advance(days=2)
    for person in (bob, carol, chen):
        person.direct.skips()
    crew.expects("Checkpoint 1. Go or no-go is due in a day")
    crew.expects("Checkpoint 1. Go or no-go is due now")
    alice.says("/checkpoint waive 1 Not needed", crew).hears_nothing()
    crew.skips()
