"""Checkpoints: planned, due, passed or waived; and a room that cannot be closed without them."""

from __future__ import annotations

import pytest

from bot.core.i18n import plain
from bot.features.decisions.templates import TEMPLATES, named
from tests.world import CHINESE, ENGLISH, Actor, Place, World


@pytest.fixture
def planned(room: Place, alice: Actor) -> Place:
    """Checkpoint 1 of WR-1: Go or no-go, tomorrow at five, with a load test report."""
    alice.says(
        "/checkpoint plan Go or no-go --due tomorrow 5pm --evidence Load test report", room
    ).hears_nothing()
    room.expects(
        "@Alice planned the checkpoint 1. Go or no-go",
        "(due Tue 24 Nov 2026, 17:00 · needs: Load test report)",
        "[Decide…] [Waive…]",
    )
    return room


def test_they_are_on_the_rooms_card_and_told_when_due(
    world: World, planned: Place, bob: Actor
) -> None:
    planned.card_says("1 checkpoint ahead", "1. Go or no-go", "due Tue 24 Nov 2026, 17:00")
    world.at("2026-11-23 17:00")
    planned.expects("Checkpoint 1. Go or no-go is due in a day")
    world.at("2026-11-24 17:00")
    due = planned.expects("Checkpoint 1. Go or no-go is due now", "[Another date…]")
    planned.card_says("overdue since Tue 24 Nov 2026, 17:00")
    bob.says("/warroom timeline", planned).hears("Checkpoint 1. Go or no-go is due now")
    bob.presses("Another date…", due).fills(due="in 3 days").hears_nothing()
    planned.expects("@Bob set the checkpoint 1. Go or no-go due Fri 27 Nov 2026, 18:00")
    bob.presses("All checkpoints", due).hears("Checkpoints of WR-1", "1. Go or no-go")
    world.advance(days=4)
    planned.expects("is due in a day")
    planned.expects("is due now")


def test_it_is_passed_with_the_evidence_that_it_needs(planned: Place, bob: Actor) -> None:
    bob.says("/checkpoint pass 1 Go", planned).hears("Evidence is needed: Load test report.")
    again = bob.presses("Decide…", planned).fills(outcome="Go")
    assert again.field_error("evidence") == "Evidence is needed: Load test report."
    again.fills(evidence="400 requests a second").hears_nothing()
    planned.expects("Decision D-1 Go", "> Go or no-go", "> 400 requests a second")
    planned.card_lacks("checkpoint")
    bob.says("/checkpoint", planned).hears("1. Go or no-go (passed: D-1)")
    bob.says("/checkpoint pass 1 Go --evidence More", planned).hears(
        "1. Go or no-go is settled already (passed: D-1)."
    )
    bob.says("/checkpoint move 1 tomorrow", planned).hears("is settled already")
    bob.says("/warroom close Done", planned).hears("Only the lead of WR-1")


