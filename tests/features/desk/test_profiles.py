"""What the platform says of people, and to whom they report."""

from __future__ import annotations

import pytest

from bot.core.events import ProfileSeen
from tests.world import Actor, Place, World


def test_the_platform_says_who_the_manager_is(world: World, bob: Actor, dora: Actor) -> None:
    bob.dms("/muster whoami").hears("Reports to: nobody I know of")
    bob.reports(ProfileSeen(manager=dora.id))
    dora.dms("/muster whoami").hears("You are Dora")
    bob.dms("/muster whoami").hears("Reports to: @Dora")
    bob.reports(ProfileSeen(manager=None))
    bob.reports(ProfileSeen(manager=bob.id))
    bob.dms("/muster whoami").hears("Reports to: @Dora")


def test_what_is_chosen_counts_before_that(bob: Actor, alice: Actor, dora: Actor) -> None:
    bob.dms("/muster whoami").hears("You are Bob")
    bob.reports(ProfileSeen(manager=dora.id))
    bob.dms("/muster manager @Alice").hears("@Bob reports to @Alice.")
    bob.dms("/muster whoami").hears("Reports to: @Alice")
    bob.dms("/muster manager").fills(manager="").hears("@Bob reports to @dora, as the platform")
    alice.dms("/muster manager").fills(manager="").hears("reports to nobody I know of")


def test_of_others_only_administrators_say_it(olga: Actor, alice: Actor, bob: Actor) -> None:
    alice.dms("/muster manager @Olga --of @Bob").hears("Only people who administer")
    olga.dms("/muster manager @Alice --of @Bob").hears("@Bob reports to @Alice.")
    olga.dms("/集结 上级 @Bob --谁的 @Bob").hears("Nobody reports to themselves.")


@pytest.fixture
def gone(room: Place, bob: Actor) -> Actor:
    bob.reports(ProfileSeen(is_active=False))
    return bob


@pytest.mark.parametrize(
    "said",
    [
        "/warroom open Next @Bob",
        "/warroom open Next --lead @Bob",
        "/warroom invite @Bob",
        "/warroom lead @Bob",
        "/item add Check --owner @Bob",
        "/item add Check --owner Bob",
    ],
)
def test_who_is_deactivated_is_neither_invited_nor_assigned(
    room: Place, gone: Actor, alice: Actor, said: str
) -> None:
    alice.says(said, room).hears("The account of Bob is deactivated.")


def test_and_in_a_form_the_field_says_so(room: Place, gone: Actor, alice: Actor) -> None:
    said = alice.says("/item add", room).fills(text="Check", owner=gone.id)
    assert "deactivated" in said.field_error("owner")


def test_who_is_back_can_be_named_again(room: Place, gone: Actor, alice: Actor) -> None:
    gone.reports(ProfileSeen(is_active=True))
    alice.says("/item add Check --owner @Bob", room).hears_nothing()
    room.expects("@Bob")


def test_a_lead_who_is_deactivated_leads_no_longer(room: Place, alice: Actor, bob: Actor) -> None:
    alice.reports(ProfileSeen(is_active=False))
    room.expects("WR-1 has no lead now.")
    room.card_says("Lead: nobody")
    alice.reports(ProfileSeen(is_active=False))
    room.expects_nothing()
