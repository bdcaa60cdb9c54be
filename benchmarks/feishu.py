"""What talking to Feishu costs: loading, memory, time a call; ours beside the SDK's own ways.

Every figure is taken in a process of its own; the server is another, on this computer, and answers
at once. Times are of the processor: a shared machine leaves them alone, and a call that computes
holds the event loop up for just so long. `python -m benchmarks feishu` prints them.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from benchmarks.table import Row

ROUNDS = 2
#: The SDK takes seconds to load.
ROUNDS_OF_SDK = 1
CALLS = 200
#: Milliseconds a call, and MB, that are aimed at.
QUICK = 3
LIGHT = 60
#: The SDK's asynchronous calls are so slow that fewer must do.
FEW = 20
TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"  # noqa: S105  a path
MESSAGES = "/open-apis/im/v1/messages"

_BEFORE = """
import importlib.util, os, psutil, sys, time, types, warnings
warnings.simplefilter("ignore")
def seed(*stems):
    root = importlib.util.find_spec("lark_oapi").submodule_search_locations[0]
    for stem in stems:
        bare = types.ModuleType(stem)
        bare.__path__ = [os.path.join(root, *stem.split(".")[1:])]
        sys.modules[stem] = bare
me = psutil.Process()
weight, begun = me.memory_info().rss, time.process_time()
"""
_AFTER = """
took = time.process_time() - begun
print(took * 1000, (me.memory_info().rss - weight) / 2**20)
"""
#: What is loaded, by how it is called in the table.
LOADS = {
    "lark-oapi whole": "import lark_oapi",
    "lark-oapi, only core and the im and contact services": (
        'seed("lark_oapi", "lark_oapi.api")\n'
        "from lark_oapi.api.im.service import ImService\n"
        "from lark_oapi.api.contact.service import ContactService"
    ),
    "lark-oapi, only core": 'seed("lark_oapi", "lark_oapi.api")\nimport lark_oapi.core',
    "lark-oapi, only frame definitions": (
        'seed("lark_oapi", "lark_oapi.ws")\nfrom lark_oapi.ws.pb.pbbp2_pb2 import Frame'
    ),
    "aiohttp alone": "import aiohttp",
    "httpx alone": "import httpx",
    "ours: client, long connection, webhook, decryption": (
        "import adapters.feishu.connection, adapters.feishu.webhook\n"
        "from adapters.feishu.client import decrypt\n"
        'decrypt("test key", "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=")'
    ),
}


def run() -> list[Row]:
    """Loading first, then calls, then frames."""
    return [*_loading(), *_calling(), *_framing()]


def _loading() -> list[Row]:
    rows = []
    for what in LOADS:
        took, weight = loaded(what)
        is_ours = what.startswith("ours")
        row = Row(f"load {what}", f"{took:.0f} ms CPU, {weight:.0f} MB")
        rows.append(
            Row(row.what, row.measured, f"≤ {LIGHT} MB", weight <= LIGHT) if is_ours else row
        )
    return rows


def loaded(what: str) -> tuple[float, float]:
    """Milliseconds and MB that loading one of `LOADS` takes."""
    command = [sys.executable, "-c", _BEFORE + LOADS[what] + _AFTER]
    _output(command)  # compiles the modules
    rounds = ROUNDS_OF_SDK if what == "lark-oapi whole" else ROUNDS
    taken = [[float(x) for x in _output(command).split()] for _ in range(rounds)]
    took, weight = (statistics.median(each) for each in zip(*taken, strict=True))
    return took, weight


def _calling() -> list[Row]:
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.feishu", "serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        ours = _calls("ours", url)
        return [
            Row(
                "a call, ours (one pooled aiohttp session)",
                f"{ours:.2f} ms CPU",
                f"≤ {QUICK} ms",
                ours <= QUICK,
            ),
            *(
                Row(f"a call, {what}", f"{_calls(name, url):.2f} ms CPU")
                for name, what in {
                    "httpx": "one pooled httpx client",
                    "sync": "lark-oapi synchronous",
                    "async": "lark-oapi asynchronous",
                }.items()
            ),
        ]
    finally:
        server.terminate()
        server.wait(10)


def _calls(name: str, url: str) -> float:
    """Milliseconds of the processor a call, the median of some rounds."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.feishu", name, url]
    rounds = ROUNDS_OF_SDK if name in {"sync", "async"} else ROUNDS
    return statistics.median(float(_output(command)) for _ in range(rounds))


def _framing() -> list[Row]:
    rows = []
    for name, what in {"frames": "ours", "sdk_frames": "the SDK's definitions"}.items():
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.feishu", name]
        rounds = ROUNDS_OF_SDK if name == "sdk_frames" else ROUNDS
        took = statistics.median(float(_output(command)) for _ in range(rounds))
        rows.append(Row(f"a frame read and acknowledged, {what}", f"{took:.0f} µs CPU"))
    return rows


