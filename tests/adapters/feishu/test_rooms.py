"""A war room and its group in Feishu: each follows the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.features.rooms.queries import members
from tests.adapters.feishu.stage import opened, stage, summary
from tests.fakes.feishu import FakeFeishu, Seen

pytestmark = pytest.mark.anyio


def squeezed(seen: Seen) -> str:
    return "".join(seen.words.split())


class TestRooms:
    async def test_the_emoji_taken_back_takes_the_note_back(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            said = await li.writes("14:05 重启了网关", room)
            await li.reacts("Pin", said)
            await on.settled()
            await li.unreacts("Pin", said)
            await on.settled()
            await li.writes("@集结 时间线", room)
            await on.settled()
            assert "重启了网关" not in li.sees(room)[-1].words

    async def test_other_emoji_mean_nothing_until_they_are_chosen(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            said = await li.writes("回滚到 1.4", room)
            await li.reacts("CheckMark", said)
            await on.settled()
            assert not on.feishu.called("GET /open-apis/im/v1/messages/{message_id}")
            await li.dm("集结 表情 决策 :CheckMark:")
            await on.settled()
            await li.reacts("CheckMark", await li.writes("回滚到 1.3", room))
            await on.settled()
            assert li.finds("D-1", "回滚到 1.3", chat=room)

    async def test_the_room_follows_its_group(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, bob, han = (on.tenant.person(name) for name in ("李雷", "Bob", "韩梅梅"))
            room = await opened(on, li, bob, han)
            await bob.joins(room)
            await li.adds(han, room)
            await on.settled()
            assert "成员3" in squeezed(summary(li, room))
            await bob.leaves(room)
            await li.withdraws(han, room)
            await on.settled()
            assert "成员1" in squeezed(summary(li, room))
            await li.renames(room, "天堂里的麻烦")
            await on.settled()
            await li.removes_bot(on.app, room)
            await on.settled()
            on.feishu.calls.clear()
            await li.dm("攻关 状态 WR-1 缓解中 已回滚")
            await on.settled()
            card = summary(li, room).id
            assert not on.feishu.called(f"PATCH /open-apis/im/v1/messages/{card}")
            await li.adds_bot(on.app, room)
            await on.settled()
            assert "已回滚" in li.finds("已回滚", chat=room).words  # type: ignore[union-attr]

    async def test_people_of_other_organisations_know_of_their_own_rooms_only(
        self, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            await li.dm("攻关 开 裁员名单")
            await on.settled()
            await li.dm("决策 今年不招人")
            await on.settled()
            vera = on.feishu.tenant("供应商").person("Vera")
            await li.adds(vera, room)
            await on.settled()
            assert "其他组织的人" in squeezed(summary(li, room))
            for said in ("攻关 加入 WR-2", "攻关 开 我们的"):
                await vera.writes(f"@集结 {said}", room)
                await on.settled()
            inside = select(members.c.room_id, members.c.person_id)
            found = await on.muster.db.read(lambda conn: conn.execute(inside).all())
            # Each in their own: nobody has joined the second, and there is no third.
            assert sorted(tuple(row) for row in found) == [(1, 1), (1, 2), (2, 1)]
            assert "成员2" in squeezed(summary(li, room))
            await vera.leaves(room)
            await on.settled()
            assert "其他组织的人" not in squeezed(summary(li, room))

    async def test_a_dissolved_group_takes_its_room_with_it(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            await li.dissolves(room)
            await on.settled()
            await li.dm("攻关 状态 WR-1 缓解中 已回滚")
            await on.settled()
            sent = on.feishu.called("* /open-apis/im/v1/messages*")
            assert all(call.code == 0 for call in sent), sent

    async def test_a_dissolved_group_is_gone_and_another_can_be_made(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, bob = on.tenant.person("李雷"), on.tenant.person("Bob")
            room = await opened(on, li, bob, words="开 支付超时 @Bob")
            await li.dissolves(room)
            await on.settled()
            told = await li.expects("WR-1", "已解散")
            assert "归档" not in told.words
            await li.dm("攻关 加入 WR-1")
            await on.settled()
            assert room.id not in str(li.sees()[-1].message.content)
            pressed = await li.presses("重新建群", told)
            assert pressed.error is None
            await on.settled()
            [new] = [
                chat
                for chat in on.feishu.chats.values()
                if chat.name.startswith("WR-1 ") and not chat.dissolved
            ]
            assert set(new.members) == {li.user, bob.user}
            assert "支付超时" in summary(li, new).words

    async def test_who_cannot_be_added_is_named(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, bob, eve = (on.tenant.person(name) for name in ("李雷", "Bob", "Eve"))
            on.app.visible = {li.user, bob.user}
            room = await opened(on, li, bob, eve, words="开 支付超时 @Bob @Eve")
            assert room.members == [li.user, bob.user]
            words = summary(li, room).words
            assert "Eve" in words
            assert "不在应用的可用范围内" in words

    async def test_a_card_of_two_weeks_ago_is_posted_anew_and_kept_up_to_date(
        self, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            old = summary(li, room)
            on.feishu.clock.advance(15 * 86400)
            await li.writes("@集结 状态 缓解中 已回滚", room)
            await on.settled()
            new = summary(li, room)
            assert new.id != old.id
            assert "已回滚" in new.words
            await li.writes("@集结 状态 观察中 正常了", room)
            await on.settled()
            assert summary(li, room).id == new.id
            assert "正常了" in summary(li, room).words
            cards = [seen for seen in li.sees(room) if "WR-1" in seen.words and seen.buttons]
            assert {old.id, new.id} >= {seen.id for seen in cards if "级别" in seen.words}

    async def test_a_private_room_is_told_to_nobody_else(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, bob = on.tenant.person("李雷"), on.tenant.person("Bob")
            room = await opened(on, li, bob, words="开 裁员名单 --私密")
            group = next(iter(on.feishu.chats.values()))
            assert room.settings["chat_type"] == "private"
            assert not [seen for seen in bob.sees(group) if "WR-1" in seen.words]
            await li.writes("@集结 攻关 列表", group)
            await bob.writes("@集结 攻关 列表", group)
            await li.writes("@集结 状态 WR-1", group)
            await on.settled()
            assert li.finds("WR-1", chat=group), "he is told, and he alone"
            assert bob.finds("WR-1", chat=group) is None
            assert bob.finds("WR-1") is None
            assert bob.user not in room.members


class TestScopes:
    async def test_without_contacts_it_works_all_the_same(self, tmp_path: Path) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            scopes = {"im:message:send_as_bot", "im:chat", "im:message.group_at_msg:readonly"}
            app = tenant.app(scopes=scopes | {"im:message.p2p_msg:readonly"})
            async with stage(tmp_path, feishu=feishu, app=app, language="zh") as on:
                li, bob = tenant.person("李雷"), tenant.person("Bob")
                room = await opened(on, li, bob, words="开 支付超时 @Bob --负责人 @Bob")
                assert room.members == [li.user, bob.user]
                assert "支付超时" in summary(bob, room).words
                said = await li.writes("14:05 重启了网关", room)
                await li.reacts("Pin", said)
                await li.writes("@集结 记一下", room, to=said)
                await on.settled()
                told = [seen.words for seen in li.sees()]
                assert any("读不到" in words for words in told), told
