"""What comes in and goes out over HTTP: bodies, envelopes, headers."""

from __future__ import annotations

import json
import secrets
from typing import Any

from aiohttp import web

from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.wire import Upload


def log_id() -> dict[str, str]:
    return {"X-Tt-Logid": "20261123" + secrets.token_hex(13).upper()}


def refused(refusal: Refusal) -> web.Response:
    headers = log_id()
    error = {"log_id": headers["X-Tt-Logid"], **refusal.error}
    return web.json_response(
        {"code": refusal.code, "msg": refusal.msg, "error": error},
        status=refusal.http,
        headers=headers | refusal.headers,
    )


def lacking(scopes: list[str]) -> Refusal:
    listed = ", ".join(scopes)
    violations = [{"type": "action_scope_required", "subject": scope} for scope in scopes]
    why = f"One of the following scopes is required: [{listed}]."
    return Refusal(99991672, why, error={"permission_violations": violations})


def code_of(response: web.Response) -> int:
    if response.content_type != "application/json" or not response.text:
        return 0 if response.status == 200 else -1
    return int(json.loads(response.text).get("code", 0))


async def json_of(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    try:
        loaded = json.loads(text) if text else {}
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


async def body_of(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    if not request.content_type.startswith("multipart/"):
        return await json_of(request), {}
    body: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    form = await request.post()
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files[name] = Upload(value.filename, value.file.read())
        elif isinstance(value, bytes | bytearray):
            files[name] = Upload(None, bytes(value))
        else:
            body[name] = value
    return body, files
