"""One run of `apply`: the plan is shown and carried out, put on record, proposed to git, and told to the world."""

import os
import socket
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from modelward.cli.options import Output, emit, now, unless_quiet
from modelward.cli.prompting import require_somebody
from modelward.cli.proposing import propose
from modelward.cli.reconciling import Reconciling
from modelward.cli.sofar import Sofar
from modelward.cli.stopping import Stopped, Stopping
from modelward.cli.telling import Teller
from modelward.errors import CannotEvaluate, Denied, ExitCode, ModelwardError, WrongUse
from modelward.events.delivering import Delivery
from modelward.events.interface import Event
from modelward.events.outbox import Told
from modelward.forge.interface import RepositoryName
from modelward.ledger.branch import LedgerRaced
from modelward.ledger.folding import State
from modelward.reconcile.executing import Announced, Applied, Failed, Outcome, execute, refused
from modelward.reconcile.news import alarm, doubted, news, unwritten
from modelward.reconcile.observing import Plan
from modelward.reconcile.recording import deeds
from modelward.reconcile.rehashing import rehash
from modelward.reconcile.remembering import Run, require_writer
from modelward.reconcile.serving import confirmed
from modelward.reconcile.states import ModelPlan
from modelward.reconcile.vouching import vouching
from modelward.report import plans
from modelward.report.metrics import RunMetrics
from modelward.report.terminal import safe
from modelward.specs.ledger import LedgerRecord
from modelward.specs.scalars import ModelName, ReleaseName
from modelward.tree.remotes import RemoteAway


@dataclass(frozen=True)
class Asked:
    """What a run is given beside its plan: the ledger's key, where pull requests go, and how much is hashed again.

    Up to `parallel` models are moved at once.
    """

    key: Path | None = None
    github: RepositoryName | None = None
    rehashed: int = 0
    parallel: int = 1


