"""What GitHub enforces for main and for the ledger, held against the rulesets that the repository holds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import yaml
from pydantic import ValidationError

from modelward.authoring.carried import source
from modelward.errors import CannotEvaluate
from modelward.forge.interface import Forge, Hosted, Protection
from modelward.forge.rulesets import of_file
from modelward.health.clocks import clock
from modelward.health.outcomes import Check, Failed, Look, Ok, Outcome, Unknown, Warned, each, listed, looked
from modelward.tree.file import content
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot

LEDGER: Final = "modelward/ledger"
_MAIN_RULES: Final = ".github/rulesets/main.json"
_LEDGER_RULES: Final = ".github/rulesets/ledger.json"
_WORKFLOW: Final = ".github/workflows/gate.yml"
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True)
class _Branch:
    """A branch: what is enforced for it, and what is wanted, which the ruleset in the file `rules` enforces."""

    name: str
    found: Protection
    wanted: Protection
    remedy: str


def branches(forge: Forge, snapshot: Snapshot, now: datetime) -> Iterator[Check]:
    """The repository as GitHub knows it, what it enforces, and the workflow that reports the check."""
    try:
        hosted = forge.hosted()
    except CannotEvaluate as error:
        yield Check("github", Unknown(error.message, error.remedy))
        return
    yield looked("github", lambda: _hosted(forge, hosted, snapshot))
    yield looked("github clock", lambda: clock(str(forge.name), hosted.answered_at, now))
    for label, name, rules, looks in (
        ("main", hosted.default_branch, _MAIN_RULES, _of_main),
        ("ledger", LEDGER, _LEDGER_RULES, _of_ledger),
    ):
        try:
            remedy = f"gh api repos/{forge.name.repository}/rulesets --input {rules}"
            branch = _Branch(name, forge.protection(name), _wanted(snapshot, rules), remedy)
        except (CannotEvaluate, Unreadable) as error:
            yield Check(f"{label} protection", Unknown(error.message, error.remedy))
        else:
            yield from each(looks(branch, snapshot))


def _of_main(main: _Branch, snapshot: Snapshot) -> Iterator[tuple[str, Look]]:
    yield "gate workflow", lambda: _workflow(main, snapshot)
    yield "main required check", lambda: _required(main)
    yield "main up to date", lambda: _up_to_date(main)
    yield "main workflow", lambda: _whose(main)
    yield "main reviews", lambda: _reviews(main)
    yield "main bypass", lambda: _bypass(main)
    yield "main force pushes", lambda: _forced(main)
    yield "main deletion", lambda: _deletion(main)


def _of_ledger(ledger: _Branch, _snapshot: Snapshot) -> Iterator[tuple[str, Look]]:
    yield "ledger bypass", lambda: _bypass(ledger)
    yield "ledger force pushes", lambda: _forced(ledger)
    yield "ledger deletion", lambda: _deletion(ledger)


def _hosted(forge: Forge, hosted: Hosted, snapshot: Snapshot) -> Outcome:
    asked, policy = forge.name.repository, snapshot.policy.spec.repository
    if hosted.full_name.lower() != asked.lower():
        return Failed(
            f"`{asked}` is called `{hosted.full_name}` there now", f"modelward doctor --github {hosted.full_name}"
        )
    if hosted.full_name.lower() != policy.lower():
        return Failed(
            f"GitHub calls it `{hosted.full_name}` and policy `{policy}`, for which everything is signed",
            "correct `repository:` in policies/policy.yaml, by a change of its own",
        )
    return Ok(f"{hosted.full_name}, with the branch {hosted.default_branch}")


def _workflow(main: _Branch, snapshot: Snapshot) -> Outcome:
    """Whether the check that is demanded is one that this repository's workflow always reports."""
    entry = snapshot.source.entry(_WORKFLOW)
    if entry is None or entry.size > _MOST_BYTES:
        return Failed(f"there is no {_WORKFLOW}, so nothing reports the check", "modelward init --dry-run lists it")
    try:
        # Every scalar as it is written: `on` is a word here, and no truth value.
        document = yaml.load(content(snapshot.source, entry), yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CannotEvaluate(f"{_WORKFLOW} is no YAML", f"git show HEAD:{_WORKFLOW}") from error
    jobs, on = (document.get(key) if isinstance(document, dict) else None for key in ("jobs", "on"))
    needed = ["pull_request", *(["merge_group"] if main.found.queue else [])]
    events = [on] if isinstance(on, str) else list(on) if isinstance(on, list | dict) else []
    silent = [event for event in needed if event not in events]
    if silent:
        return Failed(
            f"{_WORKFLOW} does not run on {listed(silent)}, so that nothing reports the check there",
            "add the events under `on:`, as the workflow of a new repository has them",
        )
    always = [job.get("name", name) for name, job in jobs.items() if _always(job)] if isinstance(jobs, dict) else []
    lacking = [check.name for check in main.wanted.checks if check.name not in always]
    if lacking:
        return Failed(
            f"no job of {_WORKFLOW} that always runs is called {listed(lacking)}",
            "call the last job as .github/rulesets/main.json does, with `if: always()`",
        )
    return Ok(f"reports {listed([check.name for check in main.wanted.checks])} whatever happens")


def _always(job: Any) -> bool:
    said = job.get("if") if isinstance(job, dict) else None
    return isinstance(said, str) and said.replace(" ", "") in ("always()", "${{always()}}")


def _required(main: _Branch) -> Outcome:
    demanded = {check.name for check in main.found.checks}
    lacking = [check.name for check in main.wanted.checks if check.name not in demanded]
    if lacking:
        return Failed(f"{main.name} does not demand {listed(lacking)}", main.remedy)
    names = {check.name for check in main.wanted.checks}
    loose = sorted(names - {check.name for check in main.found.checks if check.bound})
    if loose:
        return Failed(
            f"{listed(loose)} is demanded from any source: whoever may write a status can report that it passed",
            "bind it to GitHub Actions: Settings, Rules, the check's source",
        )
    return Ok(f"{main.name} demands {listed(sorted(names))} of GitHub Actions")


def _whose(main: _Branch) -> Outcome:
    """Whether a pull request can bring the workflow that judges it: GitHub runs the one of what would be merged."""
    if _WORKFLOW in main.found.workflows:
        return Ok("the organisation demands it by a workflow that no pull request can change")
    why = "a pull request that weakens the gate's workflow is judged by what it brings"
    remedy = "demand the workflow by a ruleset of the organisation: docs/blocking-merges.md"
    if main.found.code_owners:
        return Warned(f"{why}; only the review of its code owners stands against that", remedy)
    return Failed(why, remedy)


def _up_to_date(main: _Branch) -> Outcome:
    """What was judged is what is merged: the branch is up to date with main, or a queue judges the result."""
    if main.found.queue:
        return Ok("a merge queue has what it would merge judged")
    if main.found.up_to_date:
        return Ok("a branch is brought up to date before it is merged")
    return Failed(f"{main.name} takes branches that were judged against an older {main.name}", main.remedy)


def _reviews(main: _Branch) -> Outcome:
    """Reviews beside signatures: no safety rests on them, unless a requirement accepts them."""
    wanted = {
        "a pull request": (main.wanted.reviews, main.found.reviews),
        "a review by code owners": (main.wanted.code_owners, main.found.code_owners),
        "a new review after a push": (main.wanted.stale_reviews_dismissed, main.found.stale_reviews_dismissed),
    }
    lacking = [what for what, (needed, enforced) in wanted.items() if needed and not enforced]
    if lacking:
        return Warned(f"{main.name} does not demand {listed(lacking)}", main.remedy)
    return Ok("as the shipped ruleset demands")


def _bypass(branch: _Branch) -> Outcome:
    if branch.found == Protection():
        return Failed(f"nothing protects {branch.name}", branch.remedy)
    passing = branch.found.bypassed_by
    if passing is None:
        return Unknown(
            f"who passes by the rules of {branch.name} is told only to those who may change them",
            "set GITHUB_TOKEN to one that may administer the repository",
        )
    if passing:
        return Failed(
            f"the rules of {branch.name} do not bind {listed(list(passing))}",
            "take them off the bypass list: Settings, Rules",
        )
    return Ok("nobody passes by")


def _forced(branch: _Branch) -> Outcome:
    if branch.found.force_push_blocked:
        return Ok(f"{branch.name} cannot be rewritten")
    return Failed(f"{branch.name} can be rewritten by a force push", branch.remedy)


def _deletion(branch: _Branch) -> Outcome:
    if branch.found.deletion_blocked:
        return Ok(f"{branch.name} cannot be deleted")
    return Failed(f"{branch.name} can be deleted", branch.remedy)


def _wanted(snapshot: Snapshot, path: str) -> Protection:
    """What the ruleset at a path enforces, and never fewer checks than the one that is shipped."""
    document: Mapping[str, object] | None = snapshot.read_json_file(path)
    try:
        shipped = of_file(json.loads((source() / path).read_bytes()))
        own = shipped if document is None else of_file(document)
    except (OSError, ValueError, ValidationError) as error:
        raise CannotEvaluate(f"{path} is no ruleset", f"git log -p {path}") from error
    return replace(own, checks=tuple(dict.fromkeys((*shipped.checks, *own.checks))))
