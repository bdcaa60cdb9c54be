"""@larksuiteoapi/node-sdk, the other official client, works against the fake.

It is installed with npm into a temporary folder, once for the machine; where there is no node, or
no registry to install it from, the test is skipped and says so.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.feishu.fake.town import Town, button, card, told

pytestmark = pytest.mark.slow
PACKAGE = "@larksuiteoapi/node-sdk@1"
PROGRAM = Path(__file__).parent / "programs" / "node_client.js"


def installed() -> Path:
    """The folder whose node_modules has the SDK; skips where it cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("there is no node here")
    folder = Path(tempfile.gettempdir()) / "muster-feishu-node-sdk"
    if not (folder / "node_modules" / "@larksuiteoapi" / "node-sdk" / "package.json").exists():
        folder.mkdir(exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
        command += ["--prefix", str(folder)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=90)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm cannot install {PACKAGE}: {error}")
    return folder


def test_node_sdk_over_http_and_the_long_connection() -> None:
    folder = installed()

    async def story(town: Town) -> None:
        kept = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
        running = await asyncio.create_subprocess_exec(
            "node", str(PROGRAM), town.feishu.url, town.app.id, town.app.secret, town.group.id,
            env=kept | {"NODE_PATH": str(folder / "node_modules")},
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            await walk(town, running)
        finally:
            running.kill()
            await running.wait()

    told(story)()


async def walk(town: Town, running: asyncio.subprocess.Process) -> None:
    assert running.stdout

    async def step(name: str) -> Any:
        assert running.stdout
        line = await asyncio.wait_for(running.stdout.readline(), 30)
        found = json.loads(line or b"{}")
        assert found.get("step") == name, line
        return found

    assert (await step("sent"))["id"] == town.group.messages[0].id
    assert (await step("members"))["names"] == ["李雷", "Han Meimei"]
    assert (await step("bot"))["name"] == "集结"
    await town.feishu.connected(town.app, within=30)
    town.feishu.faults.chunk_size = 64
    message = await town.li.writes("@集结 帮助", town.group)
    assert (await step("message"))["id"] == message.id
    await town.sends(card(button("加入", {"do": "join"})), "interactive")
    pressed = await town.li.presses("加入", town.li.sees(town.group)[-1])
    assert (await step("press"))["value"] == {"do": "join"}
    assert (pressed.error, pressed.toast, pressed.toast_type) == (None, "好", "success")
