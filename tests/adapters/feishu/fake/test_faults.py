from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.adapters.feishu.fake.town import Town, endpoint, told
from tests.fakes.feishu.server import RECORD

SEND = "POST /open-apis/im/v1/messages"
BY_CHAT = {"receive_id_type": "chat_id"}


async def raw(town: Town) -> tuple[int, str, str]:
    headers = {"Authorization": f"Bearer {town.token}"}
    url = f"{town.feishu.url}/open-apis/im/v1/messages?receive_id_type=chat_id"
    async with town.session.post(url, json=town.message("x"), headers=headers) as response:
        return response.status, response.content_type, await response.text()


@told
async def test_codes_for_the_next_calls_only(town: Town) -> None:
    town.feishu.faults.code(SEND, 230020, times=2)
    for _ in range(2):
        assert await town.fails("POST", "im/v1/messages", town.message("x"), **BY_CHAT) == 230020
    await town.sends("x")
    assert len(town.feishu.called(SEND)) == 3
    assert len(town.feishu.called(SEND, ok=True)) == 1


@told
async def test_gateways(town: Town) -> None:
    town.feishu.faults.status(SEND, 429, Retry_After="2")
    town.feishu.faults.html(SEND)
    town.feishu.faults.empty(SEND)
    town.feishu.faults.garbage("* /open-apis/im/*")
    assert await raw(town) == (429, "text/plain", "")
    status, kind, text = await raw(town)
    assert (status, kind, "<html>" in text) == (502, "text/html", True)
    assert (await raw(town))[::2] == (200, "")
    assert (await raw(town))[2] == '{"code":'
    assert town.group.messages == []
    await town.sends("x")


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
def test_lines_that_are_cut(when: str, done: int) -> None:
    async def story(town: Town) -> None:
        faults = town.feishu.faults
        (faults.drop_before if when == "before" else faults.drop_after)(SEND)
        with pytest.raises(aiohttp.ClientError):
            await raw(town)
        assert len(town.group.messages) == done
        assert town.feishu.calls[-1].status == 0

    told(story)()


@told
async def test_hanging_and_lagging(town: Town) -> None:
    town.feishu.faults.hang(SEND)
    hanging = asyncio.create_task(raw(town))
    assert not (await asyncio.wait([hanging], timeout=0.1))[0]
    town.feishu.faults.release()
    with pytest.raises(aiohttp.ClientError):
        await hanging
    town.feishu.faults.lag(SEND, 0.1)
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await raw(town))[0] == 200
    assert loop.time() - started >= 0.1


@pytest.mark.parametrize("code", [403, 1000040343])
def test_the_endpoint_has_bad_days(code: int) -> None:
    async def story(town: Town) -> None:
        town.feishu.faults.code("POST /callback/ws/endpoint", code, http=200)
        assert (await endpoint(town))["code"] == code
        assert (await endpoint(town))["code"] == 0

    told(story)()


def test_calls_are_recorded_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "calls.jsonl"
    monkeypatch.setenv(RECORD, str(path))

    async def story(town: Town) -> None:
        await town.sends("x")

    told(story)()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[-1]["path"] == "/open-apis/im/v1/messages"
    assert lines[-1]["body"]["msg_type"] == "text"
    assert (lines[-1]["status"], lines[-1]["code"]) == (200, 0)


def test_it_runs_as_a_program() -> None:
    async def story() -> None:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fakes.feishu",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert running.stdout
        settings = {}
        while not (line := await running.stdout.readline()).startswith(b"#"):
            assert line, "it ended"
            name, value = line.decode().strip().split("=", 1)
            settings[name] = value
        try:
            url = f"{settings['FEISHU_DOMAIN']}/open-apis/auth/v3/tenant_access_token/internal"
            body = {
                "app_id": settings["FEISHU_APP_ID"],
                "app_secret": settings["FEISHU_APP_SECRET"],
            }
            async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
                assert (await answer.json())["code"] == 0
        finally:
            running.terminate()
            await running.wait()

    asyncio.run(asyncio.wait_for(story(), 60))
