"""The tables of the documentation, made from the code that they are about."""

from __future__ import annotations

import json
import textwrap

from adapters.feishu.happenings import CALLBACKS, EVENTS
from adapters.feishu.scopes import SCOPES
from bot.core.i18n import plain
from bot.core.text import Language, Reader

#: What each event is for; a new one has to be explained in both languages.
_EVENTS: dict[str, tuple[str, str]] = {
    "im.message.receive_v1": ("what people write to Muster", "大家发给集结的消息"),
    "application.bot.menu_v6": ("the bot's menu", "机器人菜单"),
    "im.chat.member.user.added_v1": ("somebody comes into a group", "有人进群"),
    "im.chat.member.user.deleted_v1": ("somebody leaves a group", "有人出群"),
    "im.chat.member.user.withdrawn_v1": ("an invitation is taken back", "撤销拉人进群"),
    "im.chat.member.bot.added_v1": ("Muster comes into a group", "集结进群"),
    "im.chat.member.bot.deleted_v1": ("Muster is taken out of a group", "集结被移出群"),
    "im.chat.updated_v1": ("a group is renamed", "群改名"),
    "im.chat.disbanded_v1": ("a group is dissolved", "群解散"),
    "im.message.reaction.created_v1": ("an emoji on a message", "给消息加表情"),
    "im.message.reaction.deleted_v1": ("the emoji taken back", "取消表情"),
    "contact.user.updated_v3": ("somebody's name or manager changes", "成员的姓名或上级有变"),
    "contact.user.deleted_v3": ("somebody leaves the company", "成员离职"),
    "card.action.trigger": ("buttons and forms", "按钮和表单"),
}
#: A menu that suits most, by the paths of commands.
MENU: dict[str, tuple[str, str]] = {
    "warroom open": ("Open a war room", "新建攻关群"),
    "warroom list": ("War rooms", "攻关群列表"),
    "muster home": ("What is mine", "我的"),
    "item list": ("Items", "事项列表"),
    "decisions": ("Decisions", "决策记录"),
    "muster help": ("Help", "帮助"),
}


def scopes_json() -> str:
    """What the console's batch import takes, indented as in a list."""
    shown = {"scopes": {"tenant": [scope.name for scope in SCOPES], "user": []}}
    return textwrap.indent(json.dumps(shown, indent=2), "   ")


def scopes_table(lang: Language) -> str:
    """What each scope is for."""
    needed = {"en": ("Scope", "Muster can", "needed"), "zh": ("权限", "集结可以", "必需")}[lang]
    rows = [f"| {needed[0]} | {needed[1]} |", "|---|---|"]
    for scope in SCOPES:
        mark = f" ({needed[2]})" if lang == "en" else f"（{needed[2]}）"
        use = plain(scope.use, Reader(lang))
        rows.append(f"| `{scope.name}` | {use}{mark if scope.is_needed else ''} |")
    return "\n".join(rows)


def events_table(lang: Language) -> str:
    """What is to be subscribed to."""
    place = 0 if lang == "en" else 1
    heads = ("| Event | For |", "| 事件 | 用途 |"), ("| **Callback** | |", "| **回调** | |")
    rows = [heads[0][place], "|---|---|"]
    rows += [f"| `{event}` | {_EVENTS[event][place]} |" for event in EVENTS]
    rows.append(heads[1][place])
    rows += [f"| `{callback}` | {_EVENTS[callback][place]} |" for callback in CALLBACKS]
    return textwrap.indent("\n".join(rows), "   ")


def menu_table(lang: Language) -> str:
    """Entries for the bot's menu, with their event keys."""
    place = 0 if lang == "en" else 1
    rows = [("| Entry | Event key |", "| 菜单 | 事件 ID |")[place], "|---|---|"]
    rows += [f"| {names[place]} | `{path.replace(' ', '_')}` |" for path, names in MENU.items()]
    return "\n".join(rows)
