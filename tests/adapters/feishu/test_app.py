"""An app as an operator sees it: several of them, slash commands, permissions, coming and going."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.feishu import slash
from adapters.feishu.adapter import Config, Feishu
from adapters.feishu.happenings import CALLBACKS, EVENTS
from adapters.feishu.scopes import SCOPES, Scope
from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.i18n import plain
from bot.core.text import Reader
from bot.settings import FeishuApp
from tests.adapters.feishu.stage import KEY, MODES, Mode, Stage, stage
from tests.fakes.feishu import App, FakeFeishu
from tests.fakes.feishu import org as fake_org

pytestmark = pytest.mark.anyio
SLASH = "/open-apis/application/v7/app_slash_commands"
COMMANDS = registry().commands.values()


async def findings(app: App, feishu: FakeFeishu, **config: str) -> list[tuple[str, bool]]:
    """What the doctor says of an app that is not running."""
    adapter = Feishu(
        [Config(app.id, config.pop("secret", app.secret), domain=feishu.url)], SystemClock()
    )
    found = await adapter.examine({})
    return [(plain(each.text, Reader("en")), each.is_fine) for each in found]


def words(text: str) -> list[str]:
    return text.replace(",", " ").split()


async def registered(on: Stage) -> None:
    """Wait until slash commands were registered, or could not be."""
    app = on.adapter.apps[on.app.id]
    await on.feishu.until(lambda: app.slash_trouble is not None)


class TestSlashCommands:
    async def test_they_are_registered_once_in_both_languages(self, tmp_path: Path) -> None:
        async with FakeFeishu() as feishu:
            app = feishu.tenant().app()
            async with stage(tmp_path, feishu=feishu, app=app) as on:
                await registered(on)
                made = {each["command"]: each for each in app.slash_commands.values()}
                assert {"warroom", "item", "decide", "export", "muster"} <= set(made)
                assert len(made) == len(slash.wanted(COMMANDS)) == len(app.slash_commands)
                i18n = made["warroom"]["description"]["i18n"]
                assert i18n["zh_cn"] != i18n["en_us"]
            feishu.calls.clear()
            async with stage(tmp_path, feishu=feishu, app=app) as on:
                await registered(on)
                assert not feishu.called(f"POST {SLASH}")
                assert not feishu.called(f"PATCH {SLASH}/*")

    async def test_what_has_changed_is_changed_and_what_is_not_ours_stays(
        self, tmp_path: Path
    ) -> None:
        async with FakeFeishu() as feishu:
            app = feishu.tenant().app()
            old = {"default_value": "old", "i18n": {}}
            for name in ("warroom", "lunch"):
                app.slash_commands[name] = {
                    "command_id": name, "command": name, "description": old
                }  # fmt: skip
            async with stage(tmp_path, feishu=feishu, app=app) as on:
                await registered(on)
            assert app.slash_commands["warroom"]["description"] != old
            assert app.slash_commands["lunch"]["description"] == old

    async def test_without_the_scope_it_is_a_line_of_the_doctor(self, tmp_path: Path) -> None:
        async with FakeFeishu() as feishu:
            app = feishu.tenant().app()
            app.revoke("application:app_slash_command:read")
            async with stage(tmp_path, feishu=feishu, app=app) as on:
                await registered(on)
                found = await on.adapter.examine({})
                said = [plain(each.text, Reader("en")) for each in found if each.is_fine]
                assert any("no native slash commands" in each for each in said), said
                assert all(each.is_fine for each in found)
                li = on.tenant.person("李雷")
                await li.dm("/warroom open Trouble")
                await on.settled()
                await on.room("WR-1")

    async def test_two_processes_that_start_at_once_make_them_once(self, tmp_path: Path) -> None:
        async with FakeFeishu() as feishu:
            app = feishu.tenant().app()
            feishu.faults.lag(f"GET {SLASH}", 0.2, times=2)
            adapters = [
                Feishu([Config(app.id, app.secret, domain=feishu.url)], SystemClock(), COMMANDS)
                for _ in range(2)
            ]
            apps = [adapter.apps[app.id] for adapter in adapters]
            await asyncio.gather(*(slash.register(each.client, list(COMMANDS)) for each in apps))
            names = [each["command"] for each in app.slash_commands.values()]
            assert sorted(names) == sorted({each.name for each in slash.wanted(COMMANDS)})
            for each in apps:
                await each.close()

    def test_names_are_such_as_feishu_takes(self) -> None:
        wanted = slash.wanted(COMMANDS)
        assert 0 < len(wanted) <= slash.MOST
        assert all(slash.NAME.fullmatch(each.name) for each in wanted)
        assert all(each.i18n["zh_cn"] and each.i18n["en_us"] for each in wanted)


class TestSeveralApps:
    @pytest.mark.parametrize("mode", MODES)
    async def test_each_is_a_workspace_of_its_own(self, mode: Mode, tmp_path: Path) -> None:
        async with FakeFeishu() as feishu:
            first, second = feishu.tenant("甲"), feishu.tenant("乙")
            keys = {"encrypt_key": KEY} if mode == "webhook" else {}
            app, other = first.app(**keys), second.app(**keys)
            more = FeishuApp(
                app_id=other.id,
                app_secret=other.secret,  # type: ignore[arg-type]  # pydantic takes it
                encrypt_key=other.encrypt_key if keys else "",  # type: ignore[arg-type]  # as above
                mode=mode,
                domain=feishu.url,
            )
            async with stage(
                tmp_path,
                mode,
                feishu=feishu,
                app=app,
                language="zh",
                feishu_apps=(more,),
            ) as on:
                if keys:
                    other.event_url, other.card_url = app.event_url, app.card_url
                else:
                    await feishu.connected(other)
                rooms = []
                for tenant in (first, second):
                    li = tenant.person("李雷")
                    await li.dm("开 支付超时")
                    await on.settled()
                    [room] = [c for c in feishu.chats.values() if li.user in c.members and c.name]
                    rooms.append(room)
                assert [room.name for room in rooms] == ["WR-1 支付超时"] * 2
                assert [room.bots for room in rooms] == [[app], [other]]
                other.event_url = other.card_url = ""

    async def test_ready_is_who_hears_in_every_app(self) -> None:
        async with FakeFeishu() as feishu:
            good, bad = feishu.tenant().app(), feishu.tenant().app()
            configs = [
                Config(good.id, good.secret, domain=feishu.url),
                Config(bad.id, "wrong", domain=feishu.url),
            ]
            adapter = Feishu(configs, SystemClock())

            async def nobody(_: object) -> None:
                raise AssertionError

            running = asyncio.create_task(adapter.run(nobody))  # type: ignore[arg-type]  # never called
            await feishu.connected(good)
            assert not adapter.ready.is_set()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await feishu.until(lambda: not feishu.sockets.of(good))


class TestDoctor:
    async def test_an_app_with_everything_is_fine(self) -> None:
        async with FakeFeishu() as feishu:
            found = await findings(feishu.tenant().app(), feishu)
            assert all(is_fine for _, is_fine in found), found
            assert any("every permission" in text for text, _ in found)

    @pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
    async def test_each_absent_scope_is_a_line(self, scope: Scope) -> None:
        async with FakeFeishu() as feishu:
            names = {each.name for each in SCOPES if each is not scope}
            found = await findings(feishu.tenant().app(scopes=names), feishu)
            [is_fine] = [is_fine for text, is_fine in found if scope.name in words(text)]
            assert is_fine is not scope.is_needed, "only what is needed is a fault"

    async def test_a_wider_scope_is_as_good(self) -> None:
        wider = {"im:message", "im:chat", "contact:contact:readonly", "im:resource", "drive:drive"}
        scopes = {each.name for each in SCOPES if not set(each.also) & wider} | wider
        async with FakeFeishu() as feishu:
            found = await findings(feishu.tenant().app(scopes=scopes), feishu)
            assert any("every permission" in text for text, _ in found), found

    async def test_a_wrong_secret_says_where_to_look(self) -> None:
        async with FakeFeishu() as feishu:
            [(text, is_fine)] = await findings(feishu.tenant().app(), feishu, secret="wrong")
            assert not is_fine
            assert "does not let" in text

    async def test_a_group_that_it_was_taken_out_of_is_named(self) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app = tenant.app()
            li = tenant.person("李雷")
            inside, outside = tenant.group("a", [li]), tenant.group("b", [li], bots=[])
            adapter = Feishu([Config(app.id, app.secret, domain=feishu.url)], SystemClock())
            chats = {inside.id: "WR-1 a", outside.id: "WR-2 b"}
            found = await adapter.examine({app.id: chats})
            [wrong] = [each for each in found if not each.is_fine]
            assert "WR-2 b" in plain(wrong.text, Reader())


class TestSettings:
    @pytest.mark.parametrize(
        "given",
        [
            {"app_id": "", "app_secret": "s"},
            {"app_id": "cli_1", "app_secret": ""},
            {"app_id": "cli_1", "app_secret": "s", "mode": "webhook"},
        ],
    )
    def test_what_cannot_work_is_said_in_a_sentence(self, given: dict[str, str]) -> None:
        with pytest.raises(ValueError, match="Feishu"):
            Config(**given)  # type: ignore[arg-type]  # that is the question

    def test_the_fake_sends_every_event_that_is_to_be_subscribed_to(self) -> None:
        assert set(EVENTS) <= fake_org.EVENTS
        assert CALLBACKS == ("card.action.trigger",)


class TestStopping:
    async def test_what_is_being_answered_is_finished_before_the_end(self, tmp_path: Path) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app = tenant.app()
            li = tenant.person("李雷")
            async with stage(tmp_path, feishu=feishu, app=app, language="zh") as on:
                group = tenant.group("值班群", [li])
                await li.writes("@集结 开 支付超时", group)
                await on.settled()
                room = await on.room("WR-1")
                feishu.calls.clear()
                feishu.faults.lag("POST /open-apis/ephemeral/v1/send", 0.3)
                [summary] = [seen for seen in li.sees(room) if seen.is_pinned]
                pressed = await li.presses("添加事项", summary)
                assert pressed.error is None
                assert not feishu.called("POST /open-apis/ephemeral/v1/send")
            assert feishu.called("POST /open-apis/ephemeral/v1/send", ok=True)
