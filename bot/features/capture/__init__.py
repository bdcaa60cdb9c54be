"""Capture: an emoji on a message makes something of it, and taking the emoji back undoes that.

Which emoji makes what, the commands say (`Spec.emoji`), and a workspace may choose more of them. In
the channel of a war room the message is read, as it stands then, and the command is carried out as
whoever put the emoji there; what is refused they are told. Several people with the same emoji make
one thing, which lasts for as long as one of them leaves the emoji there.
"""

from __future__ import annotations

from bot.core.events import ChannelMoved, Reacted
from bot.feature import Feature
from bot.features.capture import actions, commands, emoji, steps, tables

FEATURE = Feature(
    name="capture",
    commands={
        commands.ChooseEmoji: emoji.choose_emoji,
        steps.MessageRead: actions.message_read,
        steps.CaptureRefused: actions.capture_refused,
    },
    reactions={Reacted: actions.follow_reaction, ChannelMoved: actions.follow_moving},
    tables=(tables.Capture,),
)
