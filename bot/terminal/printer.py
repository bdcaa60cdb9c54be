"""Where the output of `muster chat` goes: lines for people, coloured on a terminal, or JSON."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from bot.core.chat import Tone
from bot.core.i18n import plain
from bot.core.text import Code, Msg, Reader, t
from bot.terminal.show import Teller, as_json
from bot.terminal.stage import Deed, Kind

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

#: What would move the cursor, ring the bell or turn the text around.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: Lines of a file that are shown here.
_MOST = 40
_STYLES = {
    Tone.NEUTRAL: "bold",
    Tone.INFO: "bold bright_blue",
    Tone.GOOD: "bold green",
    Tone.WARNING: "bold yellow",
    Tone.DANGER: "bold red",
    Tone.DONE: "bold bright_black",
}


class Printer(Protocol):
    """Shows what happens."""

    def deed(self, deed: Deed, line: int | None) -> None:
        """Something that Muster did, because of the line with that number."""

    def note(self, text: Msg) -> None:
        """Something else that is good to know."""


class JsonPrinter:
    """One JSON object a line for everything that Muster does, and nothing else."""

    def __init__(self, out: TextIO, teller: Teller, files: Path | None = None) -> None:
        self._out = out
        self._teller = teller
        self._files = files

    def deed(self, deed: Deed, line: int | None) -> None:
        path = _saved(deed, self._teller, self._files)
        values = as_json(deed, self._teller, line, path)
        self._out.write(json.dumps(values, ensure_ascii=False) + "\n")
        self._out.flush()

    def note(self, text: Msg) -> None:
        """Not shown: it is nothing that Muster did."""


class TextPrinter:
    """Lines that say where, then what: `#general | Payment timeouts`."""

    def __init__(
        self, out: TextIO, teller: Teller, reader: Reader, files: Path | None = None
    ) -> None:
        self._out = out
        self._teller = teller
        self._reader = reader
        self._files = files
        self._console = _console(out)
        #: What each message said when it was last shown: of an update only the news is shown.
        self._shown: dict[str, list[str]] = {}

    def deed(self, deed: Deed, line: int | None) -> None:  # noqa: ARG002  people see the order
        lines = [each for text in self._teller.lines(deed) for each in text.splitlines() or [""]]
        before: list[str] = []
        if deed.message is not None and deed.kind is not Kind.PINNED:
            before = self._shown.get(deed.message.id, [])
            self._shown[deed.message.id] = lines
        mark = "~" if deed.kind is Kind.UPDATED else "|"
        news = [each for each in lines[1:] if each not in before]
        for position, text in enumerate([*lines[:1], *news]):
            self._write(self._place(deed), mark, text, _style(deed) if position == 0 else "")
        if deed.kind is Kind.FILE:
            self._file(deed)
        if deed.form is not None and deed.to is not None:
            fields = "; ".join(f"{field.name}: …" for field in deed.form.fields)
            example = Code(f"{deed.to.name}: {{{fields}}}")
            self.note(t("Fill it in like this: {example}", example=example))

    def _place(self, deed: Deed) -> str:
        if deed.channel.direct_with is not None:
            return f"@{deed.to.name}" if deed.to else "@"
        place = f"#{deed.channel.name}"
        if deed.to is None:
            return place
        return f"{place} ({self._say(t('only {name}', name=deed.to.name))})"

    def _file(self, deed: Deed) -> None:
        assert deed.message is not None
        assert deed.message.file is not None
        file, text = deed.message.file, self._teller.file_text(deed)
        said = t("{file}, {size} bytes", file=file.name, size=file.size)
        path = _saved(deed, self._teller, self._files)
        if path is not None:
            said = t("{file}, saved as {path}", file=said, path=str(path))
            text = None
        self._write(self._place(deed), "|", f"[{self._say(said)}]", "cyan")
        lines = text.splitlines() if text else []
        for each in lines[:_MOST]:
            self._write(self._place(deed), "|", f"    {each}", "")
        if len(lines) > _MOST:
            self._write(self._place(deed), "|", "    …", "")

    def note(self, text: Msg) -> None:
        """Marked with an asterisk."""
        self._write("*", "", self._say(text), "dim")

    def _say(self, text: Msg) -> str:
        return plain(text, self._reader)

    def _write(self, place: str, mark: str, text: str, style: str) -> None:
        text, place = _UNSEEN.sub("\ufffd", text), _UNSEEN.sub("\ufffd", place)
        if self._console is None:
            self._out.write(f"{place} {mark} {text}\n" if mark else f"{place} {text}\n")
            self._out.flush()
            return
        self._console.print(_coloured(f"{place} {mark}".rstrip(), text, style), soft_wrap=True)


def _coloured(place: str, text: str, style: str) -> Text:
    """A line in its style, whatever can be pressed in it set off."""
    from rich.text import Text  # noqa: PLC0415  only on a terminal

    shown = Text(text, style)
    shown.highlight_regex(r"(?<!\S)\[[^\[\]]+\]", "cyan")
    return Text.assemble((f"{place} ", "dim cyan"), shown)


def _style(deed: Deed) -> str:
    if deed.form is not None:
        return "bold magenta"
    if deed.message is not None and deed.message.card is not None:
        return "" if deed.kind is Kind.PINNED else _STYLES[deed.message.card.tone]
    return ""


def _console(out: TextIO) -> Console | None:
    """A console where there is a terminal."""
    if not out.isatty():
        return None
    from rich.console import Console  # noqa: PLC0415  only on a terminal

    return Console(file=out, highlight=False, markup=False, emoji=False)


def _saved(deed: Deed, teller: Teller, folder: Path | None) -> Path | None:
    """Where the file of a deed was put; None if it has none, or there is no folder for it.

    It is called as Muster calls it, with a number where there is one of that name already.
    """
    if folder is None or deed.kind is not Kind.FILE or deed.message is None:
        return None
    assert deed.message.file is not None
    folder.mkdir(parents=True, exist_ok=True)
    wanted = Path(deed.message.file.name).name or "file"
    path, count = folder / wanted, 1
    while path.exists():
        count += 1
        path = folder / f"{Path(wanted).stem}-{count}{Path(wanted).suffix}"
    path.write_bytes(teller.content(deed))
    return path


def complain(number: int | None, text: str) -> None:
    """Say on standard error what is wrong with a line."""
    sys.stdout.flush()
    sys.stderr.write(f"line {number}: {text}\n" if number else f"{text}\n")
    sys.stderr.flush()
