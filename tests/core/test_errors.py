from __future__ import annotations

from bot.core.errors import MusterError, Permanent, Refused, Temporary, Unavailable
from bot.core.text import t


def test_an_error_is_a_sentence_by_default() -> None:
    assert str(Temporary()) == "The platform did not take it this time."
    assert str(Temporary("timeout", retry_after=3)) == "timeout"
    assert Temporary("timeout", retry_after=3).retry_after == 3


def test_a_refusal_is_for_people() -> None:
    refused = Refused(t("No, {who}.", who="x"), field="title")
    assert str(refused) == "No, {who}."
    assert (refused.message, refused.field) == (t("No, {who}.", who="x"), "title")


def test_what_the_platform_says_is_kept() -> None:
    failure = Permanent("name_taken", t("Taken"))
    assert (str(failure), failure.code, failure.message) == ("name_taken", "name_taken", t("Taken"))


def test_all_of_them_are_musters() -> None:
    assert all(
        issubclass(each, MusterError) for each in (Refused, Temporary, Permanent, Unavailable)
    )
