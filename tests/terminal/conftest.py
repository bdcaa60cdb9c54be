"""A story told to `muster chat`, and what it shows."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from bot.terminal.chat import Options, chat
from bot.terminal.lines import Lines


@dataclass
class Told:
    """What came of a story."""

    understood: bool
    output: str
    complaints: str

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()

    @property
    def deeds(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [deed for deed in self.deeds if deed["kind"] == kind]


Tell = Callable[..., Told]


@pytest.fixture
def tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Tell a story, of one line an argument."""

    def told(*lines: str, lang: str = "en", zone: str = "UTC", **options: Any) -> Told:
        story, out = tmp_path / "story", io.StringIO()
        story.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        home = tmp_path / "home"
        settings = Settings.without_file(home=home, language=lang, timezone=zone)
        with story.open("rb") as opened:
            understood = chat(Lines(opened.fileno()), Options(**options), settings, out)
        return Told(understood, out.getvalue(), capsys.readouterr().err)

    return told
