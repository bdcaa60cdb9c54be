"""What people write and press in Feishu: who is answered how."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.core.platform import Answer, Incoming, Pressed
from bot.core.text import Reader
from tests.adapters.feishu.stage import MODES, Mode, Stage, opened, rooms, stage, summary

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def slowly(on: Stage, go_on: asyncio.Event) -> AsyncIterator[None]:
    """The door takes its time until `go_on`; a callback's patience is over soon."""
    app = on.adapter.apps[on.app.id]
    handle = app._visits.handle
    assert handle is not None

    async def slow(incoming: Incoming) -> Answer:
        await go_on.wait()
        return await handle(incoming)

    app.listen(slow)
    try:
        yield
    finally:
        app.listen(handle)


class TestWords:
    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize(
        "words", ["开 支付超时 级别1", "/攻关 开 支付超时 级别1", "／warroom open 支付超时 级别1"]
    )
    async def test_in_a_direct_message_words_are_enough(
        self, mode: Mode, words: str, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode, language="zh") as on:
            li = on.tenant.person("李雷")
            await li.dm(words)
            await on.settled()
            room = await on.room("WR-1")
            assert room.name == "WR-1 支付超时"
            assert "1 级" in summary(li, room).words
            assert [seen for seen in li.sees() if "WR-1" in seen.words], "it says so there"

    async def test_rich_text_is_text(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, bob = on.tenant.person("李雷"), on.tenant.person("Bob")
            group = on.tenant.group("值班群", [li, bob])
            await li.writes("@集结 开 支付超时 @Bob", group, as_post=True)
            await on.settled()
            assert bob.user in (await on.room("WR-1")).members

    async def test_other_people_s_talk_is_none_of_its_business(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            on.app.grant("im:message.group_msg")  # it hears everything
            li = on.tenant.person("李雷")
            group = on.tenant.group("值班群", [li])
            await li.writes("开 窗户", group)
            await li.writes("/path/to/somewhere", group)
            await on.settled()
            assert [message.sender for message in group.messages] == [li.user, li.user]
            assert await rooms(on) == 0

    async def test_a_native_slash_command_is_meant_for_it_without_a_mention(
        self, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, language="zh") as on:
            on.app.grant("im:message.group_msg")
            li = on.tenant.person("李雷")
            await li.writes("/warroom open 支付超时", on.tenant.group("值班群", [li]))
            await on.settled()
            assert await rooms(on) == 1

    async def test_a_menu_entry_opens_its_form(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, bob = on.tenant.person("李雷"), on.tenant.person("Bob")
            await bob.dm("帮助")
            await li.menu("warroom_open")
            await on.settled()
            form = next(seen for seen in li.sees() if seen.reading.forms)
            titles = [each.label for each in form.form.inputs]
            assert titles[0].startswith("问题描述"), titles
            sent = await li.fills(form, {titles[0]: "支付超时", "成员": [bob]})
            assert sent.error is None, sent
            await on.settled()
            room = await on.room("WR-1")
            assert set(room.members) == {li.user, bob.user}

    async def test_a_menu_entry_that_is_none_of_ours_is_answered(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            await li.menu("no_such_thing")
            await on.settled()
            assert li.sees()

    async def test_a_language_is_that_in_which_somebody_writes(self, tmp_path: Path) -> None:
        """What only one person sees in a group knows one language: Muster's is English here."""
        async with stage(tmp_path) as on:
            li, bob = on.tenant.person("李雷"), on.tenant.person("Bob", lang="en_us")
            group = on.tenant.group("值班群", [li, bob])
            await li.writes("@集结 攻关 列表", group)
            await bob.writes("@集结 warroom list", group)
            await on.settled()
            assert "没有" in li.sees(group)[-1].words
            assert "no " in bob.sees(group)[-1].words.lower()


class TestClicks:
    @pytest.mark.parametrize("mode", MODES)
    async def test_a_repeated_callback_is_answered_and_done_once(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode, language="zh") as on:
            li, han = on.tenant.person("李雷"), on.tenant.person("韩梅梅")
            room = await opened(on, li, han)
            button = await han.expects("WR-1", chat=next(iter(on.feishu.chats.values())))
            first = await han.presses("加入", button)
            second = await han.presses("加入", button)
            assert (first.error, second.error) == (None, None)
            await on.settled()
            assert room.members.count(han.user) == 1

    async def test_button_values_as_strings_are_understood(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            on.feishu.faults.string_values = True
            li, han = on.tenant.person("李雷"), on.tenant.person("韩梅梅")
            room = await opened(on, li, han)
            group = next(iter(on.feishu.chats.values()))
            await han.presses("加入", await han.expects("WR-1", chat=group))
            await on.settled()
            assert han.user in room.members

    @pytest.mark.parametrize("mode", MODES)
    async def test_what_takes_long_is_answered_at_once_and_shown_later(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode, language="zh") as on:
            li, han = on.tenant.person("李雷"), on.tenant.person("韩梅梅")
            await opened(on, li, han)
            group = next(iter(on.feishu.chats.values()))
            button = await han.expects("WR-1", chat=group)
            go_on = asyncio.Event()
            async with slowly(on, go_on):
                pressed = await han.presses("加入", button)
                assert pressed.error is None
                assert pressed.toast == "还在处理……"
                go_on.set()
                await on.feishu.until(lambda: [s for s in han.sees(group) if s.message.only_for])
            told = [seen for seen in han.sees(group) if seen.message.only_for is han.user]
            assert "WR-1" in told[-1].words

    @pytest.mark.parametrize(("label", "words"), [("时间线", "时间线"), ("添加事项", "事项")])
    async def test_what_follows_a_late_answer_follows_once(
        self, label: str, words: str, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            before = len(li.sees(room))
            go_on = asyncio.Event()
            async with slowly(on, go_on):
                pressed = await li.presses(label, summary(li, room))
                assert (pressed.error, pressed.toast) == (None, "还在处理……")
                go_on.set()
                await on.feishu.until(lambda: len(li.sees(room)) > before)
                callbacks = on.adapter.apps[on.app.id].connection._callbacks
                await on.feishu.until(lambda: not callbacks._in_hand)
            await on.settled()
            [told] = li.sees(room)[before:]
            assert words in told.words

    async def test_a_late_answer_speaks_the_language_of_who_pressed(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            go_on = asyncio.Event()
            async with slowly(on, go_on):
                await li.presses("加入", summary(li, room))
                go_on.set()
                await on.feishu.until(lambda: li.sees(room)[-1].message.only_for)
            assert "你已经在" in li.sees(room)[-1].words

    async def test_a_press_that_shows_nothing_of_its_own_says_that_it_is_done(
        self, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            app = on.adapter.apps[on.app.id]
            handle = app._visits.handle
            assert handle is not None

            async def silent(_: Incoming) -> Answer:
                return Answer(None, Reader("zh"))

            app.listen(silent)
            pressed = await li.presses("时间线", summary(li, room))
            app.listen(handle)
            assert (pressed.error, pressed.toast_type, pressed.toast) == (None, "success", "好了。")

    async def test_a_refused_form_comes_back_in_its_place(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            room = await opened(on, li)
            await li.writes("@集结 目标", room)
            await on.settled()
            form = li.sees(room)[-1]
            assert form.message.only_for is li.user
            sent = await li.fills(form, {"指标 *": "成功率", "目标值": "很多"})
            assert (sent.error, sent.toast_type) == (None, "warning")
            assert sent.toast == "有几处需要改一下。"
            again = li.sees(room)[-1]
            assert (again.id, again.form.input("指标 *").default) == (form.id, "成功率")
            done = await li.fills(again, {"目标值": "99.5"})
            assert done.error is None
            await on.settled()
            assert "99.5" in summary(li, room).words

    async def test_a_form_can_be_given_up(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            await li.dm("开")
            await on.settled()
            form = li.sees()[-1]
            pressed = await li.presses("取消", form)
            assert pressed.error is None
            assert "已取消" in li.sees()[-1].words
            assert not li.sees()[-1].buttons
            assert await rooms(on) == 0

    async def test_a_card_in_a_direct_message_is_pressed_in_private(self, tmp_path: Path) -> None:
        """What Muster says then goes to that conversation: cards for one are only for groups."""
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            await opened(on, li)
            bob = on.tenant.person("Bob", lang="zh_cn")
            await bob.dm("攻关 列表")
            await on.settled()
            on.feishu.calls.clear()
            listed = bob.finds("WR-1")
            assert listed is not None
            on.adapter.apps[on.app.id].places._direct.clear()  # as after a restart
            visits = on.adapter.apps[on.app.id]._visits
            handle = visits.handle
            came: list[Incoming] = []
            assert handle is not None

            async def noting(incoming: Incoming) -> Answer:
                came.append(incoming)
                return await handle(incoming)

            visits.handle = noting
            pressed = await bob.presses(listed.buttons[0], listed)
            assert pressed.error is None
            await on.settled()
            assert [each.is_direct for each in came if isinstance(each.what, Pressed)] == [True]
            assert on.feishu.called("GET /open-apis/im/v1/chats/{chat_id}", ok=True)
            assert not on.feishu.called("POST /open-apis/ephemeral/v1/send")

    async def test_a_button_of_another_time_is_answered_kindly(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, han = on.tenant.person("李雷"), on.tenant.person("韩梅梅")
            await opened(on, li, han)
            group = next(iter(on.feishu.chats.values()))
            button = await han.expects("WR-1", chat=group)
            known = (
                '"do": "warroom join"'
                if '"do": "' in button.message.content
                else '"do":"warroom join"'
            )
            assert known in button.message.content
            button.message.content = button.message.content.replace(
                "warroom join", "warroom vanish"
            )
            pressed = await han.presses("加入", button)
            assert pressed.error is None
            assert pressed.toast_type == "warning"
