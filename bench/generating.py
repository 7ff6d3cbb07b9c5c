"""Repositories of any number of models, derived from this repository's own model, policies and rules.

Each model is the shipped one under another name: its five specs, two or three releases and all their evidence, with
digests, run ids, owners, schedules and deployments of its own; a team has the same thresholds for all its models of a
tier. The same count always gives the same repository.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

from modelward.tree.directory import DirectorySource
from modelward.tree.model import Model

REPOSITORY: Final = Path(__file__).resolve().parents[1]
TEMPLATE: Final = "credit-risk"
ORGANISATION: Final = ("policies", "environments", "validators")

_PRODUCTS: Final = ("credit-card", "mortgage", "auto-loan", "overdraft", "payments", "savings", "insurance", "leasing")
_PURPOSES: Final = ("default", "fraud", "churn", "limit", "collections", "pricing", "affordability", "next-offer")
_TEAMS: Final = ("risk-ml-guild", "fraud-analytics", "customer-science", "pricing-lab", "collections-data")
_TIERS: Final = ("high", "medium", "high", "low")
_COMMITTED_AT: Final = 1_795_000_000
"""Seconds since 1970 of the one commit."""


@dataclass(frozen=True)
class GeneratedModel:
    """One model of a generated repository: its place in the fleet decides all that differs from the template."""

    index: int

    @property
    def name(self) -> str:
        """The folder under `models/`."""
        purposes = len(_PURPOSES)
        product = _PRODUCTS[self.index // purposes % len(_PRODUCTS)]
        return f"{product}-{_PURPOSES[self.index % purposes]}-{self.index:05}"

    @property
    def registered_model(self) -> str:
        """The name in the registry."""
        return self.name.replace("-", "_")

    @property
    def team(self) -> str:
        """The team that owns the model."""
        return _TEAMS[self.index % len(_TEAMS)]

    @property
    def tier(self) -> str:
        """The tier."""
        return _TIERS[self.index % len(_TIERS)]

    @property
    def least_samples(self) -> int:
        """The least samples of a measurement, another for each team and tier."""
        return 300 - self.index % (len(_TEAMS) * len(_TIERS))

    def schedule(self, view: int) -> tuple[int, int]:
        """Minute and hour at which a feature view is refreshed: every five minutes of the small hours."""
        slot = self.index * 7 + view * 11
        return slot % 12 * 5, slot // 12 % 6

    @property
    def releases(self) -> int:
        """How many of the template's releases the model has: two or three."""
        return 2 + self.index % 2

    @property
    def promoted(self) -> bool:
        """Whether production runs the newest release, which staging runs always; else it runs the one before."""
        return self.index % 4 == 0

    def artifact(self, version: str) -> dict[str, bytes]:
        """The files of a release: nothing to load, and enough to hash."""
        return {"MLmodel": f"{self.name} {version}\n".encode()}

    def artifact_digest(self, version: str) -> str:
        """The digest of a release's files, by its definition."""
        lines = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in self.artifact(version).items())
        return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"

    def own(self, original: str) -> str:
        """A digest or a run id of the template as this model has it; that of an artifact is `artifact_digest`."""
        fresh = hashlib.sha256(f"{self.name} {original}".encode()).hexdigest()
        return f"sha256:{fresh}" if original.startswith("sha256:") else fresh[: len(original)]


def fleet(count: int) -> Iterator[GeneratedModel]:
    """The models of a repository, in the order of their index."""
    return map(GeneratedModel, range(count))


@dataclass(frozen=True)
class TemplateRelease:
    """One release of the template: its record, its documents by path, and the digest that the record pins for each."""

    version: str
    number: int
    run_id: str | None
    record: str
    documents: Mapping[str, str]
    pinned: Mapping[str, str]


