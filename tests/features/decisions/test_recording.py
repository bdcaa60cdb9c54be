"""Recording decisions with all that belongs to them, of messages and of items."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.effects import Quoted
from bot.core.i18n import plain
from bot.core.platform import Picked, ShowForm
from bot.features.decisions.options import Considered, read_options, write_options
from bot.features.decisions.tables import (
    Choice,
    Decision,
    State,
    Vote,
    is_agreed,
    is_refused,
    open_objections,
    state_at_the_end,
)
from tests.world import CHINESE, ENGLISH, START, Actor, Place, World


def test_with_all_that_there_is_to_say(
    world: World, room: Place, alice: Actor, bob: Actor, dora: Actor
) -> None:
    dora.dms("/muster whoami").hears("Dora")
    alice.says("/item add Check the logs", room).hears_nothing()
    room.skips()
    bob.says(
        "/decide Roll back to 1.4 --why Errors began with 1.5 --instead-of Hotfix\n"
        "--context Payments time out\n--drivers Customers first\n"
        "--options Roll back\n+ known to work\n- loses the fix\nHotfix\n"
        "--consequences Refunds wait --confirmation Error rate on Tuesday\n"
        "--evidence https://example.com/chart\n--makers @Alice @Bob --consulted @Dora "
        "--informed @Dora --owner @Alice --tags database, Payments --items 1 --review in 3 months",
        room,
    ).hears_nothing()
    told = room.expects(
        "Decision D-1 Roll back to 1.4",
        "— Context —\n> Payments time out",
        "— What matters most —\n> Customers first",
        "— Options —\n> Roll back\n> + known to work\n> - loses the fix\n> Hotfix",
        "— Why —\n> Errors began with 1.5",
        "— Instead of —\n> Hotfix",
        "> Refunds wait",
        "> Error rate on Tuesday",
        "> https://example.com/chart",
        "Decision-makers: @Alice and @Bob",
        "Consulted: @Dora",
        "Informed: @Dora",
        "Owner: @Alice",
        "About WR-1-1",
        "Tags: #database and #payments",
        "To be reviewed",
    )
    assert "Not written yet" not in world.words(told)
    words = world.words(told, CHINESE)
    for english in ("Context", "Owner", "Consulted", "reviewed", "Tags"):
        assert english not in words


def test_what_is_missing_is_shown_quietly(room: Place, bob: Actor) -> None:
    bob.says("/decide Roll back", room).hears_nothing()
    told = room.expects("Not written yet: Context, Options, Why, What follows from it and How")
    bob.presses("Add to it…", told).fills(new_context="Payments time out").hears_nothing()
    room.expects("amended", "+ Payments time out")
    bob.says("/decide show D-1", room).hears("Not written yet: Options, Why,")


def test_only_the_title_is_required(room: Place, bob: Actor) -> None:
    form = bob.says("/decide", room).form
    assert [each.name for each in form.fields if each.required] == ["title"]
    assert {"context", "drivers", "options", "consequences", "confirmation", "evidence"} <= {
        each.name for each in form.fields
    }
    bob.says("/decide --title “ ”", room)
    room.expects_nothing()


def test_of_a_message_with_its_context_and_author(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    message = alice.writes("Roll back to 1.4\nErrors began with 1.5", room)
    bob.reacts("scales", message)
    told = room.expects("Decision D-1 Roll back to 1.4", "— Context —\n> Errors began with 1.5")
    assert "Decided by @Alice" in world.words(told)
    assert "Said by @Alice" in world.words(told)
    bob.reacts("scales", message, back=True)
    room.expects("took the decision D-1 Roll back to 1.4 back")


def test_who_records_one_outside_any_room_is_told_that_everybody_can_read_it(
    world: World, alice: Actor, bob: Actor, room: Place, general: Place
) -> None:
    said = "Not in a war room: everybody in this workspace can read it."
    for asked in ("/decide", "/decide propose"):
        assert alice.dms(asked).intro == said
        assert alice.says(asked, general).intro == said
        assert alice.says(asked, room).intro == ""
    alice.dms("/decide").fills(title="Freeze hiring").hears("Decision D-1", said)
    alice.says("/decide Roll back", general).hears("Decision D-2", said)
    alice.dms("/decide propose Freeze more --approvers @Bob").hears("You proposed D-3", said)
    alice.says("/decide Roll on", room).hears_nothing()
    bob.hears("Freeze more")
    assert said not in world.words(room.expects("Decision D-4"))


def test_in_a_private_room_they_are_told_that_it_stays_there(
    vault: Place, alice: Actor, dora: Actor
) -> None:
    said = "WR-1 is private: only its members can read it."
    assert alice.says("/decide", vault).intro == said
    assert dora.dms("/decide --room WR-1").intro == ""
    alice.says("/decide Tell nobody", vault).hears_nothing()
    vault.expects("Decision D-1", said)


def test_of_a_message_outside_any_room_too(alice: Actor, general: Place) -> None:
    quoted = Quoted(general.id, "m1", alice.id, "We freeze hiring", START)
    reply = alice.sends(Picked("decide", quoted), general).reply
    assert isinstance(reply, ShowForm)
    assert reply.form.intro is not None
    assert "everybody in this workspace can read it" in plain(reply.form.intro, ENGLISH)


def test_of_an_item(world: World, room: Place, alice: Actor) -> None:
    from bot.core.events import ItemActions

    alice.says("/item add Check the logs", room).hears_nothing()
    alice.says("/item add Find the leak", room).hears_nothing()
    alice.says("/item done 2", room).hears_nothing()
    room.skips()
    buttons = [
        button
        for number in (1, 2, 99)
        for found in world.read(lambda tx, n=number: tx.ask(ItemActions(n)))
        for button in found
        if button.command.spec.path == "decide"
    ]
    [button] = buttons
    assert (button.command.title, button.command.items) == ("Check the logs", "WR-1-1")
    assert button.opens_form


def test_a_private_rooms_decision_names_only_who_may_know(
    vault: Place, alice: Actor, dora: Actor
) -> None:
    dora.dms("/muster whoami").hears("Dora")
    for option in ("makers", "consulted", "informed", "owner"):
        alice.says(f"/decide Change the keys --{option} @Dora", vault).hears(
            "@Dora is not in WR-1, which is private. Bring them in first."
        )
    vault.expects_nothing()


# ── the rules of a proposal, which follow from its votes alone ───────────────────────────────────

VOTES = st.lists(
    st.builds(
        lambda person, choice, answer, gone: Vote(
            id=person, decision_id=1, person_id=person, choice=choice, answer=answer, is_gone=gone
        ),
        st.integers(1, 9),
        st.sampled_from([None, *Choice]),
        st.sampled_from([None, "answered"]),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda vote: vote.person_id,
)
RULES = st.sampled_from(["all", "any", "lead", "1", "2", "6"])


@given(RULES, VOTES)
def test_nothing_is_accepted_over_an_open_objection(rule: str, votes: list[Vote]) -> None:
    agreed = is_agreed(rule, votes, lead=1)
    if open_objections(votes):
        assert not agreed
    if agreed:
        assert any(vote.choice == Choice.AGREE and not vote.is_gone for vote in votes)
        assert not is_refused(rule, votes, lead=1)


@given(RULES, VOTES)
def test_one_more_agreement_never_undoes_acceptance(rule: str, votes: list[Vote]) -> None:
    if is_agreed(rule, votes, lead=1):
        for vote in votes:
            changed = Vote(**{**vote.model_dump(), "choice": Choice.AGREE, "is_gone": False})
            more = [changed if each is vote else each for each in votes]
            assert is_agreed(rule, more, lead=1)


@given(VOTES)
def test_the_end_is_rejection_only_where_somebody_objected(votes: list[Vote]) -> None:
    objected = any(vote.choice == Choice.OBJECT and not vote.is_gone for vote in votes)
    assert state_at_the_end(votes) == (State.REJECTED if objected else State.EXPIRED)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (None, []),
        ("Roll back\n+ known\n- loses\n\nHotfix", [("Roll back", "known", "loses"), ("Hotfix",)]),
        ("＋ 已知\nB\n—", [("＋ 已知",), ("B",), ("—",)]),
    ],
)
def test_options(text: str | None, options: list[tuple[str, ...]]) -> None:
    found = read_options(text)
    assert [each.name for each in found] == [each[0] for each in options]
    assert read_options(write_options(found)) == found
    if text and "known" in text:
        assert found[0] == Considered("Roll back", ("known",), ("loses",))


def test_a_row_knows_its_keys() -> None:
    row = Decision(
        workspace_id=1, number=12, title="A", items="WR-7-3 nonsense", supersedes="D-3 D-5 x"
    )
    assert [str(key) for key in row.item_keys] == ["WR-7-3"]
    assert [str(key) for key in row.supersedes_keys] == ["D-3", "D-5"]
    assert row.missing == ["context", "options", "why", "consequences", "confirmation"]
