"""`muster chat`: the playground in a terminal and in scripts.

    lines.py     where the lines come from
    script.py    a line → what is meant by it
    session.py   does it, in a town of its own with a clock of its own
    stage.py     notices whatever Muster does there
    show.py      shows that, as text or as JSON
    chat.py      all of it together

docs/chat.md describes the lines, and the JSON.
"""
