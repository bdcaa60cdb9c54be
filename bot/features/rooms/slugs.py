"""Names of channels: a-z, 0-9 and dashes, made from the room's key and title."""

from __future__ import annotations

import os
import re
import unicodedata

#: What Slack takes; Feishu has no such limit.
LONGEST = 80


def channel_name(key: str, title: str, tries: int = 1) -> str:
    """A channel's name: the key, then the title in Latin letters, Chinese as pinyin.

    `tries` counts up when a name is taken. The key alone where nothing of the title is left.
    """
    suffix = "" if tries == 1 else f"-{tries}"
    slug = re.sub(r"[^a-z0-9]+", "-", _latin(title).lower()).strip("-")
    name = f"{key.lower()}-{slug}".rstrip("-")
    return name[: LONGEST - len(suffix)].rstrip("-") + suffix


def _latin(title: str) -> str:
    text = unicodedata.normalize("NFKD", title)
    text = "".join(char for char in text if not unicodedata.combining(char))
    if text.isascii():
        return text
    # Without its dictionary of phrases, which a channel's name does not need, pypinyin takes
    # 20 MB less; it is loaded only when a title has Chinese in it.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return "-".join(lazy_pinyin(unicodedata.normalize("NFKC", title), errors="default"))
