"""Webhooks, the ladder of second tries, duplicates."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.adapters.feishu.fake.town import Town, button, card, hooked, listening, told
from tests.fakes.feishu.events import Event
from tests.fakes.feishu.webhook import decrypt, encrypt


def test_the_documented_vector() -> None:
    text = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="
    assert decrypt("test key", text) == "hello world"
    assert decrypt("key", encrypt("key", "中文 {}")) == "中文 {}"
    assert encrypt("key", "a") != encrypt("key", "a")


@told
async def test_plain_events_carry_the_token(town: Town) -> None:
    async with hooked() as hook:
        town.app.event_url = hook.url
        message = await town.li.dm("你好")
        await town.feishu.settled()
        [(headers, body)] = hook.requests
        payload = json.loads(body)
        assert payload["header"]["token"] == town.app.verification_token
        assert payload["event"]["message"]["message_id"] == message.id
        assert not [name for name in headers if name.startswith("X-Lark")]


@told
async def test_encrypted_events_are_signed(town: Town) -> None:
    town.app.encrypt_key = "some key"
    async with hooked() as hook:
        town.app.event_url = hook.url
        await town.li.dm("你好")
        await town.feishu.settled()
        [(headers, body)] = hook.requests
        payload = json.loads(decrypt("some key", json.loads(body)["encrypt"]))
        assert payload["header"]["event_type"] == "im.message.receive_v1"
        stamp, nonce = headers["X-Lark-Request-Timestamp"], headers["X-Lark-Request-Nonce"]
        wanted = hashlib.sha256(f"{stamp}{nonce}some key".encode() + body).hexdigest()
        assert headers["X-Lark-Signature"] == wanted
        assert abs(int(stamp) - town.feishu.clock.now()) < 5


@told
async def test_the_challenge(town: Town) -> None:
    async with hooked() as hook:
        assert await town.feishu.events.webhook.verify(town.app, hook.url)
        body = json.loads(hook.requests[0][1])
        assert (body["type"], body["token"]) == ("url_verification", town.app.verification_token)
        town.app.encrypt_key = "key"
        assert not await town.feishu.events.webhook.verify(town.app, hook.url)  # it cannot read it
        headers, encrypted = hook.requests[1]
        assert json.loads(decrypt("key", json.loads(encrypted)["encrypt"]))["challenge"]
        assert not [name for name in headers if name.startswith("X-Lark")]
        gone = hook.url
    assert not await town.feishu.events.webhook.verify(town.app, gone)


@pytest.mark.parametrize(("status", "error"), [(200, None), (500, 200671)])
def test_callbacks_by_webhook(status: int, error: int | None) -> None:
    async def story(town: Town) -> None:
        answer = {"toast": {"type": "info", "content": "好"}}
        async with hooked(answer=answer, status=status) as hook:
            town.app.card_url = hook.url
            await town.sends(card(button("加入", {"a": 1})), "interactive")
            pressed = await town.li.presses("加入", town.li.sees(town.group)[0])
            assert (pressed.error, pressed.toast) == (error, None if error else "好")
            assert len(hook.requests) == 1

    told(story)()


@told
async def test_the_ladder(town: Town) -> None:
    async with hooked(status=500) as hook:
        town.app.event_url = hook.url
        await town.li.menu("open")
        await town.feishu.settled()
        [event] = town.feishu.events.log
        started = event.tries[0][0]
        for at, wait in enumerate((15, 300, 3600, 21600), 2):
            town.feishu.clock.advance(wait - 2)
            await town.feishu.settled()
            assert len(hook.requests) == at - 1
            town.feishu.clock.advance(2)
            await tried(town, event, at)
        town.feishu.clock.advance(10 * 86400)
        await town.feishu.settled()
        assert len(hook.requests) == 5
        assert event.is_given_up
        assert [round(at - started) for at, _ in event.tries] == [0, 15, 315, 3915, 25515]
        ids = {json.loads(body)["header"]["event_id"] for _, body in hook.requests}
        assert len(ids) == 1


async def tried(town: Town, event: Event, times: int) -> None:
    await town.feishu.until(lambda: len(event.tries) == times)


@told
async def test_a_jump_over_the_whole_ladder_rings_each_step(town: Town) -> None:
    await town.li.menu("open")  # nobody listens
    await town.feishu.settled()
    town.feishu.clock.advance(8 * 3600)
    [event] = town.feishu.events.log
    await town.feishu.until(lambda: event.is_given_up)


@told
async def test_once_acknowledged_it_stays_quiet(town: Town) -> None:
    await town.li.menu("open")
    await town.feishu.settled()
    async with listening(town) as listener:
        town.feishu.clock.advance(15)
        await town.feishu.until(lambda: listener.received)
        await town.feishu.settled()
        town.feishu.clock.advance(8 * 3600)
        await town.feishu.settled()
        assert len(listener.received) == 1


@told
async def test_duplicates_with_the_same_and_with_a_new_event_id(town: Town) -> None:
    async with listening(town) as listener:
        town.feishu.faults.copies = 2
        await town.li.dm("一")
        await town.feishu.settled()
        town.feishu.faults.copies = 1
        town.feishu.events.repeat(town.feishu.events.log[0], new_id=True)
        await town.feishu.settled()
        ids = [each["header"]["event_id"] for each in listener.received]
        assert (len(ids), len(set(ids))) == (3, 2)
        assert len({each["event"]["message"]["message_id"] for each in listener.received}) == 1


@told
async def test_events_that_nobody_subscribed_to_are_not_sent(town: Town) -> None:
    town.app.events = {"p2p_chat_create"}
    async with listening(town) as listener:
        await town.li.dm("一")
        await town.feishu.settled()
        [event] = listener.received
        assert (event["type"], event["event"]["type"]) == ("event_callback", "p2p_chat_create")


@told
async def test_a_jump_rings_at_once_what_has_become_due(town: Town) -> None:
    rung: list[str] = []
    start = town.feishu.clock.now()
    town.feishu.clock.at(start + 20, lambda: rung.append("late"))
    town.feishu.clock.at(start + 10, lambda: rung.append("early"))
    town.feishu.clock.advance(9)
    assert rung == []
    town.feishu.clock.advance(11)
    assert rung == ["early", "late"]