def _output(command: list[str]) -> str:
    env = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env)
    return done.stdout


# What runs in the other processes.


async def serve() -> None:
    """Answer as Feishu does, at once; print the address."""

    async def token(_: web.Request) -> web.Response:
        return web.json_response({"code": 0, "tenant_access_token": "t-1", "expire": 7200})

    async def message(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"code": 0, "msg": "success", "data": {"message_id": "om_1"}})

    app = web.Application()
    app.router.add_post(TOKEN, token)
    app.router.add_post(MESSAGES, message)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


BODY = {"receive_id": "oc_1", "msg_type": "text", "content": '{"text":"hello"}', "uuid": "u"}


async def ours(url: str) -> float:
    from adapters.feishu.client import FeishuClient  # noqa: PLC0415  in this process alone

    client = FeishuClient("cli_0", "s", url)

    async def call() -> object:
        query = {"receive_id_type": "chat_id"}
        return await client.call("POST", MESSAGES, query=query, body=dict(BODY), limits=())

    try:
        return await _timed(call, CALLS)
    finally:
        await client.close()


async def pooled_httpx(url: str) -> float:
    import httpx  # noqa: PLC0415  as above

    async with httpx.AsyncClient(trust_env=False) as client:

        async def call() -> object:
            answer = await client.post(
                url + MESSAGES, params={"receive_id_type": "chat_id"}, json=BODY
            )
            return answer.json()

        return await _timed(call, CALLS)


def sdk(url: str, *, is_async: bool) -> float:
    import lark_oapi  # noqa: PLC0415  as above
    from lark_oapi.api.im.v1 import (  # noqa: PLC0415  as above
        CreateMessageRequest,
        CreateMessageRequestBody,
    )

    client = lark_oapi.Client.builder().app_id("cli_0").app_secret("s").domain(url).build()

    def request() -> object:
        body = CreateMessageRequestBody.builder().receive_id("oc_1").msg_type("text")
        body = body.content('{"text":"hello"}').uuid("u").build()
        return CreateMessageRequest.builder().receive_id_type("chat_id").request_body(body).build()

    if is_async:

        async def call() -> object:
            return await client.im.v1.message.acreate(request())

        return asyncio.run(_timed(call, FEW))
    client.im.v1.message.create(request())
    begun = time.process_time()
    for _ in range(CALLS):
        client.im.v1.message.create(request())
    return (time.process_time() - begun) / CALLS * 1000


async def _timed(call: Callable[[], Awaitable[object]], count: int) -> float:
    await call()  # fetches the token, opens the connection
    begun = time.process_time()
    for _ in range(count):
        await call()
    return (time.process_time() - begun) / count * 1000


def frames(*, is_sdk: bool) -> float:
    """Microseconds to read an event's frame of 2 KB and to write its acknowledgement."""
    from adapters.feishu import frames as own  # noqa: PLC0415  as above

    headers = {"type": "event", "message_id": "m" * 32, "sum": "1", "seq": "0", "trace_id": "t"}
    payload = json.dumps({"event": "x" * 2000}).encode()
    data = own.encode(own.Frame(own.DATA, 7, tuple(headers.items()), payload, 1, 2))
    once = _sdk_frame() if is_sdk else _own_frame
    count = 2000
    begun = time.process_time()
    for _ in range(count):
        once(data)
    return (time.process_time() - begun) / count * 1e6


def _own_frame(data: bytes) -> bytes:
    from adapters.feishu import frames as own  # noqa: PLC0415  as above

    return own.encode(own.decode(data).answer(b'{"code":200}', 0.001))


def _sdk_frame() -> Callable[[bytes], bytes]:
    from lark_oapi.ws.pb.pbbp2_pb2 import Frame  # noqa: PLC0415  as above

    def once(data: bytes) -> bytes:
        frame = Frame()
        frame.ParseFromString(data)
        header = frame.headers.add()
        header.key, header.value = "biz_rt", "1"
        frame.payload = b'{"code":200}'
        written: bytes = frame.SerializeToString()
        return written

    return once


def main(name: str, url: str = "") -> None:
    match name:
        case "serve":
            asyncio.run(serve())
        case "ours":
            print(asyncio.run(ours(url)))
        case "httpx":
            print(asyncio.run(pooled_httpx(url)))
        case "sync" | "async":
            print(sdk(url, is_async=name == "async"))
        case "frames" | "sdk_frames":
            print(frames(is_sdk=name == "sdk_frames"))
        case _:
            sys.exit(f"unknown: {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
