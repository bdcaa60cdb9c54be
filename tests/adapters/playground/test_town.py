from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.playground.messages import PAGE, Where
from adapters.playground.places import MUSTER, Change
from adapters.playground.town import Town
from bot.core.chat import Button, Buttons, Card, line
from bot.core.effects import Receipt
from bot.core.errors import Permanent
from bot.core.text import Strong, t

from .conftest import COMMANDS, START, AddNote

HELLO = line(t("Hello"))


def refused(code: str) -> pytest.RaisesExc[Permanent]:
    return pytest.RaisesExc(Permanent, check=lambda error: error.code == code)


class TestPeople:
    def test_the_first_is_an_administrator(self, town: Town) -> None:
        assert [person.is_admin for person in town.people.everybody()] == [True, False, False]

    def test_a_name_makes_an_id_a_language_and_a_zone(self, town: Town) -> None:
        zhangsan = town.people.called("张三")
        assert zhangsan is not None
        assert (zhangsan.id, zhangsan.lang, zhangsan.zone) == ("zhangsan", "zh", "Asia/Shanghai")
        assert town.people.add("Zoë Šimić").id == "zoe-simic"
        assert town.people.add("Ωμέγα").id == "person"
        assert town.people.add("Ωμέγα Δ").id == "person-2"

    def test_a_known_name_is_the_same_person(self, town: Town) -> None:
        assert town.people.add(" Alice ").id == "alice"
        assert len(town.people.everybody()) == 3

    def test_two_names_never_make_the_same_id(self, town: Town) -> None:
        assert town.people.add("alice!").id == "alice-2"
        assert town.people.add("Muster?").id == "muster-2"

    @pytest.mark.parametrize(
        "name", ["", "  ", "Muster", "集结", "a@b", "<b>", "x" * 61, "a\u202eb"]
    )
    def test_what_cannot_be_mentioned_is_no_name(self, town: Town, name: str) -> None:
        with refused("invalid_name"):
            town.people.add(name)

    @pytest.mark.parametrize("zone", ["Nowhere/Land", "../etc/passwd", ""])
    def test_zones_are_those_that_there_are(self, town: Town, zone: str) -> None:
        with refused("invalid_zone"):
            town.people.change("alice", zone=zone)

    def test_language_zone_and_standing_can_change(self, town: Town) -> None:
        town.people.change("bob", lang="zh", zone="Europe/Berlin", is_admin=True)
        bob = town.people.get("bob")
        assert (bob.lang, bob.zone, bob.is_admin) == ("zh", "Europe/Berlin", True)
        assert bob.reader.zone == "Europe/Berlin"
        with refused("user_not_found"):
            town.people.change("nobody")

    def test_newcomers_are_in_general_and_in_touch_with_muster(
        self, town: Town, general: str
    ) -> None:
        town.messages.say("bob", Where(general), "long ago", START)
        eve = town.people.add("Eve")
        assert eve.id in town.channels.get(general).members
        assert town.messages.unread(eve.id) == {}
        assert town.channels.direct(eve.id).members == ("eve",)
        with refused("user_not_found"):
            town.channels.direct("nobody")


class TestChannels:
    @pytest.mark.parametrize("name", ["", "Upper", "a b", "é", "故障", "x" * 81, "a.b", "a\n"])
    def test_names_are_slugs(self, town: Town, name: str) -> None:
        with refused("invalid_name"):
            town.channels.create(name)

    def test_names_are_unique_also_among_the_archived(self, town: Town) -> None:
        made = town.channels.create("wr-1")
        town.channels.archive(made.id)
        with refused("name_taken"):
            town.channels.create("wr-1")
        with refused("name_taken"):
            town.channels.rename(town.channels.create("wr-2").id, "wr-1")

    def test_a_channel_keeps_its_own_name_when_renamed_to_it(self, town: Town) -> None:
        made = town.channels.create("wr-1", "WR-1", topic="Why")
        assert town.channels.rename(made.id, "wr-1") == made
        assert town.channels.rename(made.id, "wr-9").name == "wr-9"

    def test_unknown_people_are_refused_one_by_one(self, town: Town) -> None:
        made = town.channels.create("wr-1", private=True)
        refused_people = town.channels.invite(made.id, ["alice", "nobody", "bob", "alice"])
        assert refused_people == {"nobody": "user_not_found"}
        assert town.channels.get(made.id).members == ("alice", "bob")

    def test_who_leaves_is_gone_and_may_leave_twice(self, town: Town, general: str) -> None:
        assert town.channels.remove(general, "bob")
        assert not town.channels.remove(general, "bob")
        assert "bob" not in town.channels.get(general).members

    def test_a_private_channel_exists_for_its_members_only(self, town: Town) -> None:
        made = town.channels.create("secret", private=True)
        town.channels.invite(made.id, ["alice"])
        assert town.channels.can_see("alice", made.id)
        assert not town.channels.can_see("bob", made.id)
        with refused("channel_not_found"):
            town.channels.join(made.id, "bob")
        assert not town.channels.join(made.id, "alice")

    def test_a_public_channel_is_joined_by_people(self, town: Town) -> None:
        made = town.channels.create("open")
        assert town.channels.join(made.id, "bob")
        with refused("user_not_found"):
            town.channels.join(made.id, "nobody")

    def test_an_archived_channel_does_not_change(self, town: Town, general: str) -> None:
        town.channels.archive(general)
        with refused("is_archived"):
            town.channels.invite(general, ["alice"])
        with refused("is_archived"):
            town.channels.describe(general, "x", "y")
        with refused("is_archived"):
            town.messages.post(Where(general), HELLO, START)
        assert not town.channels.archive(general, archived=False).archived
        assert town.channels.describe(general, "", "y").title == "general"

    def test_direct_conversations_are_no_channels(self, town: Town) -> None:
        direct = town.channels.direct("bob").id
        for change in (town.channels.archive, town.channels.open_for_change):
            with refused("channel_not_found"):
                change(direct)
        with refused("channel_not_found"):
            town.channels.get("C99")


