"""Proposals: who is asked, what they say, and what the rule makes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.effects import DirectMessage
from tests.world import CHINESE, Actor, Place, World


def propose(crew: Place, alice: Actor, *, more: str = "") -> None:
    """D-1 Roll back to 1.4, for Bob, Carol and 陈工, until tomorrow at five."""
    alice.says(
        f"/decide propose Roll back to 1.4 --approvers @Bob @Carol @陈工 "
        f"--deadline tomorrow 5pm {more}",
        crew,
    ).hears_nothing()
    for place in (crew, *(crew.world.person(name).direct for name in ("Bob", "Carol", "陈工"))):
        place.expects("Proposal D-1 Roll back to 1.4", "@Bob: has not voted yet")


def test_three_approvers_one_objection_and_a_supersede(
    world: World, crew: Place, alice: Actor, bob: Actor, carol: Actor, chen: Actor
) -> None:
    alice.says("/decide Stay on 1.5 --why It has the fix", crew).hears_nothing()
    crew.expects("Decision D-1 Stay on 1.5")
    alice.says(
        "/decide propose Roll back to 1.4 --approvers @Bob @Carol @陈工 --supersedes D-1 "
        "--deadline tomorrow 5pm --why Errors began with 1.5",
        crew,
    ).hears_nothing()
    card = crew.expects(
        "Proposal D-2 Roll back to 1.4",
        "> Errors began with 1.5",
        "Proposed by @Alice",
        "In place of D-1",
        "Who must agree: all approvers who do not abstain",
        "Until: Tue 24 Nov 2026, 17:00",
        "@Carol: has not voted yet",
        "[Agree] [Object…] [Abstain]",
    )
    for person in (bob, carol, chen):
        person.direct.expects("Proposal D-2 Roll back to 1.4")

    bob.presses("Agree", card).hears("@Bob agrees to D-2 Roll back to 1.4")
    carol.presses("Object…", carol.direct).fills(reason="Nobody has tested it").hears("objects")
    told = crew.expects("@Carol objects to D-2", "> Nobody has tested it", "has to be answered")
    chen.says("/决策 同意 D-2", crew).hears("同意", "D-2 Roll back to 1.4")
    assert "not answered yet" in world.words(world.town.messages.get(card.id))

    alice.presses("Answer…", told).fills(answer="We tested it on Monday").hears_nothing()
    crew.expects("@Alice answered @Carol on D-2", "> We tested it on Monday")
    answered = carol.hears("@Alice answered @Carol on D-2")
    carol.presses("Agree", answered).hears("@Carol agrees to D-2")
    crew.expects("D-2 Roll back to 1.4 is accepted", "@Carol: agrees", "In place of D-1")
    crew.card_says("D-2 Roll back to 1.4", "superseded by D-2")
    closed = world.words(world.town.messages.get(card.id))
    assert "D-2 Roll back to 1.4 (accepted)" in closed
    assert "[Agree]" not in closed

    bob.says("/decide show D-1", crew).hears("(superseded by D-2)", "D-2 stands in its place")
    bob.says("/decide supersede D-2 Go on to 1.6 --why It is ready", crew).hears_nothing()
    crew.expects("@Bob put D-3 Go on to 1.6 in the place of D-2 Roll back to 1.4", "> It is ready")
    bob.says("/decide show D-3", crew).hears("In place of D-2")
    history = bob.says("/decide history D-2", crew)
    history.hears("@Carol objects", "Nobody has tested it", "@Alice answered an objection")
    history.hears("It was accepted", "@Bob put D-3 in its place")


def test_the_story_in_chinese(
    world: World, crew: Place, alice: Actor, bob: Actor, carol: Actor, chen: Actor
) -> None:
    chen.says(
        "/决策 提议 回滚到 1.4 --审批人 @Bob @Carol @Alice --通过 2 --截止 明天下午5点 "
        "--原因 1.5 上线后报错",
        crew,
    ).hears_nothing()
    card = crew.expects("回滚到 1.4")
    words = world.words(card, CHINESE)
    for said in ("提案", "D-1 回滚到 1.4", "11月24日", "还没投票", "[同意]", "[弃权]"):
        assert said in words, words
    assert "Proposal" not in words
    for person in (alice, bob, carol):
        person.hears("Proposal D-1 回滚到 1.4")
    bob.says("/决策 反对 D-1 还没人测过", crew).hears("@Bob objects to D-1")
    told = world.words(crew.expects("@Bob objects"), CHINESE)
    assert "先要有人回应" in told
    chen.says("/决策 回应 D-1 @Bob 周一测过了", crew).hears_nothing()
    crew.expects("周一测过了")
    bob.hears("周一测过了")
    alice.says("/决策 赞成 D-1", crew).hears("agrees")
    carol.says("/决策 同意 D-1", crew).hears("agrees")
    assert "D-1 回滚到 1.4 已通过" in world.words(crew.expects("accepted"), CHINESE)
    history = chen.says("/决策 历史 D-1", crew)
    history.hears("@Bob 反对", "还没人测过", "@陈工 回应了反对意见", "已通过")
    chen.says("/决策 取代 D-1 升级到 1.6 --原因 修复好了", crew).hears_nothing()
    assert "取代" in world.words(crew.expects("D-2 升级到 1.6"), CHINESE)


def test_a_vote_can_be_changed_until_it_closes(crew: Place, alice: Actor, bob: Actor) -> None:
    propose(crew, alice)
    bob.says("/decide agree D-1", crew).hears("@Bob agrees")
    bob.says("/decide agree D-1", crew).hears("You have said that already: agrees.")
    bob.says("/decide abstain D-1 I was away", crew).hears("@Bob abstains", "I was away")
    bob.says("/decide show D-1", crew).hears("@Bob: abstains (I was away)")


@pytest.mark.parametrize(
    ("rule", "votes", "state"),
    [
        ("--quorum any", ("agree",), "is accepted"),
        ("--quorum 任一", ("agree",), "is accepted"),
        ("--quorum 2", ("agree", "agree"), "is accepted"),
        ("--quorum 2人", ("agree", "agree"), "is accepted"),
        ("--quorum all", ("agree", "abstain", "agree"), "is accepted"),
        ("", ("agree", "agree", "agree"), "is accepted"),
        ("--quorum any", ("object", "agree"), ""),
        ("--quorum 2", ("agree",), ""),
        ("", ("abstain", "abstain", "abstain"), ""),
    ],
)
def test_the_rule(
    crew: Place,
    alice: Actor,
    bob: Actor,
    carol: Actor,
    chen: Actor,
    rule: str,
    votes: tuple[str, ...],
    state: str,
) -> None:
    propose(crew, alice, more=rule)
    for person, vote in zip((bob, carol, chen), votes, strict=False):
        person.says(f"/decide {vote} D-1 because", crew).hears("D-1")
    if "object" in votes:
        crew.expects("objects")
    if state:
        crew.expects(f"D-1 Roll back to 1.4 {state}")
    crew.expects_nothing()


def test_the_lead_decides(crew: Place, alice: Actor, bob: Actor) -> None:
    bob.says("/decide propose Roll back --approvers @Bob --quorum lead", crew).hears_nothing()
    crew.expects("Proposal D-1 Roll back", "Who must agree: the lead of the room", "@Alice")
    alice.hears("Proposal D-1 Roll back")
    bob.says("/decide agree D-1", crew).hears("agrees")
    alice.says("/decide agree D-1", crew).hears("agrees")
    crew.expects("D-1 Roll back is accepted")

    bob.says("/decide propose Go on --approvers @Bob --quorum 组长", crew).hears_nothing()
    crew.expects("Proposal D-2 Go on")
    alice.hears("Proposal D-2 Go on")
    alice.says("/decide object D-2 Too early", crew).hears("objects")
    crew.expects("@Alice objects to D-2")
    crew.expects("D-2 Go on was rejected: the lead objected")


def test_an_answered_objection_is_none_any_more(
    crew: Place, alice: Actor, bob: Actor, carol: Actor
) -> None:
    propose(crew, alice, more="--quorum any")
    bob.says("/decide object D-1 Untested", crew).hears("objects")
    carol.says("/decide agree D-1", crew).hears("agrees")
    crew.expects("@Bob objects")
    alice.says("/decide answer D-1 Tested on Monday", crew).hears_nothing()
    crew.expects("@Alice answered @Bob")
    bob.hears("@Alice answered @Bob")
    crew.expects("D-1 Roll back to 1.4 is accepted", "answered by @Alice: Tested on Monday")


def test_the_deadline_says_what_became_of_it(
    world: World, crew: Place, alice: Actor, bob: Actor, carol: Actor, chen: Actor
) -> None:
    propose(crew, alice)
    alice.says("/decide propose Go on --approvers @Bob --deadline tomorrow 5pm", crew)
    crew.expects("Proposal D-2 Go on")
    bob.hears("Proposal D-2 Go on")
    carol.says("/decide object D-1 Untested", crew).hears("objects")
    crew.expects("@Carol objects")
    world.at("2026-11-24 16:59")
    for person in (bob, chen, bob):
        person.direct.skips()
    world.at("2026-11-24 17:00")
    crew.expects("D-1 Roll back to 1.4 was rejected: somebody objected", "@Bob: did not vote")
    crew.expects("D-2 Go on expired: too few agreed by the deadline")
    bob.says("/decide agree D-2", crew).hears("The vote on D-2 is closed: it is expired.")
    bob.says("/decide show D-1", crew).hears("D-1 Roll back to 1.4 (rejected)")
    bob.says("/decide supersede D-2 Something", crew).hears("D-2 was never accepted")


def test_a_vote_that_comes_before_the_late_clock_is_late_all_the_same(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/decide propose Go on --approvers @Bob --deadline tomorrow 5pm", room)
    room.expects("Proposal D-1 Go on")
    bob.hears("Proposal D-1 Go on")
    world.clock.move_to(datetime(2026, 11, 24, 17, 1, tzinfo=UTC))
    bob.says("/decide agree D-1", room).hears("The vote on D-1 is closed: its deadline has passed.")
    room.expects("D-1 Go on expired: too few agreed by the deadline")
    bob.hears("Your vote on D-1 Go on is still missing")  # the reminder was due before


def test_those_who_have_not_voted_are_reminded(
    world: World, crew: Place, alice: Actor, bob: Actor, carol: Actor, chen: Actor
) -> None:
    propose(crew, alice)
    bob.says("/decide agree D-1", crew).hears("agrees")
    world.at("2026-11-23 21:00")  # halfway
    reminded = carol.hears("Your vote on D-1 Roll back to 1.4 is still missing", "Until Tue 24 Nov")
    chen.direct.expects("still missing")
    carol.presses("Abstain", reminded).hears("@Carol abstains")
    world.at("2026-11-24 16:00")  # an hour before the end
    chen.direct.expects("still missing")
    bob.direct.expects_nothing()
    carol.direct.expects_nothing()


def test_somebody_who_leaves_is_not_waited_for(
    world: World, crew: Place, alice: Actor, bob: Actor, carol: Actor, chen: Actor
) -> None:
    from bot.core.events import ProfileSeen

    propose(crew, alice)
    bob.says("/decide agree D-1", crew).hears("agrees")
    carol.says("/decide agree D-1", crew).hears("agrees")
    chen.reports(ProfileSeen(is_active=False))
    crew.expects("@陈工 is not here any more, and cannot vote on D-1")
    crew.expects("D-1 Roll back to 1.4 is accepted", "@陈工: is not here any more")
    alice.says("/decide propose Go on --approvers @陈工", crew).hears(
        "The account of 陈工 is deactivated. Name somebody else."
    )


def test_a_proposal_can_be_taken_back(crew: Place, alice: Actor, bob: Actor) -> None:
    propose(crew, alice)
    alice.says("/decide withdraw D-1 We wait for the vendor", crew).hears_nothing()
    crew.expects("@Alice took the proposal D-1 Roll back to 1.4 back: We wait for the vendor")
    bob.says("/decide agree D-1", crew).hears("The vote on D-1 is closed: it is rejected.")
    alice.says("/decide withdraw D-1", crew).hears("D-1 is no proposal any more")


def test_what_changes_is_voted_on_anew(crew: Place, alice: Actor, bob: Actor, carol: Actor) -> None:
    propose(crew, alice)
    bob.says("/decide agree D-1", crew).hears("agrees")
    alice.says("/decide amend D-1 --why Errors began with 1.5", crew).hears_nothing()
    crew.expects("@Alice amended D-1", "> + Errors began with 1.5", "are asked again")
    asked = bob.hears("D-1 Roll back to 1.4 was changed: please vote again")
    carol.direct.expects_nothing()
    bob.presses("Agree", asked).hears("@Bob agrees")
    bob.says("/decide history D-1", crew).hears("Its approvers were asked again")


def test_the_workspaces_own_proposals(world: World, alice: Actor, bob: Actor, dora: Actor) -> None:
    bob.dms("/muster whoami").hears("Bob")
    said = alice.dms("/decide propose We deploy on Tuesdays --approvers @Bob @Alice")
    said.hears("You proposed D-1 We deploy on Tuesdays", "Asked to vote: @Bob and @Alice")
    said.hears("Until Thu 26 Nov 2026, 01:00")
    alice.direct.expects("Proposal D-1")
    card = bob.hears("Proposal D-1 We deploy on Tuesdays")
    bob.presses("Agree", card).hears("@Bob agrees")
    dora.dms("/decide agree D-1").hears("Only its approvers vote on D-1: @Bob and @Alice.")
    dora.dms("/decide answer D-1 Why not").hears("Only who proposed D-1, or its room, can answer.")
    alice.dms("/decide agree D-1").hears("@Alice agrees")
    alice.direct.expects("D-1 We deploy on Tuesdays is accepted")


def test_what_resembles_an_earlier_decision_shows_it(crew: Place, alice: Actor, bob: Actor) -> None:
    bob.says("/decide Roll back payments to 1.4", crew).hears_nothing()
    crew.expects("Decision D-1")
    alice.says("/decide propose Roll back payments to 1.3 --approvers @Bob", crew).hears(
        "This resembles what was decided before", "D-1 Roll back payments to 1.4 (accepted)"
    )
    crew.expects("Proposal D-2")
    bob.hears("Proposal D-2")


def test_a_private_rooms_proposal_stays_there(
    world: World, vault: Place, alice: Actor, bob: Actor, dora: Actor
) -> None:
    alice.says("/decide propose Change the keys --approvers @Dora", vault).hears(
        "@Dora is not in WR-1, which is private. Bring them in first."
    )
    alice.says("/decide propose Change the keys --approvers @Bob", vault).hears_nothing()
    vault.expects("Proposal D-1 Change the keys")
    bob.hears("Proposal D-1 Change the keys")
    for said in ("agree", "show", "history", "withdraw", "amend", "abstain"):
        dora.dms(f"/decide {said} D-1").hears("There is no decision D-1.")
    dora.dms("/decide object D-1 No").hears("There is no decision D-1.")
    told = [each for each in world.tried if isinstance(each, DirectMessage)]
    assert dora.id not in {each.to.user for each in told if "Change the keys" in str(each.card)}


def test_what_waits_is_on_ones_own_page_and_holds_the_room_open(
    world: World, crew: Place, alice: Actor, bob: Actor
) -> None:
    propose(crew, alice)
    alice.says("/warroom close Done", crew).hears("the vote on D-1 Roll back to 1.4")
    bob.dms("/muster home").hears("1 proposal waits for your vote", "D-1 Roll back to 1.4")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("/decide propose Roll back --approvers @nobody", "I do not know anybody called nobody"),
        ("/decide propose Go --approvers @Bob --quorum 3", "3 cannot agree: there is 1 approver."),
        ("/decide propose Go --approvers @Bob --quorum 0", "Say all, any, lead, or how many"),
        ("/decide propose Go --approvers @Bob --quorum most", "Say all, any, lead, or how many"),
        ("/decide propose Go --approvers @Bob --deadline yesterday", "yesterday is in the past."),
        ("/decide propose Go --approvers @Bob --supersedes D-9", "There is no decision D-9."),
        ("/decide propose Go --approvers @Bob --items WR-1-9", "There is no item WR-1-9."),
        (f"/decide propose Go --approvers @Bob --tags {'x' * 41}", "At most 20 tags"),
        ("/decide agree D-9", "There is no decision D-9."),
        ("/decide agree nine", "nine is no key. A key looks like D-12."),
        ("/decide agree D-1", "The vote on D-1 is closed: it is accepted."),
        ("/decide answer D-1 Why", "The vote on D-1 is closed: it is accepted."),
        ("/decide withdraw D-1", "D-1 is no proposal any more: it is accepted."),
    ],
)
def test_what_cannot_be_done(world: World, crew: Place, alice: Actor, said: str, why: str) -> None:
    alice.says("/decide Stay", crew).hears_nothing()
    crew.expects("Decision D-1")
    before = world.rows()
    alice.says(said, crew).hears(why, f"> {said}")
    assert world.rows() == before


def test_answers_that_cannot_be(crew: Place, alice: Actor, bob: Actor, carol: Actor) -> None:
    propose(crew, alice)
    alice.says("/decide answer D-1 To nobody", crew).hears("There is no objection to answer.")
    for person in (bob, carol):
        person.says("/decide object D-1 Untested", crew).hears("objects")
        crew.expects("objects")
    alice.says("/decide answer D-1 To both", crew).hears("Whose objection: @Bob or @Carol?")
    alice.says("/decide answer D-1 @Alice To me", crew).hears("There is no objection to answer.")
    assert "reason" in {each.name for each in bob.says("/decide object D-1", crew).form.fields}


def test_without_approvers_its_form_asks(crew: Place, alice: Actor, bob: Actor) -> None:
    said = alice.says("/decide propose Roll back", crew)
    again = said.fills(quorum="9")
    assert again.field_error("approvers") == "Still needed: Approvers"
    again = again.fills(approvers=(bob.id,))
    assert again.field_error("quorum") == "9 cannot agree: there is 1 approver."
    assert again.value("title") == "Roll back"
    again.fills(quorum="all", tags="db", evidence="Load test").hears_nothing()
    crew.expects("Proposal D-1 Roll back", "Tags: #db", "> Load test")
    bob.hears("Proposal D-1")


def test_outside_a_room_no_lead_can_decide(alice: Actor, bob: Actor) -> None:
    bob.dms("/muster whoami").hears("Bob")
    alice.dms("/decide propose Go --approvers @Bob --quorum lead").hears(
        "Only a room that has a lead"
    )


def test_closing_the_room_ends_its_votes(
    crew: Place, alice: Actor, bob: Actor, carol: Actor, chen: Actor
) -> None:
    propose(crew, alice)
    asked = alice.says("/warroom close Fixed", crew).hears("the vote on D-1 Roll back to 1.4")
    alice.presses("Close anyway", asked).hears("@Alice closed WR-1")
    crew.expects("@Alice closed WR-1")
    crew.expects("D-1 Roll back to 1.4 expired: WR-1 was closed before it was decided")
    crew.skips()
    for person in (bob, carol, chen):
        person.says("/decide agree D-1").hears("D-1")
    crew.world.advance(days=2)
    crew.expects_nothing()
    alice.says("/warroom reopen WR-1 It is back", crew).hears_nothing()
    crew.skips()
    bob.says("/decide agree D-1", crew).hears("The vote on D-1 is closed: it is expired.")


def test_a_long_proposal_keeps_what_people_need_to_vote(crew: Place, alice: Actor) -> None:
    alice.says(
        "/decide propose Roll back --approvers @Bob @Carol @陈工 --deadline tomorrow 5pm "
        f"--context {'c' * 3000} --options {'o' * 3000} --why {'w' * 3000}",
        crew,
    )
    card = crew.world.words(crew.expects("Proposal D-1", "@Bob: has not voted yet"))
    assert "Until: Tue 24 Nov 2026, 17:00" in card
    assert "[Abstain] [Show it whole]" in card
    assert "w" * 700 in card
    assert len(card) < 3500
    for name in ("Bob", "Carol", "陈工"):
        crew.world.person(name).direct.skips()


def test_who_is_asked_elsewhere_is_told_of_which_room(
    crew: Place, alice: Actor, dora: Actor
) -> None:
    alice.says("/decide propose Roll back --approvers @Dora --deadline tomorrow 5pm", crew)
    dora.hears("Proposal D-1", "Room: WR-1 Payment timeouts · #wr-1-payment-timeouts")
    crew.world.advance(hours=20)
    dora.hears("Your vote on D-1", "Room: WR-1 Payment timeouts · #wr-1-payment-timeouts")
    for place in (crew, alice.direct, dora.direct):
        place.skips()
