"""A million decisions: how long it takes to find some, and to verify what became of them all."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from benchmarks.table import Row
from bot.features.decisions import chain, finding, verifying
from bot.features.decisions.chain import News
from bot.features.decisions.finding import Filter
from bot.features.decisions.tables import Decision, Event, State, Words
from bot.features.rooms.tables import Member, Room
from storage import migrate
from storage.db import open_database
from storage.rows import Rows, row_of, table_of
from storage.tables import Person, Workspace

COUNT = 1_000_000
ROOMS = 2_000
PEOPLE = 500
BATCH = 5_000
#: Times that each query is asked.
CALLS = 20
START = datetime(2024, 1, 1, tzinfo=UTC)
#: What the decisions are about: from common to rare, as in any language.
_ENGLISH = (
    "release rollback database payment gateway timeout cache index schema queue retry alert "
    "region supplier firmware battery prototype contract tooling yield thermal vibration "
    "antenna packaging certificate migration latency throughput backup failover encryption "
    "password invoice refund "
)
_CHINESE = (
    "支付 超时 回滚 数据库 网关 缓存 索引 队列 重试 告警 供应商 固件 电池 样机 合同 模具 良率 散热 "
    "振动 天线 包装 证书 迁移 延迟 吞吐 备份 切换 加密 密码 发票 退款 接口 评审 排产 停线 换料 "
)
ENGLISH, CHINESE = _ENGLISH.split(), _CHINESE.split()
TAGS = ("database", "payments", "hardware", "供应链", "质量")

#: What is looked for. `{rare}` is a word that a handful of decisions have.
ASKED: dict[str, dict[str, Any]] = {
    "two Chinese characters": {"text": "支付"},
    "four Chinese characters": {"text": "支付超时"},
    "a rare Chinese word": {"text": "换料"},
    "characters that never stand together": {"text": "网包"},
    "an English word": {"text": "rollback"},
    "the beginning of a word": {"text": "migr"},
    "Chinese and English": {"text": "数据库 failover"},
    "three words": {"text": "release 支付 cache"},
    "a word that few have": {"text": "part77777"},
    "a word and a tag": {"text": "网关", "tags": ("供应链",)},
    "a word and a person": {"text": "payment", "by": 17},
    "a word, a room": {"text": "timeout", "room": 20},
    "a word, a state": {"text": "超时", "state": "rejected"},
    "a word, last month": {"text": "回滚", "since": START + timedelta(minutes=COUNT - 43_200)},
    "a tag": {"tags": ("payments",)},
    "a person": {"by": 17},
    "a person, a room": {"by": 17, "room": 20},
    "a state": {"state": "proposed"},
    "since yesterday": {"since": START + timedelta(minutes=COUNT - 1_440)},
    "all": {},
}


def run() -> list[Row]:
    """On SQLite, where everything that is measured runs in one thread."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
        db = open_database(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate.upgrade(db.engine)
        with db.engine.begin() as conn:
            fill(conn, COUNT)
        with db.engine.connect() as conn:
            rows = [*finds(conn), *verifies(conn)]
        db.engine.dispose()
    return rows


def finds(conn: Connection) -> list[Row]:
    """How long a page of results takes, for somebody who does not see every room."""
    times: list[float] = []
    slowest = ("", 0.0)
    for name, asked in ASKED.items():
        mine = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            finding.find(Rows(conn), Filter(1, viewer=3, **asked), count=11)
            mine.append((time.perf_counter() - begun) * 1000)
        times += mine
        slowest = max(slowest, (name, statistics.median(mine)), key=lambda each: each[1])
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    many = f"{COUNT:,} decisions"
    return [
        Row(f"find, {many}, median of {len(ASKED)} questions", f"{p50:.2f} ms"),
        Row(f"find, {many}, 95 of 100", f"{p95:.1f} ms", "≤ 50 ms", p95 <= 50),  # noqa: PLR2004
        Row(f"find, {many}, slowest question: {slowest[0]}", f"{slowest[1]:.1f} ms"),
    ]


def verifies(conn: Connection) -> list[Row]:
    """How many events are verified in a second, with the decisions that they lead to."""
    begun = time.perf_counter()
    found = verifying.verify(conn, 1)
    rate = found.events / (time.perf_counter() - begun)
    assert found.broken is None, found.broken
    told = f"{rate:,.0f} events/s"
    return [Row(f"verify, {found.events:,} events", told, "≥ 100,000 events/s", rate >= 100_000)]  # noqa: PLR2004


def fill(conn: Connection, count: int) -> None:
    """A workspace with as many decisions, each with its words and its first event."""
    for pragma in ("synchronous=OFF", "cache_size=-400000"):
        conn.exec_driver_sql(f"PRAGMA {pragma}")
    rows = Rows(conn)
    rows.add(Workspace(platform="playground", native="b", settings="{}", created_at=START))
    rows.add_all(Person, [_person(number) for number in range(1, PEOPLE + 1)])
    rows.add_all(Room, [_room(number) for number in range(1, ROOMS + 1)])
    rows.add_all(
        Member,
        [
            {"room_id": room, "person_id": room % PEOPLE + 1, "is_in": True, "since": START}
            for room in range(1, ROOMS + 1)
        ],
    )
    previous, batch = chain.GENESIS, []
    for decision in made(count):
        texts = chain.texts_of(decision).items()
        event = chain.event_of(
            News(decision, "recorded", {name: text for name, text in texts if text is not None}),
            workspace=1,
            person=decision.decided_by,
            now=decision.decided_at,
            seq=decision.number,
            previous=previous,
        )
        previous = event["hash"]
        batch.append((decision, event))
        if len(batch) == BATCH or decision.number == count:
            _write(conn, batch)
            batch = []
    assert conn.execute(select(func.count()).select_from(table_of(Decision))).scalar_one() == count


def _write(conn: Connection, batch: list[tuple[Decision, dict[str, Any]]]) -> None:
    names = [column.key for column in table_of(Decision).columns]
    conn.execute(
        insert(table_of(Decision)),
        [{name: getattr(decision, name) for name in names} for decision, _ in batch],
    )
    conn.execute(insert(table_of(Event)), [event for _, event in batch])
    conn.execute(
        insert(table_of(Words)),
        [{"id": each.id, "words": finding.tokens_of(each)} for each, _ in batch],
    )


def made(count: int) -> Iterator[Decision]:
    """Decisions one minute apart, the same in every run; every fiftieth room is private."""
    chance = random.Random(7)
    for number in range(1, count + 1):
        room = chance.randrange(ROOMS) + 1
        said = dict[str, Any](
            id=number,
            workspace_id=1,
            number=number,
            room_id=room if number % 3 else None,
            title=_words(chance, number),
            why=_words(chance, number + 1) if number % 2 else None,
            decided_by=chance.randrange(PEOPLE) + 1,
            decided_at=START + timedelta(minutes=number),
            state=State.PROPOSED if number % 5000 == 0 else chance.choice(_STATES),
            tags=f",{chance.choice(TAGS)}," if number % 4 == 0 else None,
            uid=f"{number:032x}",
        )
        yield row_of(Decision, {**_NOTHING, **said})


_NOTHING = dict.fromkeys(column.key for column in table_of(Decision).columns)
_STATES = [*[State.ACCEPTED] * 18, State.REJECTED, State.SUPERSEDED]


def _words(chance: random.Random, number: int) -> str:
    english = [ENGLISH[_rank(chance, len(ENGLISH))] for _ in range(3)]
    chinese = "".join(CHINESE[_rank(chance, len(CHINESE))] for _ in range(4))
    return f"{' '.join(english)} part{number} {chinese}"


def _rank(chance: random.Random, many: int) -> int:
    """The first words are far more frequent than the last."""
    return int(many * chance.random() ** 2)


def _person(number: int) -> dict[str, Any]:
    return {
        "workspace_id": 1,
        "user": f"p{number}",
        "name": f"Person {number}",
        "native_lang": "en",
        "native_zone": "UTC",
        "is_admin": number == 1,
        "is_active": True,
        "created_at": START,
    }


def _room(number: int) -> dict[str, Any]:
    return {
        "workspace_id": 1,
        "number": number,
        "title": f"Trouble {number}",
        "severity": 2,
        "status": "investigating",
        "is_private": number % 50 == 0,
        "lead_id": number % PEOPLE + 1,
        "lang": "en",
        "zone": "UTC",
        "channel": f"C{number}",
        "channel_name": f"wr-{number}",
        "channel_gone": False,
        "opening": "ready",
        "not_invited": "{}",
        "opened_by": 1,
        "opened_at": START,
        "closed_at": None,
    }
