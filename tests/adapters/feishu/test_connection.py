"""The long connection; and feishu.md §2: what breaks in the SDK's must not break here."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from adapters.feishu import frames
from adapters.feishu.callbacks import Reply
from adapters.feishu.connection import Config, LongConnection
from bot.core.errors import Unavailable
from tests.adapters.feishu.wire import (
    Answer,
    Handler,
    Socket,
    Wire,
    answering,
    event,
    pressed,
    text,
    until,
    wire,
)

pytestmark = pytest.mark.anyio
Body = dict[str, Any]
#: How long one of the server's seconds is here.
SECOND = 0.02


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def line() -> AsyncIterator[Wire]:
    async with wire() as made:
        made.config = {"PingInterval": 1, "ReconnectInterval": 1, "ReconnectNonce": 0}
        yield made


class Ends:
    """A connection, and the server's ends of it so far."""

    def __init__(self, line: Wire, deliver: Callable[[Body], Any], **options: Any) -> None:
        self.sockets: list[Socket] = []
        self.line = line
        line.on_socket = self._hold
        self.client = line.client()
        options = {"second": SECOND, **options}
        self.connection = LongConnection(self.client, deliver, **options)

    async def _hold(self, socket: Socket) -> None:
        self.sockets.append(socket)
        await socket.listen()

    @property
    def socket(self) -> Socket:
        return self.sockets[-1]

    async def connected(self, times: int = 1) -> Socket:
        await until(lambda: len(self.sockets) >= times and self.connection.ready.is_set())
        return self.socket


@asynccontextmanager
async def _running(ends: Ends) -> AsyncIterator[Ends]:
    task = asyncio.create_task(ends.connection.run())
    try:
        yield ends
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ends.client.close()


def running(
    line: Wire, deliver: Callable[[Body], Any], **options: Any
) -> AbstractAsyncContextManager[Ends]:
    return _running(Ends(line, deliver, **options))


async def nothing(_: Body) -> None:
    return None


