"""Nothing is done twice: after a doubt it is looked for, by this process and by the next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.client import SlackClient
from adapters.slack.errors import Doubtful, Postponed
from bot.core.chat import Card, Quote
from bot.core.effects import CreateChannel, Effect, Receipt, SendFile, Tell
from bot.core.errors import Permanent, Temporary
from bot.core.text import t
from tests.adapters.slack.rig import ENGLISH, Rig, card, rig

pytestmark = pytest.mark.anyio
LONG = Card(t("Long"), (Quote("\n".join(f"Line {n} of many, many more." for n in range(900))),))


@pytest.fixture
async def on() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


async def again(client: SlackClient, effect: Effect, key: str) -> Receipt:
    """What the worker does with an effect that was tried before."""
    return await client.probe(effect, key) or await client.perform(effect, key)


def looks(on: Rig) -> int:
    return on.calls("conversations.history") + on.calls("conversations.replies")


@pytest.mark.parametrize("place", ["channel", "thread", "direct"])
@pytest.mark.parametrize("process", ["same", "next"])
async def test_surprise_7_a_dropped_connection_posts_once(
    on: Rig, place: str, process: str
) -> None:
    first = await on.client.perform(on.post(), "k0")
    mei = on.team.person("Mei")
    channel = mei.dm if place == "direct" else on.general
    before = len(on.posts(channel))
    effect: Effect = on.post(thread=first.id if place == "thread" else None)
    if place == "direct":
        effect = on.direct(mei)
    on.slack.faults.drops_after_delivery("chat.postMessage")
    with pytest.raises(Doubtful):
        await on.client.perform(effect, "k1")
    client = on.client if process == "same" else on.another()
    receipt = await again(client, effect, "k1")
    posts = on.posts(channel)
    assert len(posts) == before + 1
    assert receipt.id == posts[-1].ts


@pytest.mark.parametrize("off", [15, -15, 60, -60, 1440, -1440], ids=lambda n: f"{n} minutes")
@pytest.mark.parametrize("process", ["same", "next"])
@pytest.mark.parametrize("what", ["post", "channel"])
async def test_a_clock_that_is_wrong_doubles_nothing(
    on: Rig, what: str, process: str, off: int
) -> None:
    """However wrong this machine's clock is, and from the very first call on."""

    def wrong() -> datetime:
        return on.slack.clock.when() + timedelta(minutes=off)

    client = on.another(now=wrong)
    effect: Effect = on.post()
    method = "chat.postMessage"
    if what == "channel":
        effect = CreateChannel(on.home, "wr-1-pay", "Payments", "WR-1")
        method = "conversations.create"
    on.slack.faults.drops_after_delivery(method)
    with pytest.raises(Doubtful):
        await client.perform(effect, "k1")
    on.slack.clock.advance(60)
    await again(client if process == "same" else on.another(now=wrong), effect, "k1")
    assert on.calls(method) == 1


async def test_a_look_goes_no_further_back_than_it_must(on: Rig) -> None:
    """What Slack last said of the time is near enough: a busy channel has many pages."""
    mei = on.team.person("Mei")
    await on.client.perform(on.post(), "k0")
    for n in range(450):
        await mei.writes(f"{n}", on.general)
    on.slack.clock.advance(3600)
    await on.client.perform(on.post(), "k1")
    on.slack.faults.drops_after_delivery("chat.postMessage")
    with pytest.raises(Doubtful):
        await on.client.perform(on.post(), "k2")
    await again(on.client, on.post(), "k2")
    assert looks(on) == 1
    assert len(on.posts()) == 3


@pytest.mark.parametrize("process", ["same", "next"])
async def test_what_did_not_arrive_is_posted(on: Rig, process: str) -> None:
    on.slack.faults.drops_before("chat.postMessage")
    with pytest.raises(Doubtful):
        await on.client.perform(on.post(), "k1")
    client = on.client if process == "same" else on.another()
    await again(client, on.post(), "k1")
    assert len(on.posts()) == 1
    assert looks(on) == 1


