"""What the Web API answers instead of what was asked for."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """`{"ok": false, "error": code}` with whatever else belongs to it."""

    def __init__(self, code: str, *messages: str, **more: Any) -> None:
        super().__init__(code, *messages)
        self.code = code
        self.more = more
        if messages:
            self.more["response_metadata"] = {"messages": [f"[ERROR] {text}" for text in messages]}

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.more}