class Heard:
    """A handler that notes what it gets."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []

    async def __call__(self, body: Body) -> None:
        self.bodies.append(body)

    @property
    def names(self) -> list[str]:
        return [body["header"]["event_id"] for body in self.bodies]


def shown(socket: Socket, message: str) -> Any:
    return json.loads(base64.b64decode(socket.ack(message)["data"]))


# Events and callbacks.


async def test_an_event_is_delivered_and_acknowledged(line: Wire) -> None:
    heard = Heard()
    async with running(line, heard) as ends:
        socket = await ends.connected()
        await socket.send("m1", event("e1", text="支付"), trace_id="tr")
        await until(lambda: "m1" in socket.acks)
        assert heard.bodies == [event("e1", text="支付")]
        assert socket.ack("m1") == {"code": 200}
        ack = socket.acks["m1"]
        assert (ack.service, ack.seq_id, ack.log_id) == (7, 3, 4)
        assert ack.header("trace_id") == "tr"
        assert ack.header("biz_rt").isdigit()
        assert ends.connection.connected_since is not None
        assert line.calls("/callback/ws/endpoint")[0].headers["locale"] == "zh"


async def test_an_event_is_not_acknowledged_before_it_is_durable(line: Wire) -> None:
    durable = asyncio.Event()

    async def deliver(_: Body) -> None:
        await durable.wait()

    async with running(line, deliver, patience=0.01) as ends:
        socket = await ends.connected()
        await socket.send("m1", event("e1"))
        await until(lambda: socket.pings > 3)
        assert not socket.acks
        durable.set()
        await until(lambda: "m1" in socket.acks)


async def test_an_event_that_was_not_accepted_is_asked_for_again(line: Wire) -> None:
    async def deliver(_: Body) -> None:
        raise Unavailable

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        await socket.send("m1", event("e1"))
        await until(lambda: "m1" in socket.acks)
        assert socket.ack("m1") == {"code": 500}


async def test_a_callback_is_answered_in_time_and_its_result_follows(line: Wire) -> None:
    ready = asyncio.Event()
    followed: list[tuple[Body, Reply]] = []

    async def deliver(_: Body) -> Reply:
        await ready.wait()
        return Reply({"card": {"type": "raw", "data": {}}})

    async def late(body: Body, result: Reply) -> None:
        followed.append((body, result))

    async with running(line, deliver, late=late, patience=0.05) as ends:
        socket = await ends.connected()
        await socket.send("m1", pressed("e1", {"do": 1}))
        await until(lambda: "m1" in socket.acks)
        told = shown(socket, "m1")["toast"]
        assert told["type"] == "info"
        assert set(told["i18n"]) == {"zh_cn", "en_us"}
        assert not followed
        ready.set()
        await until(lambda: followed)
        [(body, reply)] = followed
        assert body == pressed("e1", {"do": 1})
        assert reply == Reply({"card": {"type": "raw", "data": {}}})


async def test_a_callback_that_was_not_accepted_says_so(line: Wire) -> None:
    async def deliver(_: Body) -> Reply:
        raise Unavailable

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        await socket.send("m1", pressed("e1", {}))
        await until(lambda: "m1" in socket.acks)
        assert socket.ack("m1")["code"] == 200
        assert shown(socket, "m1")["toast"]["type"] == "error"


async def test_a_repeated_callback_is_answered_again(line: Wire) -> None:
    async def deliver(_: Body) -> Reply:
        return Reply({"toast": {"type": "success", "content": "ok"}})

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        for name in ("m1", "m2"):
            await socket.send(name, pressed("same", {}))
        await until(lambda: len(socket.acks) == 2)
        assert shown(socket, "m1") == shown(socket, "m2") != {}


async def test_pieces_are_put_together_in_any_order(line: Wire) -> None:
    heard = Heard()
    body = event("e1", text="长" * 70_000)
    raw = json.dumps(body, ensure_ascii=False).encode()
    pieces = [raw[at : at + 50_000] for at in range(0, len(raw), 50_000)]
    async with running(line, heard) as ends:
        socket = await ends.connected()
        for seq in (2, 0, 4, 1, 3, 3):  # the last is a duplicate of a message that is done
            await socket.send("m1", pieces[seq], sum=str(len(pieces)), seq=str(seq))
        await until(lambda: "m1" in socket.acks)
        assert heard.bodies == [body]


async def test_what_is_no_event_is_not_accepted_and_hurts_nobody(line: Wire) -> None:
    heard = Heard()
    async with running(line, heard) as ends:
        socket = await ends.connected()
        await socket.raw.send_bytes(b"\xff\xff\xff")
        await socket.raw.send_str("hello")
        for name, bad in (("m1", b"no json"), ("m2", b"[]")):
            await socket.send(name, bad)
        await socket.send("m3", event("e3"), kind="unheard_of")
        await socket.send("m4", event("e4"))
        await until(lambda: "m4" in socket.acks)
        assert [socket.ack(m) for m in ("m1", "m2")] == [{"code": 500}] * 2
        assert heard.names == ["e4"]
        assert len(ends.sockets) == 1


async def test_two_thousand_events_are_quick(line: Wire) -> None:
    heard = Heard()
    async with running(line, heard) as ends:
        socket = await ends.connected()
        begun = time.perf_counter()
        for n in range(2000):
            await socket.send(f"m{n}", event(f"e{n}"))
        await until(lambda: len(socket.acks) == 2000)
        assert time.perf_counter() - begun < 10
        assert sorted(heard.names) == sorted(f"e{n}" for n in range(2000))


# feishu.md §2, "What breaks in lark_oapi.ws.Client", by its numbers.


def test_trap_1_loop_captured_at_import() -> None:
    program = """
import asyncio
async def main():
    from adapters.feishu.client import FeishuClient
    from adapters.feishu.connection import LongConnection
    client = FeishuClient("cli_x", "s", "http://127.0.0.1:9")
    connection = LongConnection(client, None, second=0.001)
    task = asyncio.create_task(connection.run())
    while connection.failures < 2:
        await asyncio.sleep(0.001)
    connection.stop()
    await task
    await client.close()
asyncio.run(main())
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