class TestMessages:
    def test_pages_are_read_backwards(self, town: Town, general: str) -> None:
        for number in range(PAGE + 5):
            town.messages.say("bob", Where(general), str(number), START)
        newest = town.messages.page(general, "alice")
        older = town.messages.page(general, "alice", before=newest[0].id)
        assert [m.text for m in older + newest] == [str(number) for number in range(PAGE + 5)]

    def test_a_card_comes_back_as_it_was(self, town: Town, general: str) -> None:
        odd = "x\ud800\0<b>"
        card = Card(t("A {b}", b=Strong(odd)), (Buttons((Button(t("Go"), AddNote(words=odd)),)),))
        posted = town.messages.post(Where(general), card, START)
        assert posted.card == card
        assert posted.author == MUSTER
        assert town.messages.get(posted.id) == posted

    def test_a_card_of_a_forgotten_command_is_still_a_message(self, tmp_path: Path) -> None:
        town = Town(tmp_path / "town.db", COMMANDS)
        general = town.channels.everything()[0].id
        card = Card(t("A"), (Buttons((Button(t("Go"), AddNote(words="x")),)),))
        town.messages.post(Where(general), card, START)
        town.close()
        later = Town(tmp_path / "town.db", {})
        [message] = later.messages.page(general, "alice")
        assert message.card is not None
        assert "earlier version" in message.card.title.id
        later.close()

    def test_replies_stay_in_their_thread(self, town: Town, general: str) -> None:
        first = town.messages.say("alice", Where(general), "why?", START)
        reply = town.messages.post(Where(general, first.id), HELLO, START + timedelta(hours=1))
        nested = town.messages.say("bob", Where(general, reply.id), "yes", START)
        town.messages.post(Where(general, first.id, "bob"), HELLO, START)
        assert nested.thread == reply.thread == first.id
        assert [m.id for m in town.messages.page(general, "alice")] == [first.id]
        assert len(town.messages.page(general, "alice", thread=first.id)) == 2
        assert len(town.messages.page(general, "bob", thread=first.id)) == 3
        replies = town.messages.get(first.id).replies
        assert replies is not None
        assert (replies.replies, replies.people) == (2, (MUSTER, "bob"))

    def test_a_thread_is_one_of_the_channel(self, town: Town, general: str) -> None:
        elsewhere = town.messages.post(Where(town.channels.create("b").id), HELLO, START)
        for thread in (elsewhere.id, "999", "x", "9" * 30, "-1", "٣"):
            with refused("message_not_found"):
                town.messages.post(Where(general, thread), HELLO, START)

    def test_what_is_for_one_is_seen_by_one(self, town: Town, general: str) -> None:
        town.messages.post(Where(general, only_for="bob"), HELLO, START)
        assert len(town.messages.page(general, "bob")) == 1
        assert town.messages.page(general, "alice") == []

    def test_only_cards_are_redrawn(self, town: Town, general: str) -> None:
        posted = town.messages.post(Where(general), HELLO, START)
        redrawn = town.messages.redraw(posted.id, line(t("Bye")))
        assert redrawn.is_edited
        assert redrawn.card == line(t("Bye"))
        said = town.messages.say("bob", Where(general), "mine", START)
        with refused("cant_update_message"):
            town.messages.redraw(said.id, HELLO)

    def test_pinned_messages_are_listed_once(self, town: Town, general: str) -> None:
        posted = town.messages.post(Where(general), HELLO, START)
        town.messages.pin(posted.id)
        assert town.messages.pin(posted.id).is_pinned
        assert [m.id for m in town.messages.pinned(general)] == [posted.id]

    def test_reactions_are_given_once_and_taken_back(self, town: Town, general: str) -> None:
        message = town.messages.say("bob", Where(general), "done", START).id
        assert town.messages.react(message, "alice", "pushpin")
        assert not town.messages.react(message, "alice", "pushpin")
        assert town.messages.react(message, "bob", "pushpin")
        [reaction] = town.messages.get(message).reactions
        assert reaction.people == ("alice", "bob")
        assert town.messages.react(message, "alice", "pushpin", remove=True)
        assert not town.messages.react(message, "alice", "pushpin", remove=True)
        with refused("invalid_name"):
            town.messages.react(message, "alice", "no-such-emoji")

    def test_unread_counts_what_others_wrote_since(self, town: Town, general: str) -> None:
        town.messages.say("bob", Where(general), "one", START)
        town.messages.say("alice", Where(general), "two", START)
        town.messages.post(Where(general, only_for="bob"), HELLO, START)
        assert town.messages.unread("alice") == {general: 1}
        town.messages.read(general, "alice")
        assert town.messages.unread("alice") == {}
        assert town.messages.unread("bob") == {general: 2}

    def test_files_are_kept_whole(self, town: Town, general: str) -> None:
        content = bytes(range(256)) * 10
        note = t("Here is {what}", what=Strong("all"))
        posted = town.messages.post_file(Where(general), "决策.csv", content, note, START)
        assert posted.file is not None
        assert (posted.file.name, posted.file.size) == ("决策.csv", 2560)
        assert posted.note == note
        assert town.messages.content_of(posted.file.id) == content
        assert town.messages.with_file(posted.file.id) == posted
        with refused("file_not_found"):
            town.messages.content_of("99")
        with refused("file_not_found"):
            town.messages.with_file("99")

    def test_the_clock_can_start_after_all_that_was_said(self, town: Town, general: str) -> None:
        assert town.messages.last_at() is None
        town.messages.say("bob", Where(general), "x", START)
        assert town.messages.last_at() == START


