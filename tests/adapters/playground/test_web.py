from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from adapters.playground.adapter import Playground
from adapters.playground.live import live
from adapters.playground.messages import Where
from adapters.playground.town import Town
from adapters.playground.web import routes
from bot.core.chat import Button, Buttons, Card, Form, line
from bot.core.clock import MovableClock
from bot.core.errors import MusterError, Refused
from bot.core.platform import Incoming, Redraw, Say, ShowForm, Submitted, encode
from bot.core.text import Language, t

from .conftest import START, AddNote, Bot

pytestmark = pytest.mark.anyio
API = "/playground/api"
BUTTON = Button(t("Add"), AddNote(words="x"))
CARD = Card(t("Press"), (Buttons((BUTTON,)),))
NAMES = {"alice": "Alice", "bob": "Bob", "zhangsan": "张三"}
FORM = Form("note add", t("Add a note"), (), t("Send"), {"room": "7"})


def commands_help(lang: Language) -> list[dict[str, Any]]:
    return [{"path": "note add", "usage": "/note add", "summary": lang, "also": [], "examples": []}]


@pytest.fixture
async def client(playground: Playground, clock: MovableClock) -> AsyncIterator[httpx.AsyncClient]:
    async def advance(to: datetime) -> None:
        await asyncio.sleep(0)
        clock.move_to(to)

    app = Starlette(routes=routes(playground, clock, commands_help, advance))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client


