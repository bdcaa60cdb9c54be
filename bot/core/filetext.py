"""What people wrote, in a file: harmless to the spreadsheet or the reader that opens it."""

from __future__ import annotations

import re

#: A cell that begins so would be run as a formula by a spreadsheet (OWASP, CSV injection); the last
#: four are the full-width ones, which some read alike.
FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
#: What begins a list, a heading or a rule in Markdown.
_AT_THE_START = re.compile(r"^(\d*)([-+=.)])")


def csv_cell(text: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula; `from_csv_cell` undoes it.

    A text that looks as if that had been done to it gets one more apostrophe.
    """
    return f"'{text}" if text.lstrip("'")[:1] in FORMULA else text


def from_csv_cell(cell: str) -> str:
    """The text of which `csv_cell` made `cell`."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'")[:1] in FORMULA else cell


def markdown_line(text: str) -> str:
    """Text on one line, its Markdown and HTML made harmless."""
    text = " ".join(text.split())
    for char in "\\`*_[]<>#|&~!":
        text = text.replace(char, f"\\{char}")
    return _AT_THE_START.sub(r"\1\\\2", text)


def markdown_quote(text: str) -> str:
    """Text of several lines, set apart."""
    return "\n".join(f"> {markdown_line(line)}" for line in text.splitlines())