class TestOnce:
    def test_the_same_key_is_done_once(self, town: Town) -> None:
        def create() -> Receipt:
            return Receipt(town.channels.create("wr-1").id, "wr-1", {"x": "user_not_found"})

        first = town.once("key", create)
        assert town.once("key", create) == first == town.receipt("key")
        assert town.receipt("other") is None

    def test_what_fails_leaves_nothing(self, town: Town) -> None:
        def fail() -> Receipt:
            town.channels.create("wr-1")
            raise Permanent("name_taken")

        with refused("name_taken"):
            town.once("key", fail)
        assert town.channels.named("wr-1") is None
        assert town.receipt("key") is None
        town.channels.create("wr-1")


def live_and_die(path: Path, general: str) -> None:
    town = Town(path, COMMANDS)
    town.messages.say("alice", Where(general), "before the end", START)
    town.once("key", lambda: Receipt("done"))
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_town_knows_itself_again(tmp_path: Path) -> None:
    town = Town(tmp_path / "town.db")
    again = Town(tmp_path / "town.db")
    other = Town()
    assert town.id == again.id != other.id
    for each in (town, again, other):
        each.close()


def test_what_was_done_is_there_after_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "town.db"
    town = Town(path, COMMANDS)
    town.people.add("Alice")
    general = town.channels.everything()[0].id
    town.close()
    process = multiprocessing.get_context("spawn").Process(
        target=live_and_die, args=(path, general)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    again = Town(path, COMMANDS)
    assert [m.text for m in again.messages.page(general, "alice")] == ["before the end"]
    assert again.receipt("key") == Receipt("done")
    again.close()


class TestChanges:
    def test_watchers_hear_after_the_commit_and_in_order(self, town: Town, general: str) -> None:
        heard: list[Change] = []
        stop = town.watch(heard.append)
        first = town.messages.say("bob", Where(general), "x", START)
        town.messages.say("bob", Where(general, first.id), "y", START)
        town.tell_time()
        assert [(c.what, c.message, c.thread) for c in heard] == [
            ("message", first.id, None),
            ("message", "2", first.id),
            ("message", first.id, None),
            ("clock", None, None),
        ]
        assert [c.number for c in heard] == sorted({c.number for c in heard})
        stop()
        town.tell_time()
        assert len(heard) == 4

    def test_nothing_is_heard_of_what_was_undone(self, town: Town) -> None:
        heard: list[Change] = []
        town.watch(heard.append)

        def fail() -> Receipt:
            town.channels.create("wr-1")
            raise Permanent("no")

        with refused("no"):
            town.once("key", fail)
        assert heard == []

    @pytest.mark.anyio
    async def test_a_stream_has_all_since_it_was_asked_for(self, town: Town, general: str) -> None:
        with town.changes() as changes:
            town.messages.post(Where(general, only_for="bob"), HELLO, START)
            town.messages.read(general, "alice")
            town.messages.read(general, "alice")
            town.hang_up()
            heard = [(change.what, change.person) async for change in changes]
        assert heard == [("message", "bob"), ("read", "alice")]

    @pytest.mark.anyio
    async def test_a_stream_that_was_left_hears_nothing(self, town: Town) -> None:
        changes = town.changes()
        changes.close()
        changes.close()
        town.tell_time()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(changes), 0.01)

    @pytest.mark.anyio
    async def test_a_stream_that_falls_far_behind_ends(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adapters.playground.store._LONGEST_QUEUE", 3)
        with town.changes() as changes:
            for _ in range(10):
                town.tell_time()
            assert len([change async for change in changes]) == 3
