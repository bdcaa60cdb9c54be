from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.rooms.slugs import LONGEST, channel_name


@pytest.mark.parametrize(
    ("title", "tries", "name"),
    [
        ("Payment timeouts", 1, "wr-7-payment-timeouts"),
        ("Payment timeouts", 3, "wr-7-payment-timeouts-3"),
        ("支付超时", 1, "wr-7-zhi-fu-chao-shi"),
        ("支付 gateway 超时!", 1, "wr-7-zhi-fu-gateway-chao-shi"),
        ("Überlastung in Köln, 50%", 1, "wr-7-uberlastung-in-koln-50"),
        ("ＡＢＣ１２３", 1, "wr-7-abc123"),
        ("--- …!", 1, "wr-7"),
        ("🔥🔥", 1, "wr-7"),
        ("🔥🔥", 2, "wr-7-2"),
        ("ελληνικά", 1, "wr-7"),
    ],
)
def test_names_that_every_platform_takes(title: str, tries: int, name: str) -> None:
    assert channel_name("WR-7", title, tries) == name


def test_long_titles_are_cut_and_the_suffix_is_not() -> None:
    assert channel_name("WR-7", "x" * 200) == "wr-7-" + "x" * 75
    assert channel_name("WR-7", "x" * 200, 12) == "wr-7-" + "x" * 72 + "-12"


@given(st.text(max_size=200), st.integers(1, 99))
def test_whatever_the_title(title: str, tries: int) -> None:
    name = channel_name("WR-7", title, tries)
    assert re.fullmatch(r"wr-7(-[a-z0-9]+)*", name)
    assert len(name) <= LONGEST
