from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from tests.adapters.feishu.fake.town import Town, endpoint, listening, told
from tests.fakes.feishu.frames import CONTROL, Frame, decode


@pytest.mark.parametrize(
    "frame",
    [
        Frame(CONTROL),
        Frame(1, {"type": "event", "说": "中文"}, b"\x00" * 300, 33554678, 1 << 40, 7, "log"),
    ],
)
def test_frames_survive_the_wire(frame: Frame) -> None:
    assert decode(frame.encode()) == frame


@pytest.mark.parametrize("data", [b"", b"\x08", b"\x0b\x01", b"\x2a\x7f", Frame(1).encode()[:-2]])
def test_what_is_no_frame(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"missing|within|wire type|longer"):
        decode(data)


def test_the_bytes_are_those_of_proto2() -> None:
    # Written by hand from the wire format: fields 1 to 4 as varints, header 5 as a message.
    wanted = bytes([8, 1, 16, 2, 24, 3, 32, 1, 42, 6, 10, 1]) + b"a" + bytes([18, 1]) + b"b"
    assert Frame(1, {"a": "b"}, b"", 3, 1, 2).encode() == wanted


@told
async def test_the_endpoint(town: Town) -> None:
    answer = await endpoint(town)
    assert answer["code"] == 0
    assert "device_id=" in answer["data"]["URL"]
    assert "service_id=" in answer["data"]["URL"]
    assert set(answer["data"]["ClientConfig"]) == {
        "ReconnectCount", "ReconnectInterval", "ReconnectNonce", "PingInterval",
    }  # fmt: skip
    town.app.secret = "another"  # the town still asks with this one, so it works
    assert (await endpoint(town))["code"] == 0
    url = f"{town.feishu.url}/callback/ws/endpoint"
    body = {"AppID": town.app.id, "AppSecret": "wrong"}
    async with town.session.post(url, json=body) as response:
        assert (await response.json())["code"] == 514


@told
async def test_pings_are_answered_and_bring_a_new_config(town: Town) -> None:
    async with listening(town) as listener:
        await listener.ping()
        await town.feishu.until(lambda: listener.pongs)
        assert (listener.pongs[0].headers, listener.pongs[0].payload) == ({"type": "pong"}, b"")
        town.feishu.sockets.tell_config(PingInterval=7)
        await listener.ping()
        await town.feishu.until(lambda: len(listener.pongs) == 2)
        assert json.loads(listener.pongs[1].payload)["PingInterval"] == 7
        assert town.feishu.sockets.open[0].pings == 2


@told
async def test_each_event_goes_to_one_of_two_connections(town: Town) -> None:
    async with listening(town) as one, listening(town) as two:
        await town.feishu.connected(town.app, 2)
        for _ in range(20):
            await town.li.menu("open")
        await town.feishu.settled()
        assert len(one.received) + len(two.received) == 20
        assert one.received
        assert two.received


@pytest.mark.parametrize("order", ["straight", "reversed"])
def test_frames_come_in_pieces(order: str) -> None:
    async def story(town: Town) -> None:
        town.feishu.faults.chunk_size = 1000
        town.feishu.faults.chunk_order = "reversed" if order == "reversed" else "straight"
        async with listening(town) as listener:
            message = await town.li.dm("长" * 70_000)
            await town.feishu.settled()
            assert len(listener.frames) > 200
            assert listener.frames[0].headers["sum"] == str(len(listener.frames))
            first = "0" if order == "straight" else str(len(listener.frames) - 1)
            assert listener.frames[0].headers["seq"] == first
            assert listener.received[0]["event"]["message"]["message_id"] == message.id
            [event] = town.feishu.events.log
            assert event.is_acked

    told(story)()


@told
async def test_a_half_open_connection_says_nothing(town: Town) -> None:
    async with listening(town) as listener:
        town.feishu.faults.silent = True
        await listener.ping()
        await town.li.menu("open")
        await town.feishu.until(lambda: town.feishu.sockets.open[0].acks)
        town.feishu.clock.advance(3)
        await town.feishu.settled()
        assert (listener.pongs, listener.received) == ([], [])
        town.feishu.faults.silent = False
        town.feishu.clock.advance(15)
        await town.feishu.until(lambda: listener.received)
        await listener.ping()
        await town.feishu.until(lambda: listener.pongs)


@told
async def test_connections_are_closed_cut_and_refused(town: Town) -> None:
    async with listening(town) as listener:
        town.feishu.sockets.open[0].abort()
        await town.feishu.until(lambda: not town.feishu.sockets.open)
        await town.feishu.until(lambda: listener.ws.closed)
    async with listening(town) as listener:
        await town.feishu.sockets.open[0].close(1001)
        await town.feishu.until(lambda: listener.ws.closed)
        assert listener.ws.close_code == 1001
    town.feishu.faults.refused_handshakes = 1
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with listening(town):
            pass
    assert (refused.value.status, refused.value.headers and refused.value.headers[
        "Handshake-Status"]) == (403, "403")  # fmt: skip
    async with listening(town):
        await town.feishu.connected(town.app)


@told
async def test_at_most_fifty_connections(town: Town) -> None:
    open_now = [asyncio.create_task(_hold(town)) for _ in range(50)]
    await town.feishu.connected(town.app, 50)
    assert (await endpoint(town))["code"] == 1000040350
    for task in open_now:
        task.cancel()
    await asyncio.gather(*open_now, return_exceptions=True)


async def _hold(town: Town) -> None:
    async with listening(town):
        await asyncio.Event().wait()


@told
async def test_a_late_ack_is_noticed_and_the_event_comes_again(town: Town) -> None:
    async with listening(town, acks=False) as listener:
        await town.li.menu("open")
        await town.feishu.until(lambda: listener.received)
        town.feishu.clock.advance(3.1)
        await town.feishu.settled()
        await listener.ack(listener.frames[0])
        await town.feishu.until(lambda: town.feishu.sockets.late)
        assert town.feishu.sockets.late[0][1].code == 200
        listener.acks = True
        town.feishu.clock.advance(15)
        await town.feishu.until(lambda: len(listener.received) == 2)


@told
async def test_an_ack_that_says_500_is_no_ack(town: Town) -> None:
    async with listening(town, code=500) as listener:
        await town.li.menu("open")
        await town.feishu.settled()
        [event] = town.feishu.events.log
        assert not event.is_acked
        town.feishu.clock.advance(15)
        await town.feishu.until(lambda: len(listener.received) == 2)
