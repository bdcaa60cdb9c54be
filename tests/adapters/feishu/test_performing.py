"""What Muster does in Feishu: each effect, and what is tried again."""

from __future__ import annotations

import asyncio

import pytest

from adapters.feishu import errors
from bot.core import reasons
from bot.core.chat import Card, Quote
from bot.core.effects import (
    Address,
    Archive,
    Bookmark,
    CreateChannel,
    Describe,
    Home,
    Invite,
    Pin,
    PostCard,
    PublishHome,
    ReadMessage,
    Remove,
    UpdateCard,
    Urgent,
)
from bot.core.errors import Permanent, Temporary
from bot.core.i18n import plain
from bot.core.text import Code, Reader, t
from tests.adapters.feishu.bench import MESSAGES, ZH, Bench, said

CHATS = "POST /open-apis/im/v1/chats"

pytestmark = pytest.mark.anyio


class TestGroups:
    async def test_the_same_effect_twice_makes_one_group(self, bench: Bench) -> None:
        effect = CreateChannel(Home("feishu", bench.app.id), "wr-1", "WR-1 支付超时", "x" * 300)
        first, second = await bench.does(effect, "k1"), await bench.does(effect, "k1")
        assert first == second
        other = await bench.does(effect, "k2")
        assert other.id != first.id
        chat = bench.feishu.chats[first.id]
        assert (chat.name, len(chat.description)) == ("WR-1 支付超时", 100)

    async def test_an_answer_that_was_lost_makes_no_second_group(self, bench: Bench) -> None:
        effect = CreateChannel(Home("feishu", bench.app.id), "wr-1", "WR-1 支付超时")
        bench.feishu.faults.drop_after(CHATS)
        with pytest.raises(Temporary):
            await bench.does(effect)
        made = await bench.does(effect)
        assert [c.id for c in bench.feishu.chats.values() if c.name.startswith("WR")] == [made.id]

    async def test_a_hundred_people_come_in_and_those_who_cannot_are_named(
        self, bench: Bench
    ) -> None:
        tenant = bench.feishu.tenants[0]
        people = [bench.person(f"p{n}") for n in range(120)]
        bench.app.visible = {person.user for person in people[:-1]} | set(tenant.users[:2])
        users = tuple(person.open_id(bench.app) for person in people)
        receipt = await bench.does(Invite(bench.here, (*users, "ou_" + "0" * 32)))
        assert len(bench.group.members) == 2 + 119
        assert receipt.refused[users[-1]] == "user_unreachable"
        assert len(receipt.refused) == 2

    async def test_people_who_come_at_once_do_not_get_in_each_other_s_way(
        self, bench: Bench
    ) -> None:
        bench.feishu.joining_takes = 0.05
        people = [bench.person(f"p{n}") for n in range(4)]
        effects = [Invite(bench.here, (each.open_id(bench.app),)) for each in people]
        await asyncio.gather(*(bench.does(effect) for effect in effects))
        assert {each.user for each in people} <= set(bench.group.members)
        assert not [call for call in bench.feishu.calls if call.code == 232019]

    async def test_taking_somebody_out_twice_is_harmless(self, bench: Bench) -> None:
        made = await bench.does(CreateChannel(Home("feishu", bench.app.id), "wr-1", "WR-1 x"))
        room = Address("feishu", bench.app.id, made.id)
        user = bench.han.open_id(bench.app)
        await bench.does(Invite(room, (user,)))
        for _ in range(2):
            await bench.does(Remove(room, user))
        assert bench.feishu.chats[made.id].members == []

    async def test_a_title_is_cut_to_what_fits(self, bench: Bench) -> None:
        made = await bench.does(CreateChannel(Home("feishu", bench.app.id), "wr-1", "长" * 90))
        room = Address("feishu", bench.app.id, made.id)
        await bench.does(Describe(room, "新" * 90, "说明" * 90))
        chat = bench.feishu.chats[made.id]
        assert (len(chat.name), len(chat.description)) == (60, 100)

    async def test_a_link_of_the_same_title_takes_the_place_of_the_old_one(
        self, bench: Bench
    ) -> None:
        site = "https://www.feishu.cn/docx/"
        await bench.does(Bookmark(bench.here, "决策记录", f"{site}one"))
        await bench.does(Bookmark(bench.here, "决策记录", f"{site}two"))
        await bench.does(Bookmark(bench.here, "看板", "https://example.com/board"))
        kinds = [(tab["tab_name"], tab["tab_type"]) for tab in bench.group.tabs]
        assert kinds == [("决策记录", "doc"), ("看板", "url")]
        assert bench.group.tabs[0]["tab_content"]["doc"] == f"{site}two"

    async def test_a_group_stays_when_its_room_is_archived(self, bench: Bench) -> None:
        await bench.does(Archive(bench.here))
        assert not bench.group.dissolved


