"""Messages: posted, continued, redrawn, told to somebody alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.core.chat import Card, Quote
from bot.core.effects import DirectMessage, Pin, PublishHome, Receipt, Tell, UpdateCard
from bot.core.errors import Permanent, Temporary
from bot.core.text import t
from tests.adapters.slack.rig import ENGLISH, Rig, card, rig

pytestmark = pytest.mark.anyio
LONG = "\n".join(f"Line {n}: the payment service did not answer." for n in range(400))
ENDLESS = LONG * 8


@pytest.fixture
async def on() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


async def test_a_card_is_posted_with_its_key(on: Rig) -> None:
    receipt = await on.client.perform(on.post(card("Hello <!channel> & all")), "k1")
    [message] = on.posts()
    assert receipt == Receipt(message.ts)
    assert message.metadata == {"event_type": "muster_effect", "event_payload": {"key": "k1"}}
    assert message.text == "Hello &lt;!channel&gt; &amp; all"
    [call] = on.slack.called("chat.postMessage")
    assert call.args["unfurl_links"] is False
    assert call.args["unfurl_media"] is False


async def test_in_a_thread(on: Rig) -> None:
    first = await on.client.perform(on.post(), "k1")
    await on.client.perform(on.post(thread=first.id), "k2")
    assert [message.thread_ts for message in on.posts()][1] == first.id


async def test_the_same_key_posts_once(on: Rig) -> None:
    first = await on.client.perform(on.post(), "k1")
    assert await on.client.perform(on.post(), "k1") == first
    assert len(on.posts()) == 1


async def test_what_does_not_fit_is_in_the_thread(on: Rig) -> None:
    long = Card(t("Long"), (Quote(LONG),))
    receipt = await on.client.perform(on.post(long), "k1")
    first, *replies = on.posts()
    assert first.ts == receipt.id
    assert len(replies) > 1
    assert {message.thread_ts for message in replies} == {first.ts}
    assert "Line 399" in replies[-1].text + str(replies[-1].blocks)
    keys = [message.metadata["event_payload"]["key"] for message in replies if message.metadata]
    assert keys == [f"k1.{n}" for n in range(1, len(replies) + 1)]


async def test_what_is_longer_yet_is_a_file_in_the_thread(on: Rig) -> None:
    await on.client.perform(on.post(Card(t("Long"), (Quote(ENDLESS),))), "k1")
    first, shared = on.posts()
    assert shared.thread_ts == first.ts
    assert on.slack.uploads.contents[shared.files[0]["id"]].decode().count("Line 399") == 8


async def test_a_locked_thread_leaves_the_card(on: Rig) -> None:
    first = await on.client.perform(on.post(), "k1")
    on.slack.faults.fails("chat.postMessage", "restricted_action_thread_locked", times=None)
    again = await on.client.perform(on.post(Card(t("Long"), (Quote(LONG),))), "k1")
    assert again == first
    assert len(on.posts()) == 1


async def test_a_card_is_redrawn_in_place(on: Rig) -> None:
    posted = await on.client.perform(on.post(), "k1")
    update = UpdateCard(on.at(), posted.id, card("Solved"), ENGLISH)
    assert await on.client.perform(update, "k2") == Receipt(posted.id)
    [message] = on.posts()
    assert message.text == "Solved"
    assert message.metadata is not None


@pytest.mark.parametrize(
    ("code", "effect_of"),
    [("message_not_found", "1.000001"), ("cant_update_message", "theirs")],
)
async def test_a_card_that_cannot_be_redrawn_never_will_be(
    on: Rig, code: str, effect_of: str
) -> None:
    mei = on.team.person("Mei")
    theirs = await mei.writes("Hello", on.general)
    message = theirs.ts if effect_of == "theirs" else effect_of
    with pytest.raises(Permanent) as caught:
        await on.client.perform(UpdateCard(on.at(), message, card(), ENGLISH), "k")
    assert caught.value.code == code


async def test_what_continues_a_card_is_redrawn_with_it(on: Rig) -> None:
    posted = await on.client.perform(on.post(Card(t("Long"), (Quote(LONG),))), "k1")
    before = len(on.posts())
    longer = Card(t("Long"), (Quote(LONG.replace("Line", "Row") + LONG[:9000]),))
    await on.client.perform(UpdateCard(on.at(), posted.id, longer, ENGLISH), "k2")
    texts = [message.text for message in on.posts()[1:]]
    assert len(texts) == before
    assert all("Row" in text for text in texts[:1])
    # By another process as well, which knows nothing of the first.
    await on.another().perform(
        UpdateCard(on.at(), posted.id, Card(t("Long"), (Quote(LONG[:14000]),)), ENGLISH), "k3"
    )
    assert len(on.posts()) < before
    # And nothing stays behind that is no longer so.
    await on.client.perform(UpdateCard(on.at(), posted.id, card("Short"), ENGLISH), "k4")
    assert [message.text for message in on.posts()] == ["Short"]


async def test_a_change_at_the_end_of_a_part_is_seen(on: Rig) -> None:
    """The text of a message says only how it begins."""
    posted = await on.client.perform(on.post(Card(t("Long"), (Quote(LONG),))), "k1")
    on.slack.clock.advance(60)
    changed = UpdateCard(
        on.at(), posted.id, Card(t("Long"), (Quote(LONG.replace("Line 160", "Row 160")),)), ENGLISH
    )
    await on.client.perform(changed, "k2")
    assert "Row 160:" in str([message.blocks for message in on.posts()[1:]])
    updates = on.calls("chat.update")
    await on.client.perform(changed, "k3")
    assert on.calls("chat.update") == updates + 1  # the card; its parts are as they should be


async def test_a_thread_that_cannot_be_read_leaves_the_card(on: Rig) -> None:
    """Surprise 12: whether bots may read threads is documented both ways."""
    posted = await on.client.perform(on.post(), "k1")
    on.slack.faults.fails("conversations.replies", "not_allowed_here", times=None)
    long = Card(t("Long"), (Quote(LONG),))
    receipt = await on.client.perform(UpdateCard(on.at(), posted.id, long, ENGLISH), "k2")
    assert receipt == posted
    [message] = on.posts()
    assert message.text.startswith("Long")


async def test_a_card_that_became_too_long_gets_one_file(on: Rig) -> None:
    posted = await on.client.perform(on.post(), "k1")
    for n in range(3):
        endless = Card(t("Long"), (Quote(ENDLESS + str(n)),))
        await on.client.perform(UpdateCard(on.at(), posted.id, endless, ENGLISH), f"k2-{n}")
    assert len([message for message in on.posts() if message.files]) == 1


async def test_a_person_who_cannot_be_told_at_all(on: Rig) -> None:
    mei = on.team.person("Mei")
    on.slack.faults.fails("chat.postEphemeral", "messages_tab_disabled")
    with pytest.raises(Permanent):
        await on.client.perform(Tell(on.at(), mei.id, card(), ENGLISH), "k1")


async def test_a_direct_message_opens_its_conversation_once(on: Rig) -> None:
    mei = on.team.person("Mei")
    for key in ("k1", "k2"):
        await on.client.perform(on.direct(mei, card(key)), key)
    assert [seen.text for seen in mei.sees(mei.dm)] == ["k1", "k2"]
    assert on.calls("conversations.open") == 1


async def test_somebody_unknown_cannot_be_told(on: Rig) -> None:
    mei = on.team.person("Mei")
    mei.user.id = "U000"
    with pytest.raises(Permanent):
        await on.client.perform(DirectMessage(on.user(mei), card(), ENGLISH), "k")


async def test_only_one_person_is_told(on: Rig) -> None:
    mei, bo = on.team.person("Mei"), on.team.person("Bo")
    await on.client.perform(Tell(on.at(), mei.id, card("For you"), ENGLISH), "k1")
    assert [seen.text for seen in mei.sees(on.general)] == ["For you"]
    assert bo.sees(on.general) == []


async def test_all_of_a_long_answer_is_told(on: Rig) -> None:
    mei = on.team.person("Mei")
    tell = Tell(on.at(), mei.id, Card(t("Long"), (Quote(LONG),)), ENGLISH)
    await on.client.perform(tell, "k1")
    seen = mei.sees(on.general)
    assert len(seen) > 2
    assert all(each.is_ephemeral for each in seen)
    endless = Tell(on.at(), mei.id, Card(t("Long"), (Quote(ENDLESS),)), ENGLISH)
    await on.client.perform(endless, "k2")
    assert mei.sees(mei.dm)


@pytest.mark.parametrize("why", ["not in it", "archived", "bot not in it"])
async def test_who_cannot_be_told_there_is_told_in_private(on: Rig, why: str) -> None:
    mei = on.team.person("Mei")
    members = () if why == "not in it" else (mei,)
    place = on.team.channel("closed", private=True, members=members, bot=why != "bot not in it")
    place.is_archived = why == "archived"
    await on.client.perform(Tell(on.at(place), mei.id, card("For you"), ENGLISH), "k1")
    assert [seen.text for seen in mei.sees(mei.dm)] == ["For you"]


async def test_a_home_tab(on: Rig) -> None:
    mei = on.team.person("Mei")
    home = PublishHome(on.user(mei), "home:1", card("My items", "None."), ENGLISH)
    await on.client.perform(home, "k1")
    assert mei.home is not None
    assert "None." in mei.home.words


async def test_a_pin_is_put_once(on: Rig) -> None:
    posted = await on.client.perform(on.post(), "k1")
    for key in ("k2", "k3"):
        await on.client.perform(Pin(on.at(), posted.id), key)
    assert list(on.general.pins) == [posted.id]


async def test_what_slack_rejects_for_its_form_will_never_work(on: Rig) -> None:
    on.slack.faults.fails("chat.postMessage", "invalid_blocks")
    with pytest.raises(Permanent) as caught:
        await on.client.perform(on.post(), "k1")
    assert caught.value.code == "invalid_blocks"


async def test_surprise_6_one_connection_for_everything(on: Rig) -> None:
    mei = on.team.person("Mei")
    on.slack.limits.on = False
    for n in range(20):
        await on.client.perform(on.direct(mei), f"k{n}")
    connector = on.session.connector
    assert connector is not None
    assert len(connector._conns) == 1
    assert sum(len(idle) for idle in connector._conns.values()) == 1


async def test_a_token_is_asked_for_with_every_call(on: Rig) -> None:
    await on.client.perform(on.post(), "k1")
    on.team.install()
    await on.client.perform(on.post(), "k2")
    assert len(on.posts()) == 2


async def test_a_removed_app_is_waited_for(on: Rig) -> None:
    on.team.revokes()
    with pytest.raises(Temporary) as caught:
        await on.client.perform(on.post(), "k1")
    assert caught.value.retry_after == 900
    troubles = [on.client.trouble]
    on.team.install()
    await on.client.perform(on.post(), "k1")
    assert [*troubles, on.client.trouble] == ["token_revoked", None]
    assert len(on.posts()) == 1
