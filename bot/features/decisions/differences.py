"""The difference between what a text said and what it says now, as lines to read."""

from __future__ import annotations

from difflib import SequenceMatcher

#: Lines that did not change, beside those that did.
_AROUND = 1
#: Longer texts are shown one after the other: to compare them takes too long, and to read it too.
_MOST_LINES = 2000


def difference(before: str | None, after: str | None) -> str:
    """Lines with "- " are gone, with "+ " are new, with "  " are as they were, "…" are left out."""
    old, new = (before or "").splitlines(), (after or "").splitlines()
    if len(old) + len(new) > _MOST_LINES:
        return "\n".join([*(f"- {line}" for line in old), *(f"+ {line}" for line in new)])
    found: list[str] = []
    groups = list(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND))
    for number, group in enumerate(groups):
        if number or group[0][1] > 0:
            found.append("…")
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                found += [f"  {line}" for line in old[old_start:old_end]]
                continue
            found += [f"- {line}" for line in old[old_start:old_end]]
            found += [f"+ {line}" for line in new[new_start:new_end]]
    return "\n".join(found)
