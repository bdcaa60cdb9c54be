"""Tables: the native component, and a table of markdown where no more of those are allowed.

A native table ("表格") knows no languages: its headers and cells are in the language of the
place, or in both. Where a whole column is of one kind it is typed: people with their faces,
instants in each reader's own time zone, numbers to the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.feishu.limits import TABLE_ROWS_A_PAGE, Node
from adapters.feishu.texts import Pen, is_user, markdown, translated, unmarked
from bot.core.chat import Table
from bot.core.i18n import BOTH_SEPARATOR, languages, plain
from bot.core.text import Inline, Language, Mention, Seq, When
from bot.core.words import clean


def table(shown: Table, pen: Pen) -> Node:
    """A native table. Only for the root of a card, at most five times."""
    kinds = [_kind([row[place] for row in shown.rows]) for place in range(len(shown.columns))]
    heads = [
        {
            "name": f"c{place}",
            "display_name": unmarked(" ".join(clean(plain(column, pen.reader)).split())),
            "data_type": kind,
            "width": "auto",
            "vertical_align": "top",
            **({"date_format": "YYYY-MM-DD HH:mm"} if kind == "date" else {}),
        }
        for place, (column, kind) in enumerate(zip(shown.columns, kinds, strict=True))
    ]
    rows = [
        {
            f"c{place}": _cell(cell, kind, pen)
            for place, (cell, kind) in enumerate(zip(row, kinds, strict=True))
        }
        for row in shown.rows
    ]
    return {
        "tag": "table",
        "page_size": max(1, min(len(rows), TABLE_ROWS_A_PAGE)),
        "row_height": "auto",
        "header_style": {"background_style": "grey", "bold": True, "lines": 2},
        "columns": heads,
        "rows": rows,
    }


def _kind(cells: Sequence[Inline]) -> str:
    """The `data_type` of a column."""
    if cells and all(_is_number(cell) for cell in cells):
        return "number"
    if cells and all(_people(cell) for cell in cells):
        return "persons"
    if cells and all(isinstance(cell, When) and cell.style == "datetime" for cell in cells):
        return "date"
    return "markdown"


def _is_number(cell: Inline) -> bool:
    # Neither infinity nor what is not a number can be said in JSON.
    return isinstance(cell, int | float) and cell - cell == 0


def _people(cell: Inline) -> list[str]:
    """The people in a cell that has nothing else in it, by their ids."""
    match cell:
        case Mention(user, _) if is_user(user):
            return [user]
        case Seq(values, _):
            found = [_people(each) for each in values]
            return [user for each in found for user in each] if all(found) else []
        case _:
            return []


def _cell(cell: Inline, kind: str, pen: Pen) -> Any:
    match kind, cell:
        case "number", _:
            return cell
        case "persons", _:
            return _people(cell)
        case "date", When(at):
            return int(at.timestamp() * 1000)
        case _:
            said = [markdown(cell, lang, pen) for lang in languages(pen.reader.lang)]
            return BOTH_SEPARATOR.join(dict.fromkeys(said))


def written(shown: Table, pen: Pen) -> Node:
    """A table in markdown ("富文本", 表格), each reader's language."""

    def cell(value: Inline, lang: Language) -> str:
        # The only bar that is no entity stands in code, and would end the cell there too.
        return markdown(value, lang, pen).replace("|", "\\|") or "&nbsp;"

    def draw(lang: Language) -> str:
        heads = [cell(column, lang) for column in shown.columns]
        rows = [[cell(each, lang) for each in row] for row in shown.rows]
        lines = [heads, ["---"] * len(heads), *rows]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    return {"tag": "markdown", **translated(draw, pen)}
