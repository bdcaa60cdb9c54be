"""Files and images: uploaded by apps, fetched again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.org import App
from tests.fakes.feishu.wire import Answer, Call, api

FILE_BYTES, IMAGE_BYTES = 30 * 1024 * 1024, 10 * 1024 * 1024
_TYPES = frozenset(["opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"])


@dataclass(eq=False)
class Stored:
    app: App
    key: str
    name: str
    data: bytes


@api("POST", "im/v1/files")
async def create(call: Call) -> Answer:
    if call.body.get("file_type") not in _TYPES:
        raise Refusal(234001, "invalid file_type")
    name = call.body.get("file_name")
    if not name:
        raise Refusal(234001, "file_name is required")
    data = _part(call, "file", FILE_BYTES)
    stored = Stored(call.app, "file_v3_" + uuid.uuid4().hex, str(name), data)
    call.feishu.files[stored.key] = stored
    return {"file_key": stored.key}


@api("POST", "im/v1/images")
async def create_image(call: Call) -> Answer:
    if call.body.get("image_type") not in {"message", "avatar"}:
        raise Refusal(234001, "invalid image_type")
    data = _part(call, "image", IMAGE_BYTES)
    stored = Stored(call.app, "img_v3_" + uuid.uuid4().hex, "", data)
    call.feishu.files[stored.key] = stored
    return {"image_key": stored.key}


def _part(call: Call, name: str, most: int) -> bytes:
    part = call.files.get(name)
    # A part without a filename is read as a plain field, and the file counts as missing.
    if part is None or part.filename is None:
        raise Refusal(234001, f"{name} is required")
    if not part.data:
        raise Refusal(234010)
    if len(part.data) > most:
        raise Refusal(234006)
    return part.data


@api("GET", "im/v1/files/{file_key}")
async def get(call: Call) -> Answer:
    return _own(call, call.path["file_key"])


@api("GET", "im/v1/images/{image_key}")
async def get_image(call: Call) -> Answer:
    return _own(call, call.path["image_key"])


@api("GET", "im/v1/messages/{message_id}/resources/{file_key}")
async def resource(call: Call) -> Answer:
    message = call.message()
    stored = call.feishu.files.get(call.path["file_key"])
    if stored is None or stored.key not in message.content:
        raise Refusal(234001, "file_key is not in the message")
    return _sent(stored)


def _own(call: Call, key: str) -> web.Response:
    stored = call.feishu.files.get(key)
    if stored is None:
        raise Refusal(234001, "invalid key")
    if stored.app is not call.app:
        raise Refusal(234008)
    return _sent(stored)


def _sent(stored: Stored) -> web.Response:
    headers = {"Content-Disposition": 'attachment; filename="file"'}
    return web.Response(body=stored.data, content_type="application/octet-stream", headers=headers)
