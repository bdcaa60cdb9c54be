"""Everything /api/ knows; importing this registers it."""

from tests.fakes.slack.methods import (
    auth,
    bookmarks,
    canvases,
    chat,
    conversations,
    files,
    history,
    membership,
    pins,
    reactions,
    schedule,
    users,
    views,
)

__all__ = [
    "auth",
    "bookmarks",
    "canvases",
    "chat",
    "conversations",
    "files",
    "history",
    "membership",
    "pins",
    "reactions",
    "schedule",
    "users",
    "views",
]
