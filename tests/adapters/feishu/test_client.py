"""Calls, their token, their errors; and feishu.md §1: what the SDK does wrong must not be ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from adapters.feishu import pace
from adapters.feishu.api import documents
from adapters.feishu.client import FeishuClient, Upload, decrypt, domains, origin, part
from adapters.feishu.errors import Busy, Rejected
from bot.core.errors import Permanent
from tests.adapters.feishu.wire import Answer, Wire, answering, text, wire

pytestmark = pytest.mark.anyio
PATH = "/open-apis/x"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def line() -> AsyncIterator[Wire]:
    async with wire() as made:
        made.script = [answering({"ok": True})]
        yield made


@pytest.fixture
async def client(line: Wire) -> AsyncIterator[FeishuClient]:
    made = line.client()
    yield made
    await made.close()


# Calls.


async def test_a_call_carries_the_token_and_gives_the_data(
    line: Wire, client: FeishuClient
) -> None:
    query = {"a": 1, "b": True, "c": None}
    assert await client.call("POST", PATH, query=query, body={"text": "支付"}) == {"ok": True}
    (seen,) = line.calls(PATH)
    assert seen.headers["Authorization"] == "Bearer t-1"
    assert seen.query == {"a": "1", "b": "true"}
    assert seen.body == {"text": "支付"}


async def test_an_answer_without_data_is_given_whole(line: Wire, client: FeishuClient) -> None:
    line.script = [answering(bot={"open_id": "ou_1"})]
    assert await client.call("GET", PATH) == {"bot": {"open_id": "ou_1"}}


async def test_chinese_is_sent_as_itself(line: Wire, client: FeishuClient) -> None:
    await client.call("POST", PATH, body={"t": "中" * 1000})
    assert int(line.calls(PATH)[0].headers["Content-Length"]) < 3100


async def test_an_id_cannot_leave_its_place_in_the_path(line: Wire, client: FeishuClient) -> None:
    await client.call("GET", f"/open-apis/im/v1/messages/{part('../../x?y#z')}")
    assert line.seen[-1].path == "/open-apis/im/v1/messages/../../x?y#z"
    assert line.seen[-1].query == {}
    for bad in ("", ".", ".."):
        with pytest.raises(Permanent):
            part(bad)


async def test_a_large_answer_is_read_whole(line: Wire, client: FeishuClient) -> None:
    line.script = [answering({"text": "x" * 3_000_000})]
    assert len((await client.call("GET", PATH))["text"]) == 3_000_000


# Errors.


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (99991400, 400),
        (230020, 400),
        (232019, 400),
        (11232, 400),
        (230049, 400),
        (1, 429),
        (7, 503),
    ],
)
async def test_what_passes_is_temporary(
    line: Wire, client: FeishuClient, number: int, status: int
) -> None:
    line.script = [answering(code=number, status=status)]
    with pytest.raises(Busy):
        await client.call("GET", PATH)


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (230002, "not_in_channel"),
        (230006, "bot_is_off"),
        (230013, "user_unreachable"),
        (230017, "not_owner"),
        (230018, "not_allowed_here"),
        (230022, "sensitive_text"),
        (230025, "too_long"),
        (230027, "missing_scope"),
        (230028, "private_data"),
        (230031, "too_old"),
        (230035, "not_allowed_here"),
        (230053, "user_muted_bot"),
        (230099, "bad_card"),
        (232009, "channel_not_found"),
        (232024, "user_unreachable"),
        (230023, "too_many_unread"),
        (230024, "no_quota"),
        (99991672, "missing_scope"),
        (123456, "feishu_123456"),
    ],
)
async def test_what_stays_is_permanent_and_has_a_sentence(
    line: Wire, client: FeishuClient, number: int, word: str
) -> None:
    line.script = [answering(code=number, status=400, headers={"X-Tt-Logid": "log-1"})]
    with pytest.raises(Rejected) as caught:
        await client.call("GET", PATH)
    assert (caught.value.code, caught.value.number) == (word, number)
    assert caught.value.log_id == "log-1"
    assert caught.value.message is not None
    assert word.startswith("feishu_") == ("refused it" in caught.value.message.id)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ogw-ratelimit-reset": "7"}, 7.0),
        ({"X-Ogw-Ratelimit-Reset": "0.5", "Retry-After": "9"}, 0.5),
        ({"Retry-After": "9"}, 9.0),
        ({"x-ogw-ratelimit-reset": "soon"}, 1.0),
        ({"x-ogw-ratelimit-reset": "nan"}, 1.0),
        ({"x-ogw-ratelimit-reset": "1e30"}, 1.0),
        ({}, 1.0),
    ],
)
async def test_too_many_requests_says_how_long_to_wait(
    line: Wire, client: FeishuClient, headers: dict[str, str], wait: float
) -> None:
    line.script = [answering(code=99991400, status=429, headers=headers)]
    with pytest.raises(Busy) as caught:
        await client.call("GET", PATH)
    assert caught.value.retry_after == wait


async def test_a_hit_limit_keeps_the_next_call_away(line: Wire, client: FeishuClient) -> None:
    line.script = [
        answering(code=99991400, status=429, headers={"x-ogw-ratelimit-reset": "0.3"}),
        answering({}),
    ]
    with pytest.raises(Busy):
        await client.call("GET", PATH)
    begun = asyncio.get_running_loop().time()
    await client.call("GET", PATH)
    assert asyncio.get_running_loop().time() - begun >= 0.25


async def test_wrong_credentials_are_no_reason_to_give_up(line: Wire, client: FeishuClient) -> None:
    line.on_token = answering(code=10014, status=400)
    with pytest.raises(Busy) as caught:
        await client.call("GET", PATH)
    assert caught.value.retry_after == 60.0
    assert "the secret" not in str(caught.value)


async def test_a_refusal_without_a_code_is_named_by_its_status(
    line: Wire, client: FeishuClient
) -> None:
    line.script = [text('{"error": "no such path"}', 404, "application/json")]
    with pytest.raises(Rejected) as caught:
        await client.call("GET", PATH)
    assert caught.value.code == "http_404"


# feishu.md §1, row by row.


@pytest.mark.parametrize(
    ("domain", "address"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("https://feishu.example.com", "https://feishu.example.com"),
        ("feishu", "https://open.feishu.cn"),
        ("lark", "https://open.larksuite.com"),
    ],
)
def test_trap_domain_is_taken(domain: str, address: str) -> None:
    assert origin(domain) == address


@pytest.mark.parametrize(
    "domain",
    ["http://open.feishu.cn", "http://fake:8080", "https://a.b/path", "https://", "", "ftp://x"],
)
def test_trap_domain_that_would_send_the_secret_in_the_clear_is_refused(domain: str) -> None:
    with pytest.raises(ValueError, match="the domain"):
        origin(domain)


async def test_trap_no_pooling(line: Wire, client: FeishuClient) -> None:
    for _ in range(40):
        await client.call("GET", PATH)
    assert len(line.connections) == 1


async def test_trap_token_request_blocks_the_loop(line: Wire, client: FeishuClient) -> None:
    released = asyncio.Event()

    async def slow(_: web.Request) -> Answer:
        await released.wait()
        return {"code": 0, "tenant_access_token": "t", "expire": 7200}

    line.on_token = slow
    call = asyncio.create_task(client.call("GET", PATH))
    # The loop goes on, in this very test: else the token would never be released.
    for _ in range(100):
        await asyncio.sleep(0)
    assert not call.done()
    released.set()
    assert await call == {"ok": True}


async def test_trap_many_cold_calls_ask_for_many_tokens(line: Wire, client: FeishuClient) -> None:
    await asyncio.gather(*(client.call("GET", PATH) for _ in range(20)))
    assert line.tokens == 1


async def test_trap_a_cancelled_call_takes_the_token_from_the_others(
    line: Wire, client: FeishuClient
) -> None:
    first = asyncio.create_task(client.call("GET", PATH))
    second = asyncio.create_task(client.call("GET", PATH))
    for _ in range(5):
        await asyncio.sleep(0)
    first.cancel()
    assert await second == {"ok": True}
    assert line.tokens == 1


async def test_trap_tokens_leak_between_servers_of_one_app_id(line: Wire) -> None:
    async with wire() as other:
        other.script = [answering({})]
        mine, theirs = line.client(), other.client()
        await mine.call("GET", PATH)
        await theirs.call("GET", PATH)
        assert (line.tokens, other.tokens) == (1, 1)
        await mine.close()
        await theirs.close()


async def test_trap_a_token_that_lives_shortly_is_asked_for_with_every_call(line: Wire) -> None:
    at = 0.0
    line.expire = 100
    client = line.client(now=lambda: at)
    for then in (0.0, 1.0, 50.0, 89.0):
        at = then
        await client.call("GET", PATH)
    assert line.tokens == 1
    await client.close()


async def test_a_token_is_renewed_before_its_end_and_meanwhile_serves(line: Wire) -> None:
    at = 0.0
    client = line.client(now=lambda: at)
    await client.call("GET", PATH)
    at = 6700.0
    await client.call("GET", PATH)
    renewal = client.token._fetching
    assert renewal is not None
    await renewal
    at = 7190.0
    await client.call("GET", PATH)
    assert line.tokens == 2
    used = [each.headers["Authorization"] for each in line.calls(PATH)]
    assert used == ["Bearer t-1", "Bearer t-1", "Bearer t-2"]
    await client.close()


async def test_trap_stale_token_is_kept(line: Wire, client: FeishuClient) -> None:
    line.script = [answering(code=99991663, status=400), answering({"ok": 1})]
    assert await client.call("POST", PATH, body={"a": 1}) == {"ok": 1}
    first, second = line.calls(PATH)
    assert first.headers["Authorization"] == "Bearer t-1"
    assert second.headers["Authorization"] == "Bearer t-2"
    assert first.body == second.body == {"a": 1}


async def test_a_token_that_stays_stale_is_tried_once_more_only(
    line: Wire, client: FeishuClient
) -> None:
    line.script = [answering(code=99991663, status=400)]
    with pytest.raises(Busy):
        await client.call("GET", PATH)
    assert len(line.calls(PATH)) == 2


async def test_trap_an_older_call_evicts_the_new_token(line: Wire, client: FeishuClient) -> None:
    await client.call("GET", PATH)
    client.token.evict("t-0")
    await client.call("GET", PATH)
    assert line.tokens == 1


async def test_trap_no_timeout_and_other_peoples_exceptions(line: Wire) -> None:
    async def never(_: web.Request) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    line.script = [never]
    client = line.client(patience=0.2)
    with pytest.raises(Busy, match="no answer within"):
        await client.call("GET", PATH)
    await client.close()


async def test_a_server_that_is_not_there_is_temporary() -> None:
    client = FeishuClient("cli_x", "s", "http://127.0.0.1:9")
    with pytest.raises(Busy, match="not reached"):
        await client.call("GET", PATH)
    await client.close()


async def test_a_connection_cut_in_the_middle_is_temporary(
    line: Wire, client: FeishuClient
) -> None:
    async def cut(request: web.Request) -> Answer:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    line.script = [cut]
    with pytest.raises(Busy):
        await client.call("POST", PATH, body={})


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize("body", ["<html>no</html>", "", "[1]", "null", '{"a":'])
async def test_trap_html_and_empty_bodies(
    line: Wire, client: FeishuClient, body: str, status: int
) -> None:
    line.script = [text(body, status)]
    expected = Rejected if status == 404 else Busy
    with pytest.raises(expected):
        await client.call("GET", PATH)


@pytest.mark.parametrize("body", ["", "<html>slow down</html>", '{"code": 99991400}', "{}"])
async def test_a_gateway_that_says_too_fast_holds_everybody_up(
    line: Wire, client: FeishuClient, body: str
) -> None:
    async def too_fast(_: web.Request) -> Answer:
        return web.Response(status=429, text=body, headers={"Retry-After": "7"})

    line.script = [too_fast]
    with pytest.raises(Busy) as caught:
        await client.call("GET", PATH)
    assert caught.value.retry_after == 7
    assert 6 < client.pace.wait(pace.general()) <= 7, "nobody may call before"


async def test_trap_the_error_object_of_an_answer(line: Wire, client: FeishuClient) -> None:
    error = {"log_id": "l", "troubleshooter": "https://…", "permission_violations": []}
    line.script = [answering(code=99991672, status=400, error=error)]
    with pytest.raises(Rejected) as caught:
        await client.call("GET", PATH)
    assert caught.value.code == "missing_scope"
    assert caught.value.detail == "as written"


async def test_trap_proxies_for_this_computer(line: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = line.client()
    assert await client.call("GET", PATH) == {"ok": True}
    await client.close()


async def test_a_proxy_is_used_for_the_real_servers() -> None:
    client = FeishuClient("cli_x", "s")
    assert client.session.trust_env
    await client.close()


async def test_trap_an_upload_without_a_file_name(line: Wire, client: FeishuClient) -> None:
    line.script = [answering({"file_key": "k"})]
    assert await documents.upload_file(client, "决策 log.csv", b"a,b\n") == "k"
    sent = line.seen[-1].body
    assert 'filename="决策 log.csv"'.encode() in sent
    assert b"a,b\n" in sent
    assert b'name="file_type"' in sent


async def test_trap_an_upload_cannot_be_made_twice(line: Wire, client: FeishuClient) -> None:
    line.script = [answering(code=99991663, status=400), answering({"file_key": "k"})]
    file = Upload("file", "a.bin", b"\x00\x01" * 1000)
    await client.call("POST", PATH, body={"file_type": "stream"}, files=(file,))
    first, second = line.calls(PATH)
    assert file.content in first.body
    assert file.content in second.body


async def test_trap_requests_are_changed_while_sent(line: Wire, client: FeishuClient) -> None:
    body, query = {"a": {"b": 1}}, {"q": True}
    await asyncio.gather(*(client.call("POST", PATH, query=query, body=body) for _ in range(9)))
    assert (body, query) == ({"a": {"b": 1}}, {"q": True})


LIGHT = """
import sys
import adapters.feishu.client as client, adapters.feishu.connection, adapters.feishu.webhook
assert not [m for m in sys.modules if m.startswith("lark_oapi")], "loaded before it is needed"
client.decrypt("test key", "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=")
client.domains()
heavy = {"requests", "httpx", "websockets", "lark_oapi", "lark_oapi.api", "lark_oapi.ws"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""


def test_trap_importing_the_sdk_costs_seconds_and_160_mb() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], check=True, timeout=60)


def test_the_sdk_can_still_be_imported_in_earnest() -> None:
    program = LIGHT + "import lark_oapi; assert lark_oapi.Client and lark_oapi.core.const.UTF_8"
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=110)


def test_the_documented_vector_is_decrypted() -> None:
    encrypted = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="
    assert decrypt("test key", encrypted) == b"hello world"
    for bad in ("", "%%%", "QUJD", encrypted[:-4]):
        with pytest.raises(ValueError, match=r".+"):
            decrypt("test key", bad)


def test_there_are_two_worlds() -> None:
    assert set(domains()) == {"feishu", "lark"}