def test_its_approvers_decide(world: World, room: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/锚点 计划 上线评审 --截止 明天下午5点 --审批人 @Bob", room).hears_nothing()
    assert "审批" in world.words(room.expects("上线评审", "decided by @Bob"), CHINESE)
    alice.says("/锚点 通过 1 上线", room).hears_nothing()
    room.expects("Proposal D-1 上线", "Until: Tue 24 Nov 2026, 17:00")
    card = bob.hears("Proposal D-1 上线")
    room.card_says("its approvers are voting on D-1")
    alice.says("/checkpoint pass 1 Go", room).hears("Its approvers are voting already.")
    bob.presses("Agree", card).hears("agrees")
    room.expects("D-1 上线 is accepted")
    alice.says("/checkpoint list", room).hears("1. 上线评审 (passed: D-1)")


def test_what_its_approvers_reject_waits_again(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/checkpoint plan Go or no-go --approvers @Bob", room).hears_nothing()
    room.expects("(no date yet · decided by @Bob)")
    alice.presses("Decide…", room).fills(outcome="Go").hears_nothing()
    room.expects("Proposal D-1 Go")
    bob.hears("Proposal D-1 Go")
    alice.says("/decide withdraw D-1", room).hears_nothing()
    room.expects("took the proposal D-1 Go back")
    room.card_says("1 checkpoint ahead", "no date yet")


def test_a_vote_that_is_waived_meanwhile_changes_nothing(
    room: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/checkpoint plan Go or no-go --approvers @Bob", room).hears_nothing()
    alice.says("/checkpoint pass 1 Go", room).hears_nothing()
    alice.says("/checkpoint waive 1 The vendor signed it off", room).hears_nothing()
    room.skips()
    bob.presses("Agree", bob.direct).hears("agrees")
    bob.direct.skips()
    room.expects("D-1 Go is accepted")
    alice.says("/checkpoint", room).hears("waived by @Alice: The vendor signed it off")


def test_a_room_is_not_closed_without_them(
    world: World, planned: Place, alice: Actor, bob: Actor
) -> None:
    held = alice.says("/warroom close Done", planned)
    held.hears("WR-1 Payment timeouts cannot be closed yet", "1. Go or no-go", "[Waive…]")
    assert "Close anyway" not in held.text
    bob.says("/checkpoint waive 1 Not needed", planned).hears("Only the lead of WR-1 can do that")
    said = alice.presses("Waive…", held)
    again = said.fills(reason=" ")
    assert again.field_error("reason") == "Still needed: Why is it not needed?"
    again.fills(reason="The vendor signed it off").hears_nothing()
    planned.expects("@Alice waived the checkpoint 1. Go or no-go: The vendor signed it off")
    alice.says("/warroom timeline", planned).hears("waived the checkpoint")
    alice.says("/warroom close Done", planned).hears_nothing()
    planned.expects("@Alice closed WR-1")
    world.advance(days=3)
    alice.dms("/checkpoint list WR-1").hears("waived by @Alice: The vendor signed it off")
    planned.skips()


def test_templates(world: World, room: Place, alice: Actor) -> None:
    alice.says("/checkpoint template incident --start tomorrow 9:00", room).hears_nothing()
    room.expects(
        "@Alice planned 3 checkpoints of the template A problem in production",
        "1. Roll back or repair (due Tue 24 Nov 2026, 09:00 · needs: What changed",
        "3. Permanent fix chosen (due Sun 29 Nov 2026, 09:00",
    )
    room.card_says("3 checkpoints ahead")
    alice.says("/锚点 模板 上线", room).hears_nothing()
    room.expects("planned 4 checkpoints of the template Launch of a product")
    room.card_says("7 checkpoints ahead", "… and 2 more")
    alice.says("/checkpoint template parade", room).hears("parade is none of launch, incident")
    assert alice.says("/checkpoint template", room).form.command == "checkpoint template"


def test_every_template_can_be_read_in_both_languages() -> None:
    assert len({template.name for template in TEMPLATES}) == len(TEMPLATES)
    for template in TEMPLATES:
        assert named(template.name) is template
        days = [each.days for each in template.checkpoints]
        assert days == sorted(days)
        for title in (template.title, *(each.title for each in template.checkpoints)):
            assert plain(title, CHINESE) != plain(title, ENGLISH)
    with pytest.raises(LookupError):
        named("parade")


def test_the_terminal_lists_templates() -> None:
    from typer.testing import CliRunner

    from bot.cli import app

    said = CliRunner().invoke(app, ["templates"])
    assert said.exit_code == 0
    assert "launch  Launch of a product" in said.stdout
    assert "  Prototype sign-off (after 5 days): A prototype that users have tried" in said.stdout
    assert "  Roll back or repair (at once)" in said.stdout


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("/checkpoint plan Late --due yesterday", "yesterday is in the past."),
        ("/checkpoint plan Late --approvers @nobody", "I do not know anybody called nobody here."),
        ("/checkpoint pass 9 Go", "WR-1 has no checkpoint 9."),
        ("/checkpoint pass 1.5 Go", "WR-1 has no checkpoint 1.5."),
        ("/checkpoint pass first Go", "first is not a number."),
        ("/checkpoint waive 9 Not needed", "WR-1 has no checkpoint 9."),
        ("/checkpoint move 1 yesterday", "yesterday is in the past."),
        ("/checkpoint move 9 tomorrow", "WR-1 has no checkpoint 9."),
        ("/checkpoint list WR-9", "There is no war room WR-9."),
    ],
)
def test_what_cannot_be_done(
    world: World, planned: Place, alice: Actor, said: str, why: str
) -> None:
    before = world.rows()
    alice.says(said, planned).hears(why, f"> {said}")
    assert world.rows() == before


def test_there_are_only_so_many(
    planned: Place, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.features.decisions.checkpoints.MOST", 2)
    alice.says("/checkpoint template launch", planned).hears("A room has at most 2 checkpoints.")
    alice.says("/checkpoint", planned).hears("1. Go or no-go")
    planned.expects_nothing()


def test_without_any_it_says_how(room: Place, alice: Actor) -> None:
    said = alice.says("/checkpoint", room).hears("/checkpoint plan …", "/checkpoint template …")
    alice.presses("Plan a checkpoint", said).fills(title="Go or no-go").hears_nothing()
    room.expects("planned the checkpoint 1. Go or no-go", "(no date yet)")


def test_approvers_who_left(room: Place, alice: Actor, bob: Actor) -> None:
    from bot.core.events import ProfileSeen

    alice.says("/checkpoint plan Go or no-go --approvers @Bob", room).hears_nothing()
    room.skips()
    bob.reports(ProfileSeen(is_active=False))
    alice.says("/checkpoint pass 1 Go", room).hears("None of its approvers is here any more.")


def test_strangers_learn_nothing_of_a_private_rooms(
    vault: Place, alice: Actor, dora: Actor
) -> None:
    alice.says("/checkpoint plan Change the keys", vault).hears_nothing()
    vault.skips()
    for said in ("list WR-1", "pass 1 Go --room WR-1", "waive 1 No --room WR-1"):
        dora.dms(f"/checkpoint {said}").hears("There is no war room WR-1.")
    alice.says("/checkpoint plan Go --approvers @Dora", vault).hears("@Dora is not in WR-1")


def test_the_lead_hears_it_where_the_channel_is_gone(
    world: World, planned: Place, alice: Actor
) -> None:
    alice.archives(planned)
    alice.hears("The channel of WR-1 Payment timeouts was archived")
    world.at("2026-11-24 17:00")
    alice.hears("Checkpoint 1. Go or no-go is due in a day")
    alice.hears("Checkpoint 1. Go or no-go is due now")
