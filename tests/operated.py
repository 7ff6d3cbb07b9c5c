"""A repository under operation: people with keys, a server, a ledger, a registry, signals in a file, and a clock."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
from mlflow import MlflowClient

from governed import key, public
from modelward.cli import options
from modelward.ledger.branch import Ledger, LedgerBranch, verified
from modelward.tree.git import Git
from repository import Ended, Repository

HOLDERS = (
    "engineer-1",
    "engineer-2",
    "lead-1",
    "lead-2",
    "officer-1",
    "board-1",
    "board-2",
    "owner-1",
    "owner-2",
    "reconciler",
)
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""When the evidence of all releases is fresh."""
SIGNALS = {"error_budget_remaining": "higher", "score_invalid_ratio": "lower", "precision": "higher"}
"""What a file brings, and in which direction it is good."""
TRIGGERS = """\
triggers:
  - {name: error-budget, environments: [production], signal: error_budget_remaining, below: 0.4, for: 15m, severity: critical, respond_within: 4h, action: rollback}
  - {name: bad-scores, environments: [production], signal: score_invalid_ratio, above: 0, severity: critical, respond_within: 0m, action: rollback}
"""  # noqa: E501


VALID = ("2026-01-01", "2028-01-01")
"""From when and until when the keys of the holders count."""


def give_keys(world: Repository, valid: tuple[str, str]) -> None:
    """Give those who hold a role, and the machine, keys that count between two days."""
    start, end = valid
    text = world.read("policies/people.yaml")
    for name in HOLDERS:
        entry = f'{{key: "{public(name)}", valid_from: "{start}T00:00:00Z", valid_until: "{end}T00:00:00Z"}}'
        text = re.sub(rf"(  {name}: .*keys: )\[\]", rf"\g<1>[{entry}]", text)
    world.write("policies/people.yaml", text)


def serve(world: Repository) -> None:
    """Put what is committed on a server beside it, which has no hook."""
    server = world.root.parent / "server.git"
    world.git("clone", "--quiet", "--bare", str(world.root), str(server))
    world.git("remote", "add", "origin", str(server))
    world.git("fetch", "--quiet", "origin")


