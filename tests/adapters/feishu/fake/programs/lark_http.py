"""Walks through the APIs with lark-oapi's client; prints a JSON line for each step."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import lark_oapi as lark
from lark_oapi.api.contact.v3 import GetUserRequest
from lark_oapi.api.docx.v1 import (
    Block,
    CreateDocumentBlockChildrenRequest,
    CreateDocumentBlockChildrenRequestBody,
    CreateDocumentRequest,
    CreateDocumentRequestBody,
    RawContentDocumentRequest,
    Text,
    TextElement,
    TextRun,
)
from lark_oapi.api.im.v1 import (
    CreateChatMembersRequest,
    CreateChatMembersRequestBody,
    CreateChatRequest,
    CreateChatRequestBody,
    CreateFileRequest,
    CreateFileRequestBody,
    CreateMessageRequest,
    CreateMessageRequestBody,
    CreatePinRequest,
    GetChatMembersRequest,
    GetChatRequest,
    PatchMessageRequest,
    PatchMessageRequestBody,
    Pin,
)


def told(step: str, answer: Any, **more: Any) -> Any:
    """Print how a step ended."""
    print(json.dumps({"step": step, "code": answer.code, "msg": answer.msg, **more}), flush=True)
    return getattr(answer, "data", None)


def card(text: str) -> str:
    element = {"tag": "markdown", "content": text}
    return json.dumps({"schema": "2.0", "body": {"elements": [element]}})


def send(client: Any, chat: str, msg_type: str, content: str) -> Any:
    body = (
        CreateMessageRequestBody.builder()
        .receive_id(chat).msg_type(msg_type).content(content).uuid(f"u-{msg_type}").build()
    )  # fmt: skip
    request = CreateMessageRequest.builder().receive_id_type("chat_id").request_body(body).build()
    return client.im.v1.message.create(request)


def rooms(client: Any, person: str) -> None:
    body = CreateChatRequestBody.builder().name("支付超时").build()
    made = client.im.v1.chat.create(
        CreateChatRequest.builder().uuid("u1").request_body(body).build()
    )
    chat = told("create", made).chat_id
    members = CreateChatMembersRequestBody.builder().id_list([person]).build()
    added = client.im.v1.chat_members.create(
        CreateChatMembersRequest.builder()
        .chat_id(chat).member_id_type("open_id").succeed_type(1).request_body(members).build()
    )  # fmt: skip
    told("add", added)
    got = client.im.v1.chat.get(GetChatRequest.builder().chat_id(chat).build())
    told("chat", got, name=got.data.name)
    listed = client.im.v1.chat_members.get(GetChatMembersRequest.builder().chat_id(chat).build())
    told("members", listed, names=[each.name for each in listed.data.items])


def messages(client: Any, group: str) -> None:
    sent = told("send", send(client, group, "interactive", card("一")))
    body = PatchMessageRequestBody.builder().content(card("二")).build()
    patch = PatchMessageRequest.builder().message_id(sent.message_id).request_body(body).build()
    told("patch", client.im.v1.message.patch(patch))
    pin = CreatePinRequest.builder().request_body(Pin.builder().message_id(sent.message_id).build())
    told("pin", client.im.v1.pin.create(pin.build()))
    upload = (
        CreateFileRequestBody.builder()
        .file_type("stream").file_name("log.md")
        .file(("log.md", io.BytesIO(b"# log"), "text/markdown")).build()
    )  # fmt: skip
    stored = client.im.v1.file.create(CreateFileRequest.builder().request_body(upload).build())
    key = told("upload", stored).file_key
    told("file", send(client, group, "file", json.dumps({"file_key": key})))
    bad = send(client, "oc_nowhere", "text", "{}")
    told("refused", bad, status=bad.raw.status_code, log_id=bad.get_log_id())


def documents(client: Any) -> None:
    body = CreateDocumentRequestBody.builder().title("决定").build()
    made = client.docx.v1.document.create(
        CreateDocumentRequest.builder().request_body(body).build()
    )
    document = told("create_document", made).document.document_id
    run = TextRun.builder().content("回滚").build()
    text = Text.builder().elements([TextElement.builder().text_run(run).build()]).build()
    block = Block.builder().block_type(2).text(text).build()
    children = CreateDocumentBlockChildrenRequestBody.builder().children([block]).build()
    told("children", client.docx.v1.document_block_children.create(
        CreateDocumentBlockChildrenRequest.builder()
        .document_id(document).block_id(document).request_body(children).build()
    ))  # fmt: skip
    raw = client.docx.v1.document.raw_content(
        RawContentDocumentRequest.builder().document_id(document).build()
    )
    told("document", raw, words=raw.data.content)


def main() -> None:
    domain, app_id, secret, group, person = sys.argv[1:]
    client = lark.Client.builder().domain(domain).app_id(app_id).app_secret(secret).build()
    rooms(client, person)
    messages(client, group)
    user = client.contact.v3.user.get(
        GetUserRequest.builder().user_id(person).user_id_type("open_id").build()
    )
    told("user", user, leader=user.data.user.leader_user_id)
    documents(client)


main()