async def test_an_answer_that_never_comes(on: Rig) -> None:
    hasty = on.another(timeout=0.2)
    fault = on.slack.faults.hangs("chat.postMessage")
    with pytest.raises(Doubtful):
        await hasty.perform(on.post(), "k1")
    fault.lift()
    await on.slack.until(on.posts)
    await again(hasty, on.post(), "k1")
    assert len(on.posts()) == 1


async def test_what_slack_refused_needs_no_look(on: Rig) -> None:
    on.slack.faults.answers_429(3, "chat.postMessage")
    with pytest.raises(Postponed) as caught:
        await on.client.perform(on.post(), "k1")
    assert caught.value.retry_after == 3
    assert await on.client.probe(on.post(), "k1") is None
    assert looks(on) == 0


async def test_what_was_looked_for_and_then_refused_needs_no_second_look(on: Rig) -> None:
    process = on.another()
    assert await process.probe(on.post(), "k1") is None
    on.slack.faults.answers_429(3, "chat.postMessage")
    with pytest.raises(Postponed):
        await process.perform(on.post(), "k1")
    assert await process.probe(on.post(), "k1") is None
    assert looks(on) == 1


async def test_what_was_heard_of_needs_no_look_either(on: Rig) -> None:
    """As when the database was away when the receipt came."""
    receipt = await on.client.perform(on.post(), "k1")
    assert await on.client.probe(on.post(), "k1") == receipt
    assert looks(on) == 0


async def test_an_old_post_is_found_behind_many(on: Rig) -> None:
    mei = on.team.person("Mei")
    receipt = await on.client.perform(on.post(), "k1")
    for n in range(450):
        await mei.writes(f"{n}", on.general)
    on.slack.clock.advance(3 * 24 * 3600)
    assert await on.another().probe(on.post(), "k1") == receipt


async def test_somebody_elses_message_with_our_key_is_not_ours(on: Rig) -> None:
    mei = on.team.person("Mei")
    theirs = await mei.writes("Hello", on.general)
    on.general.messages[theirs.ts].metadata = {
        "event_type": "muster_effect",
        "event_payload": {"key": "k1"},
    }
    assert await on.another().probe(on.post(), "k1") is None


async def test_where_a_page_a_minute_is_allowed_the_look_goes_on(on: Rig) -> None:
    """The limits of 2025 for some apps: a look that starts over each minute would never end."""
    mei = on.team.person("Mei")
    receipt = await on.client.perform(on.post(), "k1")
    for n in range(450):
        await mei.writes(f"{n}", on.general)
    process = on.another()
    for _ in range(5):
        # One page, then "too often".
        fault = on.slack.faults.answers_429(60, "conversations.history", times=0)
        try:
            found = await _stingy(on, process, fault)
        except Temporary:
            on.slack.faults.lift()
            on.slack.clock.advance(61)
            continue
        assert found == receipt
        break
    else:
        pytest.fail("never found")
    cursors = [call.args.get("cursor") for call in on.slack.called("conversations.history")]
    assert len([one for one in cursors if one is None]) == 1


async def _stingy(on: Rig, process: SlackClient, fault: Any) -> Receipt | None:
    original = process.api.page

    async def page(*args: Any) -> Any:
        got = await original(*args)
        fault.times = None
        return got

    process.api.page = page  # type: ignore[method-assign, assignment]
    try:
        return await process.probe(on.post(), "k1")
    finally:
        process.api.page = original  # type: ignore[method-assign]


async def test_a_channel_that_cannot_be_read_is_posted_to(on: Rig) -> None:
    """Surprise 12: whether a bot may read threads is documented both ways."""
    on.slack.faults.fails("conversations.history", "missing_scope", times=None)
    assert await on.another().probe(on.post(), "k1") is None


@pytest.mark.parametrize("process", ["same", "next"])
async def test_a_long_card_is_continued_where_it_was_left(on: Rig, process: str) -> None:
    whole = await on.client.perform(on.post(LONG), "k0")
    parts = len(on.posts()) - 1
    assert parts >= 2
    first = await on.client.perform(on.post(), "k1")
    on.slack.faults.drops_after_delivery("chat.postMessage")
    with pytest.raises(Doubtful):
        # The card is there; its first part arrives and nobody hears of it.
        await on.client.perform(on.post(LONG), "k1")
    client = on.client if process == "same" else on.another()
    on.slack.clock.advance(60)  # the next process does not know how much was posted just now
    receipt = await again(client, on.post(LONG), "k1")
    assert receipt == first
    threads = [message.thread_ts for message in on.posts() if message.is_reply]
    assert threads.count(first.id) == parts
    assert threads.count(whole.id) == parts