class Clock:
    """The time of the command, as a test sets it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def forward(self, **span: float) -> datetime:
        """Let some time pass."""
        self.now += timedelta(**span)
        return self.now

    @contextmanager
    def running(self) -> Iterator[Self]:
        """The command reads this clock meanwhile."""
        clock = self

        class Told(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return clock.now.astimezone(tz)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(options, "datetime", Told)
            yield self


class Operated(Repository):
    """This project's models on a server without a hook; every change is merged, and the walk judges it."""

    clock: Clock

    @classmethod
    def begun(cls, repository: Repository, clock: Clock) -> Self:
        """Give the people keys, production signals in a file and canaries a margin, and put it all on a server."""
        world = cls(repository.root)
        world.clock = clock
        give_keys(world, VALID)
        world.measured()
        world.commit("Name people")
        serve(world)
        return world

    @classmethod
    def taken_over(cls, repository: Repository) -> Self:
        """The same, with what its registry shows taken over under a ledger that begins at main."""
        world = cls.begun(repository, Clock())
        ended = world.apply("--adopt", "--trust-root", "main")
        assert ended.code == 0, ended
        return world

    def measured(self) -> None:
        """Let a file bring what the triggers of credit-risk look at."""
        path = "environments/production.yaml"
        text = self.read(path)
        for signal, better in SIGNALS.items():
            text = re.sub(rf"^  {signal}: .*\n", "", text, flags=re.MULTILINE)
            source = f"  {signal}: {{file: ../signals.jsonl, every: 1h, better: {better}}}\n"
            text = text.replace("signals:\n", f"signals:\n{source}", 1)
        self.write(path, text)
        for model in ("credit-risk", "fraud-detection"):
            path = f"models/{model}/thresholds.yaml"
            head, _, _ = self.read(path).partition("triggers:")
            self.write(path, head + TRIGGERS)
            path = f"models/{model}/canary.yaml"
            text = re.sub(r"guardrails: \[.*\]", "guardrails: [error-budget, bad-scores]", self.read(path))
            compare = "compare: {metric: precision, worse_by_at_most: 0.05, confidence: 0.95}"
            text = re.sub(r"compare: \{.*\}", compare, text)
            self.write(path, text)

    def apply(self, *more: str) -> Ended:
        """The reconciler's run."""
        with self.clock.running():
            return self.modelward(*self.applying(*more))

    def applying(self, *more: str) -> Sequence[str]:
        """What the command is told for it."""
        return "apply", "--yes", "--remote", "origin", "--ledger-key", str(key("reconciler")), *more

    def status(self, model: str = "credit-risk", environment: str = "production") -> Any:
        """How an environment stands."""
        with self.clock.running():
            document = self.modelward("status", "--remote", "origin", "--format", "json").json
        (found,) = [one for one in document["models"] if one["model"] == model]
        return next(one for one in found["environments"] if one["environment"] == environment)

    def deploy(self, release: str, model: str = "credit-risk", environment: str = "production", **more: str) -> str:
        """The one line that deploys a release, with what else stands beside it, signed by whoever must, and merged."""
        path = f"models/{model}/manifest.yaml"
        line = re.search(rf"^  {environment}: .*$", self.read(path), re.MULTILINE)
        assert line is not None
        beside = "".join(f", {name}: {value}" for name, value in more.items())
        flags = ", ml_enabled: true, feedback_enabled: true" if "feedback" in line[0] else ""
        self.replace(path, line[0], f'  {environment}: {{release: "{release}"{flags}{beside}}}')
        self.commit(f"Deploy {release}", "engineer-1")
        return self.merged()

    def merged(self) -> str:
        """Sign what the branch changes as everybody who must, and push it to main."""
        for person, role, decision in (
            ("engineer-1", "ml-engineer", "propose"),
            ("engineer-2", "ml-engineer", "approve"),
            ("lead-1", "team-lead", "approve"),
            ("officer-1", "bsa-officer", "approve"),
        ):
            self.sign(person, role, decision)
        commit = self.commit("Sign", "engineer-1")
        self.git("push", "--quiet", "origin", "HEAD:main")
        return commit

    def sign(self, person: str, role: str, decision: str, *more: str) -> Ended:
        """Sign what differs from the server's main."""
        self.git("fetch", "--quiet", "origin")
        options = ["--as", person, "--role", role, "--decision", decision, "--comment", "", "--yes"]
        options += ["--base", "origin/main"]
        with self.clock.running():
            return self.modelward("sign", *options, "--key", str(key(person)), *more)

    def observe(self, signal: str, release: str, value: float, n: int = 20_000, model: str = "credit-risk") -> None:
        """Another system measures a signal now."""
        line = {
            "signal": signal,
            "model": model,
            "release": release,
            "environment": "production",
            "value": value,
            "n": n,
            "at": f"{self.clock.now:%Y-%m-%dT%H:%M:%SZ}",
        }
        with (self.root.parent / "signals.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def well(self, *releases: str, model: str = "credit-risk") -> None:
        """All that is measured of some releases is good now."""
        for release in releases:
            self.observe("error_budget_remaining", release, 0.9, model=model)
            self.observe("score_invalid_ratio", release, 0.0, model=model)
            self.observe("precision", release, 0.8, model=model)

    def fails(self, release: str, *others: str) -> None:
        """The error budget of a release is low for as long as its trigger asks; all is well with others meanwhile."""
        for _ in range(4):
            self.clock.forward(minutes=10)
            self.well(*others)
            self.observe("error_budget_remaining", release, 0.1)

    def ledger(self, path: str) -> Any:
        """A document of the ledger as the server has it."""
        self.git("fetch", "--quiet", "origin")
        return json.loads(self.git("show", f"refs/remotes/origin/modelward/ledger:{path}"))

    def records(self, kind: str, model: str = "credit-risk") -> list[Any]:
        """The records of a kind, by time."""
        self.git("fetch", "--quiet", "origin")
        tree = "refs/remotes/origin/modelward/ledger"
        paths = self.git("ls-tree", "-r", "--name-only", tree, "records/").splitlines()
        found = [json.loads(self.git("show", f"{tree}:{path}")) for path in paths]
        return [one for one in found if one["kind"] == kind and one.get("model") == model]

    def every_record(self) -> list[Any]:
        """All records of the ledger as the server has it, by their names."""
        tree = LedgerBranch(Git(self.root), "origin").tip()
        paths = self.git("ls-tree", "-r", "--name-only", str(tree), "records/").splitlines()
        return [json.loads(data or b"") for data in Git(self.root).blobs(f"{tree}:{path}" for path in paths)]

    def ledger_from_nothing(self) -> Ledger:
        """The ledger of the server, verified from its first commit."""
        git = Git(self.root)
        return verified(git, LedgerBranch(git, "origin").tip(), self.git("rev-parse", "origin/main"), None)

    @property
    def events(self) -> Path:
        """A file that takes events."""
        return self.root.parent / "events.jsonl"

    def lasting(self) -> dict[Path, bytes]:
        """What outlives a process in files, but for objects of git, which are in no way."""
        return {path: path.read_bytes() for path in self._files()}

    def lay_back(self, files: Mapping[Path, bytes]) -> None:
        """Let these files stand as they did once, and no others of their kind."""
        for path in self._files():
            if path not in files:
                path.unlink()
        for path, data in files.items():
            if not path.exists() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)

    def _files(self) -> list[Path]:
        """What says where branches are, what is kept for later, what was measured and told."""
        folder = self.root.parent
        kept = [folder / "signals.jsonl", self.events]
        for git in (self.root / ".git", folder / "server.git"):
            kept += [git / "packed-refs", git / "HEAD"]
            kept += [path for part in ("refs", "modelward") for path in (git / part).rglob("*")]
        return [path for path in kept if path.is_file()]


def aliases(model: str = "credit-risk") -> Mapping[str, str]:
    """What the registry's aliases name."""
    return {name: str(version) for name, version in MlflowClient().get_registered_model(model).aliases.items()}


def routed(model: str = "credit-risk", environment: str = "production") -> Any:
    """What a gateway reads of the traffic; None when it reads the alias alone."""
    text = MlflowClient().get_registered_model(model).tags.get(f"modelward.traffic.{environment}")
    return None if text is None else json.loads(text)


def suspensions(version: int, model: str = "credit-risk") -> list[str]:
    """The suspensions that a version bears."""
    tags: Mapping[str, str] = MlflowClient().get_model_version(model, str(version)).tags
    return tags.get("modelward.suspended", "").split()
