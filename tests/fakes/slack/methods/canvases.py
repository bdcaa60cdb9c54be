"""Canvases, as far as a bot writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.conversations import joined
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

#: Documented: a canvas takes 1 MiB of markdown.
SIZE = 1024 * 1024


def _markdown(document: Any) -> str:
    if document is None:
        return ""
    if not isinstance(document, dict) or document.get("type") != "markdown":
        raise SlackError("canvas_creation_failed", "document_content must be markdown")
    text = str(document.get("markdown", ""))
    if len(text.encode()) > SIZE:
        raise SlackError("canvas_creation_failed", "content too large")
    return text


@method("canvases.create", tier=2, scopes="canvases:write")
def create(slack: FakeSlack, call: Call) -> dict[str, Any]:
    document = call.parsed("document_content", "invalid_arguments")
    name = slack.ids.new("F")
    text = _markdown(document)
    call.workspace.canvases[name] = {"title": call.text("title"), "markdown": text}
    return {"canvas_id": name}


@method("conversations.canvases.create", tier=2, scopes="canvases:write", required="channel_id")
def create_for_channel(slack: FakeSlack, call: Call) -> dict[str, Any]:
    channel = joined(call, "channel_id")
    if channel.canvas:
        raise SlackError("channel_canvas_already_exists")
    channel.canvas = create(slack, call)["canvas_id"]
    return {"canvas_id": channel.canvas}


@method("canvases.edit", tier=3, scopes="canvases:write", required="canvas_id changes")
def edit(slack: FakeSlack, call: Call) -> dict[str, Any]:
    canvas = call.workspace.canvases.get(call.text("canvas_id"))
    if canvas is None:
        raise SlackError("canvas_not_found")
    for change in call.parsed("changes", "invalid_arguments") or []:
        text = _markdown(change.get("document_content"))
        match change.get("operation"):
            case "replace":
                canvas["markdown"] = text
            case "insert_at_end":
                canvas["markdown"] += "\n" + text
            case "insert_at_start":
                canvas["markdown"] = text + "\n" + canvas["markdown"]
            case "rename":
                canvas["title"] = str((change.get("title_content") or {}).get("markdown", ""))
            case other:
                raise SlackError("canvas_editing_failed", f"unknown operation: {other}")
    return {}


@method("canvases.delete", tier=3, scopes="canvases:write", required="canvas_id")
def delete(slack: FakeSlack, call: Call) -> dict[str, Any]:
    if call.workspace.canvases.pop(call.text("canvas_id"), None) is None:
        raise SlackError("canvas_not_found")
    return {}
