"""The git command, in an environment that no hook or configuration can bend, and what it is asked."""

import os
import re
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from modelward.errors import CannotEvaluate, WrongUse
from modelward.tree.batches import next_object
from modelward.userinfo import without_userinfo

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_WHOLE_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_PROTOCOLS = "file:git:http:https:ssh"
_REACHING = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO")
_SETTINGS = (
    *("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.quotePath=false", "core.warnAmbiguousRefs=true"),
    # Another run may be writing the same reference, which takes no time: wait for it, for so many milliseconds.
    "core.filesRefLockTimeout=3000",
)
_LEFT = "if no other git process is at work there, one that was killed has left that file: remove it"
PATIENCE = "MODELWARD_GIT_PATIENCE"
"""The variable that says for how many seconds a command may speak with another repository."""
_PATIENCE = 300
_ASKING = 30.0
"""Seconds that another repository may take to say where its branches are, which is little to say."""
_ENDING = 3.0


class NoRepository(CannotEvaluate):
    """A folder that lies in no git repository, which is another thing than a repository that git cannot use."""


class TooSlow(CannotEvaluate):
    """A command that spoke with another repository was ended, since that took too long."""


@dataclass(frozen=True)
class Git:
    """The git command in one repository; `root` is the top of its working tree, or the bare repository.

    `quarantine` are the variables by which a hook finds objects that were pushed and are not accepted yet.
    `remote` lets git speak with other repositories, as the user's settings say how, for a limited time, and with nobody
    to ask.
    """

    root: Path
    quarantine: tuple[tuple[str, str], ...] = ()
    remote: bool = False

    def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Standard output of a git command; a failure is `CannotEvaluate` with git's own words."""
        return self._heard(*arguments, stdin=stdin)[0]

    def _heard(self, *arguments: str, stdin: bytes | None = None) -> tuple[bytes, str]:
        """Standard output of a git command, and what it said beside that."""
        try:
            done = self._done(self._command(*arguments), stdin)
        except OSError as error:
            raise CannotEvaluate(f"git cannot be run: {error.strerror}", "install git, or correct PATH") from error
        except subprocess.TimeoutExpired as late:
            why = f"git {arguments[0]}: it did not end within {late.timeout:g} s"
            remedy = f"is the git server well? Where it needs longer for all that it has to send, set {PATIENCE}"
            raise TooSlow(why, remedy) from late
        said = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode != 0:
            why = without_userinfo(_why(said)) or _how(done.returncode)
            looked = "see what `git ls-remote` says of it" if self.remote else "check the repository with `git status`"
            raise CannotEvaluate(f"git {arguments[0]}: {why}", _LEFT if ".lock': File exists" in why else looked)
        return done.stdout, said

    def _done(self, command: list[str], stdin: bytes | None) -> subprocess.CompletedProcess[bytes]:
        """The command once it has ended; where it speaks with others, it is ended with all that it has started."""
        if not self.remote:
            return subprocess.run(command, input=stdin, capture_output=True, env=self._environment(), check=False)
        limit = min(_patience(), _ASKING) if "ls-remote" in command else _patience()
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,
        ) as process:
            try:
                out, said = process.communicate(stdin, timeout=limit)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                _end(process)
                raise
        return subprocess.CompletedProcess(command, process.returncode, out, said)

    def blobs(self, names: Iterable[str]) -> Iterator[bytes | None]:
        """The content of each blob, named by id or as `<commit>:<path>`, through one process; None for what is none."""
        return self._objects(b"blob", names)

    def commits(self, ids: Iterable[str]) -> Iterator[bytes | None]:
        """The raw object of each commit, through one git process; None for what is no commit."""
        return self._objects(b"commit", ids)

    def _objects(self, kind: bytes, names: Iterable[str]) -> Iterator[bytes | None]:
        wanted = list(names)
        answers = BytesIO(self.run("cat-file", "--batch", stdin="".join(f"{name}\n" for name in wanted).encode()))
        yield from (next_object(answers, kind) for _ in wanted)

    def object_ids(self, names: Iterable[str]) -> Iterator[str]:
        """The id of each object named as `<commit>:<path>`, through one process; what names none stands as it was."""
        wanted = "".join(f"{name}\n" for name in names).encode()
        for line in self.run("cat-file", "--batch-check=%(objectname)", stdin=wanted).decode().splitlines():
            yield line.removesuffix(" missing")

    def touched(self, since: str, until: str, folder: str) -> bool:
        """Whether a commit that leads to `until`, and did not lead to `since`, changes anything in a folder."""
        found = self.text("rev-list", "--max-count=1", "--full-history", until, f"^{since}", "--", folder)
        return found != ""

    def not_before(self, later: str, commits: Iterable[str]) -> Iterator[str]:
        """Those of some commits that neither are `later` nor came before it; one process where there is none."""
        wanted = list(commits)
        lines = "".join(f"{commit}\n" for commit in (*wanted, f"^{later}"))
        if self.run("rev-list", "--max-count=1", "--stdin", stdin=lines.encode()):
            yield from (commit for commit in wanted if not self.is_ancestor(commit, later))

    def changes(self, commits: Iterable[str]) -> dict[str, list["Change"]]:
        """What each commit changes against the one before it, through one process; of a merge nothing is told."""
        wanted = "".join(f"{commit}\n" for commit in commits).encode()
        options = ("--stdin", "--root", "-r", "-z", "--raw", "--no-abbrev", "--no-renames")
        words = iter(self.run("diff-tree", *options, stdin=wanted).decode("utf-8", "surrogateescape").split("\0")[:-1])
        found: dict[str, list[Change]] = {}
        for word in words:
            if not word.startswith(":"):
                found[word] = inside = []
                continue
            _, _, _, object_id, status = word.split(" ")
            inside.append(Change(status, next(words), object_id))
        return found

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A git command that goes on running, with pipes to and from it."""
        return subprocess.Popen(
            self._command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment()
        )

    def text(self, *arguments: str) -> str:
        """Standard output of a git command as stripped text."""
        return self.run(*arguments).decode("utf-8", "replace").strip()

    def commit(self, ref: str) -> str:
        """The full id of the commit that `ref` names; `WrongUse` when it names none, or two.

        Whoever may push a tag could otherwise take the place of a branch of that name (THREATS T74). No tag takes that
        of a whole reference, or of a branch of a remote as in `origin/main`, or makes anybody doubt which is meant.
        """
        none = WrongUse(f"`{ref}` names no commit", "give a branch, a tag or a commit id")
        # A control character is in no name, and the null byte in no argument.
        if _CONTROL.search(ref):
            raise none
        try:
            plain = self._plain(ref)
            said, doubts = self._heard("rev-parse", "--verify", "--end-of-options", f"{plain or ref}^{{commit}}")
        except CannotEvaluate as error:
            raise none from error
        if "is ambiguous" in doubts and plain is None and not _WHOLE_ID.fullmatch(ref):
            raise WrongUse(
                f"`{ref}` names more than one thing", "give a whole commit id, or refs/heads/..., refs/tags/..."
            )
        if not _WHOLE_ID.fullmatch(answer := said.decode().strip()):
            raise none
        return answer

    def _plain(self, ref: str) -> str | None:
        """The reference that is meant where `ref` is a whole one, or names what is known of a remote's branch alone.

        A branch of this repository that has the same name is meant as much.
        """
        if "/" not in ref:
            return None
        wanted = [ref] if ref.startswith("refs/") else [f"refs/heads/{ref}", f"refs/remotes/{ref}"]
        found = {*self.text("for-each-ref", "--format=%(refname)", *wanted).splitlines()}
        return wanted[-1] if found.intersection(wanted) == {wanted[-1]} else None

    def is_ancestor(self, earlier: str, later: str) -> bool:
        """Whether `later` is `earlier` or comes after it."""
        return self.text("rev-list", "--max-count=1", "--end-of-options", earlier, f"^{later}") == ""

    def merged_tree(self, base: str, head: str) -> str:
        """The tree that merging two commits gives; `CannotEvaluate` when a person must resolve something."""
        try:
            return self.text("merge-tree", "--write-tree", "--no-messages", "--end-of-options", base, head)
        except CannotEvaluate as error:
            raise CannotEvaluate(
                f"{head[:12]} cannot be merged into {base[:12]}",
                "merge the base into the branch and resolve what conflicts",
            ) from error

    @cached_property
    def common_folder(self) -> str:
        """The folder that git keeps for all working trees of the clone."""
        return self.text("rev-parse", "--path-format=absolute", "--git-common-dir")

    def require_whole(self) -> None:
        """Refuse a clone that lacks history: what is not there cannot be judged."""
        if self.text("rev-parse", "--is-shallow-repository") == "true":
            raise CannotEvaluate("this clone is shallow", "run `git fetch --unshallow`")

    def names(self, tree: str, folder: str) -> list[str]:
        """What stands directly in a folder of a tree, sorted; nothing when the folder is not there."""
        listing = self.run("ls-tree", "-z", "--name-only", "--full-tree", tree, "--", f"{folder}/")
        return sorted(path.rpartition("/")[2] for path in _split(listing))

    def search(self, tree: str, texts: Sequence[str], globs: Sequence[str]) -> set[str]:
        """Files of a tree that may hold one of some texts, in whatever case.

        A file with a backslash or a character beyond ASCII always may: it could spell a text in another way.
        """
        patterns = [text for text in texts if text.isascii()]
        found = self._grep(tree, ("--fixed-strings", "--ignore-case"), patterns, globs) if patterns else set()
        return found | self._grep(tree, ("--extended-regexp",), [r"\\|[^ -~]"], globs)

    def _grep(self, tree: str, how: Sequence[str], patterns: Sequence[str], globs: Sequence[str]) -> set[str]:
        options = ("-l", "-z", "--no-recurse-submodules", "--no-textconv", "--text", *how)
        wanted = [word for pattern in patterns for word in ("-e", pattern)]
        command = [*self._command("grep", *options, *wanted, tree, "--", *globs)]
        command[command.index("--literal-pathspecs")] = "--glob-pathspecs"
        done = subprocess.run(command, capture_output=True, env=self._environment(), check=False)
        if done.returncode not in (0, 1):
            raise CannotEvaluate("git grep failed", "check the repository with `git fsck`")
        return {path.removeprefix(f"{tree}:") for path in _split(done.stdout)}

    def upstream(self) -> str | None:
        """The merge base of HEAD with its upstream branch, or None when there is no upstream, or no commit yet."""
        return self._of_upstream("merge-base", "HEAD")

    def upstream_tip(self) -> str | None:
        """The commit that the upstream branch of HEAD is at, or None when there is none."""
        return self._of_upstream("rev-parse", "--verify", "--quiet")

    def upstream_name(self) -> str | None:
        """What the upstream branch of HEAD is called here, such as `origin/main`; None when there is none."""
        return self._of_upstream("rev-parse", "--abbrev-ref")

    def _upstreams(self) -> list[str]:
        """Where HEAD may come from, the likeliest first; the last for a branch that was pushed is its own copy."""
        upstream, others = "@{upstream}", ["refs/remotes/origin/HEAD", "refs/remotes/origin/main"]
        branch = self.text("branch", "--show-current")
        tracked = self.text("for-each-ref", "--format=%(upstream:lstrip=3)", f"refs/heads/{branch}") if branch else ""
        return [*others, upstream] if branch and tracked == branch else [upstream, *others]

    def _of_upstream(self, *command: str) -> str | None:
        for ref in self._upstreams():
            try:
                return self.text(*command, ref)
            except CannotEvaluate:
                continue
        return None

    def changed_from(self, base: str, head: str | None, folders: Sequence[str] = ()) -> set[str]:
        """Paths that differ between `base` and the commit `head`, or the working tree when `head` is None.

        With `folders` git looks only below these.
        """
        options = ("--no-renames", "--no-ext-diff", "--name-only", "-z")
        if head is not None:
            return _split(self.run("diff-tree", "-r", *options, base, head, "--", *folders))
        new = self.run("ls-files", "--others", "--exclude-standard", "-z", "--", *folders)
        return _split(self.run("diff-index", *options, base, "--", *folders)) | _split(new)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        # Neither replacements nor grafts: history is what the commits themselves say.
        honest = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
        # A partial clone would fetch what it lacks by whatever command its settings name.
        alone = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": _PROTOCOLS if self.remote else "none"}
        # Below a mounted folder git says of no repository what it says of it elsewhere.
        alone |= {"GIT_TERMINAL_PROMPT": "0", "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1"}
        if self.remote:
            alone |= {name: os.environ[name] for name in _REACHING if name in os.environ}
        return kept | honest | alone | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"} | dict(self.quarantine)

    def _command(self, *arguments: str) -> list[str]:
        options = [option for setting in _SETTINGS for option in ("-c", setting)]
        return ["git", "--no-replace-objects", "--literal-pathspecs", *options, "-C", str(self.root), *arguments]


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit does to a file: git's letter for it, the path, and the object that stands there then."""

    status: str
    path: str
    object_id: str


