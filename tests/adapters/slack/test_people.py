"""People: looked up one by one, remembered, and asked for once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.slack.people import Profile
from bot.core.errors import Permanent, Temporary
from tests.adapters.slack.rig import Rig, rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def on() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


async def test_a_profile(on: Rig) -> None:
    bo = on.team.person("Bo")
    mei = on.team.person("美", tz="Asia/Shanghai", locale="zh-CN", is_admin=True, manager=bo)
    assert await on.client.people.profile(mei.id) == Profile(
        "美", "zh", "Asia/Shanghai", is_admin=True, is_outsider=False, manager=bo.id
    )
    assert (await on.client.people.profile(bo.id)).manager is None


@pytest.mark.parametrize(
    ("locale", "lang"), [("zh-TW", "zh"), ("en-GB", "en"), ("de-DE", "en"), (None, None)]
)
def test_languages(locale: str | None, lang: str | None) -> None:
    assert Profile.of({"id": "U1", "locale": locale}).lang == lang


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"name": "m", "profile": {"display_name": "Mei", "real_name": "Mei Li"}}, "Mei"),
        ({"name": "m", "profile": {"display_name": "", "real_name": "Mei Li"}}, "Mei Li"),
        ({"name": "m", "real_name": "Mei Li"}, "Mei Li"),
        ({"name": "m"}, "m"),
        ({}, ""),
    ],
)
def test_names(user: dict[str, object], name: str) -> None:
    assert Profile.of(user).name == name


@pytest.mark.parametrize(
    ("user", "is_outsider"),
    [
        ({"team_id": "T1"}, False),
        ({"team_id": "T2"}, True),
        ({"team_id": "T1", "is_restricted": True}, True),
        ({"team_id": "T1", "is_ultra_restricted": True}, True),
        ({"is_stranger": True}, True),
        ({"team_id": "E1", "enterprise_user": {"enterprise_id": "E1", "teams": ["T1"]}}, False),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2", "teams": ["T2"]}}, True),
        ({}, None),
    ],
)
def test_who_belongs_to_the_workspace(user: dict[str, object], is_outsider: bool | None) -> None:
    assert Profile.of(user, "T1").is_outsider is is_outsider


def test_everybody_of_the_organisation_belongs_where_it_is_installed_for_all_of_it() -> None:
    on_grid = {"enterprise_id": "E1", "teams": ["T7"]}
    assert Profile.of({"team_id": "T7", "enterprise_user": on_grid}, "E1").is_outsider is False
    assert Profile.of({"team_id": "T9"}, "E1").is_outsider is True


async def test_bots_and_people_who_left(on: Rig) -> None:
    on.team.profile_field("Manager", "user")
    gone = on.team.person("Gone", deleted=True)
    assert not (await on.client.people.profile(gone.id)).is_active
    assert (await on.client.people.profile(on.team.bot.id)).is_bot
    assert on.calls("users.profile.get") == 0


async def test_nobody(on: Rig) -> None:
    with pytest.raises(Permanent) as caught:
        await on.client.people.profile("U0NOBODY")
    assert caught.value.code == "user_not_found"


async def test_asked_once_for_all_who_ask(on: Rig) -> None:
    mei = on.team.person("Mei")
    on.slack.faults.lag(0.05, "users.info")
    people = on.client.people
    assert people.known(mei.id) is None
    found = await asyncio.gather(*(people.profile(mei.id) for _ in range(10)))
    assert len(set(found)) == 1
    assert on.calls("users.info") == 1
    assert people.known(mei.id) == found[0]


async def test_who_gives_up_waiting_takes_the_answer_from_nobody(on: Rig) -> None:
    mei = on.team.person("Mei")
    on.slack.faults.lag(0.1, "users.info")
    first = asyncio.create_task(on.client.people.profile(mei.id))
    second = asyncio.create_task(on.client.people.profile(mei.id))
    await on.slack.until(lambda: on.calls("users.info"))
    first.cancel()
    assert (await second).name == "Mei"
    assert on.calls("users.info") == 1


async def test_what_changed_is_asked_anew(on: Rig) -> None:
    mei = on.team.person("Mei", tz="Asia/Shanghai")
    await on.client.people.profile(mei.id)
    mei.user.tz = "Europe/Berlin"
    assert (await on.client.people.profile(mei.id)).zone == "Asia/Shanghai"
    on.client.people.forget(mei.id)
    assert (await on.client.people.profile(mei.id)).zone == "Europe/Berlin"


async def test_what_changed_while_it_was_asked_for_is_not_kept(on: Rig) -> None:
    mei = on.team.person("Mei")
    on.slack.faults.lag(0.1, "users.info")
    asking = asyncio.create_task(on.client.people.profile(mei.id))
    await on.slack.until(lambda: on.calls("users.info"))
    on.client.people.forget(mei.id)
    await asking
    assert on.client.people.known(mei.id) is None


async def test_a_profile_is_believed_for_an_hour(on: Rig) -> None:
    mei = on.team.person("Mei")
    for _ in range(2):
        await on.client.people.profile(mei.id)
        on.slack.clock.advance(3599)
        await on.client.people.profile(mei.id)
        on.slack.clock.advance(2)
    assert on.calls("users.info") == 2


async def test_a_failure_is_not_kept(on: Rig) -> None:
    mei = on.team.person("Mei")
    on.slack.faults.http_500("users.info")
    with pytest.raises(Temporary):
        await on.client.people.profile(mei.id)
    assert (await on.client.people.profile(mei.id)).name == "Mei"


@pytest.mark.parametrize("label", ["Manager", "直属上级", "汇报对象", "Line Manager "])
async def test_the_manager_in_the_words_of_the_workspace(on: Rig, label: str) -> None:
    mei, bo = on.team.person("Mei"), on.team.person("Bo")
    mei.user.fields[on.team.profile_field(label, "user")] = bo.id
    assert (await on.client.people.profile(mei.id)).manager == bo.id
    assert on.calls("team.profile.get") == 1


async def test_no_manager_where_the_workspace_has_none(on: Rig) -> None:
    mei = on.team.person("Mei")
    mei.user.fields[on.team.profile_field("Manager", "text")] = "Bo, I think"
    assert (await on.client.people.profile(mei.id)).manager is None
    assert on.calls("users.profile.get") == 0


async def test_no_manager_without_the_scope(on: Rig) -> None:
    bo = on.team.person("Bo")
    mei, xi = on.team.person("Mei", manager=bo), on.team.person("Xi", manager=bo)
    on.team.grants({"users:read"})
    for person in (mei, xi):
        assert (await on.client.people.profile(person.id)).manager is None
    assert on.calls("team.profile.get") == 1
    assert on.calls("users.profile.get") == 0
    assert (await on.client.examined()).lacking == frozenset()


async def test_no_manager_where_the_profile_is_hidden(on: Rig) -> None:
    mei = on.team.person("Mei", manager=on.team.person("Bo"))
    on.slack.faults.fails("users.profile.get", "user_not_found")
    assert await on.client.people.profile(mei.id) == Profile(
        "Mei", "en", mei.user.tz, is_outsider=False, manager=None
    )


async def test_a_group(on: Rig) -> None:
    mei, bo = on.team.person("Mei"), on.team.person("Bo")
    group = on.team.group("ops", [mei, bo])
    for _ in range(3):
        assert await on.client.people.group(group.id) == (mei.id, bo.id)
    assert on.calls("usergroups.users.list") == 1
    on.slack.clock.advance(301)
    await on.client.people.group(group.id)
    assert on.calls("usergroups.users.list") == 2


async def test_nobody_lists_the_workspace(on: Rig) -> None:
    people = [on.team.person(f"P{n}") for n in range(30)]
    for person in people:
        await on.client.people.profile(person.id)
    called = {call.method for call in on.slack.calls}
    assert called == {"users.info", "team.profile.get"}
