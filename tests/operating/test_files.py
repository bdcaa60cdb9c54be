"""The alert rules and the dashboard load, and ask for what /metrics has; the guides explain it."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
ALERTS: list[dict[str, Any]] = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
BOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "muster.json").read_text("utf-8"))
GUIDES = ("docs/operating.md", "docs/operating.zh.md")
_NAME = re.compile(r"\b(?:muster|process)_[a-z_]+\b")
#: What a Linux process has beyond what there is everywhere.
_OF_THE_SYSTEM = {"process_resident_memory_bytes", "process_cpu_seconds_total"}


def panels() -> list[dict[str, Any]]:
    return [each for each in BOARD["panels"] if each["type"] != "row"]


def queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def asked(expression: str) -> set[str]:
    return set(_NAME.findall(expression))


# Alerts.


@pytest.mark.parametrize("alert", ALERTS, ids=lambda each: each["alert"])
def test_an_alert_asks_for_what_there_is(alert: dict[str, Any], series: set[str]) -> None:
    names = asked(alert["expr"])
    assert names
    assert names <= series
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert {"summary", "action", "runbook"} == set(alert["annotations"])
    assert len(alert["annotations"]["action"]) > 30


@pytest.mark.parametrize("alert", ALERTS, ids=lambda each: each["alert"])
def test_an_alert_has_a_section_in_both_guides(alert: dict[str, Any]) -> None:
    name = alert["alert"]
    assert alert["annotations"]["runbook"] == f"docs/operating.md#{name.lower()}"
    for guide in GUIDES:
        assert f"\n### {name}\n" in (ROOT / guide).read_text("utf-8"), guide


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guides_know_no_other_alerts(guide: str) -> None:
    found = re.findall(r"^### (Muster\w+)$", (ROOT / guide).read_text("utf-8"), re.MULTILINE)
    assert sorted(found) == sorted(alert["alert"] for alert in ALERTS)


def test_what_only_just_began_rings_too() -> None:
    """The rate of a counter that jumps once is over before a rule that waits for it rings."""
    failing = next(each for each in ALERTS if each["alert"] == "MusterDeliveriesFailing")
    assert "increase(" in failing["expr"]
    assert failing["for"] == "0m"


def promtool(*args: str | Path) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed here (Debian: prometheus)")
    done = subprocess.run([program, *args], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_rules() -> None:
    promtool("check", "rules", RULES)


def test_each_alert_rings_when_it_should_and_only_then() -> None:
    promtool("test", "rules", Path(__file__).with_name("alerts_test.yml"))


def test_every_alert_is_tried() -> None:
    tests = yaml.safe_load(Path(__file__).with_name("alerts_test.yml").read_text("utf-8"))["tests"]
    rung = {
        each["alertname"]
        for test in tests
        for each in test["alert_rule_test"]
        if each.get("exp_alerts")
    }
    quiet = {
        each["alertname"]
        for test in tests
        for each in test["alert_rule_test"]
        if not each.get("exp_alerts")
    }
    assert rung == quiet == {alert["alert"] for alert in ALERTS}


# The dashboard.


def test_the_dashboard_asks_for_what_there_is(series: set[str]) -> None:
    for query in queries():
        names = asked(query)
        assert names, query
        assert names <= series | _OF_THE_SYSTEM, query
        assert query.count("(") == query.count(")")
        assert query.count("{") == query.count("}")


def test_the_dashboard_shows_every_metric(families: dict[str, str]) -> None:
    """What nobody looks at need not be counted."""
    shown = {re.sub("_bucket$", "", name) for query in queries() for name in asked(query)}
    assert {name for name in families if name.startswith("muster_")} <= shown


def test_the_dashboard_can_be_imported() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert BOARD["uid"] == "muster"
    assert BOARD["schemaVersion"] >= 36
    variables = {each["name"] for each in BOARD["templating"]["list"]}
    used = {name for query in queries() for name in re.findall(r"\$(\w+)", query)}
    assert used - {"__rate_interval"} <= variables
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_no_panel_lies_on_another() -> None:
    for one, other in itertools.combinations(BOARD["panels"], 2):
        a, b = one["gridPos"], other["gridPos"]
        is_beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        is_below = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert is_beside or is_below, (one["title"], other["title"])
        assert a["x"] + a["w"] <= 24


# The guides.


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guides_explain_every_metric(guide: str, families: dict[str, str]) -> None:
    lines = re.findall(r"^\| `(muster_\w+)` \|", (ROOT / guide).read_text("utf-8"), re.MULTILINE)
    assert len(set(lines)) == len(lines)
    assert set(lines) == {name for name in families if name.startswith("muster_")}
