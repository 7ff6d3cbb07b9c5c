"""`apply`: make the registry match git."""

import json
import signal
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from modelward.cli.applying import Applying, Asked, require_allowed
from modelward.cli.options import Output, formats, here, now, quietly, selection
from modelward.cli.reconciling import Reconciling, Selected, Shard, remembering, shard
from modelward.cli.sofar import Sofar
from modelward.cli.stopping import Stopped, Stopping
from modelward.cli.telling import Teller, Telling, telling
from modelward.errors import Denied, ExitCode, ModelwardError, WrongUse
from modelward.forge.interface import RepositoryName
from modelward.ledger.branch import LedgerRaced
from modelward.reconcile.observing import Plan
from modelward.report import plans
from modelward.report.logs import Happening
from modelward.report.metrics import RunMetrics
from modelward.report.terminal import dim, safe
from modelward.specs.scalars import Duration
from modelward.tree.json_reader import read_json
from modelward.tree.text import Refused

_ROUNDS = 5
_STOPS = (signal.SIGINT, signal.SIGTERM)
_PASSING = frozenset({"reason", "notes", "since", "until"})


class _Interval(click.ParamType[Duration]):
    """A time between runs, as specs write durations."""

    name = "interval"

    def convert(self, value: str | Duration, param: click.Parameter | None, ctx: click.Context | None) -> Duration:
        """The duration that the argument writes."""
        if isinstance(value, Duration):
            return value
        if not value[:-1].isdigit() or value[-1:] not in "smh" or len(value) > 6 or not int(value[:-1]):
            self.fail(f"`{value}` is no interval such as 30s, 5m or 1h", param, ctx)
        return Duration.parse(value)