async def test_where_threads_cannot_be_read_nothing_is_lost(on: Rig) -> None:
    """Surprise 12 once more: a part may then come twice, as the page on Slack says."""
    posted = await on.client.perform(on.post(), "k1")
    on.slack.clock.advance(60)
    on.slack.faults.fails("conversations.replies", "not_allowed_here", times=None)
    assert await on.another().probe(on.post(LONG), "k1") == posted
    assert len(on.posts()) > 2


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("process", ["same", "next"])
async def test_a_channel_is_made_once(on: Rig, private: bool, process: str) -> None:
    effect = CreateChannel(on.home, "wr-1-pay", "Payments", "WR-1", private=private)
    on.slack.faults.drops_after_delivery("conversations.create")
    with pytest.raises(Doubtful):
        await on.client.perform(effect, "k1")
    client = on.client if process == "same" else on.another()
    receipt = await again(client, effect, "k1")
    channel = on.team.channels[receipt.id]
    assert channel.name == receipt.name == "wr-1-pay"
    assert channel.topic.value == "WR-1"
    assert on.calls("conversations.create") == 1


async def test_a_half_made_channel_is_finished(on: Rig) -> None:
    effect = CreateChannel(on.home, "wr-1-pay", "Payments", "WR-1")
    on.slack.faults.http_500("conversations.setTopic")
    with pytest.raises(Temporary):
        await on.client.perform(effect, "k1")
    receipt = await again(on.client, effect, "k1")
    assert on.team.channels[receipt.id].topic.value == "WR-1"
    assert on.calls("conversations.create") == 1


async def test_somebody_elses_channel_is_never_taken_for_ours(on: Rig) -> None:
    mei = on.team.person("Mei")
    theirs = on.team.channel("wr-1-pay", members=[mei])
    theirs.creator = mei.id
    effect = CreateChannel(on.home, "wr-1-pay", "Payments", "WR-1")
    assert await on.another().probe(effect, "k1") is None
    with pytest.raises(Permanent) as caught:
        await on.client.perform(effect, "k1")
    assert caught.value.code == "name_taken"


async def test_what_was_told_in_private_instead_is_told_once(on: Rig) -> None:
    mei = on.team.person("Mei")
    closed = on.team.channel("closed", private=True)
    effect = Tell(on.at(closed), mei.id, card(), ENGLISH)
    on.slack.faults.drops_after_delivery("chat.postMessage")
    with pytest.raises(Doubtful):
        await on.client.perform(effect, "k1")
    await again(on.another(), effect, "k1")
    assert len(mei.sees(mei.dm)) == 1


async def test_an_ephemeral_message_that_was_heard_of_is_not_repeated(on: Rig) -> None:
    mei = on.team.person("Mei")
    effect = Tell(on.at(), mei.id, card(), ENGLISH)
    receipt = await on.client.perform(effect, "k1")
    assert await again(on.client, effect, "k1") == receipt
    assert len(mei.sees(on.general)) == 1


@pytest.mark.parametrize("process", ["same", "next"])
async def test_a_file_is_shared_once(on: Rig, process: str, tmp_path: Path) -> None:
    content = tmp_path / "file"
    content.write_text("- decided")
    effect = SendFile(on.at(), "decisions", {}, "decisions.md", "The log", ENGLISH)
    on.slack.faults.drops_after_delivery("files.completeUploadExternal")
    with pytest.raises(Doubtful):
        await on.client.send_file(effect, "k1", content)
    client = on.client if process == "same" else on.another()
    receipt = await client.probe(effect, "k1")
    assert receipt is not None
    assert receipt.link.endswith(f"{receipt.id}/decisions.md")
    assert len(on.posts()) == 1
    assert receipt.id == on.posts()[0].files[0]["id"]
    assert await client.probe(effect, "k1") == receipt