class TestCards:
    async def test_what_does_not_fit_follows_in_the_thread(self, bench: Bench) -> None:
        long = "很长的日志。" * 12_000
        receipt = await bench.does(PostCard(bench.here, Card(t("Log"), (Quote(long),)), ZH))
        card, *rest = bench.group.messages
        assert card.id == receipt.id
        assert rest
        assert all(message.root is card and message.thread_id for message in rest)
        seen = "".join(each.words for each in bench.li.sees(bench.group))
        assert seen.count("很长的日志。") >= 12_000

    async def test_the_same_card_twice_is_there_once(self, bench: Bench) -> None:
        bench.feishu.faults.drop_after(MESSAGES)
        with pytest.raises(Temporary):
            await bench.does(PostCard(bench.here, said(), ZH))
        receipt = await bench.does(PostCard(bench.here, said(), ZH))
        assert [message.id for message in bench.group.messages] == [receipt.id]

    async def test_a_card_in_a_thread_stands_there(self, bench: Bench) -> None:
        root = await bench.li.writes("怎么了？", bench.group)
        here = Address("feishu", bench.app.id, bench.group.id, root.id)
        receipt = await bench.does(PostCard(here, said(), ZH))
        assert bench.feishu.messages[receipt.id].root is root

    async def test_a_card_is_redrawn_in_place_and_pinned(self, bench: Bench) -> None:
        posted = await bench.does(PostCard(bench.here, said("一"), ZH))
        await bench.does(Pin(bench.here, posted.id))
        again = await bench.does(UpdateCard(bench.here, posted.id, said("二"), ZH), "k2")
        assert again.id == posted.id
        [seen] = bench.li.sees(bench.group)
        assert ("二" in seen.words, seen.is_pinned) == (True, True)

    async def test_one_too_old_that_was_not_pinned_is_posted_and_not_pinned(
        self, bench: Bench
    ) -> None:
        posted = await bench.does(PostCard(bench.here, said("一"), ZH))
        bench.feishu.clock.advance(15 * 86400)
        update = UpdateCard(bench.here, posted.id, said("二"), ZH)
        again = await bench.does(update, "k2")
        assert again.id != posted.id
        assert (await bench.does(update, "k2")) == again, "also when it is tried again"
        assert [seen.is_pinned for seen in bench.li.sees(bench.group)] == [False, False]

    async def test_a_message_that_is_gone_cannot_be_redrawn(self, bench: Bench) -> None:
        posted = await bench.does(PostCard(bench.here, said("一"), ZH))
        bench.feishu.messages[posted.id].is_deleted = True
        with pytest.raises(Permanent) as caught:
            await bench.does(UpdateCard(bench.here, posted.id, said("二"), ZH), "k2")
        assert caught.value.code == "message_not_found"

    async def test_a_message_is_read_as_it_stands(self, bench: Bench) -> None:
        written = await bench.li.writes("@Han 看一下 @集结", bench.group)
        receipt = await bench.does(ReadMessage(Home("feishu", bench.app.id), written.id))
        assert receipt.quoted is not None
        assert receipt.quoted.channel == bench.group.id
        assert receipt.quoted.author == bench.li.open_id(bench.app)
        assert receipt.quoted.text.startswith(f"<@{bench.han.open_id(bench.app)}> 看一下")
        assert receipt.quoted.names[bench.han.open_id(bench.app)] == "Han"
        assert receipt.quoted.thread is None

    async def test_there_is_no_page_of_one_s_own(self, bench: Bench) -> None:
        with pytest.raises(Permanent, match="not_supported"):
            await bench.does(PublishHome(bench.user(bench.li), "home:1", said(), ZH))


