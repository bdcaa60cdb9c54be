"""Reading a message as it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.slack.incoming_text import message_text, plain_text
from bot.core.effects import Quoted, ReadMessage
from bot.core.errors import Permanent
from tests.adapters.slack.rig import Rig, card, rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def on() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


async def read(on: Rig, message: str, thread: str | None = None) -> Quoted:
    effect = ReadMessage(on.at(thread=thread), message)
    receipt = await on.client.perform(effect, "k")
    assert receipt.quoted is not None
    assert receipt.link == receipt.quoted.link
    return receipt.quoted


async def test_a_message_in_a_channel(on: Rig) -> None:
    mei, _ = on.team.person("Mei"), on.team.person("Bo")
    await mei.writes("before", on.general)
    said = await mei.writes("Roll back & tell @Bo", on.general)
    await mei.writes("after", on.general)
    quoted = await read(on, said.ts)
    bo = on.team.person("Bo")
    assert (quoted.author, quoted.text) == (mei.id, f"Roll back & tell <@{bo.id}>")
    assert quoted.names == {mei.id: "Mei", bo.id: "Bo"}
    assert quoted.at.timestamp() == pytest.approx(float(said.ts), abs=1e-6)
    assert quoted.link.endswith(f"/archives/{on.general.id}/p{said.ts.replace('.', '')}")
    assert (quoted.channel, quoted.message, quoted.thread) == (on.general.id, said.ts, None)


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_message_in_a_thread(on: Rig, is_told: bool) -> None:
    mei = on.team.person("Mei")
    first = await mei.writes("first", on.general)
    reply = await mei.writes("reply", on.general, thread=first.ts)
    quoted = await read(on, reply.ts, first.ts if is_told else None)
    assert (quoted.text, quoted.thread) == ("reply", first.ts)
    assert "thread_ts=" in quoted.link


async def test_the_first_of_a_thread_is_in_none(on: Rig) -> None:
    mei = on.team.person("Mei")
    first = await mei.writes("first", on.general)
    await mei.writes("reply", on.general, thread=first.ts)
    assert (await read(on, first.ts)).thread is None
    assert (await read(on, first.ts, first.ts)).text == "first"


@pytest.mark.parametrize("thread", [None, "1.000002"])
async def test_a_message_that_is_gone(on: Rig, thread: str | None) -> None:
    with pytest.raises(Permanent) as caught:
        await read(on, "1.000001", thread)
    assert caught.value.code == "message_not_found"


async def test_a_channel_that_muster_cannot_see(on: Rig) -> None:
    secret = on.team.channel("secret", private=True, bot=False)
    with pytest.raises(Permanent) as caught:
        await on.client.perform(ReadMessage(on.at(secret), "1.000001"), "k")
    assert caught.value.code == "channel_not_found"


async def test_slack_names_no_message_without_its_channel(on: Rig) -> None:
    with pytest.raises(Permanent) as caught:
        await on.client.perform(ReadMessage(on.home, "1.000001"), "k")
    assert caught.value.code == "message_not_found"


async def test_a_message_without_a_permalink(on: Rig) -> None:
    mei = on.team.person("Mei")
    said = await mei.writes("Hello", on.general)
    on.slack.faults.fails("chat.getPermalink", "message_not_found")
    assert (await read(on, said.ts)).link == ""


async def test_a_thread_that_muster_may_not_read(on: Rig) -> None:
    on.slack.faults.fails("conversations.replies", "not_allowed_here")
    with pytest.raises(Permanent) as caught:
        await read(on, "1.000001")
    assert caught.value.code == "not_allowed_here"


async def test_our_own_card_is_its_title(on: Rig) -> None:
    posted = await on.client.perform(on.post(card("WR-1 R&D <b>", "Much more.")), "k1")
    assert (await read(on, posted.id)).text == "WR-1 R&D <b>"


async def test_somebody_who_cannot_be_looked_up_has_no_name(on: Rig) -> None:
    mei = on.team.person("Mei")
    said = await mei.writes("Hello", on.general)
    on.slack.faults.fails("users.info", "user_not_visible", times=None)
    assert (await read(on, said.ts)).names == {}


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U12|mei> and <@U34>", "<@U12> and <@U34>"),
        ("see <#C1|general> or <#C2>", "see #general or #C2"),
        ("<!here> <!channel|channel> <!everyone|@everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@ops> <!subteam^S2>", "<!subteam^S1|@ops> <!subteam^S2>"),
        ("<https://a.test/?x=1&amp;y=2>", "https://a.test/?x=1&y=2"),
        ("<http://a.test|a.test>", "a.test"),
        ("<http://a.test/|a.test>", "a.test"),
        ("<https://a.test|the page>", "the page (https://a.test)"),
        ("<mailto:mei@a.test|mei@a.test> <tel:123>", "mei@a.test 123"),
        ("by <!date^1392734382^{date}|18 Feb &amp; later>", "by 18 Feb & later"),
        ("1 &lt; 2\n*bold* :pushpin:", "1 < 2\n*bold* :pushpin:"),
        ("", ""),
        ("<> < >", "<> < >"),
    ],
)
def test_markup_as_plain_words(raw: str, plain: str) -> None:
    assert plain_text(raw) == plain


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "hi <!subteam^S1|@ops> <!subteam^S2>"}, "hi @ops @S2"),
        ({"text": "", "files": [{"title": "a.png"}, {"name": "b.txt"}]}, "a.png\nb.txt"),
        ({"text": " ", "attachments": [{"fallback": "CI &amp; CD"}]}, "CI & CD"),
        ({"text": "look", "files": [{"name": "b.txt"}]}, "look"),
        ({}, ""),
        (
            {"bot_id": "B1", "text": "all", "blocks": [{"type": "header", "text": {"text": "T"}}]},
            "T",
        ),
        ({"text": "all", "blocks": [{"type": "header", "text": {"text": "T"}}]}, "all"),
    ],
)
def test_what_a_message_says(message: dict[str, Any], text: str) -> None:
    assert message_text(message) == text