def find_git(folder: Path) -> Git:
    """The repository that `folder` lies in; `NoRepository` when there is none."""
    if not folder.is_dir():
        raise WrongUse(f"{folder} is no folder", "give a repository with -C")
    try:
        top = Path(os.fsdecode(Git(folder).run("rev-parse", "--show-toplevel").removesuffix(b"\n")))
    except CannotEvaluate as error:
        if "not a git repository" not in error.message:
            raise
        raise NoRepository(f"{folder} is not in a git repository", "run `git init`, or give one with -C") from error
    if not folder.resolve().is_relative_to(top.resolve()):
        raise CannotEvaluate(f"{folder} lies outside the working tree {top} of its repository", "unset core.worktree")
    return Git(top)


def _patience() -> float:
    """For how many seconds a command may speak with another repository; `WrongUse` for what is no such number."""
    text = os.environ.get(PATIENCE, "") or str(_PATIENCE)
    if not re.fullmatch("[1-9][0-9]{0,4}", text):
        raise WrongUse(f"the variable {PATIENCE} is no number of seconds", "unset it, or give it a whole number")
    return float(text)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it has started: first so that they can tidy up, then at once."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_ENDING)
            return


def _how(code: int) -> str:
    """How a command ended that said nothing."""
    return f"exit {code}" if code >= 0 else f"it was ended by {signal.Signals(-code).name}"


def _why(said: str) -> str:
    """What a failed command said that helps: why the other side refused, else what git calls the error."""
    lines = [line.strip() for line in said.splitlines() if not line.startswith("hint:")]
    refused = [line for line in lines if line.startswith(("remote: ", "! ["))]
    wrong = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return "; ".join(refused[-3:] or wrong[-1:] or lines[-1:])


def _split(listing: bytes) -> set[str]:
    return {name.decode("utf-8", "surrogateescape") for name in listing.split(b"\0") if name}
