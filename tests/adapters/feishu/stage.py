"""Muster as in production, and a Feishu beside it: both ways in.

async with stage(tmp_path, "webhook") as on:
    li = on.tenant.person("李雷")
    group = on.tenant.group("值班群", [li])
    await li.writes("@集结 开 支付超时 级别1", group)
    await on.settled()

On leaving, every card that Feishu was sent has to pass the rules of the documentation, and nothing
that went wrong inside the fake may be left.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import uvicorn
from sqlalchemy import Connection, func, select

from adapters.feishu.adapter import Feishu
from bot.bootstrap import Muster, build
from bot.core.clock import Clock
from bot.features.rooms.tables import Room
from bot.settings import Settings
from bot.web import app as site
from storage import inbox, outbox
from storage.rows import table_of
from tests.adapters.feishu.card_rules import check
from tests.fakes.feishu import App, Chat, FakeFeishu, Person, Seen, TenantDesk

Mode = Literal["long", "webhook"]
MODES: tuple[Mode, ...] = ("long", "webhook")
#: Of a webhook that encrypts.
KEY = "a key of some length"
#: What a second of the connection's own lasts here.
SECOND = 0.02


@dataclass
class Stage:
    """A Feishu, and the Muster that listens to it."""

    feishu: FakeFeishu
    tenant: TenantDesk
    app: App
    muster: Muster
    address: str

    @property
    def adapter(self) -> Feishu:
        found = self.muster.adapters["feishu"]
        assert isinstance(found, Feishu)
        return found

    async def settled(self) -> None:
        """Wait until nothing is on its way any more, in or out."""

        def is_waiting(conn: Connection) -> bool:
            counts = outbox.counts(conn)
            on_its_way = counts.get("waiting", 0) + counts.get("claimed", 0)
            return bool(on_its_way + inbox.count_waiting(conn))

        for _ in range(3):
            await self.feishu.settled()
            async with asyncio.timeout(60):
                while self._in_hand() or await self.muster.db.read(is_waiting):  # noqa: ASYNC110  they tell nobody
                    await asyncio.sleep(0.01)

    def _in_hand(self) -> bool:
        return any(app.is_busy for app in self.adapter.apps.values())

    async def room(self, key: str) -> Chat:
        """The group of a war room, once it is there."""
        found = await self.feishu.until(
            lambda: next(
                (c for c in self.feishu.chats.values() if c.name.startswith(f"{key} ")), None
            )
        )
        assert isinstance(found, Chat)
        return found


def summary(person: Person, room: Chat) -> Seen:
    """The pinned card of a room, as somebody sees it."""
    [found] = [seen for seen in person.sees(room) if seen.is_pinned]
    return found


async def opened(on: Stage, li: Person, *people: Person, words: str = "开 支付超时") -> Chat:
    """A room that somebody has opened from a group, with others listening."""
    group = on.tenant.group("值班群", [li, *people])
    await li.writes(f"@集结 {words}", group)
    await on.settled()
    return await on.room("WR-1")


async def rooms(on: Stage) -> int:
    """How many war rooms there are."""
    query = select(func.count()).select_from(table_of(Room))

    def count(conn: Connection) -> int:
        return int(conn.execute(query).scalar_one())

    return await on.muster.db.read(count)


def cards_sent(feishu: FakeFeishu) -> Iterator[dict[str, Any]]:
    """Every card in what the fake was sent and was answered."""
    for call in feishu.calls:
        if not isinstance(call.body, dict):
            continue
        if call.body.get("msg_type") == "interactive" or call.method == "PATCH":
            content = call.body.get("content")
            if isinstance(content, str):
                yield json.loads(content)
        if isinstance(call.body.get("card"), dict):
            yield call.body["card"]


def judge(feishu: FakeFeishu) -> None:
    """AssertionError for a card that the documentation does not allow, or a broken fake."""
    wrong = [(found, card) for card in cards_sent(feishu) if (found := check(card))]
    assert not wrong, wrong[0]
    alone = feishu.called("POST /open-apis/ephemeral/v1/send")
    assert "i18n_content" not in str([call.body for call in alone]), "it is not known there"
    assert not feishu.troubles, feishu.troubles


@asynccontextmanager
async def stage(
    home: Path,
    mode: Mode = "long",
    *,
    feishu: FakeFeishu | None = None,
    app: App | None = None,
    clock: Clock | None = None,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """Muster and a Feishu, until the block is left. `settings` are more of Muster's own."""
    own = feishu is None
    fake = feishu or FakeFeishu()
    if own:
        await fake.__aenter__()
    try:
        if app is None:
            encrypt = {"encrypt_key": KEY} if mode == "webhook" else {}
            tenant = fake.tenant()
            app = tenant.app(**encrypt)
        else:
            tenant = TenantDesk(fake, app.tenant)
        async with _muster(fake, tenant, app, home, mode, clock, settings) as made:
            yield made
        judge(fake)
    finally:
        if own:
            await fake.__aexit__(None, None, None)


@asynccontextmanager
async def _muster(
    fake: FakeFeishu,
    tenant: TenantDesk,
    app: App,
    home: Path,
    mode: Mode,
    clock: Clock | None,
    more: dict[str, Any],
) -> AsyncIterator[Stage]:
    given: dict[str, Any] = {
        "home": home,
        "playground": "off",
        "timezone": "Asia/Shanghai",
        "feishu_app_id": app.id,
        "feishu_app_secret": app.secret,
        "feishu_encrypt_key": app.encrypt_key if mode == "webhook" else "",
        "feishu_verification_token": app.verification_token if mode == "webhook" else "",
        "feishu_mode": mode,
        "feishu_domain": fake.url,
        **more,
    }
    # Long connections come back quickly here: the server says how soon.
    fake.sockets.tell_config(ReconnectInterval=1, ReconnectNonce=0, PingInterval=60)
    muster = build(Settings.without_file(**given), clock=clock)
    server, serving, address = await _served(muster)
    adapter = muster.adapters["feishu"]
    assert isinstance(adapter, Feishu)
    for each in adapter.apps.values():
        each.connection._second = SECOND
    await muster.start()
    await asyncio.wait_for(adapter.ready.wait(), 20)
    if mode == "webhook":
        app.event_url, app.card_url = f"{address}/feishu/events", f"{address}/feishu/cards"
        await fake.events.webhook.verify(app, app.event_url)
    else:
        await fake.connected(app)
    try:
        yield Stage(fake, tenant, app, muster, address)
    finally:
        app.event_url = app.card_url = ""
        server.should_exit = True
        await serving
        await muster.stop()


async def _served(muster: Muster) -> tuple[uvicorn.Server, asyncio.Task[None], str]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(site(muster), log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve([sock]))
    while not server.started:  # noqa: ASYNC110  it says so itself, and in no other way
        await asyncio.sleep(0.01)
    return server, serving, f"http://127.0.0.1:{port}"
