"""What people wrote, in a file: harmless to the spreadsheet or the reader that opens it."""

from __future__ import annotations

import re

#: A cell that begins so would be run as a formula by a spreadsheet (OWASP, CSV injection); the last
#: four are the full-width ones, which some read alike.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: What begins a list, a heading or a rule in Markdown.
_AT_THE_START = re.compile(r"^(\d*)([-+=.)])")


def csv_cell(text: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def markdown_line(text: str) -> str:
    """Text on one line, its Markdown and HTML made harmless."""
    text = " ".join(text.split())
    for char in "\\`*_[]<>#|&~!":
        text = text.replace(char, f"\\{char}")
    return _AT_THE_START.sub(r"\1\\\2", text)


def markdown_quote(text: str) -> str:
    """Text of several lines, set apart."""
    return "\n".join(f"> {markdown_line(line)}" for line in text.splitlines())
