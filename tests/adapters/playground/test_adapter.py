from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.playground.adapter import DIRECT, NotRunningError, Playground
from adapters.playground.messages import Where
from adapters.playground.town import Town
from bot.core.chat import Button, Buttons, Card, Form, line
from bot.core.clock import MovableClock
from bot.core.effects import (
    Address,
    Archive,
    CreateChannel,
    Describe,
    DirectMessage,
    Effect,
    Home,
    Invite,
    Pin,
    PostCard,
    Quoted,
    ReadMessage,
    Receipt,
    RedrawCard,
    Remove,
    SendFile,
    Tell,
    UpdateCard,
    User,
)
from bot.core.errors import Permanent, Unavailable
from bot.core.events import (
    ChannelArchived,
    ChannelRenamed,
    Event,
    MemberJoined,
    MemberLeft,
    Reacted,
)
from bot.core.platform import (
    Adapter,
    Happened,
    Incoming,
    Pressed,
    Redraw,
    Say,
    SendsFiles,
    ShowForm,
    Submitted,
    Typed,
    encode,
)
from bot.core.text import Reader, t

from .conftest import START, AddNote, Bot
from .test_town import refused

pytestmark = pytest.mark.anyio

HOME = Home("playground", "playground")
READER = Reader("en")
HELLO = line(t("Hello"))
BUTTON = Button(t("Add"), AddNote(words="x"))
CARD = Card(t("Press"), (Buttons((BUTTON,)),))
FORM = Form("note add", t("Add a note"), (), t("Send"), {"room": "7"})


def at(channel: str, thread: str | None = None) -> Address:
    return Address("playground", "playground", channel, thread)


def who(user: str) -> User:
    return User("playground", "playground", user)


async def test_it_is_an_adapter_that_sends_files(playground: Playground) -> None:
    adapter: Adapter = playground
    assert isinstance(adapter, SendsFiles)
    assert (playground.name, playground.workspace) == ("playground", "playground")


