"""The permissions that an administrator ticks for the app, and what each is for.

The README's table is made of them, `muster doctor` asks after them. Which call needs which: the
"权限要求" of its page at open.feishu.cn; any one of those listed there suffices, so `also` names
wider ones that do as well.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.core.text import Msg, t


@dataclass(frozen=True, slots=True)
class Scope:
    """One permission."""

    name: str
    #: What is possible with it.
    use: Msg
    #: Without it Muster is of no use; without any other it only does less.
    is_needed: bool = False
    #: Others that are as good.
    also: tuple[str, ...] = ()

    def is_among(self, granted: Collection[str]) -> bool:
        """Whether the app has it, or one as good."""
        return any(each in granted for each in (self.name, *self.also))


_CONTACTS = ("contact:contact:readonly", "contact:contact:readonly_as_app")
_CHAT = t("make groups, bring people in, keep their name and their tab up to date")
_DOCUMENT = t("write logs as documents, and share them with the group")
_SLASH = t("commands in the list that a slash opens")

SCOPES = (
    Scope(
        "im:message:send_as_bot",
        t("post, redraw and pin cards"),
        is_needed=True,
        also=("im:message",),
    ),
    Scope(
        "im:message.group_at_msg:readonly",
        t("hear who mentions it in a group"),
        is_needed=True,
        also=("im:message.group_at_msg", "im:message.group_msg", "im:message"),
    ),
    Scope(
        "im:message.p2p_msg:readonly",
        t("hear what people write to it alone"),
        is_needed=True,
        also=("im:message.p2p_msg", "im:message"),
    ),
    Scope("im:chat", _CHAT, is_needed=True),
    Scope(
        "im:message:readonly",
        t("read the message that somebody reacts to or replies to"),
        also=("im:message",),
    ),
    Scope("im:resource", t("send logs as files"), also=("im:resource:upload",)),
    Scope(
        "contact:contact.base:readonly",
        t("look people up, and hear when they leave"),
        also=_CONTACTS,
    ),
    Scope("contact:user.base:readonly", t("what people are called"), also=_CONTACTS),
    Scope("contact:user.department:readonly", t("whom somebody reports to"), also=_CONTACTS),
    Scope(
        "contact:user.employee:readonly",
        t("who administers the tenant, and who has left"),
        also=_CONTACTS,
    ),
    Scope(
        "contact:department.organize:readonly",
        t("who heads a department, for those who report to nobody"),
        also=_CONTACTS,
    ),
    Scope("docx:document", _DOCUMENT),
    Scope("docx:document.block:convert", _DOCUMENT),
    Scope("docs:permission.member:create", _DOCUMENT, also=("drive:drive", "docs:doc")),
    Scope(
        "im:message.urgent:app_send",
        t("press what is urgent on people"),
        also=("im:message.urgent",),
    ),
    Scope("application:app_slash_command:read", _SLASH),
    Scope("application:app_slash_command:write", _SLASH),
)
