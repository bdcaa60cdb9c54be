"""The manifests for Kubernetes: settings, probes, ports and the drain are those of the code."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.routing import Route

from adapters.feishu import webhook
from adapters.slack import oauth
from adapters.slack import web as slack_web
from bot.bootstrap import build
from bot.serve import PATIENCE
from bot.settings import SECRETS, Settings
from bot.web import app

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes"
FILES = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))["resources"]
OBJECTS: list[dict[str, Any]] = [
    each for file in FILES for each in yaml.safe_load_all((FOLDER / file).read_text("utf-8"))
]
CONFIG: dict[str, str] = next(each for each in OBJECTS if each["kind"] == "ConfigMap")["data"]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] == kind}


DEPLOYMENTS = of_kind("Deployment")
deployments = pytest.mark.parametrize("name", DEPLOYMENTS)


def pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = DEPLOYMENTS[name]["spec"]["template"]["spec"]
    return spec


def container(name: str) -> dict[str, Any]:
    [only] = pod(name)["containers"]
    return dict(only)


def paths(tmp_path: Path) -> set[str]:
    """What a Muster answers at, whatever is set up."""
    muster = build(Settings.without_file(home=tmp_path, playground="off"))
    try:
        return {route.path for route in app(muster).routes if isinstance(route, Route)}
    finally:
        asyncio.run(muster.db.close())


def test_every_file_is_listed() -> None:
    assert set(FILES) | {"kustomization.yaml"} == {file.name for file in FOLDER.iterdir()}


def test_there_is_one_deployment_for_each_role() -> None:
    assert set(DEPLOYMENTS) == {"muster-web", "muster-worker"}
    for name in DEPLOYMENTS:
        assert container(name)["env"] == [
            {"name": "MUSTER_ROLE", "value": name.removeprefix("muster-")}
        ]


@deployments
def test_its_variables_are_settings_and_no_secrets(name: str) -> None:
    variables = {each["name"] for each in container(name)["env"]} | set(CONFIG)
    assert variables <= set(Settings.variables().values())
    assert variables & SECRETS == set()


@deployments
def test_the_values_can_be_set(name: str) -> None:
    own = {each["name"]: each["value"] for each in container(name)["env"]}
    values = {**CONFIG, **own}
    values.pop("MUSTER_SECRETS_DIR")
    settings = Settings.without_file(
        **{name: values[each] for name, each in Settings.variables().items() if each in values}
    )
    assert not settings.is_loopback


@deployments
def test_a_service_called_muster_sets_no_setting(name: str) -> None:
    # MUSTER_PORT=tcp://10.0.0.1:80 is what Kubernetes would say of it.
    assert pod(name)["enableServiceLinks"] is False


@deployments
def test_secrets_are_files(name: str) -> None:
    [mount] = [each for each in container(name)["volumeMounts"] if each["name"] == "secrets"]
    [volume] = [each for each in pod(name)["volumes"] if each["name"] == "secrets"]
    assert mount["mountPath"] == CONFIG["MUSTER_SECRETS_DIR"]
    assert mount["readOnly"] is True
    assert volume["secret"]["secretName"] == "muster"
    assert of_kind("Secret") == {}


def test_secrets_are_read_as_kubernetes_lays_them_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "..2026_11_23_01_00_00.1"
    data.mkdir()
    (data / "MUSTER_SECRET_KEY").write_text("a key that is long enough\n", "utf-8")
    (tmp_path / "..data").symlink_to(data.name)
    (tmp_path / "MUSTER_SECRET_KEY").symlink_to("..data/MUSTER_SECRET_KEY")
    monkeypatch.delenv("MUSTER_SECRET_KEY", raising=False)
    monkeypatch.setenv("MUSTER_SECRETS_DIR", str(tmp_path))
    assert Settings.without_file().secrets == ["a key that is long enough"]


@deployments
def test_it_is_probed_where_muster_answers(name: str, tmp_path: Path) -> None:
    known = paths(tmp_path)
    [port] = container(name)["ports"]
    assert port["containerPort"] == int(CONFIG["MUSTER_PORT"])
    probes = {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    for probe, path in probes.items():
        asked = container(name)[probe]["httpGet"]
        assert asked == {"path": path, "port": port["name"]}
        assert path in known
    notes = DEPLOYMENTS[name]["spec"]["template"]["metadata"]["annotations"]
    assert notes["prometheus.io/path"] in known
    assert notes["prometheus.io/port"] == CONFIG["MUSTER_PORT"]


@deployments
def test_it_is_given_the_time_to_end(name: str) -> None:
    command = container(name)["lifecycle"]["preStop"]["exec"]["command"][-1]
    waits = int(command.rpartition("sleep(")[2].removesuffix(")"))
    assert pod(name)["terminationGracePeriodSeconds"] > waits + PATIENCE


@deployments
def test_it_is_restricted(name: str) -> None:
    """As https://kubernetes.io/docs/concepts/security/pod-security-standards/ has it."""
    whole, own = pod(name)["securityContext"], container(name)["securityContext"]
    assert whole["runAsNonRoot"] is True
    assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
    assert f"USER {whole['runAsUser']}\n" in (ROOT / "Dockerfile").read_text("utf-8")
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert own["readOnlyRootFilesystem"] is True
    assert pod(name)["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod(name))
    assert {kind for each in pod(name)["volumes"] for kind in each} == {
        "name",
        "secret",
        "emptyDir",
    }


@deployments
def test_some_always_run(name: str) -> None:
    spec = DEPLOYMENTS[name]["spec"]
    budget = of_kind("PodDisruptionBudget")[name]["spec"]
    assert budget["selector"] == spec["selector"]
    assert budget["minAvailable"] < spec["replicas"]
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()


def test_requests_come_to_the_web_and_nothing_else_comes_in() -> None:
    service = of_kind("Service")["muster"]["spec"]
    web = DEPLOYMENTS["muster-web"]["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= web.items()
    assert [each["targetPort"] for each in service["ports"]] == ["http"]
    network = of_kind("NetworkPolicy")["muster"]["spec"]
    assert network["podSelector"]["matchLabels"].items() <= web.items()
    assert network["policyTypes"] == ["Ingress", "Egress"]
    [inward] = network["ingress"]
    assert [each["port"] for each in inward["ports"]] == [int(CONFIG["MUSTER_PORT"])]


def test_the_way_in_leads_to_every_platform_and_not_to_the_metrics() -> None:
    [rule] = of_kind("Ingress")["muster"]["spec"]["rules"]
    prefixes = [each["path"] for each in rule["http"]["paths"]]
    wanted = [
        slack_web.EVENTS,
        oauth.INSTALL,
        oauth.REDIRECT,
        webhook.EVENTS,
        webhook.CARDS,
    ]
    for path in wanted:
        assert any(path.startswith(f"{prefix}/") for prefix in prefixes), path
    for path in ("/metrics", "/healthz", "/readyz", "/playground/"):
        assert not any(path.startswith(prefix) for prefix in prefixes), path
    assert CONFIG["MUSTER_PUBLIC_URL"] == f"https://{rule['host']}"


def test_kustomize_can_build_it() -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl on this machine")
    built = subprocess.run(
        ["kubectl", "kustomize", FOLDER], capture_output=True, text=True, check=False, timeout=60
    )
    assert built.returncode == 0, built.stderr
    objects = list(yaml.safe_load_all(built.stdout))
    assert len(objects) == len(OBJECTS)
    assert {each["metadata"].get("namespace", "muster") for each in objects} == {"muster"}