class Applying:
    """One round of a run: a plan, shown and carried out; what comes of it is added to what the run has `sofar`."""

    def __init__(
        self,
        reconciling: Reconciling,
        plan: Plan,
        asked: Asked,
        outputs: tuple[Output, ...],
        sofar: Sofar,
        teller: Teller,
        stopping: Stopping,
        *,
        quiet: bool,
    ) -> None:
        self._reconciling = reconciling
        self._plan = plan
        self._asked = asked
        self._outputs = outputs
        self._sofar = sofar
        self._teller = teller
        self._stopping = stopping
        self._settled: list[Outcome] = []
        self._noted = 0
        """How many of them the world is told of."""
        self._told: set[ModelName] = set()
        """Of which models it is told what was found."""
        self._quiet = quiet
        # What a person follows gives way to a document on standard output.
        self._aside = any(output.format == "json" and output.path is None for output in outputs)
        self._said: list[str] = []
        self._away: CannotEvaluate | None = None
        self._raced = False
        self._claimed = False
        """Whether another run has claimed a model that this one was to move."""
        self._looked = False
        """Whether the round has looked at everything, so that what it has not found is not so."""
        self._relieved: set[ModelName] = set()
        """The models from which something had to go, before and without all else."""
        self._sound: set[tuple[ModelName | None, ReleaseName | None]] = set()
        """The releases that serve, and whose bytes it has found to be those that were signed."""
        self._on_record: Run | None = None
        self.rooted = False
        """Whether this clone and the registries go by what a person vouched for, so that nobody need do so again."""

    def apply(self, *, yes: bool, dry_run: bool) -> None:
        """Show the plan, and carry it out when that is wanted: what reduces risk first, then all else.

        Raises `LedgerRaced` when another run was first somewhere: then everything is to be looked at again.
        """
        plan, where = self._plan, self._reconciling.where
        run = None if dry_run else self._run()
        worth_saying = bool(plan.changes or plan.blocked or plan.untrusted)
        self._say(plans.plan_as_text(plan, where, only_news=self._quiet), always=worth_saying)
        memory = self._reconciling.memory
        root = memory.trusted.root[:12] if memory is not None and memory.ledger.commit is None else None
        if dry_run:
            if root is not None:
                self._say(f"A ledger would begin, which trusts main from {root} on.", always=True)
            if self._reconciling.unsure is not None:
                raise self._reconciling.unsure
            return
        self._connect()
        self._on_record = run
        asks = not yes and bool(plan.changes or root)
        if asks:
            require_somebody("apply changes a registry", "--yes")
        if root is not None:
            self._say(f"A ledger begins, which trusts main from {root} on.", always=True)
        if asks:
            _confirm()
        try:
            self._carry_out(run)
        except (Exception, Stopped):
            # Whoever goes on from here finds again what this round has not settled.
            self._note([outcome.plan for outcome in self._settled[self._noted :]])
            raise
        finally:
            doubts = [self._reconciling.doubt, *self._reconciling.registries.doubted.values()]
            self._post([doubted(doubt, now()) for doubt in doubts if doubt is not None])

    def _carry_out(self, run: Run | None) -> None:
        plan, where = self._plan, self._reconciling.where
        if self._reconciling.memory is not None:
            self._reconciling.memory.take_root()
        with_steps = [model for model in plan.models if model.actions]
        with self._stopping.deferred():
            self._relieve(run, [model for model in with_steps if model.urgent])
        others = [model for model in with_steps if not model.urgent]
        self._relieved = {model.model for model in with_steps if model.urgent}
        quiet = [model for model in plan.models if model.model not in self._relieved]
        self._away = self._away or self._reconciling.doubt
        if self._away is None and run is None:
            with self._stopping.deferred():
                self._execute(others, None)
        elif self._away is None and run is not None:
            self._announced(run, others, quiet)
        self._note(quiet)
        if self._away is None and run is not None:
            self._propose()
        if self._sofar.outcomes:
            self._say(plans.outcomes_as_text(self._sofar.outcomes, where))
        self._rehash()
        if self._raced:
            raise LedgerRaced("others move what this run looks at all the time", "run again")
        self._looked = self._reconciling.full and not self._claimed and self._verdict() is not ExitCode.NOT_EVALUATED

    def _rehash(self) -> None:
        """Hash again some of what serves, and tell of what is not as it was."""
        for live, unsound in rehash(
            self._plan, self._reconciling.registries, self._asked.rehashed, self._reconciling.at
        ):
            if unsound is None:
                self._sound.add((live.model, live.pin.release))
                continue
            self._sofar.unsound.append(unsound)
            self._post([alarm(unsound, now())])
            self._say(plans.unsound_as_text(unsound), always=True)

    def _note(self, found: Iterable[ModelPlan]) -> None:
        """Have the world told of what was `found`, once a model, and done since the last time.

        What the ledger said before the round tells what is new.
        """
        state = self._state
        settled, self._noted = self._settled[self._noted :], len(self._settled)
        new = [plan for plan in found if plan.model not in self._told]
        self._told.update(plan.model for plan in new)
        recorded: Sequence[LedgerRecord] = () if self._on_record is None else self._on_record.recorded
        self._post(news(new, self._plan.untrusted, settled, recorded, state, now()))
        applied = [outcome.plan for outcome in settled if isinstance(outcome, Applied)]
        self._sofar.actions.update(str(deed.kind) for plan in applied for deed in deeds(plan, state))

    def _post(self, events: Iterable[Event]) -> None:
        assert self._sofar.delivery is not None, "nothing is done before it is known whom to tell"
        for event in events:
            self._teller.post(event, self._sofar.delivery)

    @property
    def _state(self) -> State:
        memory = self._reconciling.memory
        return State() if memory is None else memory.ledger.state

    def _connect(self) -> None:
        """Find out, before anything is done, where the run's events go; what is lacking there keeps back no deed."""
        if self._sofar.delivery is None:
            environments = [file.spec for file in self._reconciling.merged.snapshot.environments.values()]
            connected = self._teller.connected(environments, self._reconciling.repository)
            self._sofar.delivery = Delivery(connected.sinks, self._reconciling.outbox)
            self._sofar.lacking = connected.lacking

    def outrun(self) -> None:
        """Say that what was shown is not to be done, because others were first, and that all is looked at again."""
        self._say(plans.outrun_as_text(), always=bool(self._plan.changes))

    def tell(self) -> None:
        """Tell the world what the run did; a place that does not listen changes nothing, and no signal ends it."""
        if self._sofar.delivery is not None:
            with self._stopping.held():
                self._sofar.delivery.forget(self._mended)
                self._teller.deliver(self._sofar.delivery)

    def _mended(self, told: Told) -> bool:
        """Whether what the run has not found, and people were told of, is so no more: it has looked where that was."""
        if told.type == "ml.model.artifact.changed":
            return (told.model, told.release) in self._sound
        # Of a model from which something had to go the run has looked at nothing else.
        return self._looked and told.model not in self._relieved

    def end(self) -> None:
        """Write what was asked for, and leave with the exit code that it deserves."""
        if self._sofar.suspends:
            self._say(_taken_out(self._sofar.suspends), always=True)
        error = self._error()
        commit, why = self._reconciling.merged.commit, None if error is None else error.message
        emit(
            unless_quiet(self._outputs, quiet=True),  # The text has been said as it happened.
            {
                "text": lambda: "\n".join(self._said),
                "json": lambda: plans.to_json(
                    plans.outcomes_as_document(self._sofar.outcomes, self._plan, commit, why)
                ),
            },
        )
        if error is not None:
            raise error
        self._teller.require_said()
        code = self._verdict()
        if code is not ExitCode.DONE and not (code is ExitCode.DENIED and self._sofar.heard):
            raise click.exceptions.Exit(code)

    def _error(self) -> ModelwardError | None:
        """Why the run could not do all that it is there for: the gravest reason."""
        errors: list[ModelwardError] = [*self._reconciling.registries.unavailable]
        if self._away is not None:
            kept = "nothing but what reduces risk was done; it is kept here until the ledger takes it"
            remedy = kept if isinstance(self._away, RemoteAway) else self._away.remedy
            errors.append(CannotEvaluate(self._away.message, remedy))
        # What is not known weighs more than what was not set.
        return max((*errors, *self._sofar.lacking), key=lambda error: error.code, default=None)

    def _verdict(self) -> ExitCode:
        return self._sofar.verdict(self._plan, away=self._away is not None)

    def metrics(self) -> RunMetrics:
        """The run in numbers, once it has ended."""
        return RunMetrics(
            started=self._reconciling.at,
            ended=now(),
            success=self._verdict() is ExitCode.DONE,
            full=self._reconciling.full,
            actions=dict(self._sofar.actions),
            failures=sum(isinstance(outcome, Failed) for outcome in self._sofar.outcomes),
            fleet=self._sofar.fleet(self._plan, self._state, self._settled),
        )

    def _relieve(self, run: Run | None, urgent: list[ModelPlan]) -> None:
        """Take out of service what must go; nothing is asked and nobody waited for, and then it is put on record."""
        memory = self._reconciling.memory
        # What others had moved is looked at again; nothing was done, and nobody was told that it would be.
        done = [one for one in self._execute(urgent, None) if not _moved(one)]
        if run is not None and memory is not None:
            try:
                if done:
                    run.draw_up(done)
                    # Whatever becomes of this run now, people learn of it.
                    self._note([outcome.plan for outcome in self._settled])
                    run.keep(done, self._reconciling.doubt, self._reconciling.registries)
                elif memory.doubt is not None:
                    raise memory.doubt
            except CannotEvaluate as error:
                self._go_on_without(error)

    def _go_on_without(self, ledger: CannotEvaluate) -> None:
        """Do no more that needs the ledger; that it takes nothing is told, where it is not known to be away."""
        self._away = ledger
        memory = self._reconciling.memory
        if memory is not None and ledger not in (memory.doubt, self._reconciling.doubt):
            self._post([unwritten(ledger, now())])

    def _announced(self, run: Run, others: list[ModelPlan], quiet: list[ModelPlan]) -> None:
        """Hash what moves in, let the ledger know, then act, and say there what came of it.

        What was found `quiet` is told before it is on record, where no later run finds it anew.
        """
        claimed = run.claimed(others)
        self._claimed = bool(claimed)
        if claimed:
            self._say(plans.claimed_as_text(claimed), always=True)
        wanted = tuple(model for model in others if model.model not in claimed)
        wrong = refused(wanted, self._reconciling.registries, self._progress, self._sofar.hashed, self._asked.parallel)
        out = {outcome.plan.model for outcome in wrong}
        acting = [model for model in wanted if model.model not in out]
        with self._stopping.deferred():
            self._note(())
            run.draft(quiet, [one for one in wrong if not one.moved])
            assert self._sofar.delivery is not None, "nothing is done before it is known whom to tell"
            known = set(self._sofar.delivery.posted)
            self._note(quiet)
            try:
                announced = run.announce(acting)
            except LedgerRaced:
                # Whoever was first tells of it, if it is so still.
                self._sofar.delivery.withdraw(known)
                raise
            except CannotEvaluate as error:
                self._settle(wrong)
                self._go_on_without(error)
                return
            if self._reconciling.roots.vouched:
                run.anchor_again(self._plan, self._reconciling.registries, self._reconciling.repository)
            self.rooted = True
            self._settle(wrong)
            done = self._execute(acting, announced)
            if done:
                # People learn of it, whatever becomes of this run now; whoever records it then tells the same event.
                self._note(())
                run.record(done)

    def _propose(self) -> None:
        if self._asked.key is not None:
            for line in propose(self._plan, self._reconciling, self._asked.key.resolve(), self._asked.github):
                self._say(line.text, always=line.news)
                if line.wrong is not None:
                    self._sofar.unproposed += 1
                    self._post([line.wrong])

    def _execute(self, acting: list[ModelPlan], announced: Announced | None) -> list[Outcome]:
        registries, sofar = self._reconciling.registries, self._sofar
        parallel, stopped = self._asked.parallel, lambda: self._stopping.wished
        done = execute(tuple(acting), registries, self._progress, announced, parallel, sofar.hashed, stopped)
        tried = list(confirmed(list(done), registries, announced))
        self._settle(tried)
        return tried

    def _settle(self, tried: Sequence[Outcome]) -> None:
        """Say what came of some plans; what others had moved is left for another round."""
        settled = tried if self._reconciling.memory is None else [one for one in tried if not _moved(one)]
        self._raced = self._raced or len(settled) < len(tried)
        self._settled += settled
        self._sofar.outcomes += settled
        for outcome in settled:
            self._say(plans.outcome_as_text(outcome), always=isinstance(outcome, Failed))

    def _progress(self, plan: ModelPlan) -> None:
        """Say on a terminal which model is being hashed or moved, which may take long."""
        if not self._quiet and sys.stderr.isatty():
            self._teller.say(f"        {safe(plan.model)} ...", err=True)

    def _run(self) -> Run | None:
        memory = self._reconciling.memory
        if memory is None:
            if self._asked.key is None:
                return None
            begin = WrongUse("no ledger is kept yet", "name the commit from which it begins: --trust-root COMMIT")
            raise self._reconciling.doubt or begin
        assert self._asked.key is not None, "a run without the key of its ledger is refused before it looks"
        holder = f"{socket.gethostname()} {os.getpid()}"
        return Run(memory, self._asked.key.resolve(), holder, now, vouching(self._reconciling.merged.snapshot))

    def _say(self, text: str, *, always: bool = False) -> None:
        self._said.append(text)
        if always or not self._quiet:
            if self._sofar.heading is not None:
                self._teller.say(self._sofar.heading, err=self._aside)
                self._sofar.heading = None
            self._teller.say(text, err=self._aside)


def require_allowed(reconciling: Reconciling, asked: Asked) -> None:
    """Refuse, before anything is looked at, a run that cannot write the ledger which is kept: `WrongUse`."""
    memory = reconciling.memory
    if memory is None:
        return
    if asked.key is None:
        raise WrongUse("this repository keeps a ledger, and a run signs it", "give the key: --ledger-key FILE")
    memory.require_kept_here()
    require_writer(memory, asked.key, reconciling.merged.snapshot.people.spec)


def _moved(outcome: Outcome) -> bool:
    return isinstance(outcome, Failed) and outcome.moved


def _taken_out(releases: int) -> str:
    one = releases == 1
    return f"{releases} release{' was' if one else 's were'} taken out of service in this run."


def _confirm() -> None:
    if not click.confirm("Apply these steps?", default=False):
        raise Denied("nothing was changed")
