"""Who people are: their names, whom they report to, what may not be seen."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.feishu.client import FeishuClient
from adapters.feishu.people import People, Profile
from bot.core.errors import Temporary
from storage.rows import Rows, table_of
from storage.tables import Person as Row
from tests.adapters.feishu.stage import Stage, stage
from tests.fakes.feishu import App, FakeFeishu, Person

pytestmark = pytest.mark.anyio
USER = "GET /open-apis/contact/v3/users/{user_id}"
_rows = table_of(Row)


async def looked_up(feishu: FakeFeishu, app: App, person: Person) -> Profile:
    client = FeishuClient(app.id, app.secret, feishu.url)
    try:
        return await People(client).profile(person.open_id(app))
    finally:
        await client.close()


async def kept(on: Stage, person: Person) -> Row:
    """What Muster knows of somebody."""
    query = select(_rows).where(_rows.c.user == person.open_id(on.app))
    found = await on.muster.db.read(lambda conn: Rows(conn).first(Row, query))
    assert found is not None
    return found


async def manager_of(on: Stage, person: Person) -> str | None:
    """The open_id of whom Muster thinks somebody reports to."""
    row = await kept(on, person)
    if row.manager is None:
        return None
    query = select(_rows).where(_rows.c.id == row.manager)
    found = await on.muster.db.read(lambda conn: Rows(conn).first(Row, query))
    return found.user if found is not None else None


async def test_a_look_up_that_nobody_waits_for_fails_quietly() -> None:
    async with FakeFeishu() as feishu:
        tenant = feishu.tenant()
        app, li = tenant.app(), tenant.person("李雷")
        client = FeishuClient(app.id, app.secret, feishu.url)
        people = People(client)
        wrong: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: wrong.append(what))
        feishu.faults.lag(USER, 0.3)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await people.profile(li.open_id(app))
        await client.close()
        [asked] = people._asked.values()
        await asyncio.wait({asked})
        del asked
        gc.collect()
        await asyncio.sleep(0)
        assert not wrong


class TestManagers:
    async def test_it_is_who_the_platform_names(self) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app, boss = tenant.app(), tenant.person("王总")
            li = tenant.person("李雷", leader=boss)
            found = await looked_up(feishu, app, li)
            assert (found.name, found.manager) == ("李雷", boss.open_id(app))

    async def test_else_the_head_of_their_department_or_of_the_next_above(self) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app, boss, li = tenant.app(), tenant.person("王总"), tenant.person("李雷")
            company = tenant.department("公司", leader=boss)
            team = tenant.department("支付", leader=li, parent=company)
            li.user.departments.append(team)
            han = tenant.person("韩梅梅", departments=[team])
            assert (await looked_up(feishu, app, han)).manager == li.open_id(app)
            assert (await looked_up(feishu, app, li)).manager == boss.open_id(app)
            assert (await looked_up(feishu, app, boss)).manager is None

    @pytest.mark.parametrize(
        "scope", ["contact:user.department:readonly", "contact:department.organize:readonly"]
    )
    async def test_without_the_scope_nobody_is_named(self, scope: str) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app, boss = tenant.app(), tenant.person("王总")
            app.revoke(scope, "contact:contact:readonly", "contact:contact:readonly_as_app")
            app.revoke("contact:contact:access_as_app")
            team = tenant.department("支付", leader=boss)
            li = tenant.person("李雷", departments=[team])
            found = await looked_up(feishu, app, li)
            assert (found.name, found.manager) == ("李雷", None)

    async def test_a_department_that_is_above_itself_ends_the_search(self) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app = tenant.app()
            team = tenant.department("支付")
            team.parent = team
            li = tenant.person("李雷", departments=[team])
            assert (await looked_up(feishu, app, li)).manager is None

    async def test_muster_knows_them_and_their_own_word_counts_more(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            boss, han = on.tenant.person("王总"), on.tenant.person("韩梅梅")
            li = on.tenant.person("李雷", leader=boss)
            group = on.tenant.group("值班群", [li, han])
            await li.writes("@集结 开 支付超时 @韩梅梅", group)
            await on.settled()
            assert await manager_of(on, li) == boss.open_id(on.app)
            assert (await kept(on, boss)).name == "王总", "the manager is looked up, too"
            await li.becomes(leader=han)
            await on.settled()
            assert await manager_of(on, li) == han.open_id(on.app)
            await li.writes("@集结 上级 @韩梅梅 --成员 @李雷", group)
            await on.settled()
            assert await manager_of(on, li) == han.open_id(on.app)


class TestStrangers:
    async def test_who_may_not_be_looked_up_is_nobody_in_particular(self) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app, li = tenant.app(), tenant.person("李雷")
            app.visible = set()
            assert await looked_up(feishu, app, li) == Profile(is_seen=False)

    async def test_somebody_is_asked_for_once_and_again_after_an_hour(self) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app, li = tenant.app(), tenant.person("李雷")
            client = FeishuClient(app.id, app.secret, feishu.url)
            now = [0.0]
            people = People(client, lambda: now[0])
            user = li.open_id(app)
            await asyncio.gather(*(people.profile(user) for _ in range(5)))
            assert len(feishu.called(USER)) == 1
            now[0] = 3601
            assert people.known(user) is None
            await people.profile(user)
            assert len(feishu.called(USER)) == 2
            people.forget(user)
            assert people.known(user) is None
            await client.close()

    async def test_a_look_up_that_fails_is_tried_again_the_next_time(self) -> None:
        async with FakeFeishu() as feishu:
            tenant = feishu.tenant()
            app, li = tenant.app(), tenant.person("李雷")
            client = FeishuClient(app.id, app.secret, feishu.url)
            people = People(client)
            feishu.faults.status(USER, 503)
            with pytest.raises(Temporary):
                await people.profile(li.open_id(app))
            assert (await people.profile(li.open_id(app))).name == "李雷"
            await client.close()

    async def test_a_look_up_that_hangs_holds_nobody_up(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li = on.tenant.person("李雷")
            on.feishu.faults.hang(USER)
            await li.dm("开 支付超时")
            await on.feishu.until(lambda: on.feishu.events.log[-1].is_acked)
            assert not on.feishu.sockets.late
            on.feishu.faults.release()
            await on.settled()
            await on.room("WR-1")
            assert (await kept(on, li)).name == "李雷", "told afterwards"

    async def test_the_first_to_come_administers_and_so_do_the_tenant_s(
        self, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, bob = on.tenant.person("李雷"), on.tenant.person("Bob")
            boss = on.tenant.person("王总")
            boss.user.is_tenant_manager = True
            for person in (li, bob, boss):
                await person.dm("帮助")
                await on.settled()
            found = [(await kept(on, each)).is_admin for each in (li, bob, boss)]
            assert found == [True, False, True]

    async def test_who_has_left_is_no_longer_there(self, tmp_path: Path) -> None:
        async with stage(tmp_path, language="zh") as on:
            li, bob = on.tenant.person("李雷"), on.tenant.person("Bob")
            for person in (li, bob):
                await person.dm("帮助")
            await on.settled()
            await bob.becomes(is_resigned=True)
            await on.settled()
            assert not (await kept(on, bob)).is_active
