"""Whatever is drawn, the rules approve of it: any card at all, and every real one of a story."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from adapters.feishu import answers, render
from adapters.feishu.limits import writable
from bot.bootstrap import registry
from bot.core.chat import Card, Form
from bot.core.platform import Redraw, Say, ShowForm, Typed
from bot.core.text import Reader
from tests.adapters.feishu.any_cards import cards, forms, readers
from tests.adapters.feishu.card_rules import check
from tests.world import Actor, World

OURS = re.compile(
    r"<br>|</?font( color='(grey|red)')?>|<at id=o[un]_[\w-]{1,64}></at>"
    r"|<local_datetime millisecond='-?\d+' format_type='\w+'></local_datetime>"
    r"|<person id='o[un]_[\w-]{1,64}' show_name=true show_avatar=true style='normal'></person>"
)
SPEECHES = [Reader("en"), Reader("zh", "Asia/Shanghai"), Reader("both", "Asia/Shanghai")]
#: A card that is too large has, as an example of what failed, a very large description.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
many = settings(
    max_examples=30,
    # What fails is small enough; making it smaller takes minutes.
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def shown(node: Any, tag: str = "") -> Iterator[tuple[str, str]]:
    """Every text that people see, with the tag that it has."""
    if isinstance(node, dict):
        tag = node.get("tag", tag)
        for name, each in node.items():
            if name in {"content", *("zh_cn", "en_us")} and isinstance(each, str):
                yield tag, each
            elif name == "rows" and tag == "table":
                yield from (("markdown", cell) for row in each for cell in row.values())
            elif name not in {"behaviors", "chart_spec", "default_value"}:
                yield from shown(each, tag)
    elif isinstance(node, list):
        for each in node:
            yield from shown(each, tag)


def assert_no_markup_but_ours(card: dict[str, Any]) -> None:
    for tag, text in shown(card):
        if isinstance(text, str):
            left = OURS.sub("", text) if tag == "markdown" else text
            assert not re.search(r"<[A-Za-z/!?]", left), text
            assert not re.search(r":[A-Za-z][\w+-]{0,60}:", text), text


@many
@given(cards, readers)
def test_any_card_is_one_that_feishu_takes(card: Card, reader: Reader) -> None:
    drawn = render.card(card, reader)
    assert check(drawn.json) == []
    assert_no_markup_but_ours(drawn.json)
    drawn.overflow.encode()
    is_cut = "cut short" in json.dumps(drawn.json)
    assert is_cut is bool(drawn.overflow)


@many
@given(forms, readers)
def test_any_form_is_one_that_feishu_takes(form: Form, reader: Reader) -> None:
    card = render.form(form, reader, {"asked": "om_1"}, people=("ou_alice",), cancel=True)
    assert check(card) == []
    assert_no_markup_but_ours(card)
    [container] = [each for each in card["body"]["elements"] if each["tag"] == "form"]
    action = {"tag": "button", "value": container["elements"][-1]["behaviors"][0]["value"]}
    command, _, kept = answers.submitted(action)
    assert (command, kept) == (writable(form.command), writable(form.kept))


# A story.


@pytest.fixture
def told(world: World) -> list[Card]:
    """Every card of a war room's life, as it was posted or answered."""
    olga, alice = world.person("Olga"), world.person("Alice")
    chen = world.person("陈工", lang="zh", zone="Asia/Shanghai")
    cards: list[Card] = []
    for actor, text in _story(olga, alice, chen):
        answer = actor.sends(Typed(text), _place(world))
        match answer.reply:
            case Say(card) | Redraw(card):
                cards.append(card)
            case ShowForm(form):
                cards.append(Card(form.title, (form,)))
            case None:
                pass
    world.advance(hours=30)
    cards += [effect.card for effect in world.tried if hasattr(effect, "card")]
    for message in world.unread():
        world.mark(message)
    return cards


def _place(world: World) -> Any:
    opened = [c for c in world.town.channels.everything() if c.title.startswith("WR-1 ")]
    return world.room("WR-1") if opened else world.channel("general")


def _story(olga: Actor, alice: Actor, chen: Actor) -> Iterator[tuple[Actor, str]]:
    yield olga, "/muster help"
    yield olga, "/muster whoami"
    yield alice, "/warroom open"
    yield alice, f"/warroom open <at id=all></at> *支付* 超时 --severity 1 <@{chen.id}>"
    yield chen, "/攻关 状态"
    yield alice, f"/item add 查日志 <b>&amp; --owner <@{chen.id}> --due tomorrow 5pm"
    yield alice, "/item add [x](https://evil.example) --kind blocker"
    for _ in range(12):
        yield chen, "/事项 加 检查连接池 --截止 明天下午5点"
    yield chen, "/事项 列表"
    yield chen, "/item done WR-1-1"
    yield alice, "/decide Roll back --why Errors --instead 'Wait'"
    yield alice, "/warroom severity 2"
    yield alice, "/warroom status"
    yield chen, "/warroom nonsense"
    yield alice, "/export decisions"
    for name in sorted(registry().commands):
        yield alice, f"/{name}"
    yield alice, "/warroom close Fixed it"


def test_every_real_card_is_one_that_feishu_takes(told: list[Card]) -> None:
    assert len(told) > 60
    for card in told:
        for reader in SPEECHES:
            drawn = render.card(card, reader)
            assert check(drawn.json) == [], card
            assert_no_markup_but_ours(drawn.json)
            assert drawn.overflow == "", "no real card is cut"
    kinds = {type(block).__name__ for card in told for block in card.blocks}
    assert {"Fields", "Buttons", "Entries", "Form", "Paragraph", "Quote"} <= kinds
