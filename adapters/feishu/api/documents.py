"""Files and documents: uploaded, written, shared. im/v1, docx/v1, drive/v1."""

from __future__ import annotations

from typing import Literal

from adapters.feishu import pace
from adapters.feishu.client import FeishuClient, Json, Upload, part

DOCUMENTS = "/open-apis/docx/v1/documents"
#: The largest file that can be sent, in bytes; an empty one cannot.
LARGEST_FILE = 30_000_000
#: Blocks that one call may add below one block, or all in all below it.
MOST_CHILDREN = 50
MOST_DESCENDANTS = 1000

MemberType = Literal["openid", "openchat", "email"]
Permission = Literal["view", "edit", "full_access"]


async def upload_file(
    client: FeishuClient, filename: str, content: bytes, *, kind: str = "stream"
) -> str:
    """Upload a file for a message of kind "file"; its file_key. `kind` may be pdf or xls."""
    file = Upload("file", filename, content)
    body = {"file_type": kind, "file_name": filename}
    data = await client.call("POST", "/open-apis/im/v1/files", body=body, files=(file,))
    return str(data["file_key"])


async def create(client: FeishuClient, title: str, *, folder: str | None = None) -> str:
    """Make an empty document, owned by the app; its id. Not idempotent: note the id at once."""
    body = {"title": title} if folder is None else {"title": title, "folder_token": folder}
    data = await client.call("POST", DOCUMENTS, body=body, limits=pace.on_documents())
    return str(data["document"]["document_id"])


async def convert(client: FeishuClient, markdown: str) -> Json:
    """Markdown as blocks: first_level_block_ids and blocks, for `add_descendants`."""
    body = {"content_type": "markdown", "content": markdown}
    path = f"{DOCUMENTS}/blocks/convert"
    return await client.call("POST", path, body=body, limits=pace.on_documents())


async def add_children(
    client: FeishuClient,
    document: str,
    children: list[Json],
    *,
    uuid: str | None = None,
    block: str | None = None,
    index: int = -1,
) -> Json:
    """Add at most fifty blocks to a block, by default the document itself; -1 is its end.

    `uuid` (a UUID) makes the call idempotent.
    """
    path = f"{DOCUMENTS}/{part(document)}/blocks/{part(block or document)}/children"
    body = {"children": children, "index": index}
    query = {"client_token": uuid}
    limits = pace.on_documents(document)
    return await client.call("POST", path, query=query, body=body, limits=limits)


async def add_descendants(
    client: FeishuClient,
    document: str,
    first_level: list[str],
    blocks: list[Json],
    *,
    uuid: str | None = None,
    index: int = -1,
) -> Json:
    """Add what `convert` made, nesting and tables included; at most 1,000 blocks.

    What only answers carry (`parent_id`, a table's `merge_info`) is left out: it is refused.
    """
    path = f"{DOCUMENTS}/{part(document)}/blocks/{part(document)}/descendant"
    bare = [_bare(block) for block in blocks]
    body = {"children_id": first_level, "descendants": bare, "index": index}
    query = {"client_token": uuid}
    limits = pace.on_documents(document)
    return await client.call("POST", path, query=query, body=body, limits=limits)


def _bare(block: Json) -> Json:
    bare = {name: value for name, value in block.items() if name != "parent_id"}
    table = bare.get("table")
    if isinstance(table, dict) and isinstance(table.get("property"), dict):
        kept = {name: value for name, value in table["property"].items() if name != "merge_info"}
        bare["table"] = {**table, "property": kept}
    return bare


async def share(
    client: FeishuClient,
    document: str,
    member: str,
    *,
    member_type: MemberType = "openchat",
    permission: Permission = "view",
) -> None:
    """Let a group (by default) or a person into a document of ours; harmless if they are in."""
    body = {
        "member_type": member_type,
        "member_id": member,
        "perm": permission,
        "type": "chat" if member_type == "openchat" else "user",
    }
    path = f"/open-apis/drive/v1/permissions/{part(document)}/members"
    query = {"type": "docx", "need_notification": False}
    await client.call("POST", path, query=query, body=body, limits=pace.on_documents())
