"""The reference of all commands, made from the commands themselves: as Markdown, or in short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.core.commands import Command, Kind, Needs, Param, Spec
from bot.core.i18n import plain
from bot.core.text import Inline, Language, Reader
from bot.core.usage import usage
from bot.features.desk.cards import heading

#: What the pages say besides what the commands say of themselves.
WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Commands",
        "intro": (
            "Made from the commands themselves by `make docs`; do not edit it. `[…]` may be left "
            "out, `a|b` is a choice. Options can stand anywhere in the line. Without what it "
            "needs, a command opens its form. In Slack a slash command goes by its English name, "
            "shown first here, with the prefix of the app if it has one; what follows its first "
            "word may be Chinese (`/item 加`). By its other names it can be asked for without a "
            "slash, in a message to Muster. See [the guide](guide.md) for how they go together."
        ),
        "other": "中文: [commands.zh.md](commands.zh.md)",
        "columns": "| Parameter | Meaning | Takes |\n|---|---|---|\n",
        "also": "Also",
        "examples": "Examples",
        "admin": "Only for people who administer the workspace.",
        "insider": "Not for guests and people of other organisations.",
        "bare": "Also what {root} alone stands for.",
        Kind.REST: "text: the rest of the line",
        Kind.LINE: "text",
        Kind.LONG: "text, also of several lines",
        Kind.PERSON: "a person",
        Kind.PEOPLE: "people",
        Kind.WHEN: "[a date or time](guide.md#dates)",
        Kind.NUMBER: "a number",
        Kind.FLAG: "nothing; it is on when it stands there",
        Kind.KEY: "a key, for example {example}",
        "here": "; in the room itself it can be left out",
        "between": "; ",
    },
    "zh": {
        "title": "命令参考",
        "intro": (
            "本页由 `make docs` 根据命令定义生成，请勿手工修改。`[…]` 可以省略，`a|b` 为几选一；"
            "选项可以写在一行中的任何位置。缺少必填内容时，命令会打开表单。"
            "在 Slack 里，斜杠后面的第一个词只能用英文（见每节标题），应用设了前缀的还要带上；"
            "后面的词可以用中文，例如 `/item 加`。其余叫法在 Slack 里不带斜杠，"
            "@集结或者私信它时可以用。"
            "各命令如何配合使用，见[使用指南](guide.zh.md)。"
        ),
        "other": "English: [commands.md](commands.md)",
        "columns": "| 参数 | 含义 | 取值 |\n|---|---|---|\n",
        "also": "也可以用",
        "examples": "示例",
        "admin": "仅限工作区管理员。",
        "insider": "访客和其他组织的人不能使用。",
        "bare": "单独输入 {root} 也是这条命令。",
        Kind.REST: "文本：这一行剩下的内容",
        Kind.LINE: "文本",
        Kind.LONG: "文本，可以多行",
        Kind.PERSON: "一位成员",
        Kind.PEOPLE: "若干成员",
        Kind.WHEN: "[日期或时间](guide.zh.md#日期和时间)",
        Kind.NUMBER: "数字",
        Kind.FLAG: "不带值，写上即生效",
        Kind.KEY: "编号，例如 {example}",
        "here": "；在攻关群里可以省略",
        "between": "；",
    },
}


def page(commands: Mapping[str, type[Command]], lang: Language) -> str:
    """The reference of all `commands` as Markdown."""
    words = WORDS[lang]
    out = [f"# {words['title']}", "", words["other"], "", words["intro"]]
    shown = ""
    for cls in commands.values():
        if not cls.spec.public:
            continue
        title = _say(heading(cls.spec.root), lang)
        if title != shown:
            out += ["", f"## {title}"]
            shown = title
        out += ["", *_section(cls.spec, lang)]
    return "\n".join(out) + "\n"


def _say(text: Inline, lang: Language) -> str:
    return plain(text, Reader(lang))


def _section(spec: Spec, lang: Language) -> Iterator[str]:
    words = WORDS[lang]
    yield f"### /{spec.path}"
    yield ""
    full_stop = "。" if lang == "zh" else "."
    said = [f"{_say(spec.summary, lang)}{full_stop}"]
    if spec.bare:
        said.append(words["bare"].format(root=f"`/{spec.root}`"))
    if spec.details is not None:
        said.append(_say(spec.details, lang))
    if spec.needs is Needs.ADMIN:
        said.append(words["admin"])
    if spec.needs is Needs.INSIDER:
        said.append(words["insider"])
    yield ("" if lang == "zh" else " ").join(said)
    yield from ["", "```text", _say(usage(spec), lang), "```"]
    listed = [param for param in spec.params if param.is_listed]
    if listed:
        yield ""
        yield words["columns"] + "\n".join(_row(param, lang) for param in listed)
    colon = "：" if lang == "zh" else ": "
    if spec.also:
        names = (", " if lang == "en" else "、").join(f"`/{name}`" for name in spec.also)
        yield from ["", f"{words['also']}{colon}{names}"]
    if spec.examples:
        yield from [
            "",
            f"{words['examples']}{colon}".rstrip(),
            "",
            "```text",
            *spec.examples,
            "```",
        ]


def _row(param: Param, lang: Language) -> str:
    names = [param.flag.upper()]
    if not param.positional:
        names = [f"--{name}" for name in (param.flag, *param.also)]
    elif param.kind is Kind.KEY and param.key is not None:
        names = [param.key.example]
    shown = " ".join(f"`{name}`" for name in names)
    return f"| {shown} | {_say(param.label, lang)} | {_takes(param, lang)} |"


def _takes(param: Param, lang: Language) -> str:
    words = WORDS[lang]
    if param.kind is Kind.CHOICE:
        return words["between"].join(
            f"`{option.value}` {_say(option.label, lang)}" for option in param.options
        )
    takes = words[param.kind]
    if param.kind is Kind.KEY and param.key is not None:
        takes = takes.format(example=f"`{param.key.example}`")
        takes += words["here"] if param.name == "room" else ""
    return takes


def brief(commands: Mapping[str, type[Command]], lang: Language) -> Iterator[str]:
    """The reference in short, line by line: how each command is typed, and what it is for."""
    shown = ""
    for cls in commands.values():
        if not cls.spec.public:
            continue
        title = _say(heading(cls.spec.root), lang)
        if title != shown:
            yield from ([""] if shown else [])
            yield title
            shown = title
        yield f"  {_say(usage(cls.spec), lang)}"
        yield f"      {_say(cls.spec.summary, lang)}"
