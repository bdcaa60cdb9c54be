"""What people see: messages, their words, their buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.messages import Message

if TYPE_CHECKING:
    from tests.fakes.slack.channels import Channel
    from tests.fakes.slack.workspace import Workspace

LINK = re.compile(r"<([^<>]*)>")
#: *bold*, _italic_, ~struck~ and `code` around words.
STYLE = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)([^\n]*?\S)\1(?![\w*_~`])")


def shown_text(team: Workspace, text: str) -> str:
    """Mrkdwn as it reads: mentions as @name, dates as their fallback, links as their label."""

    def replaced(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith("@"):
            user = team.users.get(target[1:])
            return f"@{user.display_name}" if user else f"@{label or target[1:]}"
        if target.startswith("#"):
            channel = team.channels.get(target[1:])
            return f"#{channel.name}" if channel else f"#{label or target[1:]}"
        if target.startswith("!subteam^"):
            group = team.groups.get(target.removeprefix("!subteam^"))
            return f"@{group.handle}" if group else label
        if target.startswith("!date^"):
            return label
        if target.startswith("!"):
            return f"@{label or target[1:]}"
        return label or target

    styled = text
    while (plain := STYLE.sub(r"\2", styled)) != styled:
        styled = plain
    return unescaped(LINK.sub(replaced, styled))


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def block_words(team: Workspace, blocks: list[dict[str, Any]]) -> list[str]:
    """Every visible text in blocks, in order."""
    return [words for block in blocks for words in _words(team, block)]


def _words(team: Workspace, part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _words(team, one)
        return
    if not isinstance(part, dict):
        return
    match part.get("type"):
        case "mrkdwn" | "markdown":
            yield shown_text(team, str(part["text"]))
        case "plain_text":
            yield str(part["text"])
        case "raw_text":
            yield str(part.get("text", ""))
        case "rich_text_section" | "rich_text_preformatted" | "rich_text_quote":
            yield "".join(_rich(team, one) for one in part.get("elements", []))
        case "image":
            yield str(part.get("alt_text", ""))
        case _:
            for key in ("title", "text", "label", "elements", "fields", "rows", "accessory",
                        "element", "placeholder", "options", "option_groups", "hint"):  # fmt: skip
                yield from _words(team, part.get(key))


def _rich(team: Workspace, piece: dict[str, Any]) -> str:  # noqa: PLR0911  one for each kind
    match piece.get("type"):
        case "user":
            return shown_text(team, f"<@{piece['user_id']}>")
        case "channel":
            return shown_text(team, f"<#{piece['channel_id']}>")
        case "usergroup":
            return shown_text(team, f"<!subteam^{piece['usergroup_id']}>")
        case "broadcast":
            return f"@{piece['range']}"
        case "emoji":
            return f":{piece['name']}:"
        case "date":
            return str(piece.get("fallback", ""))
        case "link":
            return str(piece.get("text") or piece["url"])
        case _:
            return str(piece.get("text", ""))


@dataclass(frozen=True, eq=False)
class Press:
    """Something that can be pressed or picked: a button, or one option of a menu."""

    block: dict[str, Any]
    element: dict[str, Any]
    option: dict[str, Any] | None = None

    @property
    def confirm(self) -> dict[str, Any] | None:
        found = (self.option or {}).get("confirm") or self.element.get("confirm")
        return found if isinstance(found, dict) else None


def presses_of(blocks: list[dict[str, Any]]) -> dict[str, Press]:
    """What can be pressed, by what it reads; the first of those that read the same."""
    found: dict[str, Press] = {}
    for block in blocks:
        inner = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
        for element in inner:
            if not isinstance(element, dict) or "action_id" not in element:
                continue
            if element["type"] in ("button", "workflow_button"):
                found.setdefault(element["text"]["text"], Press(block, element))
            for option in options_of(element):
                found.setdefault(option["text"]["text"], Press(block, element, option))
    return found


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """The options of a choice, grouped or not."""
    groups = element.get("option_groups") or [element]
    return [option for group in groups for option in group.get("options") or []]


class Seen:
    """A message as one person sees it; it changes when the message does."""

    def __init__(self, team: Workspace, channel: Channel, message: Message) -> None:
        self.team, self.channel, self.message = team, channel, message

    def __repr__(self) -> str:
        kind = "only for me: " if self.is_ephemeral else ""
        return f"<{self.channel} {self.by}: {kind}{self.words!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and other.message is self.message

    def __hash__(self) -> int:
        return id(self.message)

    @property
    def ts(self) -> str:
        return self.message.ts

    @property
    def thread(self) -> str:
        """The ts of the thread's first message if this is a reply, else empty."""
        return self.message.thread_ts if self.message.is_reply else ""

    @property
    def text(self) -> str:
        return self.message.text

    @property
    def blocks(self) -> list[dict[str, Any]]:
        inner = [block for one in self.message.attachments for block in one.get("blocks", [])]
        return self.message.blocks + inner

    @property
    def by(self) -> str:
        """The display name of who wrote it."""
        user = self.team.users.get(self.message.user)
        return user.display_name if user else self.message.user

    @property
    def words(self) -> str:
        """All visible text, a line for each piece. Blocks hide the message's own text."""
        if not self.blocks:
            lines = [shown_text(self.team, self.text)]
        else:
            lines = block_words(self.team, self.blocks)
        lines += [f"[{file['title']}]" for file in self.message.files]
        return "\n".join(lines)

    @property
    def buttons(self) -> dict[str, Press]:
        return presses_of(self.blocks)

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.message.seen_by)

    @property
    def is_deleted(self) -> bool:
        return self.message.is_deleted

    @property
    def is_edited(self) -> bool:
        return self.message.edited is not None

    @property
    def is_pinned(self) -> bool:
        return self.ts in self.channel.pins

    @property
    def reactions(self) -> dict[str, list[str]]:
        """Emoji → display names."""
        return {
            emoji: [self.team.users[user].display_name for user in users]
            for emoji, users in self.message.reactions.items()
        }

    @property
    def metadata(self) -> dict[str, Any] | None:
        return self.message.metadata

    @property
    def files(self) -> dict[str, bytes]:
        """File name → its content."""
        contents = self.team.slack.uploads.contents
        return {file["name"]: contents[file["id"]] for file in self.message.files}