class Template:
    """The shipped model, taken apart into what every generated model shares and what each has of its own."""

    def __init__(self, repository: Path = REPOSITORY) -> None:
        folder = repository / "models" / TEMPLATE
        model = Model(DirectorySource(repository), TEMPLATE)
        self.specs = {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.relative_to(folder).parts[0] != "releases"
        }
        self.releases: list[TemplateRelease] = []
        identities: set[str] = set()
        self._artifacts: dict[str, str] = {}
        for version, release in model.releases.items():
            spec = release.spec
            (registered,) = spec.registered.values()
            below = folder / "releases" / version
            self.releases.append(
                TemplateRelease(
                    version,
                    registered.version,
                    registered.run_id,
                    (below / "release.yaml").read_text(encoding="utf-8"),
                    {pin.path: (below / pin.path).read_text(encoding="utf-8") for pin in spec.evidence},
                    {pin.path: pin.digest for pin in spec.evidence},
                )
            )
            self._artifacts[spec.artifact.digest] = version
            identities |= {
                spec.artifact.digest,
                *([registered.run_id] if registered.run_id else []),
                *(dataset.digest for dataset in spec.datasets),
            }
        self.releases.sort(key=lambda release: release.number)
        self._identities = sorted(identities)
        self._identity = re.compile("|".join(map(re.escape, self._identities)))

    def files(self, model: GeneratedModel) -> Iterator[tuple[str, bytes]]:
        """Every file of a model with its path from the repository's root."""
        own = {identity: model.own(identity) for identity in self._identities}
        own |= {digest: model.artifact_digest(version) for digest, version in self._artifacts.items()}
        for name, text in self.specs.items():
            written = self._manifest(model, text) if name == "manifest.yaml" else text
            if name == "thresholds.yaml":
                written = _line("min_samples: 300", f"min_samples: {model.least_samples}", text)
            yield f"models/{model.name}/{name}", written.encode()
        for release in self.releases[: model.releases]:
            folder = f"models/{model.name}/releases/{release.version}"
            record = self._identity.sub(lambda found: own[found.group()], release.record)
            for path, text in release.documents.items():
                document = _once(text, f'"model": "{TEMPLATE}"', f'"model": "{model.name}"')
                content = self._identity.sub(lambda found: own[found.group()], document).encode()
                pin = f"sha256:{hashlib.sha256(content).hexdigest()}"
                record = _once(record, release.pinned[path], pin)
                yield f"{folder}/{path}", content
            ticket = f"ticket: MLGOV-{1000 + 10 * model.index + release.number}"
            yield f"{folder}/release.yaml", _line(r"ticket: \S+", ticket, record).encode()

    def registered(self, model: GeneratedModel) -> list[tuple[int, str]]:
        """Version and run id of each release of a model, as its registry keeps them."""
        return [(release.number, model.own(release.run_id or "")) for release in self.releases[: model.releases]]

    def deployed(self, model: GeneratedModel) -> dict[str, int]:
        """The version that each environment of a model should show."""
        return {environment: release.number for environment, release in self._deployed(model).items()}

    def _deployed(self, model: GeneratedModel) -> dict[str, TemplateRelease]:
        newest = self.releases[: model.releases]
        return {"staging": newest[-1], "production": newest[-1 if model.promoted else -2]}

    def _manifest(self, model: GeneratedModel, text: str) -> str:
        text = _line(r"model: \S+", f"model: {model.name}", text)
        text = _line(r"registered_model: \S+", f"registered_model: {model.registered_model}", text)
        text = _line(r"tier: \S+", f"tier: {model.tier}", text)
        text = _line(r"owner: \{team: [^,]+,", f"owner: {{team: {model.team},", text)
        for environment, release in self._deployed(model).items():
            pattern = rf'  {environment}: \{{release: "[^"]+"'
            text = _line(pattern, f'  {environment}: {{release: "{release.version}"', text)
        views = iter(range(1_000))

        def moved(found: re.Match[str]) -> str:
            minute, hour = model.schedule(next(views))
            return f'refresh: "{minute} {hour if found[1].isdigit() else found[1]} '

        return re.sub(r'refresh: "\d+ (\S+) ', moved, text)