async def test_trap_2_two_clients_in_two_threads() -> None:
    heard: dict[str, list[str]] = {"a": [], "b": []}
    failures: list[BaseException] = []

    async def serve(name: str) -> None:
        mine = Heard()
        async with wire() as line, running(line, mine) as ends:
            socket = await ends.connected()
            await socket.send("m", event(name))
            await until(lambda: "m" in socket.acks)
        heard[name] = mine.names

    def thread(name: str) -> None:
        try:
            asyncio.run(serve(name))
        except BaseException as error:  # noqa: BLE001  told to the test
            failures.append(error)

    threads = [threading.Thread(target=thread, args=(name,)) for name in heard]
    for each in threads:
        each.start()
    for each in threads:
        await asyncio.to_thread(each.join, 30)
    assert not failures
    assert heard == {"a": ["a"], "b": ["b"]}


async def test_trap_2_two_connections_of_one_client_in_one_loop(line: Wire) -> None:
    first, second = Heard(), Heard()
    async with running(line, first) as one:
        a = await one.connected()
        async with running(line, second) as two:
            b = await two.connected()
            await a.send("m1", event("e1"))
            await b.send("m2", event("e2"))
            await until(lambda: a.acks and b.acks)
    assert (first.names, second.names) == (["e1"], ["e2"])


async def test_trap_3_async_handlers_acked_and_never_awaited(line: Wire) -> None:
    done: list[str] = []

    async def deliver(body: Body) -> None:
        await asyncio.sleep(0)
        done.append(body["header"]["event_id"])

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        await socket.send("m1", event("e1"))
        await until(lambda: "m1" in socket.acks)
        assert done == ["e1"]


async def test_trap_4_slow_handler_delays_acks_and_pings(line: Wire) -> None:
    stuck = asyncio.Event()

    async def deliver(body: Body) -> Reply | None:
        if body["header"]["event_id"] == "slow":
            await stuck.wait()
        return None

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        await socket.send("m1", pressed("slow", {}))
        await socket.send("m2", event("slow"))
        await socket.send("m3", event("quick"))
        await until(lambda: "m3" in socket.acks)
        pings = socket.pings
        await until(lambda: socket.pings > pings + 3)
        assert "m2" not in socket.acks
        stuck.set()
        await until(lambda: len(socket.acks) == 3)


async def test_trap_5_failing_handler_starts_a_storm(line: Wire) -> None:
    async def deliver(body: Body) -> None:
        if body["header"]["event_type"] == "bad":
            raise RuntimeError

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        await socket.send("m1", event("e1", "bad"))
        await socket.send("m2", event("e2", "never.heard.of_v9"))
        await until(lambda: len(socket.acks) == 2)
        assert socket.ack("m1") == {"code": 500}
        assert socket.ack("m2") == {"code": 200}


@pytest.mark.parametrize("value", ["a plain string", {"do": "x"}, '{"do": "x"}'])
async def test_trap_6_value_of_a_button_as_a_string(line: Wire, value: object) -> None:
    heard = Heard()
    async with running(line, heard) as ends:
        socket = await ends.connected()
        await socket.send("m1", pressed("e1", value))
        await until(lambda: "m1" in socket.acks)
        assert heard.bodies[0]["event"]["action"]["value"] == value


async def test_trap_7_card_frames_are_dropped(line: Wire) -> None:
    async def deliver(_: Body) -> Reply:
        return Reply({"toast": {"type": "info", "content": "x"}})

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        await socket.send("m1", pressed("e1", {}), kind="card")
        await until(lambda: "m1" in socket.acks)
        assert shown(socket, "m1")["toast"]["content"] == "x"


async def test_trap_8_no_liveness(line: Wire) -> None:
    async with running(line, nothing) as ends:
        deaf = 0

        async def half_open(socket: Socket) -> None:
            nonlocal deaf
            deaf += 1
            if deaf == 1:
                await socket.listen(pongs=False)
            else:
                ends.sockets.append(socket)
                await socket.listen()

        line.on_socket = half_open
        await ends.connected()
        assert deaf == 2
        assert ends.connection.last_error == "nothing heard for 3 pings"


