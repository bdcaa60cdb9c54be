"""The audit log: who changed what concerns everybody, and when.

It is the part of the timeline that is about looking after Muster: settings, administrators,
managers, policies, the calendar, exports, imports, redactions, installations, effects that were
tried again or given up. Nothing writes it twice, and nothing changes it. Administrators export it
in the chat, without what happened in private rooms that they are not in; whoever runs the machine
exports all of it with `muster audit export`.
"""

from __future__ import annotations

from bot.feature import Feature
from bot.features.audit import actions, commands, exports

FEATURE = Feature(
    name="audit",
    commands={commands.ExportAudit: actions.export_audit},
    exports={"audit": exports.export},
)
