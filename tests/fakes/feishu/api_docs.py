"""Documents (docx): blocks, Markdown conversion, who may read them."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.feishu.errors import Refusal, rate_limited
from tests.fakes.feishu.org import App
from tests.fakes.feishu.wire import Answer, Call, api

PER_SECOND = 3
#: block_type → the member that holds its content; the types that the fake knows.
BLOCKS = {
    1: "page", 2: "text", 3: "heading1", 4: "heading2", 5: "heading3", 6: "heading4", 7: "heading5",
    8: "heading6", 9: "heading7", 10: "heading8", 11: "heading9", 12: "bullet", 13: "ordered",
    14: "code", 15: "quote", 17: "todo", 19: "callout", 22: "divider", 27: "image", 31: "table",
    32: "table_cell", 34: "quote_container",
}  # fmt: skip
MOST_CHILDREN = 50
MOST_CELLS_SIDE = 9
_HEADING, _BULLET = re.compile(r"(#{1,6})\s+(.*)"), re.compile(r"[-*]\s+(.*)")


@dataclass(eq=False)
class Document:
    """A document; the page block has the document's own id."""

    app: App
    title: str
    id: str = field(default_factory=lambda: "doxcn" + secrets.token_hex(11))
    revision: int = 1
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: member id → perm
    members: dict[str, str] = field(default_factory=dict)
    public: dict[str, Any] = field(
        default_factory=lambda: {"link_share_entity": "closed", "external_access": False}
    )

    def __post_init__(self) -> None:
        page = {"elements": [{"text_run": {"content": self.title, "text_element_style": {}}}],
                "style": {}}  # fmt: skip
        self.blocks[self.id] = {
            "block_id": self.id, "block_type": 1, "parent_id": "", "children": [], "page": page,
        }  # fmt: skip

    def add(
        self, parent_id: str, block: dict[str, Any], index: int = -1, *, has_cells: bool = False
    ) -> dict[str, Any]:
        """Put a block under another; a table brings empty cells unless its own will follow."""
        parent = self.blocks.get(parent_id)
        if parent is None:
            raise Refusal(1770002)
        kind = block.get("block_type")
        if kind not in BLOCKS or kind == 1 or not isinstance(block.get(BLOCKS[kind], {}), dict):
            raise Refusal(1770001, f"block_type {kind}")
        made = {k: v for k, v in block.items() if k in {"block_type", BLOCKS[kind]}}
        made |= {"block_id": "doxcn" + secrets.token_hex(11), "parent_id": parent_id}
        self.blocks[made["block_id"]] = made
        children = parent.setdefault("children", [])
        children.insert(len(children) if index < 0 else index, made["block_id"])
        if kind == 31 and not has_cells:
            self._cells(made)
        return made

    def _cells(self, table: dict[str, Any]) -> None:
        """Each cell is a block that holds one empty text block."""
        given = table.get("table", {}).get("property", {})
        rows, columns = given.get("row_size", 0), given.get("column_size", 0)
        if not (1 <= rows <= MOST_CELLS_SIDE and 1 <= columns <= MOST_CELLS_SIDE):
            raise Refusal(1770001, f"a table is made with at most {MOST_CELLS_SIDE} rows, columns")
        cells = [self.add(table["block_id"], {"block_type": 32}) for _ in range(rows * columns)]
        for cell in cells:
            cell["table_cell"] = {}
            self.add(cell["block_id"], {"block_type": 2, "text": {"elements": []}})
        table["table"]["cells"] = [cell["block_id"] for cell in cells]

    def listed(self, block_id: str | None = None) -> list[dict[str, Any]]:
        """The blocks in reading order."""
        block = self.blocks[block_id or self.id]
        found = [block]
        for child in block.get("children", []):
            found += self.listed(child)
        return found

    @property
    def words(self) -> str:
        """The text, a line for each block that has some."""
        lines = []
        for block in self.listed():
            content = block.get(BLOCKS[block["block_type"]], {})
            runs = content.get("elements") or []
            lines.append("".join(run.get("text_run", {}).get("content", "") for run in runs))
        return "\n".join(line for line in lines if line)


