"""No secret is ever printed or logged, nor what people write: whatever Muster goes through."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.feishu import FakeFeishu
from tests.fakes.slack import FakeSlack

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.anyio
#: What somebody writes, and nobody but their room is to read.
WRITTEN = "zebra-7f3a-confidential"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Told:
    """Everything that processes of Muster have printed and logged."""

    def __init__(self, home: Path, secrets: dict[str, str], **settings: str) -> None:
        self.text = ""
        self.secrets = secrets
        files = home / "secrets"
        files.mkdir()
        for name, value in secrets.items():
            (files / name).write_text(f"{value}\n", "utf-8")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MUSTER_", "SLACK_", "FEISHU_", "COV_CORE"))
            and "proxy" not in name.lower()
        }
        self.home = home
        self.env = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "MUSTER_HOME": str(home / "home"),
            "MUSTER_PORT": "0",
            "MUSTER_PLAYGROUND": "off",
            "MUSTER_LOG_LEVEL": "debug",
            "MUSTER_LOG_FORMAT": "json",
            "MUSTER_SECRETS_DIR": str(files),
            **settings,
        }

    async def start(self, *words: str, **env: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", *words),
            cwd=self.home,
            env={**self.env, **env},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def runs(self, *words: str, **env: str) -> str:
        """What `muster …` said, to its end."""
        process = await self.start(*words, **env)
        said = b"".join(await asyncio.wait_for(process.communicate(), 60)).decode()
        self.text += said
        return said

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """`muster run`, and its address."""
        process = await self.start("run")
        assert process.stdout is not None
        assert process.stderr is not None
        ready = asyncio.get_running_loop().create_future()
        reading = [
            asyncio.create_task(self._read(process.stdout, ready)),
            asyncio.create_task(self._read(process.stderr, ready)),
        ]
        try:
            yield await asyncio.wait_for(ready, 60)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            await asyncio.gather(*reading)

    async def _read(self, stream: asyncio.StreamReader, ready: asyncio.Future[str]) -> None:
        async for line in stream:
            self.text += line.decode()
            if b'"ready"' in line and not ready.done():
                ready.set_result(json.loads(line)["address"])

    def leaked(self, *more: str) -> list[str]:
        """The names of secrets that were told, and what else was."""
        found = [name for name, value in self.secrets.items() if value in self.text]
        return found + [text for text in more if text in self.text]


async def _knock(address: str, told: Told, paths: dict[str, Any]) -> None:
    """Requests that nobody ought to send, and those of whoever looks after it."""
    async with aiohttp.ClientSession() as session:
        for path, body in paths.items():
            for headers in (
                {},
                {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "1"},
                {"Authorization": "Bearer forged-bearer-token"},
            ):
                async with session.post(f"{address}{path}", data=body, headers=headers) as answer:
                    told.text += await answer.text()
        for path in ("/healthz", "/readyz", "/metrics", "/nowhere", "/slack/oauth_redirect?code=x"):
            async with session.get(f"{address}{path}") as answer:
                told.text += await answer.text()


async def test_slack_as_it_goes_and_as_it_fails(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        secrets = {
            "SLACK_BOT_TOKEN": slack.team.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "MUSTER_SECRET_KEY": "canary-key-of-the-vault",
            "MUSTER_HEARTBEAT_URL": f"{slack.base}/heartbeat-canary-0815",
        }
        told = Told(tmp_path, secrets, SLACK_API_URL=slack.api)
        async with told.serving() as address:
            slack.delivers_to(f"{address}/slack/events")
            mei = slack.team.person("Mei", locale="en-US", is_admin=True)
            general = slack.team.channel("general")
            asked = await mei.types(f"/warroom open {WRITTEN}", general)
            await slack.until(lambda: asked.said)
            await slack.quiet()
            slack.faults.fails("chat.postMessage", "invalid_auth", times=2)
            slack.faults.http_500("chat.update", times=2)
            slack.faults.drops_after_delivery("chat.postMessage")
            await mei.types(f"/warroom open {WRITTEN} again", general)
            await mei.types(f"/nonsense {WRITTEN}", general)
            await slack.quiet()
            await _knock(address, told, {"/slack/events": f'{{"text": "{WRITTEN}'})
        for words in (["doctor"], ["export", "decisions"]):
            await told.runs(*words)
        assert '"event": "ready"' in told.text
        assert "effect.postponed" in told.text, "nothing went wrong: there was nothing to leak"
        assert told.leaked(WRITTEN) == []


async def test_feishu_as_it_goes_and_as_it_fails(tmp_path: Path) -> None:
    async with FakeFeishu() as feishu:
        tenant = feishu.tenant()
        app = tenant.app(secret="canary-app-secret", encrypt_key="canary-encrypt-key")
        more = {"app_id": "cli_other", "app_secret": "canary-other-app", "domain": feishu.url}
        secrets = {
            "FEISHU_APP_SECRET": app.secret,
            "FEISHU_ENCRYPT_KEY": app.encrypt_key,
            "FEISHU_VERIFICATION_TOKEN": app.verification_token,
        }
        told = Told(
            tmp_path,
            secrets,
            FEISHU_APP_ID=app.id,
            FEISHU_MODE="webhook",
            FEISHU_DOMAIN=feishu.url,
            FEISHU_APPS=json.dumps([more]),
        )
        async with told.serving() as address:
            app.event_url, app.card_url = f"{address}/feishu/events", f"{address}/feishu/cards"
            await feishu.events.webhook.verify(app, app.event_url)
            li = tenant.person("李雷")
            group = tenant.group("值班群", [li])
            await li.writes(f"@集结 开 {WRITTEN}", group)
            await feishu.until(
                lambda: next((c for c in feishu.chats.values() if "WR-1" in c.name), None)
            )
            feishu.faults.status("POST /open-apis/im/v1/messages", 500)
            feishu.faults.code("POST /open-apis/im/v1/messages", 99991663)
            feishu.faults.garbage("POST /open-apis/im/v1/messages")
            await li.writes(f"@集结 开 {WRITTEN} 二", group)
            await li.writes(f"@集结 胡说 {WRITTEN}", group)
            await feishu.settled()
            forged = f'{{"encrypt": "{WRITTEN}"}}'
            bodies = {"/feishu/events": forged, "/feishu/cards": forged}
            await _knock(address, told, bodies)
        tokens = list(app.tokens)
        assert tokens
        assert '"event": "ready"' in told.text
        assert "effect.postponed" in told.text, "nothing went wrong: there was nothing to leak"
        assert told.leaked(WRITTEN, "canary-other-app", *set(tokens)) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("MUSTER_DATABASE_URL", "postgresql://muster:canary-pass@127.0.0.1:1/muster"),
        ("MUSTER_DATABASE_URL", "mysql://muster:canary-pass@127.0.0.1:1/muster"),
        ("MUSTER_DATABASE_URL", "postgresql//muster:canary-pass@127.0.0.1"),
        ("FEISHU_APPS", '[{"app_id": "a", "app_secret": "canary-pass"'),
        ("FEISHU_APPS", '[{"app_id": "a", "app_secret": ["canary-pass"]}]'),
        ("MUSTER_SECRET_KEY", "canary-pass"),
        ("SLACK_BOT_TOKEN", "canary-pass"),
    ],
)
async def test_settings_that_are_wrong(tmp_path: Path, setting: str, value: str) -> None:
    told = Told(tmp_path, {})
    more = {"SLACK_API_URL": "http://127.0.0.1:1/"}
    if setting == "MUSTER_SECRET_KEY":
        more |= {
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": "canary-pass",
            "SLACK_SIGNING_SECRET": "canary-pass",
            "MUSTER_PUBLIC_URL": "https://muster.example.com",
        }
    process = await told.start("run", **{setting: value, **more})
    assert process.stderr is not None
    # It may go on, and wait for what is not there.
    first = await asyncio.wait_for(process.stderr.readline(), 90)
    with suppress(ProcessLookupError):
        process.terminate()
    said = b"".join([first, *await asyncio.wait_for(process.communicate(), 90)]).decode()
    assert said
    assert "canary-pass" not in said, said
