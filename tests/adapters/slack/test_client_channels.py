"""Channels: made, described, filled, archived, and their bookmarks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.core.effects import (
    Archive,
    Bookmark,
    CreateChannel,
    Describe,
    Invite,
    Remove,
    Urgent,
)
from bot.core.errors import Permanent, Temporary
from tests.adapters.slack.rig import Rig, rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def on() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


def create(on: Rig, name: str = "wr-1-payments", *, private: bool = False) -> CreateChannel:
    return CreateChannel(on.home, name, "Payment timeouts", "WR-1 · SEV1", private=private)


@pytest.mark.parametrize("private", [False, True])
async def test_a_channel_with_topic_and_purpose(on: Rig, private: bool) -> None:
    receipt = await on.client.perform(create(on, private=private), "k1")
    channel = on.team.channels[receipt.id]
    assert (channel.name, channel.is_private) == ("wr-1-payments", private)
    assert receipt.name == "wr-1-payments"
    assert receipt.link == f"{on.team.url}archives/{channel.id}"
    assert channel.topic.value == "WR-1 · SEV1"
    assert channel.purpose.value == "Payment timeouts"


async def test_a_name_that_is_taken(on: Rig) -> None:
    on.team.channel("wr-1-payments", bot=False)
    with pytest.raises(Permanent) as caught:
        await on.client.perform(create(on), "k1")
    assert caught.value.code == "name_taken"


async def test_a_channel_without_a_topic_is_a_channel_all_the_same(on: Rig) -> None:
    on.slack.faults.fails("conversations.setTopic", "restricted_action")
    receipt = await on.client.perform(create(on), "k1")
    assert receipt.id in on.team.channels


async def test_topics_are_set_only_where_they_differ(on: Rig) -> None:
    """Each change is announced in the channel."""
    made = await on.client.perform(create(on), "k1")
    channel = on.team.channels[made.id]
    before = len(on.slack.calls)
    await on.client.perform(Describe(on.at(channel), "Payment timeouts", "WR-1 · SEV1"), "k2")
    assert len(on.slack.calls) == before + 1  # to look
    await on.client.perform(Describe(on.at(channel), "Payment timeouts", "WR-1 · SEV2"), "k3")
    assert channel.topic.value == "WR-1 · SEV2"
    assert on.calls("conversations.setPurpose") == 1


async def test_a_topic_that_comes_back_escaped_is_the_same(on: Rig) -> None:
    on.general.topic.value, on.general.purpose.value = "R&amp;D &lt; Ops", "Why"
    await on.client.perform(Describe(on.at(), "Why", "R&D < Ops"), "k1")
    assert on.calls("conversations.setTopic") == 0


async def test_a_topic_is_cut_and_mentions_nobody(on: Rig) -> None:
    await on.client.perform(Describe(on.at(), "<!channel>\n" + "x" * 400, "t <@U1>"), "k1")
    assert on.general.purpose.value == "(!channel> " + "x" * 238 + "…"
    assert len(on.general.purpose.value) == 250
    assert on.general.topic.value == "t (@U1>"


async def test_people_are_invited_in_one_call(on: Rig) -> None:
    channel = on.team.channel("room")
    people = [on.team.person(f"P{n}") for n in range(30)]
    users = (*(person.id for person in people), on.team.bot.id)
    receipt = await on.client.perform(Invite(on.at(channel), users), "k1")
    assert receipt.refused == {}
    assert set(channel.members) == set(users)
    assert on.calls("conversations.invite") == 1


async def test_who_cannot_be_invited_is_named_and_the_others_are_in(on: Rig) -> None:
    channel = on.team.channel("room")
    mei, bo = on.team.person("Mei"), on.team.person("Bo")
    guest = on.team.person("Guest", is_restricted=True)
    gone = on.team.person("Gone", deleted=True)
    channel.members.append(bo.id)
    users = (mei.id, bo.id, guest.id, gone.id, "U0NOBODY")
    receipt = await on.client.perform(Invite(on.at(channel), users), "k1")
    assert receipt.refused == {
        guest.id: "user_is_restricted",
        gone.id: "user_not_found",
        "U0NOBODY": "user_not_found",
    }
    assert {mei.id, bo.id} <= set(channel.members)
    assert on.calls("conversations.invite") == 2


async def test_one_by_one_where_slack_does_not_say_who(on: Rig) -> None:
    channel = on.team.channel("room")
    mei, bo = on.team.person("Mei"), on.team.person("Bo")
    channel.members.append(bo.id)
    on.slack.faults.fails("conversations.invite", "no_external_invite_permission", times=1)
    receipt = await on.client.perform(Invite(on.at(channel), (mei.id, bo.id, "U0NOBODY")), "k1")
    assert receipt.refused == {"U0NOBODY": "user_not_found"}
    assert mei.id in channel.members
    # The batch, then those who were not in it yet.
    assert on.calls("conversations.invite") == 3


async def test_many_who_must_come_one_by_one_wait_for_their_turns(on: Rig) -> None:
    channel = on.team.channel("room")
    people = [on.team.person(f"P{n}") for n in range(60)]
    on.slack.faults.fails("conversations.invite", "no_external_invite_permission", times=1)
    effect = Invite(on.at(channel), tuple(person.id for person in people))
    receipt = await on.client.perform(effect, "k1")
    assert receipt.refused == {}
    assert len(channel.members) == 61
    assert on.slack.limits.exceeded == []


async def test_more_than_slack_takes_at_once(on: Rig) -> None:
    channel = on.team.channel("room")
    people = [on.team.person(f"P{n}") for n in range(130)]
    effect = Invite(on.at(channel), tuple(person.id for person in people))
    await on.client.perform(effect, "k1")
    assert len(channel.members) == 131
    assert on.calls("conversations.invite") == 2


async def test_a_channel_that_muster_is_not_in(on: Rig) -> None:
    channel = on.team.channel("theirs", bot=False)
    mei = on.team.person("Mei")
    with pytest.raises(Permanent) as caught:
        await on.client.perform(Invite(on.at(channel), (mei.id,)), "k1")
    assert caught.value.code == "not_in_channel"


async def test_a_user_group_is_its_members(on: Rig) -> None:
    channel = on.team.channel("room")
    mei, bo = on.team.person("Mei"), on.team.person("Bo")
    group = on.team.group("payments", [mei, bo])
    effect = Invite(on.at(channel), (mei.id, group.id, "S0NONE"))
    receipt = await on.client.perform(effect, "k1")
    assert {mei.id, bo.id} <= set(channel.members)
    assert receipt.refused == {"S0NONE": "no_such_subteam"}


async def test_who_is_not_in_it_is_taken_out_without_harm(on: Rig) -> None:
    mei = on.team.person("Mei")
    channel = on.team.channel("room", members=[mei])
    for key in ("k1", "k2"):
        await on.client.perform(Remove(on.at(channel), mei.id), key)
    assert mei.id not in channel.members


async def test_archiving_twice_does_no_harm(on: Rig) -> None:
    channel = on.team.channel("room")
    for key in ("k1", "k2"):
        await on.client.perform(Archive(on.at(channel)), key)
    assert channel.is_archived


async def test_one_bookmark_under_each_title(on: Rig) -> None:
    for key, url in [("k1", "https://a.test/1"), ("k2", "https://a.test/2?x=1&y=2")] * 2:
        receipt = await on.client.perform(Bookmark(on.at(), "Export & more", url), key)
        assert receipt.link == url
    [bookmark] = on.general.bookmarks.values()
    assert (bookmark.title, bookmark.link) == ("Export & more", "https://a.test/2?x=1&y=2")
    await on.client.perform(Bookmark(on.at(), "Other", "https://a.test/3"), "k3")
    assert len(on.general.bookmarks) == 2


async def test_slack_has_nothing_louder(on: Rig) -> None:
    with pytest.raises(Permanent) as caught:
        await on.client.perform(Urgent(on.at(), "1.1", ("U1",)), "k1")
    assert caught.value.code == "not_supported"


async def test_a_missing_scope_is_told_and_holds_nothing_up(on: Rig) -> None:
    on.team.grants({"chat:write", "channels:read"})
    with pytest.raises(Permanent) as caught:
        await on.client.perform(Archive(on.at()), "k1")
    assert caught.value.code == "missing_scope"
    examined = await on.client.examined()
    assert "channels:manage" in examined.lacking


async def test_a_failure_on_the_way_is_tried_again(on: Rig) -> None:
    channel = on.team.channel("room")
    mei = on.team.person("Mei")
    on.slack.faults.http_500("conversations.invite")
    effect = Invite(on.at(channel), (mei.id,))
    with pytest.raises(Temporary):
        await on.client.perform(effect, "k1")
    assert await on.client.probe(effect, "k1") is None
    assert (await on.client.perform(effect, "k1")).refused == {}
    assert mei.id in channel.members
