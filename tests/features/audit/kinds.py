"""Which kinds of lines the code writes into the timeline, as far as they stand there in words."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def recorded() -> set[str]:
    text = "\n".join(file.read_text("utf-8") for file in (ROOT / "bot").rglob("*.py"))
    said = re.findall(r'(?:record|Record)\(\s*f?"([a-z_]+\.[a-z_]*)', text)
    return {*said, *re.findall(r'^RECORDED = "([a-z_.]+)"', text, re.MULTILINE)}
