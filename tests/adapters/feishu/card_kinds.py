"""Kinds of values in card JSON 2.0: each tells what is wrong with a value that stands at a path."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

#: (value, where it stands) → what is wrong with it.
Kind = Callable[[Any, str], Iterator[str]]

#: "配置卡片多语言": the sixteen languages.
LOCALES = frozenset(
    {
        *("en_us", "zh_cn", "zh_hk", "zh_tw", "ja_jp", "id_id", "vi_vn", "th_th"),
        *("pt_br", "es_es", "ko_kr", "de_de", "fr_fr", "it_it", "ru_ru", "ms_my"),
    }
)
#: "颜色枚举值": the hues; each also by its depth, "red-50". Only samples have `light_grey`.
_HUES = (
    "blue|carmine|green|indigo|lime|grey|orange|purple|red|sunflower|turquoise|violet|wathet|yellow"
)
_COLOUR = re.compile(
    rf"default|bg-white|white|light_grey|({_HUES})(-(50|[1-9]00|350))?|rgba\([\d., ]+\)|cus-\d+"
)
_EDGE = r"-?\d{1,2}(px)?"
_SPACING = re.compile(r"small|medium|large|extra_large|default|\d{1,2}px")


def text(longest: int | None = None, *, is_empty: bool = False) -> Kind:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{at}: not a text"
        elif not value and not is_empty:
            yield f"{at}: empty"
        elif longest is not None and len(value) > longest:
            yield f"{at}: {len(value)} characters, {longest} at most"
        elif re.search("[\ud800-\udfff\x00-\x08]", value):
            yield f"{at}: cannot be written"

    return check


def pattern(found: str | re.Pattern[str], called: str) -> Kind:
    compiled = re.compile(found)

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield f"{at}: {value!r} is no {called}"

    return check


def one_of(*allowed: str) -> Kind:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or value not in allowed:
            yield f"{at}: {value!r} is none of {allowed}"

    return check


def boolean(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{at}: {value!r} is no boolean"


def only_true(value: Any, at: str) -> Iterator[str]:
    if value is not True:
        yield f"{at}: must be true"


def integer(least: int, most: int) -> Kind:
    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            yield f"{at}: {value!r} is no integer of {least}…{most}"

    return check


def number(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
        yield f"{at}: {value!r} is no number"


def mapping(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: no object"


def listed(each: Kind, least: int = 0, most: int | None = None) -> Kind:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at}: no list"
            return
        if len(value) < least or (most is not None and len(value) > most):
            yield f"{at}: {len(value)} of them, {least}…{most} allowed"
        for place, member in enumerate(value):
            yield from each(member, f"{at}[{place}]")

    return check


def shape(properties: Mapping[str, Kind], required: Collection[str] = ()) -> Kind:
    """An object with these properties and no other: an unknown one is an error in 2.0."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: no object"
            return
        for name in required:
            if name not in value:
                yield f"{at}: without {name}"
        for name, member in value.items():
            if name not in properties:
                yield f"{at}: unknown property {name!r}"
            else:
                yield from properties[name](member, f"{at}.{name}")

    return check


def by_language(each: Kind) -> Kind:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict) or not value:
            yield f"{at}: no languages"
            return
        for name, member in value.items():
            if name not in LOCALES:
                yield f"{at}: unknown language {name!r}"
            yield from each(member, f"{at}.{name}")

    return check


colour = pattern(_COLOUR, "colour")
spacing = pattern(_SPACING, "spacing")
#: One, two or four lengths; a margin may be negative.
margin = pattern(rf"{_EDGE}( {_EDGE}( {_EDGE} {_EDGE})?)?", "margin")
padding = pattern(rf"{_EDGE}( {_EDGE}( {_EDGE} {_EDGE})?)?".replace("-?", ""), "padding")
element_id = pattern(r"[A-Za-z]\w{0,19}", "element_id")
input_width = pattern(r"default|fill|[1-9]\d{2,}px", "width")
horizontal = one_of("left", "center", "right")
vertical = one_of("top", "center", "bottom")
direction = one_of("vertical", "horizontal")
text_size = one_of(
    *("heading-0", "heading-1", "heading-2", "heading-3", "heading-4", "heading", "normal"),
    *("notation", "xxxx-large", "xxx-large", "xx-large", "x-large", "large", "medium", "small"),
    "x-small",
)


def words(longest: int | None = None, *tags: str) -> Kind:
    """A text element: `plain_text`, or whichever tags are allowed there."""
    said = text(longest)
    return shape(
        {
            "tag": one_of(*(tags or ("plain_text",))),
            "content": said,
            "i18n_content": by_language(said),
            "element_id": element_id,
        },
        ("tag", "content"),
    )


icon = shape(
    {
        "tag": one_of("standard_icon", "custom_icon"),
        "token": pattern(r"[a-z0-9-]+_(outlined|filled|colorful)", "token of an icon"),
        "color": colour,
        "img_key": text(),
        "i18n_img_key": by_language(text()),
        "size": pattern(r"\d{1,3}px \d{1,3}px", "size of an icon"),
    },
    ("tag",),
)
confirm = shape({"title": words(), "text": words()}, ("title", "text"))
_BEHAVIORS: dict[str, Kind] = {
    "callback": shape({"type": text(), "value": mapping}, ("type", "value")),
    "open_url": shape(
        {
            "type": text(),
            "default_url": text(),
            "android_url": text(),
            "ios_url": text(),
            "pc_url": text(),
        },
        ("type", "default_url"),
    ),
}


def _behavior(value: Any, at: str) -> Iterator[str]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in _BEHAVIORS:
        yield f"{at}: unknown behavior {kind!r}"
    else:
        yield from _BEHAVIORS[kind](value, at)


behaviors = listed(_behavior, 1, 2)