@api("POST", "docx/v1/documents")
async def create(call: Call) -> Answer:
    _app_paced(call)
    title = str(call.body.get("title", ""))
    if len(title) > 800:
        raise Refusal(1770001, "title is too long")
    made = Document(call.app, title)
    call.feishu.documents[made.id] = made
    return {"document": {"document_id": made.id, "revision_id": 1, "title": title}}


def _app_paced(call: Call) -> None:
    if not call.feishu.limits.passes(("docx", call.app.id), PER_SECOND):
        raise rate_limited()


def _document(call: Call, *, writes: bool = False) -> Document:
    found = call.feishu.documents.get(call.path.get("document_id") or call.path.get("token", ""))
    if found is None:
        raise Refusal(1770002)
    if found.app is not call.app:
        raise Refusal(1770032)
    if writes:
        _app_paced(call)
        if not call.feishu.limits.passes(("docx", found.id), PER_SECOND):
            raise rate_limited(http=429)
    return found


@api("GET", "docx/v1/documents/{document_id}")
async def get(call: Call) -> Answer:
    found = _document(call)
    shown = {"document_id": found.id, "revision_id": found.revision, "title": found.title}
    return {"document": shown}


@api("GET", "docx/v1/documents/{document_id}/raw_content")
async def raw_content(call: Call) -> Answer:
    return {"content": _document(call).words + "\n"}


@api("GET", "docx/v1/documents/{document_id}/blocks")
async def blocks(call: Call) -> Answer:
    return call.page(_document(call).listed(), 500, 500)


@api("GET", "docx/v1/documents/{document_id}/blocks/{block_id}")
async def block(call: Call) -> Answer:
    found = _document(call).blocks.get(call.path["block_id"])
    if found is None:
        raise Refusal(1770002)
    return {"block": found}


@api("GET", "docx/v1/documents/{document_id}/blocks/{block_id}/children")
async def children(call: Call) -> Answer:
    document = _document(call)
    parent = document.blocks.get(call.path["block_id"])
    if parent is None:
        raise Refusal(1770002)
    return call.page([document.blocks[each] for each in parent.get("children", [])], 500, 500)


@api("POST", "docx/v1/documents/{document_id}/blocks/{block_id}/children")
async def add_children(call: Call) -> Answer:
    document = _document(call, writes=True)
    return added(call, document, "document_revision_id")


def added(call: Call, document: Document, revision: str) -> dict[str, Any]:
    """Add the blocks of the body under the block of the path."""
    token = call.query.get("client_token", "")
    key = (call.app.id, "blocks", token)
    if token and key in call.feishu.once:
        return dict(call.feishu.once[key][1])
    new = call.body.get("children")
    if not isinstance(new, list) or not 1 <= len(new) <= MOST_CHILDREN:
        raise Refusal(1770001, f"children must be 1 to {MOST_CHILDREN}")
    index = call.body.get("index", -1)
    made = []
    for at, each in enumerate(new):
        where = index + at if index >= 0 else -1
        made.append(document.add(call.path["block_id"], each, where))
    document.revision += 1
    call.feishu.stir()
    answer = {"children": made, "client_token": token or secrets.token_hex(16),
              revision: document.revision}  # fmt: skip
    if token:
        call.feishu.once[key] = (0.0, answer)
    return answer


