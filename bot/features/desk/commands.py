"""What people can ask of Muster itself."""

from __future__ import annotations

from bot.core import commands as c
from bot.core.commands import Command, Needs, Option, command
from bot.core.text import t

LANGUAGES = (
    Option("en", t("English"), ("english", "英文", "英语")),
    Option("zh", t("Chinese"), ("chinese", "中文", "汉语", "简体中文")),
    Option("auto", t("As the platform says"), ("自动",)),
)
SPEECHES = (
    Option("en", t("English"), ("english", "英文", "英语")),
    Option("zh", t("Chinese"), ("chinese", "中文", "汉语")),
    Option("both", t("English and Chinese"), ("双语", "中英")),
)
LOBBY = (
    Option("here", t("This channel"), ("这里", "本群")),
    Option("off", t("No lobby"), ("none", "无", "关闭")),
)
YES_OR_NO = (
    Option("yes", t("yes"), ("y", "true", "on", "是")),
    Option("no", t("no"), ("n", "false", "off", "否")),
)


@command(
    "muster home",
    t("Show your own page: rooms, items, what comes next"),
    also=("我的", "集结 我的", "集结 主页"),
    form=False,
)
class ShowHome(Command):
    pass


@command(
    "muster help",
    t("Say what I can do"),
    also=("help", "帮助", "集结 帮助"),
    examples=("/muster help", "/muster help item add", "/集结 帮助 事项"),
    bare=True,
    form=False,
)
class Help(Command):
    topic: str = c.rest(t("About what?"), default="", max_length=100)


@command("muster hello", t("Say hello"), also=("集结 你好",), form=False)
class Greet(Command):
    pass


@command(
    "muster whoami",
    t("Say whom I take you for"),
    also=("集结 我是谁",),
    form=False,
)
class WhoAmI(Command):
    pass


@command(
    "muster language",
    t("Choose the language in which I speak to you"),
    also=("集结 语言",),
    examples=("/muster language zh", "/集结 语言 中文"),
)
class SetLanguage(Command):
    language: str = c.choice(t("Language"), LANGUAGES, positional=True)


@command(
    "muster timezone",
    t("Choose your time zone"),
    also=("集结 时区",),
    examples=("/muster timezone Asia/Shanghai", "/集结 时区 上海"),
)
class SetTimezone(Command):
    zone: str = c.rest(t("Time zone or city"), max_length=60)


@command(
    "muster manager",
    t("Say to whom you report"),
    also=("集结 上级", "集结 经理"),
    examples=("/muster manager @chen", "/muster manager @chen --of @bob", "/集结 上级 @chen"),
    details=t(
        "It counts before what the platform says. Everybody may say it of themselves, "
        "administrators of anybody."
    ),
    asks=True,
    needs=Needs.INSIDER,
)
class SetManager(Command):
    manager: int | None = c.person(
        t("Manager"), default=None, positional=True, hint=t("Leave it empty to take it away")
    )
    of: int | None = c.person(t("Of whom"), default=None, also=("谁的",))


@command(
    "muster settings",
    t("Show and change the settings of this workspace"),
    also=("集结 设置",),
    examples=("/muster settings", "/muster settings --lobby here", "/集结 设置 --公告群 这里"),
    details=t(
        "The lobby is the channel in which new rooms are announced; private rooms never are. "
        "Everybody may look, administrators may change."
    ),
    form=False,
    submit=t("Save"),
    needs=Needs.INSIDER,
)
class Settings(Command):
    language: str | None = c.choice(
        t("Language, for people who never chose"), SPEECHES[:2], default=None, also=("语言",)
    )
    timezone: str | None = c.text(t("Time zone, likewise"), default=None, also=("时区",))
    room_language: str | None = c.choice(
        t("Language of new rooms"), SPEECHES, default=None, also=("群语言",)
    )
    lobby: str | None = c.choice(t("Lobby"), LOBBY, default=None, also=("公告群", "大厅"))
    archive_on_close: str | None = c.choice(
        t("Archive the channel of a room that is closed"),
        YES_OR_NO,
        default=None,
        also=("关闭后归档", "归档"),
    )


@command(
    "muster admin",
    t("Let somebody administer this workspace, or no longer"),
    also=("集结 管理员",),
    examples=("/muster admin @bob", "/muster admin @bob --off"),
    needs=Needs.ADMIN,
)
class SetAdmin(Command):
    person: int = c.person(t("Who"), positional=True)
    off: bool = c.flag(t("No longer"), default=False, also=("取消",))


@command(
    "muster doctor",
    t("Check that all is well"),
    also=("集结 体检", "集结 诊断"),
    needs=Needs.ADMIN,
    form=False,
)
class Doctor(Command):
    pass