class TestUrgent:
    async def test_people_of_the_group_are_buzzed(self, bench: Bench) -> None:
        posted = await bench.does(PostCard(bench.here, said(), ZH))
        eve = bench.person("Eve")
        users = tuple(each.open_id(bench.app) for each in (bench.li, eve))
        receipt = await bench.does(Urgent(bench.here, posted.id, users))
        assert bench.li.sees(bench.group)[0].urgents == ["app"]
        assert set(receipt.refused) <= {users[1]}

    @pytest.mark.parametrize("how", ["sms", "phone"])
    async def test_what_costs_needs_its_quota(self, how: str, bench: Bench) -> None:
        posted = await bench.does(PostCard(bench.here, said(), ZH))
        users = (bench.li.open_id(bench.app),)
        effect = Urgent(bench.here, posted.id, users, how=how)  # type: ignore[arg-type]  # one of the two
        with pytest.raises(Permanent) as caught:
            await bench.does(effect)
        assert caught.value.code == "no_quota"
        bench.feishu.tenants[0].urgent_quota = 1
        await bench.does(effect)
        assert bench.li.sees(bench.group)[0].urgents == [how]

    async def test_only_muster_s_own_messages(self, bench: Bench) -> None:
        written = await bench.li.writes("急！", bench.group)
        with pytest.raises(Permanent):
            await bench.does(Urgent(bench.here, written.id, (bench.han.open_id(bench.app),)))


class TestTroubles:
    async def test_an_app_that_is_not_set_up_may_be_again(self, bench: Bench) -> None:
        with pytest.raises(Temporary):
            await bench.does(PostCard(Address("feishu", "cli_other", "oc_1"), said(), ZH))

    @pytest.mark.parametrize("code", [99991400, 230020, 232019])
    async def test_too_fast_is_temporary(self, code: int, bench: Bench) -> None:
        bench.feishu.faults.code(MESSAGES, code)
        with pytest.raises(Temporary):
            await bench.does(PostCard(bench.here, said(), ZH))
        assert (await bench.does(PostCard(bench.here, said(), ZH))).id

    async def test_a_burst_to_one_group_stays_within_what_is_allowed(self, bench: Bench) -> None:
        effects = [PostCard(bench.here, said(str(n)), ZH) for n in range(12)]
        sent = (bench.does(effect, f"k{n}") for n, effect in enumerate(effects))
        await asyncio.gather(*sent)
        assert len(bench.group.messages) == 12
        assert all(call.code == 0 for call in bench.feishu.called(MESSAGES))

    def test_every_word_for_a_failure_is_a_sentence_for_people(self) -> None:
        for word in errors._WORDS.values():
            reason = reasons.reason(word)
            assert not isinstance(reason, Code), word
            assert plain(reason, Reader("zh")) != plain(reason, Reader("en")), word

    async def test_a_mention_in_what_follows_tells_nobody_twice(self, bench: Bench) -> None:
        card = Card(t("Log"), (Quote('<at user_id="all">' * 4000),))
        await bench.does(PostCard(bench.here, card, ZH))
        texts = [m for m in bench.group.messages if m.msg_type == "text"]
        assert texts
        assert all('<at user_id="all">' not in message.content for message in texts)