@api("POST", "docx/v1/documents/{document_id}/blocks/{block_id}/descendant")
async def add_descendants(call: Call) -> Answer:
    """Nested blocks at once, with ids of the caller's making (as `convert` gives them)."""
    document = _document(call, writes=True)
    # The same client_token is the same call ("用于幂等的进行更新操作").
    token = call.query.get("client_token", "")
    key = (call.app.id, "descendant", token)
    if token and key in call.feishu.once:
        return dict(call.feishu.once[key][1])
    given = {each["block_id"]: each for each in call.body.get("descendants", [])}
    if not 1 <= len(given) <= 1000:
        raise Refusal(1770001, "descendants must be 1 to 1000")
    names: dict[str, str] = {}

    def put(parent: str, block_id: str) -> dict[str, Any]:
        if block_id not in given:
            raise Refusal(1770001, f"{block_id} is not among the descendants")
        made = document.add(parent, given[block_id], has_cells=True)
        names[block_id] = made["block_id"]
        for child in given[block_id].get("children", []):
            put(made["block_id"], child)
        if made["block_type"] == 31:
            made["table"]["cells"] = made.get("children", [])
        return made

    made = [put(call.path["block_id"], each) for each in call.body.get("children_id", [])]
    document.revision += 1
    call.feishu.stir()
    answer = {
        "children": made,
        "document_revision_id": document.revision,
        "client_token": token,
        "block_id_relations": [
            {"temporary_block_id": old, "block_id": new} for old, new in names.items()
        ],
    }
    if token:
        call.feishu.once[key] = (0.0, answer)
    return answer


@api("POST", "docx/v1/documents/blocks/convert")
async def convert(call: Call) -> Answer:
    """Markdown to blocks; headings, bullets and paragraphs are told apart, no more."""
    if call.body.get("content_type") not in {"markdown", "html"}:
        raise Refusal(1770001, "content_type must be markdown or html")
    made: list[dict[str, Any]] = []
    for line in call.text("content", 1770001).splitlines():
        if line.strip():
            made.append(_converted(line.strip(), f"block_{len(made) + 1}"))
    return {"first_level_block_ids": [each["block_id"] for each in made], "blocks": made}


def _converted(line: str, block_id: str) -> dict[str, Any]:
    if found := _HEADING.fullmatch(line):
        kind, text = 2 + len(found[1]), found[2]
    elif found := _BULLET.fullmatch(line):
        kind, text = 12, found[1]
    else:
        kind, text = 2, line
    runs: list[dict[str, Any]] = [{"text_run": {"content": text, "text_element_style": {}}}]
    return {"block_id": block_id, "parent_id": "", "block_type": kind, "children": [],
            BLOCKS[kind]: {"elements": runs, "style": {}}}  # fmt: skip


@api("POST", "drive/v1/permissions/{token}/members", msg="Success")
async def add_member(call: Call) -> Answer:
    document = _document(call)
    kind = call.query.get("type")
    member_type = call.body.get("member_type")
    if kind not in {"docx", "doc", "file", "sheet", "bitable", "wiki", "folder"}:
        raise Refusal(1063001, "type")
    if member_type not in {"openid", "openchat", "userid", "unionid", "email", "opendepartmentid"}:
        raise Refusal(1063001, "member_type")
    if call.body.get("perm") not in {"view", "edit", "full_access"}:
        raise Refusal(1063001, "perm")
    member = call.text("member_id", 1063001)
    chat = call.feishu.chats.get(member)
    if member_type == "openchat" and (chat is None or call.app not in chat.bots):
        raise Refusal(1063001, "member_id")
    if member_type == "openid" and call.tenant.find(member, call.app) is None:
        raise Refusal(1063001, "member_id")
    document.members[member] = call.body["perm"]
    names = ("member_type", "member_id", "perm", "perm_type", "type")
    return {"member": {k: call.body[k] for k in names if k in call.body}}


@api("PATCH", "drive/v1/permissions/{token}/public")
async def change_public(call: Call) -> Answer:
    document = _document(call)
    known = {"external_access", "security_entity", "comment_entity", "share_entity",
             "link_share_entity", "invite_external"}  # fmt: skip
    if not set(call.body) <= known:
        raise Refusal(1063001, json.dumps(sorted(set(call.body) - known)))
    document.public |= call.body
    return {"permission_public": document.public | {"lock_switch": False}}
