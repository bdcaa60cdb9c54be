"""MUSTER_ROLE: one process takes deliveries in, another does the rest, and neither the other's."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot import roles
from bot.bootstrap import build
from bot.settings import Settings
from bot.worker import POLL
from storage.postgres import PostgresDatabase
from tests.fakes.slack import FakeSlack
from tests.replicas.processes import Replicas, connected, replicas, slack_settings
from tests.running import muster

POSTGRES = "postgresql://localhost/muster"
HTTP = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s"}
SOCKET = {**HTTP, "slack_app_token": "xapp-1"}
WEBHOOK = {"feishu_app_id": "a", "feishu_app_secret": "s", "feishu_mode": "webhook"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"role": "web"}, "MUSTER_ROLE=web is for several processes on one PostgreSQL"),
        ({"role": "worker", **HTTP}, "MUSTER_ROLE=worker is for several processes on one Post"),
        ({"role": "worker", "database_url": POSTGRES}, "MUSTER_ROLE=worker needs Slack or Feishu"),
        (
            {"role": "web", "database_url": POSTGRES, "playground": "on", **HTTP},
            "MUSTER_ROLE=web needs Slack or Feishu: the playground is one process",
        ),
        ({"role": "web", "database_url": POSTGRES, **SOCKET}, "Set MUSTER_ROLE=worker, or all"),
        (
            {"role": "web", "database_url": POSTGRES, **WEBHOOK, "feishu_mode": "long"},
            "takes in what comes over HTTP, and nothing does",
        ),
    ],
)
def test_a_role_that_cannot_work_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        roles.check(Settings.without_file(**given))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"role": "web", "database_url": POSTGRES, **HTTP},
        {"role": "web", "database_url": POSTGRES, **SOCKET, **WEBHOOK},
        {"role": "worker", "database_url": POSTGRES, **SOCKET},
        {"role": "worker", "database_url": POSTGRES, **WEBHOOK},
    ],
)
def test_one_that_can_is_not(given: dict[str, Any]) -> None:
    roles.check(Settings.without_file(**given))


def test_the_refusal_is_a_sentence_on_the_command_line(tmp_path: Path) -> None:
    done = muster("run", home=tmp_path, role="worker", database_url="")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("muster: MUSTER_ROLE=worker is for")


def makes_rooms(slack: FakeSlack) -> int:
    return len(slack.called("conversations.create"))


@pytest.mark.anyio
@pytest.mark.postgres
@pytest.mark.timeout(180)
async def test_what_the_web_takes_in_a_worker_performs_at_once(
    tmp_path: Path, postgres_url: str
) -> None:
    async with FakeSlack() as slack:
        given = slack_settings(slack, socket=False)
        async with replicas(tmp_path, postgres_url, given) as them:
            web = await them.start("web")
            slack.delivers_to(f"{web.address}/slack/events")
            mei, general = slack.team.person("Mei"), slack.team.named("general")
            await mei.types("/warroom open Before any worker", general)
            await asyncio.sleep(2 * POLL / 5)
            assert makes_rooms(slack) == 0, "the web performs nothing"

            worker = await them.start("worker")
            await slack.until(lambda: makes_rooms(slack) == 1, patience=30)
            assert worker.get("/healthz")[0] == 200
            assert worker.get("/slack/events")[0] == 404
            assert web.get("/slack/events")[0] == 405, "only for POST, but there"

            await slack.quiet(0.5, patience=30)
            await mei.types("/warroom open After that", general)
            await slack.until(lambda: makes_rooms(slack) == 2, patience=30)
            assert both_are_well(them)


def both_are_well(them: Replicas) -> bool:
    """Nobody has a connection, which nobody needs, and nothing went wrong."""
    assert not any(connected(each) for each in them.running)
    return not any(log["level"] == "error" for each in them.running for log in each.logs)


@pytest.mark.anyio
@pytest.mark.postgres
async def test_a_web_says_that_somebody_else_has_to_do_it_and_a_worker_listens(
    postgres_url: str, tmp_path: Path
) -> None:
    given = {"home": tmp_path, "database_url": postgres_url, "playground": "off", **HTTP}
    made = {role: build(Settings.without_file(role=role, **given)) for role in ("web", "worker")}
    words = {}
    for role, each in made.items():
        assert isinstance(each.db, PostgresDatabase)
        words[role] = each.db.teller.word
        assert each.siblings is not None
        assert each.siblings.wake == each.worker.wake
        await each.stop()
    assert words == {"web": "now", "worker": "soon"}
