"""Decisions: what was decided, why, by whom, instead of what; listed, and exported as a file.

`/decide` records one where it is made. It is shown to the room, kept on its summary card and its
timeline, and exported as Markdown, CSV or JSON. Nobody sees a decision of a private room that is
not theirs, in lists or in files.
"""

from __future__ import annotations

from bot.core.chat import Block, Button
from bot.core.events import CaptureWithdrawn, ChannelMoved, RoomActions, RoomClosed, RoomSections
from bot.feature import Feature
from bot.features.decisions import actions, cards, commands, exports, log, sources, steps, tables
from bot.features.rooms import queries as rooms
from storage.tx import Tx


def _section(question: RoomSections, tx: Tx) -> tuple[Block, ...]:
    return cards.section(tx, question.room)


def _buttons(question: RoomActions, tx: Tx) -> tuple[Button, ...]:
    room = tx.get(rooms.Room, question.room)
    return (cards.record_button(room.number),) if room else ()


FEATURE = Feature(
    name="decisions",
    commands={
        commands.RecordDecision: actions.record_decision,
        commands.ListDecisions: actions.list_decisions,
        commands.ExportDecisions: log.export_decisions,
        steps.ExportSent: log.export_sent,
        steps.Bookmarked: log.bookmarked,
    },
    reactions={
        CaptureWithdrawn: sources.withdraw_decision,
        ChannelMoved: sources.follow_moving,
        RoomClosed: log.send_log,
    },
    answers={RoomSections: _section, RoomActions: _buttons},
    exports={"decisions": exports.export},
    tables=(tables.Decision, tables.Log),
)