class TestPerform:
    async def test_a_room_comes_into_being(self, playground: Playground, town: Town) -> None:
        made = await playground.perform(
            CreateChannel(HOME, "wr-1", "WR-1 Payments", "Fix it", private=True), "k1"
        )
        assert made.name == "wr-1"
        invited = await playground.perform(Invite(at(made.id), ("alice", "nobody")), "k2")
        assert invited.refused == {"nobody": "user_not_found"}
        posted = await playground.perform(PostCard(at(made.id), CARD, READER), "k3")
        await playground.perform(Pin(at(made.id), posted.id), "k4")
        await playground.perform(UpdateCard(at(made.id), posted.id, HELLO, READER), "k5")
        reply = await playground.perform(PostCard(at(made.id, posted.id), HELLO, READER), "k6")
        await playground.perform(Describe(at(made.id), "WR-1", "Fixed"), "k7")
        await playground.perform(Remove(at(made.id), "alice"), "k8")
        channel = town.channels.get(made.id)
        assert (channel.title, channel.topic, channel.members) == ("WR-1", "Fixed", ())
        [pinned] = town.messages.pinned(made.id)
        assert (pinned.id, pinned.card, pinned.at) == (posted.id, HELLO, START)
        assert town.messages.get(reply.id).thread == posted.id

    async def test_nothing_is_done_twice(self, playground: Playground, town: Town) -> None:
        effects: list[Effect] = [
            CreateChannel(HOME, "wr-1", "WR-1"),
            DirectMessage(who("bob"), HELLO, READER),
            PostCard(at("C1"), HELLO, READER),
        ]
        for key, effect in enumerate(effects):
            first = await playground.perform(effect, str(key))
            assert await playground.perform(effect, str(key)) == first
        assert len(town.messages.page("C1", "bob")) == 1
        assert len(town.messages.page(town.channels.direct("bob").id, "bob")) == 1

    async def test_what_a_platform_refuses_is_refused(
        self, playground: Playground, town: Town, general: str
    ) -> None:
        posted = await playground.perform(PostCard(at(general), HELLO, READER), "a")
        other = town.channels.create("other").id
        cases: list[tuple[str, Effect]] = [
            ("name_taken", CreateChannel(HOME, "general", "General")),
            ("invalid_name", CreateChannel(HOME, "General", "General")),
            ("channel_not_found", PostCard(at("C99"), HELLO, READER)),
            ("channel_not_found", Invite(at("C99"), ("alice",))),
            ("user_not_found", DirectMessage(who("nobody"), HELLO, READER)),
            ("message_not_found", UpdateCard(at(general), "99", HELLO, READER)),
            ("message_not_found", Pin(at(other), posted.id)),
        ]
        for code, effect in cases:
            with refused(code):
                await playground.perform(effect, f"{code} {effect.type}")
        town.channels.archive(general)
        for effect in (
            PostCard(at(general), HELLO, READER),
            UpdateCard(at(general), posted.id, HELLO, READER),
            Describe(at(general), "x", "y"),
        ):
            with refused("is_archived"):
                await playground.perform(effect, effect.type)

    async def test_the_worker_s_own_effects_never_arrive(self, playground: Playground) -> None:
        with pytest.raises(TypeError):
            await playground.perform(RedrawCard(at("C1"), "1", "room:1", READER), "k")

    async def test_a_file_goes_to_a_channel_or_a_person_once(
        self, playground: Playground, town: Town, general: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "log.csv"
        path.write_bytes(b"1,2")
        for to, where in ((at(general), general), (who("bob"), town.channels.direct("bob").id)):
            effect = SendFile(to, "decisions", {}, "log.csv", t("Here"), READER)
            receipts = [await playground.send_file(effect, where, path) for _ in range(2)]
            [message] = town.messages.page(where, "bob")
            assert message.file is not None
            assert town.messages.content_of(message.file.id) == b"1,2"
            assert receipts == [Receipt(message.id)] * 2


class TestSaying:
    async def test_muster_hears_commands_mentions_and_direct_messages(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        await playground.say("bob", general, "just talking to @alice")
        assert bot.told == []
        await playground.say("bob", general, "/note add buy milk for @张三")
        await playground.say("bob", general, "@Muster help")
        await playground.say("bob", DIRECT, "anything")
        assert [each.what for each in bot.told] == [
            Typed("/note add buy milk for <@zhangsan>", {"zhangsan": "张三"}),
            Typed("help"),
            Typed("anything"),
        ]
        assert [each.is_direct for each in bot.told] == [False, False, True]
        assert bot.told[0].place == at(general)
        assert bot.told[0].sender.zone == "America/New_York"
        assert len({each.delivery for each in bot.told}) == 3
        shown = town.messages.page(general, "alice")
        assert [(m.text, m.is_command) for m in shown] == [
            ("just talking to <@alice>", False),
            ("/note add buy milk for <@zhangsan>", True),
            ("<@muster> help", False),
        ]

    async def test_the_answer_is_for_the_one_who_asked(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        bot.reply = Say(HELLO)
        shown = await playground.say("bob", general, "/note")
        assert shown.answer is not None
        assert shown.answer.only_for == "bob"
        assert len(town.messages.page(general, "alice")) == 1
        direct = await playground.say("bob", DIRECT, "/note")
        assert direct.answer is not None
        assert direct.answer.only_for is None

    async def test_a_thread_is_answered_in_the_thread(
        self, playground: Playground, bot: Bot, general: str
    ) -> None:
        first = await playground.say("alice", general, "a question")
        assert first.said is not None
        bot.reply = Say(HELLO)
        shown = await playground.say("bob", general, "@集结 help", first.said.id)
        assert shown.answer is not None
        assert shown.answer.thread == first.said.id
        assert bot.told[0].place == at(general, first.said.id)

    async def test_a_form_is_handed_back(
        self, playground: Playground, bot: Bot, general: str
    ) -> None:
        bot.reply = ShowForm(FORM)
        shown = await playground.say("bob", general, "/note add")
        assert shown.form == FORM
        assert shown.answer is None

    async def test_only_members_write(self, playground: Playground, town: Town) -> None:
        public, secret = (
            town.channels.create("open").id,
            town.channels.create("secret", private=True).id,
        )
        with refused("not_in_channel"):
            await playground.say("bob", public, "hi")
        with refused("channel_not_found"):
            await playground.say("bob", secret, "hi")
        with refused("no_text"):
            await playground.say("bob", DIRECT, " \n ")
        with refused("user_not_found"):
            await playground.say("nobody", DIRECT, "hi")

    async def test_an_answer_to_who_can_no_longer_see_it_comes_directly(
        self, playground: Playground, town: Town, bot: Bot
    ) -> None:
        secret = town.channels.create("secret", private=True).id
        town.channels.invite(secret, ["bob"])
        bot.reply = Say(HELLO)

        def put_out(_: Incoming) -> None:
            town.channels.remove(secret, "bob")

        bot.before = put_out
        shown = await playground.say("bob", secret, "/leave")
        assert shown.answer is not None
        assert shown.answer.channel == town.channels.direct("bob").id

    async def test_an_answer_in_an_archived_channel_comes_directly(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        bot.reply = Say(HELLO)

        def archive(_: Incoming) -> None:
            town.channels.archive(general)

        bot.before = archive
        shown = await playground.say("bob", general, "/close")
        assert shown.answer is not None
        assert shown.answer.channel == town.channels.direct("bob").id


class TestPressing:
    async def test_a_press_carries_payload_and_message(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        message = town.messages.post(Where(general), CARD, START).id
        await playground.press("bob", message, encode(BUTTON))
        assert [each.what for each in bot.told] == [Pressed(encode(BUTTON), message)]

    async def test_redraw_replaces_the_card_for_everybody(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        message = town.messages.post(Where(general), CARD, START).id
        bot.reply = Redraw(HELLO)
        shown = await playground.press("bob", message, encode(BUTTON))
        assert shown.answer is not None
        assert shown.answer.id == message
        assert town.messages.get(message).card == HELLO

    async def test_redraw_with_nothing_to_redraw_is_said(
        self, playground: Playground, bot: Bot, general: str
    ) -> None:
        bot.reply = Redraw(HELLO)
        shown = await playground.say("bob", general, "/note")
        assert shown.answer is not None
        assert shown.answer.only_for == "bob"

    async def test_what_one_cannot_see_one_cannot_press(
        self, playground: Playground, town: Town, general: str
    ) -> None:
        mine = town.messages.post(Where(general, only_for="alice"), CARD, START).id
        secret = town.channels.create("secret", private=True).id
        inside = town.messages.post(Where(secret), CARD, START).id
        for message, code in (
            (mine, "message_not_found"),
            (inside, "channel_not_found"),
            ("99", "message_not_found"),
        ):
            with refused(code):
                await playground.press("bob", message, {})

    async def test_a_form_is_sent_from_its_place(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        bot.reply = Say(HELLO)
        shown = await playground.submit(
            "bob", "note add", {"words": "x", "pin": True}, {"room": "7"}, Where(general)
        )
        assert shown.answer is not None
        assert bot.told[0].what == Submitted(
            "note add", {"words": "x", "pin": "yes"}, {"room": "7"}, town.people.names()
        )
        assert bot.told[0].place == at(general)
        await playground.submit("bob", "note add", {}, {}, Where(DIRECT))
        assert bot.told[1].is_direct

    async def test_a_form_in_a_card_can_redraw_it(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        message = town.messages.post(Where(general), Card(t("Tell"), (FORM,)), START).id
        bot.reply = Redraw(HELLO)
        await playground.submit("bob", "note add", {}, {}, Where(general), message=message)
        assert town.messages.get(message).card == HELLO


class TestHappening:
    def events(self, bot: Bot) -> list[tuple[str, Event]]:
        return [
            (each.sender.user, each.what.event)
            for each in bot.told
            if isinstance(each.what, Happened)
        ]

    async def test_coming_and_going(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        made = await playground.create_channel("alice", "ops", private=True)
        await playground.invite("alice", made.id, ("bob", "alice", "nobody"))
        await playground.leave("bob", made.id)
        await playground.leave("bob", made.id)
        await playground.leave("bob", general)
        await playground.join("bob", general)
        await playground.join("bob", general)
        assert self.events(bot) == [
            ("alice", MemberJoined(made.id, "alice", "Alice")),
            ("alice", MemberJoined(made.id, "bob", "Bob")),
            ("bob", MemberLeft(made.id, "bob")),
            ("bob", MemberLeft(general, "bob")),
            ("bob", MemberJoined(general, "bob", "Bob")),
        ]
        assert town.channels.get(made.id).members == ("alice",)

    async def test_renaming_and_archiving(
        self, playground: Playground, bot: Bot, general: str
    ) -> None:
        await playground.rename_channel("alice", general, "lobby")
        await playground.archive_channel("alice", general)
        await playground.archive_channel("alice", general, archived=False)
        assert self.events(bot) == [
            ("alice", ChannelRenamed(general, "lobby")),
            ("alice", ChannelArchived(general, gone=True)),
            ("alice", ChannelArchived(general, gone=False)),
        ]

    async def test_a_reaction_names_its_message(
        self, playground: Playground, town: Town, bot: Bot, general: str
    ) -> None:
        said = await playground.say("bob", general, "We roll back")
        assert said.said is not None
        card = town.messages.post(Where(general), CARD, START).id
        await playground.react("alice", said.said.id, "pushpin")
        await playground.react("alice", said.said.id, "pushpin")
        await playground.react("alice", said.said.id, "pushpin", remove=True)
        await playground.react("alice", card, "pushpin")
        assert self.events(bot) == [
            ("alice", Reacted(general, said.said.id, "pushpin", removed=False)),
            ("alice", Reacted(general, said.said.id, "pushpin", removed=True)),
            ("alice", Reacted(general, card, "pushpin", removed=False)),
        ]


class TestPerforming:
    """The newer effects; the others are walked through by every story."""

    def told(self, channel: str, user: str) -> Tell:
        return Tell(Address("playground", "playground", channel), user, CARD, Reader())

    async def test_one_person_is_told_in_the_channel(
        self, playground: Playground, town: Town, general: str
    ) -> None:
        receipt = await playground.perform(self.told(general, "bob"), "k1")
        again = await playground.perform(self.told(general, "bob"), "k1")
        shown = town.messages.get(receipt.id)
        assert (shown.channel, shown.only_for, again) == (general, "bob", receipt)

    async def test_where_they_cannot_see_it_they_are_told_in_private(
        self, playground: Playground, town: Town, general: str
    ) -> None:
        hidden = town.channels.create("hidden", "hidden", private=True).id
        town.channels.archive(general)
        for key, channel in (("k1", hidden), ("k2", general)):
            receipt = await playground.perform(self.told(channel, "bob"), key)
            assert town.messages.get(receipt.id).channel == town.channels.direct("bob").id

    async def test_a_message_is_read_as_it_stands(
        self, playground: Playground, town: Town, general: str
    ) -> None:
        said = await playground.say("bob", general, "We roll back, says @张三")
        assert said.said is not None
        to = Address("playground", "playground", general)
        receipt = await playground.perform(ReadMessage(to, said.said.id), "k1")
        assert receipt.quoted == Quoted(
            general, said.said.id, "bob", "We roll back, says @张三", START
        )
        card = town.messages.post(Where(general), CARD, START).id
        receipt = await playground.perform(ReadMessage(to, card), "k2")
        assert receipt.quoted is not None
        assert (receipt.quoted.author, receipt.quoted.text) == ("muster", "Press")
        with pytest.raises(Permanent, match="message_not_found"):
            await playground.perform(ReadMessage(to, "999"), "k3")

    async def test_archiving_twice_does_no_harm(
        self, playground: Playground, town: Town, general: str
    ) -> None:
        to = Address("playground", "playground", general)
        await playground.perform(Archive(to), "k1")
        await playground.perform(Archive(to), "k2")
        assert town.channels.get(general).archived


class TestRunning:
    async def test_nobody_listens_before_it_runs(
        self, town: Town, clock: MovableClock, general: str
    ) -> None:
        idle = Playground(town, clock)
        assert not idle.ready.is_set()
        with pytest.raises(NotRunningError):
            await idle.say("bob", general, "/help")
        with pytest.raises(NotRunningError):
            await idle.leave("bob", general)
        assert town.messages.page(general, "bob") == []
        assert "bob" in town.channels.get(general).members

    async def test_when_it_stops_live_views_are_let_go(
        self, town: Town, clock: MovableClock, bot: Bot
    ) -> None:
        playground = Playground(town, clock)
        running = asyncio.create_task(playground.run(bot.handle))
        await playground.ready.wait()
        with town.changes() as changes:
            running.cancel()
            assert [change async for change in changes] == []
        assert running.done()
        assert not playground.ready.is_set()

    async def test_what_was_not_accepted_is_delivered_again(
        self,
        playground: Playground,
        bot: Bot,
        general: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("adapters.playground.adapter._AGAIN_AFTER", (0.0, 0.0))
        tried: list[str] = []

        def fail_twice(incoming: Incoming) -> None:
            tried.append(incoming.delivery)
            if len(tried) < 3:
                raise Unavailable

        bot.before = fail_twice
        await playground.say("bob", general, "/help")
        assert len(tried) == 3
        assert len(set(tried)) == 1

    async def test_in_the_end_it_gives_up(
        self,
        playground: Playground,
        bot: Bot,
        general: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("adapters.playground.adapter._AGAIN_AFTER", (0.0,))

        def fail(_: Incoming) -> None:
            raise Unavailable

        bot.before = fail
        with pytest.raises(Unavailable):
            await playground.say("bob", general, "/help")
