"""Every setting is documented where people look for it, with the default that it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
FIELDS = {variable: field for field, variable in Settings.variables().items()}
NAMES = list(FIELDS)
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_in_the_example(name: str) -> None:
    assert re.search(rf"^#? ?{name}=", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_on_its_page(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def test_the_example_and_the_page_know_no_other() -> None:
    assert set(re.findall(r"^#? ?([A-Z]+_\w+)=", EXAMPLE, re.MULTILINE)) <= set(NAMES)
    assert set(re.findall(r"^\| `([A-Z]+_\w+)`", PAGE, re.MULTILINE)) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_default_is_the_one_that_is_documented(name: str) -> None:
    default = Settings.model_fields[FIELDS[name]].default
    default = "[]" if default == () else str(default)  # as JSON, which it is set to
    row = re.search(rf"^\| `{name}` \| `([^`]+)` \|", PAGE, re.MULTILINE)
    if row is not None and not row[1].startswith("~"):  # a folder is made, not given
        assert row[1] == default


def test_the_values_of_the_example_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / ".env"
    file.write_text(re.sub(r"^# ?(?=[A-Z]+_\w+=)", "", EXAMPLE, flags=re.MULTILINE), "utf-8")
    read = Settings(_env_file=file)  # type: ignore[call-arg]  # pydantic-settings' own
    assert read == Settings.without_file()
    filled = re.findall(r"^#? ?([A-Z]+_\w+)=\S", EXAMPLE, re.MULTILINE)  # an empty one is not set
    assert read.model_fields_set == {FIELDS[name] for name in filled}