@click.command("apply")
@click.argument("saved", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@selection
@shard
@remembering
@click.option("--ledger-key", type=click.Path(path_type=Path), metavar="FILE", help="The key that signs the ledger.")
@click.option("--github", metavar="OWNER/REPO", help="Open a pull request there for what was taken out.")
@click.option("--adopt", is_flag=True, help="Take over registered models that others have set.")
@click.option("--verify-artifacts", type=click.IntRange(min=1), metavar="N", help="Hash N of what serves again.")
@click.option(
    "--parallel", type=click.IntRange(1, 32), default=4, show_default=True, metavar="N", help="Move N models at once."
)
@click.option("--watch", type=_Interval(), metavar="INTERVAL", help="Run again and again, so long after each run.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@telling
@formats
@quietly
@here
def command(
    saved: Path | None,
    ref: str,
    models: tuple[str, ...],
    environments: tuple[str, ...],
    part: Shard | None,
    remote: str | None,
    trust_root: str | None,
    ledger_root: str | None,
    ledger_key: Path | None,
    github: str | None,
    adopt: bool,
    verify_artifacts: int | None,
    parallel: int,
    watch: Duration | None,
    yes: bool,
    dry_run: bool,
    telling: Telling,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
) -> None:
    """Make the registry match the specs at a commit, or carry out the plan in FILE if nothing has moved since.

    Each model's artifacts are hashed before anything of it moves, and every step is read back. A model that cannot
    follow leaves the others alone. Where a ledger is kept, every merged step is judged first, and what is done is
    announced and recorded there; it begins with --trust-root and --ledger-key. Releases with steps in canary.yaml then
    come in by them, and what its triggers say must go is taken out.
    """
    wanted = _read_saved(saved) if saved is not None else None
    selected = Selected(ref, models, environments, adopt, part)
    if wanted is not None:
        if models or environments or adopt or part or watch or ref != "HEAD":
            raise WrongUse("a saved plan has its own selection", "give FILE alone, or the options alone")
        select = wanted["select"]
        selected = Selected(wanted["ref"], tuple(select["models"]), tuple(select["environments"]), wanted["adopt"])
    if watch is not None and not (yes or dry_run):
        raise WrongUse("nobody is there to ask while `--watch` runs", "give --yes")
    rooted = _Rooted(remote, trust_root, ledger_root)
    # In a file of variables, one that is named and empty asks for nothing.
    forge = RepositoryName.parse(f"github:{github}") if github else None
    asked = Asked(ledger_key, forge, verify_artifacts or 0, parallel)
    # While it watches, a run that has begun is brought to its end whole.
    stopping = Stopping(_STOPS if watch is None else ())
    runs = _Runs(folder, selected, rooted, asked, outputs, Teller(telling), stopping, quiet=quiet, dry_run=dry_run)
    try:
        if watch is None:
            runs.once(wanted, yes=yes)
        else:
            runs.watch(watch)
    except Stopped:
        done = "it was told to end: what it had begun is finished and on record"
        more = {"exit_code": int(ExitCode.INTERRUPTED)}
        if runs.teller.failed(Happening(now(), "warning", "run.stopped", done, fields=more)):
            raise click.exceptions.Exit(ExitCode.INTERRUPTED) from None
        raise
    finally:
        runs.teller.close()


@dataclass(frozen=True)
class _Rooted:
    """Where the ledger is kept, and what a person vouches for."""

    remote: str | None
    trust: str | None
    ledger: str | None


@dataclass
class _Runs:
    """What all runs of a process share; what a person vouches for holds until a run has gone by it."""

    folder: Path
    selected: Selected
    rooted: _Rooted
    asked: Asked
    outputs: tuple[Output, ...]
    teller: Teller
    stopping: Stopping
    quiet: bool
    dry_run: bool

    def once(self, wanted: dict[str, Any] | None, *, yes: bool, heading: str | None = None) -> None:
        """One run; ends with the exit code that it deserves."""
        try:
            self._once(wanted, Sofar(heading=heading), yes=yes)
        except ModelwardError as error:
            more = {"help": error.remedy or None, "exit_code": int(error.code)}
            if self.teller.failed(Happening(now(), "error", "run.failed", error.message, fields=more)):
                raise click.exceptions.Exit(error.code) from error
            raise

    def _once(self, wanted: dict[str, Any] | None, sofar: Sofar, *, yes: bool) -> None:
        started = now()
        self.teller.begin()
        applying: Applying | None = None
        try:
            for rounds_left in reversed(range(_ROUNDS)):
                reconciling = Reconciling(
                    self.folder, self.selected, self.rooted.remote, self.rooted.trust, self.rooted.ledger
                )
                if not self.dry_run:
                    require_allowed(reconciling, self.asked)
                plan = reconciling.plan(relieving=True)
                if wanted is not None:
                    _check_unmoved(wanted, plan, reconciling)
                applying = Applying(
                    reconciling, plan, self.asked, self.outputs, sofar, self.teller, self.stopping, quiet=self.quiet
                )
                try:
                    applying.apply(yes=yes, dry_run=self.dry_run)
                except LedgerRaced:
                    if not rounds_left:
                        raise
                    applying.outrun()
                else:
                    break
                finally:
                    if applying.rooted:
                        # Whoever vouched saw what was there then, and nothing that comes later.
                        self.rooted = replace(self.rooted, trust=None, ledger=None)
        except (Exception, Stopped):
            self.teller.count(RunMetrics(started, now(), success=False, full=False, actions=dict(sofar.actions)))
            if applying is not None:
                applying.tell()
            raise
        assert applying is not None
        if not self.dry_run:
            self.teller.count(applying.metrics())
            applying.tell()
            self.stopping.heed()
        applying.end()

    def watch(self, interval: Duration) -> None:
        """Run again and again until somebody says stop; then the run that has begun is brought to its end.

        Raises `Stopped` then, as a single run does that is told to end.
        """
        stopped = threading.Event()
        before = {each: signal.signal(each, lambda _number, _frame: stopped.set()) for each in _STOPS}
        try:
            while not stopped.is_set():
                at = f"{now():%Y-%m-%dT%H:%M:%SZ}"
                try:
                    self.once(None, yes=True, heading=dim(f"-- {at}"))
                except ModelwardError as error:
                    self.teller.say(f"error at {at}: {safe(error.message)}\n  = help: {safe(error.remedy)}", err=True)
                except click.exceptions.Exit:
                    pass  # What it says has been said.
                except Exception as error:  # noqa: BLE001 - no run takes the later ones with it
                    crash = f"crash at {at}: {type(error).__name__}: {error}"
                    if not self.teller.failed(Happening(now(), "error", "run.failed", crash)):
                        self.teller.say(safe(crash), err=True)
                stopped.wait(interval.fixed.total_seconds())
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        raise Stopped


def _read_saved(path: Path) -> dict[str, Any]:
    try:
        document = read_json(path.read_bytes())
    except OSError as error:
        raise WrongUse(f"cannot read {path}: {error.strerror}", "save one with `modelward plan --out FILE`") from error
    except Refused as refused:
        raise WrongUse(
            f"{path} is no saved plan: {refused.message}", "save one with `modelward plan --out FILE`"
        ) from refused
    select = document.get("select")
    sound = (
        document.get("schema") == "plan/v1"
        and isinstance(document.get("ref"), str)
        and isinstance(document.get("adopt"), bool)
        and isinstance(select, dict)
        and all(
            isinstance(select.get(name), list) and all(isinstance(item, str) for item in select[name])
            for name in ("models", "environments")
        )
    )
    if not sound:
        raise WrongUse(f"{path} is no saved plan", "save one with `modelward plan --out FILE`")
    return document


def _check_unmoved(wanted: dict[str, Any], plan: Plan, reconciling: Reconciling) -> None:
    """Refuse a saved plan unless the one made now does the same to the same: the steps in the file are never used."""
    fresh = plans.as_document(plan, "plan", reconciling.merged.commit, adopt=reconciling.adopt)
    fresh = json.loads(plans.to_json(fresh))
    if wanted.get("commit") != fresh["commit"]:
        made_at = str(wanted.get("commit"))[:12]
        raise Denied(
            f"`{wanted['ref']}` is at {fresh['commit'][:12]} now, the plan was made at {made_at}", "plan again"
        )
    if _lasting({name: wanted.get(name) for name in fresh}) != _lasting(fresh):
        raise Denied("the registry or the specs have moved since the plan was made", "plan again")


def _lasting(document: Any) -> Any:
    """What is said in a document without why and since when, which tell how much time has gone by."""
    if isinstance(document, dict):
        return {name: _lasting(value) for name, value in document.items() if name not in _PASSING}
    return [_lasting(one) for one in document] if isinstance(document, list) else document
