"""Templates of checkpoints: the decisions that groups of a kind have to make, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.text import Msg, t


@dataclass(frozen=True, slots=True)
class Planned:
    """A checkpoint of a template: `days` after its start, and what must be at hand."""

    title: Msg
    days: int
    evidence: Msg


@dataclass(frozen=True, slots=True)
class Template:
    """Checkpoints that belong together; `words` are further names of it."""

    name: str
    title: Msg
    words: tuple[str, ...]
    checkpoints: tuple[Planned, ...]


TEMPLATES = (
    Template(
        "launch",
        t("Launch of a product"),
        ("上线", "发布", "产品上线"),
        (
            Planned(t("Prototype sign-off"), 5, t("A prototype that users have tried")),
            Planned(t("Design freeze"), 10, t("The design, reviewed")),
            Planned(t("Review before UAT"), 20, t("Test report without open critical defects")),
            Planned(t("Go or no-go"), 30, t("UAT report, load test report, plan to roll back")),
        ),
    ),
    Template(
        "incident",
        t("A problem in production"),
        ("故障", "事故", "生产故障"),
        (
            Planned(t("Roll back or repair"), 0, t("What changed, and who is affected")),
            Planned(t("Root cause accepted"), 2, t("Root cause with data that shows it")),
            Planned(t("Permanent fix chosen"), 5, t("Options with pros and cons")),
        ),
    ),
    Template(
        "quality",
        t("A problem of quality (8D)"),
        ("质量", "8d", "质量问题（8d）"),
        (
            Planned(t("Containment approved"), 1, t("What is contained, and what is in stock")),
            Planned(t("Root cause accepted"), 7, t("Root cause with data that shows it")),
            Planned(t("Corrective action chosen"), 14, t("Trial results of the action")),
            Planned(t("Closure approved"), 30, t("Measurements since the action")),
        ),
    ),
)


def named(name: str) -> Template:
    """The template called `name`. LookupError if there is none."""
    for template in TEMPLATES:
        if template.name == name:
            return template
    raise LookupError(name)
