"""Finding decisions: by words in both languages, the same on both engines, and by what is known."""

from __future__ import annotations

import random

import pytest

from bot.core.words import fold
from bot.features.decisions import finding, words
from bot.features.decisions.finding import Filter
from bot.features.decisions.listing import PAGE
from bot.features.decisions.tables import TEXTS
from storage.rows import Rows
from tests.world import Actor, Place, Said, World

_SAID = [
    "支付超时先回滚 --why Errors began with 1.5 --tags database,支付",
    "Roll back the payment gateway --instead-of 热修复",
    "数据库切换到备库 --why 主库磁盘已满 --tags database",
    "Use PostgreSQL for replicas --context SQLite is the default",
    "ＡＰＩ网关限流 --why Ｌimits of the vendor",
    "Ship the Überlast fix on Monday",
    "カメラの電池を交換",
    "超时时间改为30秒",
    "rolling restarts only",
    "支付渠道按时间切换，超过即停",
]
_VOCABULARY = [
    *(
        "支付",
        "超时",
        "支付超时",
        "时",
        "付超",
        "时间",
        "数据库",
        "库",
        "网关",
        "切换",
        "热修复",
        "电池",
    ),
    *("roll", "rol", "ro", "rollback", "payment", "PAY", "gateway", "1", "30", "api", "überlast"),
    *("postgres", "sqlite", "the", "秒", "monday", "カメラ", "xyz", "支时", "，", "!?", "ｖendor"),
]


def _keys(said: Said) -> list[str]:
    return [line.split()[1] for line in said.text.splitlines() if line.startswith("•")]


@pytest.fixture
def told(world_on_both: World) -> Actor:
    """Olga, alone in a workspace with these decisions, D-1 the first."""
    olga = world_on_both.person("Olga")
    for said in _SAID:
        olga.dms(f"/decide {said}").hears("Decision D-")
    return olga


FOUND: list[tuple[str, list[int]]] = [
    ("支付", [10, 1]),
    ("超时", [8, 1]),
    ("时", [10, 8, 1]),
    ("支付超时", [1]),
    ("付超", [1]),
    ("支时", []),
    ("roll", [9, 2]),
    ("ROLL gateway", [2]),
    ("ro", []),
    ("热修复 payment", [2]),
    ("网关", [5]),
    ("api", [5]),
    ("limits", [5]),
    ("überlast", [6]),
    ("電池", [7]),
    ("1", [1]),
    ("30秒", [8]),
    ("？！", []),
    ("nowhere", []),
    ("' OR 1=1 --", []),
    ('"*" AND NEAR(a', []),
]


def test_words(told: Actor) -> None:
    for said, found in FOUND:
        keys = _keys(told.dms(f'/decisions find "{said}"'))
        assert keys == [f"D-{number}" for number in found], said


def test_both_engines_find_what_is_there(told: Actor) -> None:
    """Any words: just the decisions in which each of them stands."""
    chance = random.Random(20)
    asked = [" ".join(chance.sample(_VOCABULARY, chance.randint(1, 3))) for _ in range(150)]
    everything = told.world.read(lambda tx: finding.find(tx, Filter(tx.workspace_id), count=99))
    assert len(everything) == len(_SAID)
    hits = 0
    for text in asked:

        def look(tx: Rows, text: str = text) -> list[int]:
            return [each.number for each in finding.find(tx, Filter(1, text), count=99)]

        expected = [each.number for each in everything if _has(_text(each), text)]
        assert told.world.read(look) == expected, text
        hits += len(expected)
    assert hits > 50, "a test that looks for nothing finds nothing"


def _text(decision: object) -> str:
    return "\n".join(getattr(decision, name) or "" for name in TEXTS)


def _has(text: str, asked: str) -> bool:
    """What finding promises, said without an index."""
    runs = words._RUN.findall(fold(asked))
    there = words._RUN.findall(fold(text))
    return bool(runs) and all(
        run in fold(text)
        if words._IS_HAN.match(run)
        else any(word == run or (len(run) > 2 and word.startswith(run)) for word in there)
        for run in runs
    )


