"""Texts of cards: what is ours is drawn, and what somebody typed stays what it was.

The judge is a CommonMark parser, which knows nothing of how Muster escapes.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.feishu import texts
from adapters.feishu.texts import FEISHU_APPLINK, Pen, bare, markdown, rich
from bot.core.text import (
    ChannelLink,
    Code,
    Inline,
    Link,
    Mention,
    Reader,
    Slash,
    Strong,
    When,
    t,
)
from bot.core.words import clean

SHANGHAI = Pen(Reader("zh", "Asia/Shanghai"))
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
PARSER = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("strikethrough")
PARSER.enable("table")
#: What is in a text that is nothing but text, besides our own <br>.
PLAIN = {"text", "paragraph_open", "paragraph_close", "inline", "softbreak", "html_inline"}
NASTY = [
    "<at id=all></at>",
    "<font color='red'>x</font><a href='https://evil.example'>y</a>",
    "**bold** _it_ ~~gone~~ `code` :DONE: $x$",
    "[label](https://evil.example) ![i](img_v2)",
    "<https://evil.example> https://evil.example",
    "1. one\n2) two\n- three\n+ four\n* five",
    "    indented\n\tcode",
    "# h\n===\n---\n> q\n```json\n{}\n```",
    "| a | b |\n|---|---|\n| c | d |",
    "&lt;at id=all&gt; &#60;br&#62; &nbsp;",
    "a<br>b\n\n\nc\\*d",
    "（括号）：“引号”，。！",
    "\ud800\u202ex\0",
]
typed = st.one_of(
    st.text(max_size=60),
    st.sampled_from(NASTY),
    st.text(alphabet="<>&#*_~`[]()!:/\\|-+=.1 ab\n$'\"{}^中", max_size=40),
)


def drawn(value: Inline, pen: Pen = SHANGHAI) -> str:
    return markdown(value, "en", pen)


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    for token in PARSER.parse(text):
        found += [token, *(token.children or [])]
    return found


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def html_in(text: str) -> set[str]:
    return {token.content for token in tokens(text) if token.type == "html_inline"}


@given(typed)
def test_what_somebody_typed_is_text_and_nothing_else(words: str) -> None:
    said = drawn(words)
    assert kinds(said) <= PLAIN
    assert html_in(said) <= {"<br>"}


@given(typed)
def test_what_somebody_typed_is_all_there(words: str) -> None:
    back = html.unescape(drawn(words).replace("<br>", "\n")).replace("\xa0", " ")
    lines = clean(words).replace("\t", "    ").replace("\xa0", " ")
    assert back == lines.strip("\n"), "but for empty lines before and after it"


@given(typed)
@example("（括号）")
@example("a (b)")
def test_bold_is_bold_also_beside_punctuation_and_chinese(words: str) -> None:
    said = drawn(t("前{x}后", x=Strong(words)))
    lines = [line.strip() for line in clean(words).split("\n")]
    bold = [token for token in tokens(said) if token.type == "strong_open"]
    assert len(bold) == sum(bool(line) for line in lines)
    assert kinds(said) <= PLAIN | {"strong_open", "strong_close"}
    assert html_in(said) <= {"<br>"}


@given(typed)
def test_code_is_code_and_holds_no_tag(words: str) -> None:
    said = drawn(t("前 {x} 后", x=Code(words)))
    code = [token.content for token in tokens(said) if token.type == "code_inline"]
    assert len(code) == bool(" ".join(clean(words).split()))
    assert kinds(said) <= PLAIN | {"code_inline"}
    assert html_in(said) == set()
    assert not re.search(r"<[A-Za-z/!?]|:[A-Za-z]\w*:", "".join(code)), "Feishu reads tags first"


@given(typed, typed)
def test_a_link_is_to_the_web_or_no_link(url: str, label: str) -> None:
    said = drawn(t("前 {x} 后", x=Link(url, label)))
    for token in tokens(said):
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(("http://", "https://"))
    assert kinds(said) <= PLAIN | {"link_open", "link_close"}


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.com/a_(b)?x=1&y=2#z", "https://example.com/a_%28b%29?x=1&y=2#z"),
        ("https://例子.cn/路", "https://%E4%BE%8B%E5%AD%90.cn/%E8%B7%AF"),
        ("https://a.b/%20c", "https://a.b/%20c"),
        ("https://a.b/&copy;", "https://a.b/&copy%3B"),
    ],
)
def test_the_address_of_a_link_cannot_end_early(url: str, href: str) -> None:
    assert drawn(Link(url, "here")) == f"[here]({href})"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a.b", "https://", "//a.b", "a b", ""]
)
def test_other_addresses_are_words(url: str) -> None:
    assert "](" not in drawn(Link(url, "here"))


def test_a_mention_is_of_one_person() -> None:
    assert drawn(Mention("ou_abc123", "Bob")) == "<at id=ou_abc123></at>"


@pytest.mark.parametrize("user", ["all", "ALL", "bob", "", "ou_a b", "ou_a></at><at id=all", "ou_"])
def test_whoever_is_no_person_is_only_named(user: str) -> None:
    assert drawn(Mention(user, "<B>")) == "@&#60;B&#62;"


def test_an_instant_is_shown_in_each_readers_own_zone() -> None:
    shown = drawn(t("due {at}", at=When(NOON)))
    millisecond = int(NOON.timestamp() * 1000)
    tags = re.findall(r"<local_datetime millisecond='(\d+)' format_type='(\w+)'></local_dat", shown)
    assert tags == [(str(millisecond), each) for each in ("date", "week_short", "time")]
    assert "format_type='date'" not in drawn(When(NOON, "time"))
    assert "format_type='time'" not in drawn(When(NOON, "date"))


def test_where_there_is_little_room_an_instant_is_words() -> None:
    pen = Pen(Reader("zh", "Asia/Shanghai"), is_worded=True)
    assert markdown(When(NOON), "zh", pen) == "2026年11月24日 周二 19&#58;00"


def test_a_chat_is_linked_and_what_is_none_only_named() -> None:
    link = drawn(ChannelLink("oc_abc", "战情"))
    assert link == f"[&#35;战情]({FEISHU_APPLINK}/client/chat/open?openChatId=oc_abc)"
    lark = Pen(Reader(), applink="https://applink.larksuite.com")
    assert "(https://applink.larksuite.com/client/" in drawn(ChannelLink("oc_abc", "x"), lark)
    assert drawn(ChannelLink("C1", "x")) == "&#35;x"


def test_each_reader_gets_their_own_language() -> None:
    node = rich(t("Severity"), SHANGHAI)
    assert node == {"content": "级别", "i18n_content": {"en_us": "Severity", "zh_cn": "级别"}}
    assert rich(t("Severity"), Pen(Reader("en")))["content"] == "Severity"
    assert rich(t("Severity"), Pen(Reader("both")))["content"] == "级别"


def test_what_is_the_same_in_both_is_said_once() -> None:
    assert rich("WR&1", SHANGHAI) == {"content": "WR&#38;1"}


def test_where_there_is_little_room_the_default_is_not_repeated() -> None:
    pen = Pen(Reader("zh"), is_compact=True)
    assert rich(t("Severity"), pen) == {"content": "级别", "i18n_content": {"en_us": "Severity"}}


@given(typed)
def test_words_without_markup_have_no_tag_and_no_emoji_code(words: str) -> None:
    said = bare(words, SHANGHAI)["content"]
    assert said
    assert "\n" not in said
    assert not re.search(r"<[A-Za-z/!?]", said)
    assert not re.search(r":[A-Za-z][\w+-]{0,60}:", said)


def test_words_without_markup_stay_as_they_were_otherwise() -> None:
    assert bare("a < b & c: 12:30:45 *x*", SHANGHAI)["content"] == "a < b & c: 12:30:45 *x*"
    assert bare("x" * 9, SHANGHAI, 5)["content"] == "xxxx…"


def test_a_person_can_be_shown_without_being_told() -> None:
    assert texts.person("ou_a").startswith("<person id='ou_a' ")
    assert texts.person("<x>") == "&#60;x&#62;"


def test_every_character_of_the_documented_table_is_an_entity() -> None:
    """ "富文本（Markdown）", 特殊字符转义说明; and the bar, of which tables are made."""
    for each in "><~-!*/\\[]()#:+\"'`$_|&":
        assert drawn(f"x{each}x") == f"x&#{ord(each)};x"


def test_a_command_is_named_in_the_language_of_each_client() -> None:
    drawn = rich(t("{text}", text=Slash("warroom open", "…")), SHANGHAI)
    assert drawn["content"] == "`/攻关 开 …`"
    assert drawn["i18n_content"]["en_us"] == "`/warroom open …`"