async def test_trap_8_endpoint_hangs(line: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.feishu.connection.ASKING", 0.1)
    tries = 0

    async def hang_once(_: web.Request) -> Answer:
        nonlocal tries
        tries += 1
        if tries == 1:
            await asyncio.Event().wait()
        return line.endpoint()

    line.on_endpoint = hang_once
    async with running(line, nothing) as ends:
        await ends.connected()


TROUBLES = {
    "forbidden": answering(code=403, msg="forbidden"),
    "auth failed": answering(code=514),
    "busy": answering(code=1),
    "internal error": answering(code=1000040343),
    "too many connections": answering(code=1000040350),
    "http 500": answering(code=77, status=500),
    "no address": answering({}),
    "a number for an address": answering({"URL": 5}),
    "http for an address": answering({"URL": "http://127.0.0.1/ws?service_id=7&device_id=1"}),
    "nobody there": answering({"URL": "ws://127.0.0.1:9/ws?device_id=1&service_id=7"}),
    "no service id": answering({"URL": "ws://127.0.0.1:9/ws"}),
    "html": text("<html>busy</html>", 503),
    "nothing": text("", 200),
    "a list": text("[]", 200, "application/json"),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
async def test_trap_9_an_endpoint_that_refuses_makes_a_zombie(line: Wire, trouble: Handler) -> None:
    async with running(line, nothing) as ends:
        socket = await ends.connected()
        tries = 0

        async def for_a_while(request: web.Request) -> Answer:
            nonlocal tries
            tries += 1
            return await trouble(request) if tries <= 2 else line.endpoint()

        line.on_endpoint = for_a_while
        await socket.raw.close()
        await until(lambda: ends.connection.failures >= 2 or len(ends.sockets) > 1)
        assert "http" not in ends.connection.last_error
        await ends.connected(times=2)
        assert tries == 3


async def test_trap_9_a_handshake_that_is_refused(line: Wire) -> None:
    refused = {"Handshake-Status": "514", "Handshake-Msg": "exceeded"}

    async def elsewhere(_: web.Request) -> Answer:
        given = line.endpoint()
        if len(line.calls("/callback/ws/endpoint")) <= 2:
            given["data"]["URL"] = given["data"]["URL"].replace("/ws?", "/no?access_key=hidden&")
        return given

    line.script = [answering(code=514, status=403, headers=refused)]
    line.on_endpoint = elsewhere
    async with running(line, nothing) as ends:
        await until(lambda: ends.connection.last_error)
        assert ends.connection.last_error == "handshake refused: 514 exceeded"
        await ends.connected()


async def test_trap_9_an_error_nobody_thought_of(line: Wire) -> None:
    async with running(line, nothing) as ends:
        ends.connection.config = Config(1, 1, 0)
        whole = ends.connection._endpoint
        tries = 0

        async def broken() -> str:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise KeyError
            return await whole()

        ends.connection._endpoint = broken  # type: ignore[method-assign]
        socket = await ends.connected()
        await until(lambda: socket.pings)
        await socket.raw.close()
        await ends.connected(2)
        assert tries == 3


async def test_trap_10_stop_finishes_what_is_in_hand(line: Wire) -> None:
    begun, durable = asyncio.Event(), asyncio.Event()

    async def deliver(_: Body) -> None:
        begun.set()
        await durable.wait()

    ends = Ends(line, deliver)
    task = asyncio.create_task(ends.connection.run())
    socket = await ends.connected()
    await socket.send("m1", event("e1"))
    await begun.wait()
    ends.connection.stop()
    await until(lambda: not ends.connection.ready.is_set())
    assert not task.done()
    durable.set()
    await task
    assert socket.ack("m1") == {"code": 200}
    assert len(line.calls("/callback/ws/endpoint")) == 1
    await ends.client.close()


async def test_trap_10_cancelled_it_finishes_too(line: Wire) -> None:
    begun, durable = asyncio.Event(), asyncio.Event()

    async def deliver(_: Body) -> None:
        begun.set()
        await durable.wait()

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        await socket.send("m1", event("e1"))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, durable.set)
    await until(lambda: "m1" in socket.acks)


async def test_trap_10_stop_while_it_waits_to_reconnect(line: Wire) -> None:
    line.on_endpoint = answering(code=403)
    ends = Ends(line, nothing, second=1.0)
    task = asyncio.create_task(ends.connection.run())
    await until(lambda: ends.connection.failures)
    ends.connection.stop()
    async with asyncio.timeout(5):
        await task
    await ends.client.close()


async def test_trap_10_a_lost_connection_leaks_nothing(line: Wire) -> None:
    async with running(line, nothing) as ends:
        for times in range(1, 6):
            socket = await ends.connected(times)
            await until(lambda socket=socket: socket.pings)  # type: ignore[misc]
            assert socket.raw._req is not None
            transport = socket.raw._req.transport
            assert transport is not None
            transport.abort()
        await ends.connected(6)
        names = [task.get_name() for task in asyncio.all_tasks()]
        assert names.count("feishu reader") == names.count("feishu ping") == 1


async def test_trap_10_frames_over_a_megabyte(line: Wire) -> None:
    heard = Heard()
    async with running(line, heard) as ends:
        socket = await ends.connected()
        await socket.send("m1", event("e1", text="x" * 3_000_000))
        await until(lambda: "m1" in socket.acks)
        assert len(heard.bodies[0]["event"]["text"]) == 3_000_000


async def test_trap_11_a_card_in_the_answer(line: Wire) -> None:
    card = {"toast": {"type": "info", "content": "好"}, "card": {"type": "raw", "data": {"a": 1}}}

    async def deliver(_: Body) -> Reply:
        return Reply(card)

    async with running(line, deliver) as ends:
        socket = await ends.connected()
        await socket.send("m1", pressed("e1", {}))
        await until(lambda: "m1" in socket.acks)
        assert shown(socket, "m1") == card


# What the server wishes.


async def test_a_pong_may_bring_new_wishes(line: Wire) -> None:
    async with running(line, nothing) as ends:
        socket = await ends.connected()
        wishes = json.dumps({"PingInterval": 9, "ReconnectInterval": 4}).encode()
        pong = frames.Frame(frames.CONTROL, 7, (("type", "pong"),), wishes)
        await socket.raw.send_bytes(frames.encode(pong))
        await until(lambda: ends.connection.config.ping_every == 9.0)
        assert ends.connection.config == Config(9.0, 4.0, 0.0)


@pytest.mark.parametrize(
    ("given", "config"),
    [
        (None, Config()),
        ("x", Config()),
        ({"PingInterval": 0, "ReconnectInterval": -5, "ReconnectNonce": -1}, Config(1, 1, 0)),
        ({"PingInterval": "9", "ReconnectInterval": True}, Config()),
        ({"PingInterval": 10**9, "ReconnectCount": 0}, Config(ping_every=600)),
    ],
)
def test_wishes_are_followed_as_far_as_they_are_sensible(given: object, config: Config) -> None:
    assert Config().updated(given) == config


async def test_reconnecting_is_spread_and_as_slow_as_asked(line: Wire) -> None:
    connection = LongConnection(line.client(), nothing, chance=lambda: 0.5)
    connection.config = Config(1, 40, 30)
    connection._has_heard = True
    assert connection._soon() == pytest.approx(15.1)
    connection._has_heard = False
    waits = []
    for connection.failures in range(10):
        waits.append(connection._soon())
    assert waits[:3] == [0.75, 1.5, 3.0]
    assert waits[-1] == 30.0
    assert connection._later() == 40.0


async def test_a_server_that_hangs_up_at_once_is_not_hammered(line: Wire) -> None:
    async with running(line, nothing, second=0.001, chance=lambda: 1.0) as ends:

        async def away(socket: Socket) -> None:
            await socket.raw.close()

        line.on_socket = away
        await until(lambda: ends.connection.failures >= 5)
        ends.connection.config = Config(1, 600, 0)
        assert ends.connection._soon() >= 2.0**5


async def test_a_real_server_must_be_reached_encrypted(line: Wire) -> None:
    connection = LongConnection(line.client(), nothing)
    connection._client.origin = "https://open.feishu.cn"
    assert connection._is_sound("wss://a/b?service_id=7")
    assert not connection._is_sound("ws://a/b?service_id=7")
    assert not connection._is_sound("wss://a/b?service_id=x")


async def test_a_server_that_closes_is_connected_to_again(line: Wire) -> None:
    async with running(line, nothing) as ends:
        socket = await ends.connected()
        await until(lambda: socket.pings)
        await socket.raw.close()
        await ends.connected(2)
        assert ends.connection.last_error == "closed by the server"
        assert ends.connection.failures in {0, 1}