def test_by_what_is_known(told: Actor) -> None:
    world = told.world
    bob = world.person("Bob")
    world.at("2026-12-20 09:00")
    bob.dms("/decide 支付改走备用渠道 --tags 支付 --makers @Olga").hears("D-11")
    assert _keys(told.dms("/decisions --tag 支付")) == ["D-11", "D-1"]
    assert _keys(told.dms("/decisions --tag DATABASE")) == ["D-3", "D-1"]
    assert _keys(told.dms("/decisions find 支付 --tag database")) == ["D-1"]
    assert _keys(told.dms("/decisions --tag data")) == []
    assert _keys(told.dms("/decisions --by @Bob")) == ["D-11"]
    assert _keys(bob.dms("/decisions find 支付 --by @Olga")) == ["D-11", "D-10", "D-1"]
    assert _keys(told.dms("/decisions --since 2026-12-01")) == ["D-11"]
    assert _keys(told.dms("/决策列表 找 支付 --自 昨天")) == ["D-11"]
    assert len(_keys(told.dms("/decisions --since 2 months"))) == PAGE
    assert _keys(told.dms("/decisions find roll --status accepted")) == ["D-9", "D-2"]
    told.dms("/decide deprecate D-9 Not any more").text  # noqa: B018  read
    assert _keys(told.dms("/decisions --status deprecated")) == ["D-9"]
    told.dms("/决策列表 --状态 已废止").hears("D-9 rolling restarts only", "deprecated")


def test_what_is_changed_is_found_by_what_it_says_now(told: Actor) -> None:
    told.dms("/decide amend D-9 --title 只做滚动重启 --tags 运维").text  # noqa: B018  read
    assert _keys(told.dms("/decisions find restarts")) == []
    assert _keys(told.dms("/decisions find 滚动")) == ["D-9"]
    assert _keys(told.dms("/decisions --tag 运维")) == ["D-9"]


def test_pages(told: Actor) -> None:
    for number in range(PAGE + 3):
        told.dms(f"/decide 换料 batch {number}").hears("D-")
    first = told.dms("/decisions find 换料 batch")
    second = told.presses("Older", first)
    assert (len(_keys(first)), len(_keys(second))) == (PAGE, 3)
    assert not set(_keys(first)) & set(_keys(second))
    assert len(_keys(told.presses("Older", told.dms("/decisions")))) == PAGE


def test_a_key_is_the_decision_itself(told: Actor) -> None:
    told.dms("/decisions find d-3").hears("D-3 数据库切换到备库", "主库磁盘已满")
    told.dms("/decisions D-99").hears("There is no decision D-99.")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("--since tomorrow", "I do not understand tomorrow as a time that is over."),
        ("--since 13月40日", "I do not understand 13月40日"),
        ("--status fine", "fine is none of proposed, accepted"),
        ("--by @Nobody", "I do not know anybody called Nobody here."),
        ("--tag", "--tag needs a value."),
        (f"find {'x' * 301}", "may have at most 300 characters"),
        (f"--tag {'x' * 41}", "At most 20 tags, each of at most 40 characters"),
        ("--room WR-9", "There is no war room WR-9."),
    ],
)
def test_what_cannot_be_asked(alice: Actor, said: str, answer: str) -> None:
    alice.dms(f"/decisions {said}").hears(answer)


def test_what_is_private_is_found_by_its_members_alone(
    vault: Place, alice: Actor, dora: Actor, chen: Actor
) -> None:
    alice.says("/decide 换掉泄露的密钥 --tags secret", vault).hears_nothing()
    vault.skips()
    alice.dms("/decide 通知客户").hears("D-2")
    assert _keys(alice.dms("/decisions find 密钥")) == ["D-1"]
    assert _keys(alice.says("/decisions 密钥", vault)) == ["D-1"]
    assert _keys(alice.says("/decisions 客户", vault)) == []
    alice.says("/decisions 客户", vault).hears("No decision was found", "--everywhere")
    assert _keys(alice.says("/decisions 客户 --everywhere", vault)) == ["D-2"]
    for asked in (
        "find 密钥",
        "--tag secret",
        "--by @Alice --since 1w",
        "find 泄露 --status accepted",
    ):
        assert "D-1" not in dora.dms(f"/decisions {asked}").text
    dora.dms("/decisions find 密钥").hears("No decision was found")
    dora.dms("/decisions find D-1").hears("There is no decision D-1.")
    dora.dms("/decisions --room WR-1").hears("There is no war room WR-1.")
    chen.dms("/决策列表 找 密钥").hears("没有找到")


def test_a_proposal_that_resembles_an_earlier_decision_shows_it(
    room: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/decide 支付网关超时后先回滚到上一版本", room).hears_nothing()
    alice.says("/decide Buy tea", room).hears_nothing()
    room.skips()
    said = bob.says("/decide propose 支付网关超时后回滚到上一个版本 --approvers @Alice", room)
    said.hears("D-1 支付网关超时后先回滚到上一版本")
    assert "Buy tea" not in said.text
    room.skips()
    alice.direct.skips()


def test_likeness() -> None:
    assert words.likeness("支付超时", "支付超时") == 1
    assert words.likeness("支付超时", "Buy tea") == 0
    assert words.likeness("", "Buy tea") == 0
    assert 0 < words.likeness("Roll back to 1.4", "Roll back to 1.5") < 1
