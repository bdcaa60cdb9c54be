"""Files and documents that Muster delivers: a file as a message, Markdown as a document."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.feishu import render
from adapters.feishu.api import documents, messages
from adapters.feishu.client import FeishuClient
from adapters.feishu.keys import uuid_of
from bot.core.chat import Card, line
from bot.core.effects import Address, Receipt, SendFile, User
from bot.core.errors import Permanent
from bot.core.text import Link, t

#: Documents begun and not yet delivered that are remembered, so that a second try goes on.
_MOST_BEGUN = 100


class Files:
    """Delivers files with one app."""

    def __init__(self, client: FeishuClient, *, documents_at: str, applink: str) -> None:
        """`documents_at` is where documents are read: https://www.feishu.cn."""
        self._client = client
        self._documents_at = documents_at
        self._applink = applink
        self._begun: OrderedDict[str, str] = OrderedDict()

    async def send(self, effect: SendFile, key: str, content: Path) -> Receipt:
        """Deliver a file, or write a document and post where it is. As `Performer.perform`.

        Making a document has no idempotency key: a process that dies in the middle leaves one
        without readers behind, and the next makes another.
        """
        if effect.as_document:
            markdown = await asyncio.to_thread(content.read_text, "utf-8")
            return await self._document(effect, key, markdown)
        written = await asyncio.to_thread(content.read_bytes)
        if len(written) > documents.LARGEST_FILE:
            raise Permanent("file_too_large")
        # An empty file is refused (234010).
        file = await documents.upload_file(self._client, effect.filename, written or b"\n")
        await self._say(effect, line(t("{note}", note=effect.note)), uuid_of(key, "note"))
        sent = await self._sent(effect, "file", {"file_key": file}, uuid_of(key))
        return Receipt(str(sent["message_id"]))

    async def _document(self, effect: SendFile, key: str, markdown: str) -> Receipt:
        title = effect.filename.rpartition(".")[0] or effect.filename
        document = self._begun.get(key)
        if document is None:
            document = await documents.create(self._client, title)
            self._begun[key] = document
            while len(self._begun) > _MOST_BEGUN:
                self._begun.popitem(last=False)
        made = await documents.convert(self._client, markdown)
        await self._fill(document, made, key)
        to = effect.to
        if isinstance(to, Address):
            await documents.share(self._client, document, to.channel)
        else:
            await documents.share(self._client, document, to.user, member_type="openid")
        url = f"{self._documents_at}/docx/{document}"
        card = line(t("{note}: {document}", note=effect.note, document=Link(url, title)))
        message = await self._say(effect, card, uuid_of(key))
        self._begun.pop(key, None)
        return Receipt(message, link=url)

    async def _fill(self, document: str, made: Mapping[str, Any], key: str) -> None:
        """Write what `convert` made, in slices of whole blocks of the first level."""
        blocks = {str(each["block_id"]): each for each in made.get("blocks") or []}
        slice_ids: list[str] = []
        below: list[Any] = []
        number = 0

        async def write() -> None:
            # The key makes a second try write nothing twice.
            token = str(UUID(uuid_of(key, f"blocks {number}")))
            await documents.add_descendants(self._client, document, slice_ids, below, uuid=token)

        for top in made.get("first_level_block_ids") or []:
            family = list(_family(str(top), blocks))
            if below and len(below) + len(family) > documents.MOST_DESCENDANTS:
                await write()
                slice_ids, below, number = [], [], number + 1
            slice_ids.append(str(top))
            below += family
        if below:
            await write()

    async def _say(self, effect: SendFile, card: Card, uuid: str) -> str:
        drawn = render.card(card, effect.reader, applink=self._applink)
        sent = await self._sent(effect, "interactive", drawn.json, uuid)
        return str(sent["message_id"])

    async def _sent(
        self, effect: SendFile, kind: messages.Kind, content: dict[str, Any], uuid: str
    ) -> Mapping[str, Any]:
        match effect.to:
            case Address(channel=chat, thread=str(thread)):
                return await messages.reply(
                    self._client, thread, kind, content, uuid=uuid, chat=chat, in_thread=True
                )
            case Address(channel=chat):
                return await messages.send(self._client, chat, kind, content, uuid=uuid)
            case User(user=user):
                return await messages.send(
                    self._client, user, kind, content, uuid=uuid, id_type="open_id"
                )


def _family(block: str, blocks: Mapping[str, Any]) -> Iterator[Any]:
    """A block, then all that is in it."""
    found = blocks.get(block)
    if found is not None:
        yield found
        for child in found.get("children") or []:
            yield from _family(str(child), blocks)
