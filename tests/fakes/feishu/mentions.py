"""What people type, with its @names made into mentions."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.feishu.chats import Chat, Member, Mention


def keyed(text: str, chat: Chat, mentions: list[Mention]) -> str:
    """The text with @names replaced by keys."""
    return _AtNames(chat, mentions).sub(text)


class _AtNames:
    def __init__(self, chat: Chat, mentions: list[Mention]) -> None:
        self.who: dict[str, Member] = {who.name: who for who in _everybody(chat)}
        self.mentions = mentions
        names = sorted(self.who, key=len, reverse=True)
        self.pattern = re.compile("@(" + "|".join(map(re.escape, names)) + ")") if names else None

    def key(self, name: str) -> str:
        who = self.who[name]
        for mention in self.mentions:
            if mention.who is who:
                return mention.key
        self.mentions.append(Mention(f"@_user_{len(self.mentions) + 1}", who))
        return self.mentions[-1].key

    def sub(self, text: str) -> str:
        return self.pattern.sub(lambda found: self.key(found[1]), text) if self.pattern else text


def rich(text: str, chat: Chat, mentions: list[Mention]) -> dict[str, Any]:
    """Rich text, one paragraph a line, as the event carries it."""
    names = _AtNames(chat, mentions)
    paragraphs = []
    for line in text.split("\n"):
        pieces: list[dict[str, Any]] = []
        split = names.pattern.split(line) if names.pattern else [line]
        for at, piece in enumerate(split):
            if at % 2:
                key = names.key(piece)
                pieces.append({"tag": "at", "user_id": key, "user_name": piece, "style": []})
            elif piece:
                pieces.append({"tag": "text", "text": piece, "style": []})
        paragraphs.append(pieces)
    return {"title": "", "content": paragraphs}


def _everybody(chat: Chat) -> list[Member]:
    everybody: list[Member] = [*chat.members, *chat.bots]
    return [who for who in everybody if who.name]
