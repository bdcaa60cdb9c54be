"""Files: in three steps, shared where they belong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.effects import SendFile, User
from bot.core.errors import Permanent, Temporary
from bot.core.text import t
from tests.adapters.slack.rig import ENGLISH, Rig, rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def on() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


CONTENT = "# 决策 log\n- roll back".encode()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    path = tmp_path / "nothing"
    path.touch()
    return path


def send(on: Rig, to: User | None = None, thread: str | None = None) -> SendFile:
    note = t("Decisions of {room}", room="WR-1 <!here>")
    return SendFile(to or on.at(thread=thread), "decisions", {}, "decisions.md", note, ENGLISH)


async def test_a_file_in_a_channel(on: Rig, content: Path) -> None:
    mei = on.team.person("Mei")
    receipt = await on.client.send_file(send(on), "k1", content)
    [seen] = mei.sees(on.general)
    assert seen.words.startswith("Decisions of WR-1 <!here>\n")
    [file] = on.posts()[0].files
    assert (file["id"], file["name"]) == (receipt.id, "decisions.md")
    assert receipt.link == file["permalink"]
    assert on.slack.uploads.contents[receipt.id] == CONTENT


async def test_in_a_thread(on: Rig, content: Path) -> None:
    first = await on.client.perform(on.post(), "k0")
    await on.client.send_file(send(on, thread=first.id), "k1", content)
    assert on.posts()[1].thread_ts == first.id


async def test_to_one_person(on: Rig, content: Path) -> None:
    mei = on.team.person("Mei")
    await on.client.send_file(send(on, on.user(mei)), "k1", content)
    assert mei.sees(mei.dm)[0].files


async def test_a_broken_upload_is_made_again(on: Rig, content: Path) -> None:
    for break_ in (on.slack.faults.http_500, on.slack.faults.drops_before):
        break_("upload")
        with pytest.raises(Temporary):
            await on.client.send_file(send(on), "k1", content)
        assert await on.client.probe(send(on), "k1") is None
    await on.client.send_file(send(on), "k1", content)
    assert len(on.posts()) == 1


async def test_without_a_link_the_file_is_there_all_the_same(on: Rig, content: Path) -> None:
    on.slack.faults.http_500("files.info")
    receipt = await on.client.send_file(send(on), "k1", content)
    assert (receipt.id, receipt.link) == (on.posts()[0].files[0]["id"], "")


async def test_nothing_is_no_file(on: Rig, nothing: Path) -> None:
    with pytest.raises(Permanent) as caught:
        await on.client.send_file(send(on), "k1", nothing)
    assert caught.value.code == "empty_file"


async def test_what_the_workspace_does_not_allow(on: Rig, content: Path) -> None:
    on.slack.faults.fails("files.getUploadURLExternal", "file_uploads_disabled")
    with pytest.raises(Permanent) as caught:
        await on.client.send_file(send(on), "k1", content)
    assert caught.value.code == "file_uploads_disabled"
