"""The templates of checkpoints, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.i18n import plain
from bot.core.text import Reader, t, tn
from bot.features.decisions.templates import TEMPLATES


def listed(reader: Reader) -> Iterator[str]:
    """Each template, and below it its checkpoints: when, what, and what must be at hand."""
    for template in TEMPLATES:
        yield f"{template.name}  {plain(template.title, reader)}"
        for each in template.checkpoints:
            day = tn("after {n} day", "after {n} days", each.days) if each.days else t("at once")
            yield (
                f"  {plain(each.title, reader)} ({plain(day, reader)}): "
                f"{plain(each.evidence, reader)}"
            )