async def get(client: httpx.AsyncClient, path: str, user: str = "bob", **query: str) -> Any:
    answer = await client.get(API + path, params={"as": user, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: httpx.AsyncClient, path: str, user: str = "bob", **body: Any) -> Any:
    answer = await client.post(API + path, json={"as": user, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refusal(
    client: httpx.AsyncClient, path: str, user: str = "bob", **body: Any
) -> tuple[int, str]:
    answer = await client.post(API + path, json={"as": user, **body})
    return answer.status_code, answer.json()["error"]


class TestGuard:
    @pytest.mark.parametrize(
        "host", ["localhost", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:1", "localhost:65535"]
    )
    async def test_this_computer_is_answered(self, client: httpx.AsyncClient, host: str) -> None:
        answer = await client.get("/", headers={"host": host})
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "10.0.0.1",
            "",
            "localhost:",
        ],
    )
    @pytest.mark.parametrize("path", ["/", f"{API}/state", "/playground/static/app.js"])
    async def test_no_other_name_is(self, client: httpx.AsyncClient, host: str, path: str) -> None:
        answer = await client.get(path, headers={"host": host})
        assert answer.status_code == 421
        assert answer.json()["error"] == "not_here"

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "http://localhost:9", "http://127.0.0.1:8080"]
    )
    async def test_another_page_changes_nothing(
        self, client: httpx.AsyncClient, town: Town, origin: str
    ) -> None:
        answer = await client.post(
            f"{API}/people", json={"name": "Eve"}, headers={"origin": origin}
        )
        assert answer.status_code == 403
        assert town.people.called("Eve") is None

    async def test_our_own_page_does(self, client: httpx.AsyncClient) -> None:
        headers = {"origin": "http://localhost:8080"}
        answer = await client.post(f"{API}/people", json={"name": "Eve"}, headers=headers)
        assert answer.json()["id"] == "eve"

    async def test_changes_are_json(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            f"{API}/people", content=b"{}", headers={"content-type": "text/plain"}
        )
        assert answer.status_code == 415

    async def test_requests_have_a_limit(self, client: httpx.AsyncClient) -> None:
        headers = {"content-type": "application/json"}
        big = b'{"name": "' + b"x" * 1_000_000 + b'"}'

        async def chunks() -> AsyncIterator[bytes]:
            yield big[:900_000]
            yield big[900_000:]

        whole = await client.post(f"{API}/people", content=big, headers=headers)
        piecemeal = await client.post(f"{API}/people", content=chunks(), headers=headers)
        lying = await client.post(
            f"{API}/people", content=b"{}", headers={**headers, "content-length": "many"}
        )
        assert {whole.status_code, piecemeal.status_code, lying.status_code} == {413}

    async def test_headers_keep_everything_inside(self, client: httpx.AsyncClient) -> None:
        for path in ("/", f"{API}/state", "/playground/static/app.js"):
            headers = (await client.get(path)).headers
            assert headers["content-security-policy"].startswith("default-src 'self'")
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
        assert (await client.get(f"{API}/state")).headers["cache-control"] == "no-store"
        fresh = await client.get("/playground/static/app.js")
        assert fresh.headers["cache-control"] == "no-cache"

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"3", b"\xff", b"[" * 100_000, b'{"name": 1}', b'{"x": 1}']
    )
    async def test_nonsense_gets_a_sentence(
        self, client: httpx.AsyncClient, content: bytes
    ) -> None:
        answer = await client.post(
            f"{API}/people", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400
        assert answer.json()["message"].endswith(".")

    async def test_files_outside_are_not_served(self, client: httpx.AsyncClient) -> None:
        for path in ("../web.py", "..%2fweb.py", "%2e%2e/web.py", ""):
            assert (await client.get(f"/playground/static/{path}")).status_code == 404


class TestReading:
    async def test_state_is_what_one_sees(self, client: httpx.AsyncClient, town: Town) -> None:
        secret = town.channels.create("secret", private=True).id
        town.channels.invite(secret, ["alice"])
        seen = await get(client, "/state", "bob")
        assert seen["me"] == "bob"
        assert [channel["name"] for channel in seen["channels"]] == ["general", ""]
        assert seen["now"] == START.isoformat()
        assert seen["can_move_clock"] is True
        assert seen["emoji"]["pushpin"] == "📌"
        hers = await get(client, "/state", "alice")
        assert "secret" in [channel["name"] for channel in hers["channels"]]
        assert hers["people"][0] == {
            "id": "alice",
            "name": "Alice",
            "lang": "en",
            "zone": "UTC",
            "admin": True,
        }

    async def test_a_stranger_is_the_first_person(self, client: httpx.AsyncClient) -> None:
        assert (await get(client, "/state", "nobody"))["me"] == "alice"

    async def test_an_empty_town_has_nobody_to_be(self, clock: MovableClock, bot: Bot) -> None:
        town = Town()
        app = Starlette(routes=routes(Playground(town, clock), clock, commands_help))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            state = await get(client, "/state", "")
            assert (state["me"], state["channels"], state["can_move_clock"]) == (None, [], False)
            assert (await client.post(f"{API}/people", json={"name": "Eve"})).status_code == 200
            assert await refusal(client, "/clock", "eve", hours=1) == (409, "clock_is_real")
            assert await refusal(client, "/say", "eve", channel="C1", text="/help") == (
                503,
                "not_running",
            )
        town.close()

    async def test_commands_come_in_the_viewer_s_language(self, client: httpx.AsyncClient) -> None:
        assert (await get(client, "/commands", "bob"))[0]["summary"] == "en"
        assert (await get(client, "/commands", "zhangsan"))[0]["summary"] == "zh"

    async def test_messages_come_in_pages(
        self, client: httpx.AsyncClient, town: Town, general: str
    ) -> None:
        for number in range(60):
            town.messages.say("alice", Where(general), str(number), START)
        newest = await get(client, "/messages", channel=general)
        assert (len(newest["messages"]), newest["more"]) == (50, True)
        before = newest["messages"][0]["id"]
        older = await get(client, "/messages", channel=general, before=before)
        assert (len(older["messages"]), older["more"]) == (10, False)
        assert older["messages"][0]["text"] == [{"t": "text", "text": "0"}]

    async def test_a_thread_comes_with_its_beginning(
        self, client: httpx.AsyncClient, town: Town, general: str
    ) -> None:
        first = town.messages.say("alice", Where(general), "why?", START)
        town.messages.post(Where(general, first.id), CARD, START)
        page = await get(client, "/messages", channel=general, thread=first.id)
        assert page["first"]["id"] == first.id
        assert page["first"]["replies"] == {
            "count": 1,
            "people": ["muster"],
            "last_at": START.isoformat(),
        }
        assert [message["thread"] for message in page["messages"]] == [first.id]

    async def test_what_is_hidden_is_not_found(
        self, client: httpx.AsyncClient, town: Town, general: str
    ) -> None:
        secret = town.channels.create("secret", private=True).id
        inside = town.messages.post_file(Where(secret), "a.csv", b"1", t("x"), START)
        mine = town.messages.post(Where(general, only_for="alice"), CARD, START)
        assert inside.file is not None
        for path in (
            f"/messages?channel={secret}",
            f"/messages/{inside.id}?",
            f"/messages/{mine.id}?",
            f"/pins?channel={secret}",
            f"/files/{inside.file.id}?",
            "/files/99?",
            "/messages/x?",
            "/messages?channel=C99",
        ):
            assert (await client.get(f"{API}{path}&as=bob")).status_code == 404, path
        assert (await client.get(f"{API}/commands?as=nobody")).status_code == 404

    async def test_pins_are_listed(
        self, client: httpx.AsyncClient, town: Town, general: str
    ) -> None:
        town.messages.pin(town.messages.post(Where(general), CARD, START).id)
        [pinned] = (await get(client, "/pins", channel=general))["messages"]
        assert pinned["pinned"]

    async def test_a_file_is_downloaded_under_its_name(
        self, client: httpx.AsyncClient, town: Town, general: str
    ) -> None:
        town.messages.post_file(Where(general), '决策 "1".csv', b"a,b", t("Here"), START)
        [message] = (await get(client, "/messages", channel=general))["messages"]
        assert message["note"] == [{"t": "text", "text": "Here"}]
        answer = await client.get(message["file"]["url"])
        assert answer.content == b"a,b"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == (
            "attachment; filename*=UTF-8''%E5%86%B3%E7%AD%96%20%221%22.csv"
        )


class TestDoing:
    async def test_saying_shows_what_came_of_it(
        self, client: httpx.AsyncClient, bot: Bot, general: str
    ) -> None:
        bot.reply = Say(line(t("Noted")))
        body = rb'{"as": "bob", "channel": "%s", "text": "/note add x\ud800"}' % general.encode()
        answer = await client.post(
            f"{API}/say", content=body, headers={"content-type": "application/json"}
        )
        shown = answer.json()
        assert shown["said"]["command"]
        assert shown["said"]["text"][0]["text"] == "/note add x\ufffd"
        assert shown["answer"]["only_for_me"]
        assert shown["answer"]["card"]["plain"] == "Noted"
        assert shown["form"] is None

    async def test_a_button_and_the_form_that_it_opens(
        self, client: httpx.AsyncClient, town: Town, bot: Bot, general: str
    ) -> None:
        message = town.messages.post(Where(general), CARD, START).id
        [drawn] = (await get(client, "/messages", channel=general))["messages"]
        payload = drawn["card"]["blocks"][0]["buttons"][0]["payload"]
        assert payload == encode(BUTTON)
        bot.reply = ShowForm(FORM)
        shown = await post(client, "/press", message=message, payload=payload)
        form = shown["form"]
        bot.reply = Redraw(line(t("Done")))
        shown = await post(
            client,
            "/submit",
            command=form["command"],
            values={"words": "x", "flag": True, "who": ["alice"]},
            kept=form["kept"],
            channel=general,
            message=message,
        )
        assert shown["answer"]["id"] == message
        values: dict[str, str | tuple[str, ...]] = {
            "words": "x",
            "flag": "yes",
            "who": ("alice",),
        }
        assert bot.told[-1].what == Submitted("note add", values, {"room": "7"}, NAMES)

    async def test_a_person_s_day(self, client: httpx.AsyncClient, town: Town) -> None:
        made = await post(client, "/channels", name="ops", private=True)
        assert await post(client, "/invite", channel=made["id"], people=["alice", "no"]) == {
            "refused": {"no": "user_not_found"}
        }
        said = await post(client, "/say", "alice", channel=made["id"], text="hello")
        state = await get(client, "/state")
        assert [c["unread"] for c in state["channels"] if c["name"] == "ops"] == [1]
        await post(client, "/read", channel=made["id"])
        await post(client, "/react", message=said["said"]["id"], emoji="tada")
        assert town.messages.get(said["said"]["id"]).reactions[0].people == ("bob",)
        await post(client, "/rename", channel=made["id"], name="ops-2")
        await post(client, "/archive", channel=made["id"])
        await post(client, "/archive", channel=made["id"], archived=False)
        await post(client, "/leave", channel=made["id"])
        assert town.channels.get(made["id"]).members == ("alice",)
        await post(client, "/join", "bob", channel=town.channels.create("open").id)
        changed = await post(client, "/me", lang="zh", zone="Asia/Tokyo")
        assert (changed["lang"], changed["zone"]) == ("zh", "Asia/Tokyo")

    async def test_what_is_refused_says_why(self, client: httpx.AsyncClient, general: str) -> None:
        assert await refusal(client, "/channels", name="general") == (409, "name_taken")
        assert await refusal(client, "/say", channel="C99", text="x") == (404, "channel_not_found")
        assert await refusal(client, "/say", "nobody", channel=general, text="x") == (
            404,
            "user_not_found",
        )
        assert await refusal(client, "/say", channel=general, text="  ") == (409, "no_text")
        assert await refusal(client, "/react", message="1", emoji="x") == (404, "message_not_found")

    async def test_an_error_inside_is_an_answer_too(
        self, client: httpx.AsyncClient, bot: Bot, general: str
    ) -> None:
        def fail(_: Incoming) -> None:
            raise Refused(t("No."))

        bot.before = fail
        assert issubclass(Refused, MusterError)
        assert await refusal(client, "/say", channel=general, text="/x") == (500, "failed")


class TestClock:
    async def test_it_moves_by_hours_to_the_morning_and_to_a_date(
        self, client: httpx.AsyncClient, clock: MovableClock
    ) -> None:
        await post(client, "/clock", hours=1.5)
        assert clock.now() == START + timedelta(hours=1.5)
        # 05:30 in New York: the next morning there is tomorrow's.
        await post(client, "/clock", "bob", morning=True)
        assert clock.now().isoformat() == "2026-11-24T14:00:00+00:00"
        await post(client, "/clock", "zhangsan", to="2026-11-25T09:00")
        assert clock.now().isoformat() == "2026-11-25T01:00:00+00:00"
        moved = await post(client, "/clock", to="2026-11-25T09:00:00+00:00")
        assert moved == {"now": "2026-11-25T09:00:00+00:00"}

    async def test_it_moves_forward_and_within_reason(self, client: httpx.AsyncClient) -> None:
        assert await refusal(client, "/clock", to="2020-01-01") == (409, "in_the_past")
        assert await refusal(client, "/clock", to="2126-01-01") == (409, "too_far")
        for body in ({"to": "soon"}, {}, {"hours": -1}, {"hours": 1e9}, {"to": "9999-12-31T23:59"}):
            status, _ = await refusal(client, "/clock", **body)
            assert status in {400, 409}

    async def test_two_moves_at_once_add_up(
        self, client: httpx.AsyncClient, clock: MovableClock
    ) -> None:
        await asyncio.gather(*(post(client, "/clock", hours=1) for _ in range(5)))
        assert clock.now() == START + timedelta(hours=5)


class TestLive:
    async def events(self, town: Town, viewer: str, count: int) -> list[tuple[str, Any]]:
        """The first `count` events."""
        heard: list[tuple[str, Any]] = []
        async for chunk in live(town, viewer).body_iterator:
            assert isinstance(chunk, str)
            lines = dict(part.split(": ", 1) for part in chunk.strip().split("\n") if ": " in part)
            heard.append((lines.get("event", ""), json.loads(lines.get("data", "null"))))
            if len(heard) == count:
                return heard
        return heard

    async def test_changes_come_to_whom_they_concern(self, town: Town, general: str) -> None:
        secret = town.channels.create("secret", private=True).id
        listening = asyncio.create_task(self.events(town, "bob", 3))
        await asyncio.sleep(0.01)
        town.messages.post(Where(secret), CARD, START)
        town.messages.post(Where(general, only_for="alice"), CARD, START)
        town.messages.read(general, "alice")
        seen = town.messages.post(Where(general), CARD, START)
        town.tell_time()
        nothing = {"channel": None, "message": None, "thread": None}
        assert await listening == [
            ("hello", {}),
            ("message", {"channel": general, "message": seen.id, "thread": None}),
            ("clock", nothing),
        ]

    async def test_it_ends_when_the_town_hangs_up(self, town: Town) -> None:
        listening = asyncio.create_task(self.events(town, "bob", 99))
        await asyncio.sleep(0.01)
        town.hang_up()
        assert await asyncio.wait_for(listening, 1) == [("hello", {})]

    async def test_silence_is_broken_now_and_then(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adapters.playground.live.HEARTBEAT", 0.01)
        assert await self.events(town, "bob", 3) == [("hello", {}), ("", None), ("", None)]

    async def test_it_is_served_as_events(self, client: httpx.AsyncClient, town: Town) -> None:
        asyncio.get_running_loop().call_later(0.05, town.hang_up)
        answer = await client.get(f"{API}/events", params={"as": "bob"})
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "event: hello" in answer.text
