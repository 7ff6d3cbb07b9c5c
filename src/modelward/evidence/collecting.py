"""What each document says: from the answers of a release, and the terms that fix the numbers, to contents.

Whoever verifies a document computes it by the same functions as who collected it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from modelward.evidence import baseline, measuring, validation
from modelward.evidence.contents import (
    BacktestContent,
    BaselineContent,
    BiasContent,
    Group,
    MetricsContent,
    ValidationContent,
)
from modelward.evidence.measuring import Estimate, Estimates, Groups, OfGroups
from modelward.evidence.terms import Terms
from modelward.evidence.trial import Answers
from modelward.specs.evidence import Champion, Check, Measurement
from modelward.statistics.bootstrap import PAIRED_CONFIDENCE, Bootstrap
from modelward.statistics.shares import wilson


class _Measured(NamedTuple):
    measurements: tuple[Measurement, ...]
    undefined: tuple[Check, ...]


def metrics(answers: Answers, terms: Terms) -> MetricsContent:
    """How well the release answers all rows."""
    measured = _over_rows(answers, terms.over_rows())
    output = answers.output(None)
    return MetricsContent(
        measurements=measured.measurements,
        checks=measured.undefined,
        output=output.name,
        threshold=output.threshold,
        rows=answers.rows.ids(terms.ids),
        resampling=terms.resampling,
    )


def bias(answers: Answers, terms: Terms) -> BiasContent:
    """How differently the release treats the groups of each column, and what it is like for each group alone."""
    bootstrap = terms.bootstrap()
    measured: list[Measurement] = []
    undefined: list[Check] = []
    groups: list[Group] = []
    for slice_, output, (found,) in _by_groups([answers], terms):
        values, lacking = measuring.measurements(found.between, bootstrap, measuring.WITHIN_GROUPS)
        measured += values
        undefined += lacking
        groups += _groups(slice_, output, found, terms, bootstrap)
    first = answers.output(None)
    return BiasContent(
        measurements=tuple(measured),
        checks=tuple(undefined),
        output=first.name,
        threshold=first.threshold,
        groups=tuple(groups),
        rows=answers.rows.ids(terms.ids),
        resampling=terms.resampling,
    )


def backtest(challenger: Answers, champion: Answers, terms: Terms) -> BacktestContent:
    """The release against the champion on the same rows: every resample is drawn once for both."""
    bootstrap = terms.bootstrap(PAIRED_CONFIDENCE)
    pairs: list[tuple[Estimates, Estimates, str]] = []
    for slice_, output, wanted in terms.parts():
        if slice_ is None:
            samples = [challenger.sample(output), champion.sample(output)]
            ours, theirs = measuring.estimate(samples, wanted, bootstrap)
            pairs.append((ours, theirs, measuring.PAIRED))
    for _, _, (ours_of, theirs_of) in _by_groups([challenger, champion], terms):
        pairs.append((ours_of.between, theirs_of.between, measuring.PAIRED_WITHIN_GROUPS))
    compared = [measuring.comparisons(ours, theirs, bootstrap, method) for ours, theirs, method in pairs]
    first = challenger.output(None)
    return BacktestContent(
        champion=Champion(release=champion.contender.release, artifact=champion.contender.artifact),
        comparisons=tuple(each for found, _ in compared for each in found),
        checks=tuple(check for _, undefined in compared for check in undefined),
        output=first.name,
        threshold=first.threshold,
        rows=challenger.rows.ids(terms.ids),
        resampling=terms.resampling,
    )


def validate(answers: Answers, seed: int) -> ValidationContent:
    """Whether the release loads and scores single rows as it should, and how fast."""
    scored = answers.scored
    if scored.failure is not None:
        return validation.failed(scored.failure, seed)
    outputs = [(output, answers.values(output, "vectors")) for output in answers.manifest.outputs]
    classes = answers.labels.classes if answers.manifest.label is not None else ()
    return validation.examined(outputs, scored.milliseconds, classes, seed)


def take_baseline(answers: Answers, terms: Terms) -> BaselineContent:
    """The histograms of the rows and of the answers, and what was measured of them."""
    rows = answers.rows
    outputs = [
        histogram
        for output in answers.manifest.outputs
        for histogram in baseline.of_output(output, answers.values(output))
    ]
    first = answers.output(None)
    return BaselineContent(
        reference=_over_rows(answers, terms.over_rows()).measurements if terms.wanted else (),
        output=first.name,
        threshold=first.threshold,
        rows=rows.ids(terms.ids),
        resampling=terms.resampling,
        features=tuple(baseline.of_features(answers.manifest.features, rows)),
        outputs=tuple(outputs),
    )


def _over_rows(answers: Answers, terms: Terms) -> _Measured:
    bootstrap = terms.bootstrap()
    measured: list[Measurement] = []
    undefined: list[Check] = []
    for _, output, wanted in terms.parts():
        (found,) = measuring.estimate([answers.sample(output)], wanted, bootstrap)
        values, lacking = measuring.measurements(found, bootstrap, measuring.ROWS)
        measured += values
        undefined += lacking
    return _Measured(tuple(measured), tuple(undefined))


def _by_groups(answers: Sequence[Answers], terms: Terms) -> Iterator[tuple[str, str | None, list[OfGroups]]]:
    """What is wanted of the groups of each column, for each release; all of them answered the same rows."""
    for slice_, output, wanted in terms.between_groups().parts():
        assert slice_ is not None
        groups = Groups.of(slice_, answers[0].rows.groups(slice_))
        samples = [each.sample(output) for each in answers]
        yield slice_, output, measuring.estimate_groups(samples, wanted, groups, terms.bootstrap())


def _groups(slice_: str, output: str | None, found: OfGroups, terms: Terms, bootstrap: Bootstrap) -> Iterator[Group]:
    """What was measured of each group alone; shares of rows with an interval that holds for few of them too."""
    units = {one.metric: one.unit for one in terms.wanted}
    for group, values in found.each.items():
        (samples,) = {estimate.samples for estimate in values.values()}
        yield Group(
            slice=slice_,
            group=group,
            samples=samples,
            measurements=tuple(
                Measurement(
                    metric=name,
                    value=estimate.value,
                    samples=samples,
                    unit=units.get(name, "ratio"),
                    output=output,
                    interval=wilson(round(estimate.value * samples), samples, bootstrap.confidence)
                    if name == "selection_rate"
                    else bootstrap.interval(estimate.draws, measuring.WITHIN_GROUPS),
                )
                for name, estimate in values.items()
                if _is_defined(estimate)
            ),
        )


def _is_defined(estimate: Estimate) -> bool:
    return estimate.value == estimate.value
