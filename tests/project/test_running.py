"""The files by which the reconciler runs unattended: what they say is sound, and the command understands each of them.

Rows F6 and G3 of the mission.
"""

import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from actions import Runner, read
from governed import Governed, key
from hosted import TOKEN
from modelward.cli.root import VERBS, modelward
from repository import COMMAND, PROJECT

WORKFLOW = PROJECT / ".github/workflows/reconcile.yml"
DEPLOY = PROJECT / "deploy"
CRON = DEPLOY / "cron/modelward"
SERVICE = DEPLOY / "systemd/modelward.service"
TIMER = DEPLOY / "systemd/modelward.timer"
CRONJOB = DEPLOY / "kubernetes/cronjob.yaml"
PAGE = PROJECT / "docs/running-the-reconciler.md"
NAMING = (WORKFLOW, CRON, SERVICE, CRONJOB, PAGE)
ROOT = (".github", "deploy", "docs")


def commands(path: Path) -> list[list[str]]:
    """The arguments of each call of our command in a file; what a shell would put into one is any word."""
    text = path.read_text().replace("\\\n", " ")
    verbs = "|".join(VERBS)
    found = re.findall(rf'^.*modelward"? ((?:-C \S+ )?(?:{verbs})\b.*)$', text, re.MULTILINE)
    lines = [line.split("`")[0].split(" # ")[0] for line in found]
    return [shlex.split(re.sub(r"\$\{?\w+\}?", "word", line)) for line in lines]


def understood(arguments: list[str]) -> str:
    """The verb that the arguments name, once click has taken them all; raises what a user would be told."""
    verb, *rest = arguments[2:] if arguments[0] == "-C" else arguments
    root = click.Context(modelward)
    _, command, _ = modelward.resolve_command(root, [verb])
    assert command is not None
    command.make_context(verb, rest, parent=root)
    return verb


@pytest.mark.parametrize("path", NAMING, ids=lambda path: path.name)
def test_the_command_understands_every_line_that_names_it(path: Path) -> None:
    found = commands(path)
    verbs = [understood(arguments) for arguments in found]
    assert "apply" in verbs
    for arguments in (one for one in found if "--yes" in one):
        assert {"--ref", "origin/main", "--remote", "--ledger-key"} <= set(arguments), arguments


def test_a_line_that_the_command_does_not_understand_is_noticed() -> None:
    with pytest.raises(click.UsageError):
        understood(["apply", "--no-such-option"])
    with pytest.raises(click.UsageError):
        understood(["reconcile"])


def test_the_workflow_runs_on_main_alone_and_never_twice_at_once() -> None:
    workflow = yaml.load(WORKFLOW.read_text(), yaml.BaseLoader)  # noqa: S506 - which reads `on` as it is written
    assert set(workflow["on"]) == {"schedule", "push", "workflow_dispatch"}
    assert workflow["on"]["push"] == {"branches": ["main"]}
    assert workflow["concurrency"] == {"group": "reconcile", "cancel-in-progress": "false"}
    (job,) = workflow["jobs"].values()
    assert "github.ref == 'refs/heads/main'" in job["if"]
    assert job["environment"] == "production"
    assert job["permissions"] == {"contents": "read"}