def generate(root: Path, count: int, more: Mapping[str, bytes] = MappingProxyType({})) -> None:
    """Make a git repository of `count` models at `root`: one commit, checked out, and merged in its upstream branch.

    The content of `more`, by path, stands there instead of what is generated, or beside it.

    The content goes to git in one stream, so that the repository is packed and its index fresh, as in a clone.
    """
    root.mkdir(parents=True)
    _git(root, "init", "--quiet", "--initial-branch=main")
    with subprocess.Popen(
        _command(root, "fast-import", "--quiet"), stdin=subprocess.PIPE, env=_environment()
    ) as importing:
        assert importing.stdin is not None
        _write_commit(importing.stdin, count, more)
        importing.stdin.close()
        if importing.wait() != 0:
            raise RuntimeError(f"git fast-import ended with {importing.returncode}")
    _git(root, "update-ref", "refs/remotes/origin/main", "refs/heads/main")
    _git(root, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    _git(root, "config", "branch.main.remote", "origin")
    _git(root, "config", "branch.main.merge", "refs/heads/main")
    _git(root, "checkout", "--quiet", "--force", "main")
    # Git compares whole seconds: what was written in the index's own second it would read again and again.
    index = root / ".git" / "index"
    written = index.stat().st_mtime
    os.utime(index, (written, written + 1))


def commit_on_top(root: Path, branch: str, changes: Sequence[Mapping[str, bytes]]) -> None:
    """Put commits on a branch, each of which writes some files; the working tree is left as it was."""
    with subprocess.Popen(
        _command(root, "fast-import", "--quiet"), stdin=subprocess.PIPE, env=_environment()
    ) as importing:
        assert importing.stdin is not None
        for index, files in enumerate(changes):
            start = b"from refs/heads/%s^0\n" % branch.encode() if index == 0 else b""
            importing.stdin.write(
                b"commit refs/heads/%s\ncommitter Bench <bench@example.org> %d +0000\ndata 4\nMore\n%s"
                % (branch.encode(), _COMMITTED_AT + index, start)
            )
            for path, content in files.items():
                _write_file(importing.stdin, path, content)
            importing.stdin.write(b"\n")
        importing.stdin.close()
        if importing.wait() != 0:
            raise RuntimeError(f"git fast-import ended with {importing.returncode}")


def _write_commit(stream: IO[bytes], count: int, more: Mapping[str, bytes]) -> None:
    message = b"The whole fleet"
    stream.write(
        b"commit refs/heads/main\ncommitter Bench <bench@example.org> %d +0000\ndata %d\n%s\n"
        % (_COMMITTED_AT, len(message), message)
    )
    for path, content in _organisation():
        _write_file(stream, path, content)
    template = Template()
    for model in fleet(count):
        for path, content in template.files(model):
            _write_file(stream, path, content)
    for path, content in more.items():
        _write_file(stream, path, content)
    stream.write(b"\n")


def _organisation() -> Iterator[tuple[str, bytes]]:
    source = DirectorySource(REPOSITORY)
    yield ".gitattributes", b"* -text\n"
    for folder in ORGANISATION:
        for entry, content in source.read(source.entries(folder)):
            yield entry.path, content


def _write_file(stream: IO[bytes], path: str, content: bytes) -> None:
    stream.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))


def _line(pattern: str, replacement: str, text: str) -> str:
    """The text with the one line that starts with `pattern` changed."""
    changed, times = re.subn(f"^{pattern}", replacement, text, flags=re.MULTILINE)
    if times != 1:
        raise ValueError(f"{times} lines of the template match {pattern!r}, not one")
    return changed


def _once(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in the template, not once")
    return text.replace(old, new)


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(_command(root, *arguments), check=True, env=_environment(), stdout=subprocess.DEVNULL)


def _command(root: Path, *arguments: str) -> list[str]:
    return ["git", "-c", "gc.auto=0", "-c", "core.fsync=none", "-C", str(root), *arguments]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
