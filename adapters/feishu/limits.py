"""What a card may weigh.

Sources, all pages of open.feishu.cn: "卡片 JSON 2.0 结构" (200 elements and components), "表格"
(5 tables), "图表" (5 charts are advised), "输入框" (1,000 characters), "按钮" (100 characters),
"发送消息" (the body of a request with a card: 30 KB).
"""

from __future__ import annotations

import json
import re
from typing import Any

#: JSON values of a card.
Node = dict[str, Any]

#: The documented 30 KB are counted over the body of the request, in which the card is a text again;
#: what else is in it (receiver, uuid, field names) gets the difference.
CARD_BYTES = 30_000 - 600
COMPONENTS = 200
TABLES = 5
CHARTS = 5
TABLE_ROWS_A_PAGE = 10
INPUT_CHARACTERS = 1_000
LABEL_CHARACTERS = 100
#: Four lines of a header, which is all that it shows.
TITLE_CHARACTERS = 100

_HALF = re.compile("[\ud800-\udfff]")


def packed(card: Node) -> str:
    """`card` as the text that goes into a message's `content`."""
    return json.dumps(card, ensure_ascii=False, separators=(",", ":"))


def weight(node: Any) -> int:
    """The bytes that `node` takes in the body of a request, quoted once more inside it.

    Counted with a space after each comma and colon, so that it holds however it is written.
    """
    written = json.dumps(json.dumps(node, ensure_ascii=False), ensure_ascii=False)
    return len(written.encode("utf-8", "surrogatepass")) - 2


def components(node: Any) -> int:
    """How many elements and components `node` is: whatever in it has a tag."""
    match node:
        case dict():
            inside = sum(components(each) for key, each in node.items() if key != "chart_spec")
            return inside + ("tag" in node)
        case list():
            return sum(components(each) for each in node)
        case _:
            return 0


def writable(node: Any) -> Any:
    """JSON values, U+FFFD for what cannot be written as UTF-8."""
    match node:
        case str():
            return _HALF.sub("\ufffd", node)
        case dict():
            return {writable(str(key)): writable(each) for key, each in node.items()}
        case list() | tuple():
            return [writable(each) for each in node]
        case _:
            return node
