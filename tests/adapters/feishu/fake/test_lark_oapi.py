"""lark-oapi, an independent client, works against the fake: HTTP, webhook, long connection.

It runs in processes of its own: importing it takes seconds and 168 MB.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.feishu.fake.town import Town, button, card, hooked, told
from tests.fakes.feishu.webhook import request

pytestmark = pytest.mark.slow
PROGRAMS = Path(__file__).parent / "programs"


async def program(*command: str) -> asyncio.subprocess.Process:
    kept = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    # Its ten thousand modules are compiled once, also where Python is told to leave no bytecode.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    kept["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "muster-pycache")
    return await asyncio.create_subprocess_exec(
        *command,
        env=kept | {"PYTHONWARNINGS": "ignore"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finished(running: asyncio.subprocess.Process, given: bytes = b"") -> list[dict[str, Any]]:
    out, err = await asyncio.wait_for(running.communicate(given), 60)
    assert running.returncode == 0, err.decode()
    return [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]


@told
async def test_its_http_client(town: Town) -> None:
    script = str(PROGRAMS / "lark_http.py")
    running = await program(
        sys.executable, script, town.feishu.url, town.app.id, town.app.secret,
        town.group.id, town.li.open_id(town.app),
    )  # fmt: skip
    found = {each["step"]: each for each in await finished(running)}
    assert all(each["code"] == 0 for each in found.values() if each["step"] != "refused"), found
    assert found["chat"]["name"] == "支付超时"
    assert found["members"]["names"] == ["李雷"]
    assert found["user"]["leader"] == town.boss.open_id(town.app)
    assert found["document"]["words"] == "决定\n回滚\n"
    refused = found["refused"]
    assert (refused["code"], refused["status"], bool(refused["log_id"])) == (230001, 400, True)
    assert {m.msg_type for m in town.group.messages} == {"interactive", "file"}


@told
async def test_its_webhook_dispatcher(town: Town) -> None:
    town.app.encrypt_key = "test key"
    message = await town.li.writes("@集结 帮助", town.group)
    await town.feishu.settled()
    [event] = town.feishu.events.log
    body, headers = request(town.app, event.payload, town.feishu.clock.now())
    given = {"body": body.decode(), "headers": headers, "key": "test key",
             "token": town.app.verification_token}  # fmt: skip
    running = await program(sys.executable, str(PROGRAMS / "lark_dispatch.py"))
    [answer] = await finished(running, json.dumps(given).encode())
    assert answer == {"status": 200, "message_id": message.id, "mention": "集结"}


@told
async def test_its_long_connection(town: Town) -> None:
    script = str(PROGRAMS / "lark_socket.py")
    running = await program(sys.executable, script, town.feishu.url, town.app.id, town.app.secret)
    try:
        await town.feishu.connected(town.app, within=60)
        await town.li.writes("@集结 帮助", town.group)
        town.feishu.faults.chunk_size = 100
        await town.li.menu("open")
        await town.feishu.settled()
        assert all(event.is_acked for event in town.feishu.events.log), town.feishu.picture()
        sent = await town.sends(card(button("加入", {"do": "join"})), "interactive")
        seen = town.li.sees(town.group)[-1]
        pressed = await town.li.presses("加入", seen)
        assert (pressed.error, pressed.toast) == (None, "收到 {'do': 'join'}")
        assert "已加入" in seen.words
        assert town.feishu.messages[sent["message_id"]].patches == 1
    finally:
        running.kill()
        await running.wait()


@told
async def test_events_by_webhook_are_what_the_program_needs(town: Town) -> None:
    async with hooked() as hook:
        town.app.event_url = hook.url
        assert await town.feishu.events.webhook.verify(town.app, hook.url)
        await town.li.dm("你好")
        await town.feishu.settled()
        assert json.loads(hook.requests[-1][1])["event"]["message"]["chat_type"] == "p2p"
