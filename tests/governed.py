"""A governed repository with real keys: people who propose and sign, a server with the hook, clones that push to it."""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from repository import COMMAND, PROJECT, Ended, Repository

PEOPLE = ("engineer-1", "engineer-2", "lead-1", "lead-2", "officer-1", "owner-1", "owner-2", "board-1", "board-2")
MODEL = "credit-score"
MANIFEST = f"models/{MODEL}/manifest.yaml"
BORN, ENDS = "2026-01-01T00:00:00Z", "2048-01-01T00:00:00Z"
"""Between these times every key here is valid."""
POLICIES = PROJECT / "tests" / "gate" / "policies"


_FOLDER = TemporaryDirectory(prefix="governed-")
"""Keys and the first state of server and clone, as long as this process runs."""


@cache
def key(name: str, kind: str = "ed25519") -> Path:
    """The private key file of a person, made by ssh-keygen once a run."""
    path = Path(_FOLDER.name, f"{name}-{kind}")
    if path.exists():
        return path
    bits = ["-b", "3072"] if kind == "rsa" else []
    command = ["ssh-keygen", "-q", "-t", kind, *bits, "-N", "", "-C", name, "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def public(name: str, kind: str = "ed25519") -> str:
    """The public key of a person, without the comment."""
    return " ".join(key(name, kind).with_suffix(".pub").read_text().split()[:2])


def people(extra: str = "") -> str:
    """The file of people: each with a valid key."""
    lines = ["schema: people/v1", "people:"]
    lines += [f"  {name}: {{name: {name}, emails: [{name}@example.org], keys: [{_entry(name)}]}}" for name in PEOPLE]
    lines += ["teams:", "  leads: [lead-1, lead-2]", "standing_roles:", "  policy-owner: [owner-1, owner-2]"]
    lines += ["  bsa-officer: [officer-1]", "  governance-board: [board-1, board-2]", "machines:"]
    lines.append(f"  reconciler: {{may: [ledger, rollback-branch], keys: [{_entry('reconciler')}]}}")
    return "\n".join(lines) + "\n" + extra


def _entry(name: str) -> str:
    return f'{{key: "{public(name)}", valid_from: "{BORN}", valid_until: "{ENDS}"}}'


@cache
def _template() -> Path:
    """A server and a clone, made once a run and copied for each test."""
    folder = Path(_FOLDER.name, "template")
    first = Governed(Repository.of_example(folder / "clone").root)
    first.write("policies/people.yaml", people())
    first.write("policies/signoff.yaml", (POLICIES / "signoff.yaml").read_bytes())
    first.write(f"models/{MODEL}/approvers.yaml", (POLICIES / "approvers.yaml").read_bytes())
    first.write(".gitattributes", "* -text\n")
    first.commit("Start")
    server = folder / "server.git"
    first.git("clone", "--quiet", "--bare", str(first.root), str(server))
    first.git("remote", "add", "origin", str(server))
    first.git("fetch", "--quiet", "origin")
    first.git("branch", "--quiet", "--set-upstream-to", "origin/main")
    first.branch("change")
    return folder


class Governed(Repository):
    """A clone of a governed repository, on a branch of its own; `origin` is a bare repository."""

    @classmethod
    def started(cls, folder: Path) -> "Governed":
        """A server with the example merged in main, and a clone of it that has a branch `change`."""
        shutil.copytree(_template(), folder, dirs_exist_ok=True)
        world = cls(folder / "clone")
        world.git("remote", "set-url", "origin", str(folder / "server.git"))
        return world

    @property
    def server(self) -> Path:
        """The bare repository."""
        return Path(self.git("remote", "get-url", "origin"))

    def branch(self, name: str, at: str = "origin/main") -> "Governed":
        """Switch to a new branch that main is the upstream of."""
        self.git("switch", "--quiet", "--create", name, "--track", at)
        return self

    def promote(self, release: str = "1.1.0", was: str = "1.0.0", by: str = "engineer-1") -> str:
        """The one line that promotes, committed."""
        self.replace(MANIFEST, f'production: {{release: "{was}"}}', f'production: {{release: "{release}"}}')
        return self.commit("Promote", by)

    def sign(self, person: str, role: str, decision: str = "approve", *more: str, using: str | None = None) -> Ended:
        """Sign as a person, and commit the record."""
        options = ["--as", person, "--role", role, "--decision", decision, "--comment", "", "--yes"]
        ended = self.modelward("sign", *options, "--key", str(key(using or person)), *more)
        if ended.code == 0:
            self.commit(f"Sign as {person}", person)
        return ended

    def signed(self, *signers: tuple[str, str, str]) -> "Governed":
        """Sign as several people, each of whom can."""
        for person, role, decision in signers:
            ended = self.sign(person, role, decision)
            assert ended.code == 0, ended
        return self

    def approved(self) -> "Governed":
        """A promotion that everybody has signed who must."""
        self.promote()
        return self.signed(*ENOUGH)

    def gate(self, *more: str) -> Ended:
        """The gate's answer to the branch, as a document."""
        return self.modelward("gate", "--format", "json", *more)

    def install_hook(self) -> None:
        """Let the server judge what is pushed, by the command that is tested here."""
        hook = self.server / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nexec {COMMAND} gate --pre-receive\n")
        hook.chmod(0o755)

    def push(self, *arguments: str) -> Ended:
        """A real push; what the server says is on standard error."""
        command = ["git", "-C", str(self.root), "push", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return Ended(done.returncode, done.stdout, done.stderr)


ENOUGH: Sequence[tuple[str, str, str]] = (
    ("engineer-1", "ml-engineer", "propose"),
    ("engineer-2", "ml-engineer", "approve"),
    ("lead-1", "team-lead", "approve"),
)
