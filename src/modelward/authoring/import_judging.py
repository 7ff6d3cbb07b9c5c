"""Whether imported specs hold the rules, asked before they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelward.authoring.importing import Imported, NotImported
from modelward.rules.base import Base
from modelward.rules.judgement import Judged
from modelward.rules.loading import load_rules
from modelward.rules.running import Judge
from modelward.rules.subjects import FleetModel
from modelward.tree.overlay import OverlaySource
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot


@dataclass(frozen=True)
class Accepted:
    """What may be written, what a rule that never bends refuses, and how many findings say what is missing."""

    imported: tuple[Imported, ...]
    refused: tuple[NotImported, ...]
    findings: int


def accepted(snapshot: Snapshot, imported: Sequence[Imported], now: datetime) -> Accepted:
    """Judge the repository as it would be with the imported models, as a change from what it is."""
    files = {path: data for each in imported for path, data in each.files.items()}
    after = Snapshot(OverlaySource(snapshot.source, files))
    judge = Judge(after, load_rules(snapshot), now)
    base = Base(snapshot, files, lambda _model, _environment: frozenset())
    new = [judge.model(after.model(each.model), base) for each in imported]
    judge.fleet((*_known(snapshot), *(facts for facts in new if facts is not None)))
    findings = judge.judgement.findings
    denied: dict[str, Judged] = {}
    for judged in findings:
        if judged.denies or judged.finding.verdict == "error":
            for model in {*judged.finding.models, *filter(None, [judged.model])}:
                denied.setdefault(model, judged)
    refused = [_refused(each, denied[each.model]) for each in imported if each.model in denied]
    kept = tuple(each for each in imported if each.model not in denied)
    missing = sum(judged.model in {each.model for each in kept} for judged in findings)
    return Accepted(kept, tuple(refused), missing)


def _known(snapshot: Snapshot) -> Iterator[FleetModel]:
    for name in snapshot.model_names():
        try:
            yield FleetModel(snapshot, snapshot.model(name))
        except Unreadable:
            # It is a finding of its own, and claims nothing that anybody could act on.
            continue


def _refused(each: Imported, judged: Judged) -> NotImported:
    said = f"as `{each.model}` it would fail {judged.rule}: {judged.finding.message}"
    return NotImported(each.registered_model, said, judged.remedy)