def test_zizmor_finds_nothing_in_what_reconciles_even_where_it_looks_for_everything() -> None:
    zizmor = str(Path(sys.executable).with_name("zizmor"))
    command = [zizmor, "--offline", "--no-progress", "--quiet", "--persona", "auditor", str(WORKFLOW)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner that has checked out main of a server."""
    runner = Runner.of_reconciler(Governed.started(tmp_path / "world"), tmp_path)
    runner.bring_engine()
    return runner


def test_the_workflows_steps_bring_key_and_token_to_the_command_and_leave_neither(runner: Runner) -> None:
    ended = runner.run(WORKFLOW, "Reconcile")
    assert (ended.code, "no ledger is kept yet" in ended.err) == (2, True), ended
    written = runner.temp / "reconciler"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    public = subprocess.run(["ssh-keygen", "-y", "-f", str(written)], capture_output=True, text=True, check=True)
    assert public.stdout.split()[:2] == key("reconciler").with_suffix(".pub").read_text().split()[:2]
    for prompt, said in (
        ("Username for 'https://x': ", "x-access-token\n"),
        ("Password for 'https://x': ", f"{TOKEN}\n"),
    ):
        command = [str(runner.temp / "askpass"), prompt]
        asked = subprocess.run(command, env={"GITHUB_TOKEN": TOKEN}, capture_output=True, text=True, check=True)
        assert asked.stdout == said
    assert TOKEN not in (runner.temp / "askpass").read_text()
    assert runner.run(WORKFLOW, "Forget the key").code == 0
    assert not written.exists()


def test_what_the_reconciler_installs_is_pinned_by_hash_as_for_development() -> None:
    lock = (PROJECT / "requirements/reconcile.lock").read_text()
    development = (PROJECT / "requirements/dev.lock").read_text()
    pins = [line.removesuffix(" \\") for line in lock.splitlines() if "==" in line]
    assert {"apprise", "mlflow-skinny", "prometheus-client", "tenacity"} <= {pin.partition("==")[0] for pin in pins}
    for pin in pins:
        assert pin.partition(" ")[0] in development, pin
    assert lock.count("--hash=sha256:") >= len(pins)
    assert "://" not in lock


def test_cron_runs_it_as_its_user_one_at_a_time() -> None:
    text = CRON.read_text()
    assert text.endswith("\n")
    (line,) = [line for line in text.splitlines() if line and line[0] in "*0123456789"]
    minute, hour, day, month, weekday, user, command = line.split(None, 6)
    assert (hour, day, month, weekday, user) == ("*", "*", "*", "*", "modelward")
    assert minute == "*/5"
    assert "%" not in command, "cron takes it for the end of the line"
    assert " flock --nonblock " in command
    assert re.fullmatch(r"[A-Za-z0-9_-]+", CRON.name), "cron passes over other names"
    done = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_machine_knows_is_read_by_a_shell_as_it_stands() -> None:
    script = 'set -a; . "$0"; printf "%s\\n" "$MLFLOW_TRACKING_URI" "$GIT_SSH_COMMAND"'
    done = subprocess.run(
        ["sh", "-eu", "-c", script, str(DEPLOY / "environment")], capture_output=True, text=True, check=True
    )
    address, ssh = done.stdout.splitlines()
    assert address == "https://mlflow.example.org"
    assert ssh.startswith("ssh -i /etc/modelward/deploy_key ")


@pytest.mark.parametrize("path", [CRON, SERVICE], ids=lambda path: path.name)
def test_a_machine_writes_metrics_where_the_node_exporter_looks_and_systemd_lets_it(path: Path) -> None:
    (metrics,) = {line[line.index("--metrics-file") + 1] for line in commands(path) if "--metrics-file" in line}
    assert section(SERVICE.read_text(), "Service")["ReadWritePaths"] == f"-{Path(metrics).parent}"
    assert f"install -d -m 0775 -g modelward {Path(metrics).parent}\n" in PAGE.read_text()


def test_what_the_page_installs_is_what_the_project_has() -> None:
    text = PAGE.read_text()
    named = set(re.findall(r"--requirement (\S+)", text))
    assert named == {"requirements/reconcile.lock"}
    assert "modelward[" not in text, "no index has it"


def section(text: str, name: str) -> dict[str, str]:
    """The settings of one section of a unit, each of which stands once."""
    body = re.search(rf"^\[{name}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert body is not None
    return dict(line.split("=", 1) for line in body[1].splitlines() if line and not line.startswith("#"))


def test_systemd_starts_it_without_rights_and_again_after_the_machine_was_down() -> None:
    service = section(SERVICE.read_text(), "Service")
    assert (service["Type"], service["User"], service["NoNewPrivileges"]) == ("oneshot", "modelward", "yes")
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
    assert "${CREDENTIALS_DIRECTORY}/reconciler" in service["ExecStart"]
    assert service["LoadCredential"].startswith("reconciler:")
    timer = section(TIMER.read_text(), "Timer")
    assert (timer["OnCalendar"], timer["Persistent"]) == ("*:0/5", "yes")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_itself_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    text = SERVICE.read_text().replace("/opt/modelward/bin/modelward", str(COMMAND))
    (tmp_path / SERVICE.name).write_text(text)
    shutil.copy(TIMER, tmp_path)
    units = [str(tmp_path / name) for name in (SERVICE.name, TIMER.name)]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / SERVICE.name).write_text(text.replace("Type=oneshot", "Typ=oneshot"))
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert "Typ" in done.stderr


def kubernetes() -> dict[str, Any]:
    """The things that the file asks a cluster for, by kind."""
    return {one["kind"]: one for one in yaml.safe_load_all(CRONJOB.read_text())}


def test_kubernetes_runs_one_at_a_time_and_does_not_try_again_by_itself() -> None:
    spec = kubernetes()["CronJob"]["spec"]
    assert (spec["concurrencyPolicy"], spec["jobTemplate"]["spec"]["backoffLimit"]) == ("Forbid", 0)
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["startingDeadlineSeconds"] > 10


def test_kubernetes_runs_it_without_rights_on_a_file_system_that_cannot_be_written() -> None:
    things = kubernetes()
    pod = things["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    security = container["securityContext"]
    assert (security["readOnlyRootFilesystem"], security["allowPrivilegeEscalation"]) == (True, False)
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]) == {"requests", "limits"}
    assert re.search(r"@sha256:[0-9a-f]{64}$", container["image"])
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
    assert volumes["secrets"]["secret"]["defaultMode"] == 0o440
    assert volumes["work"]["persistentVolumeClaim"]["claimName"] == things["PersistentVolumeClaim"]["metadata"]["name"]


def test_no_run_waits_for_a_remote_that_is_away() -> None:
    for path in (CRON, SERVICE, CRONJOB):
        assert "git fetch" not in path.read_text(), path
        assert " fetch " not in path.read_text(), path


def test_no_secret_and_no_address_of_a_registry_stands_in_what_kubernetes_gets() -> None:
    pod = kubernetes()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert {one["name"] for one in container["env"]} == {"REPOSITORY", "GIT_SSH_COMMAND", "HOME"}
    assert container["envFrom"] == [{"secretRef": {"name": "modelward-registry"}}]
    (script,) = container["args"]
    done = subprocess.run(["sh", "-n", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_names_every_file() -> None:
    text = PAGE.read_text()
    for path in (WORKFLOW, CRON, SERVICE, TIMER, CRONJOB, DEPLOY / "environment"):
        assert path.relative_to(PROJECT).as_posix() in text, path
    assert read(WORKFLOW)["jobs"]["reconcile"]["environment"] == "production"
