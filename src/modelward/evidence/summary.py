"""A release's numbers against its thresholds, for people: what is demanded, and what evidence found. No verdict."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelward.gate.numbers import NOT_FOUND, demanded, found, named, worded
from modelward.specs.evidence import Envelope, Interval
from modelward.specs.manifest import Manifest
from modelward.specs.thresholds import Gate, Thresholds
from modelward.tree.model import Evidence, ReleaseFolder


def summary(manifest: Manifest, thresholds: Thresholds, release: ReleaseFolder, signers: Mapping[str, str]) -> str:
    """The summary as Markdown; `signers` are who signed a document, by its path."""
    return "\n".join(_lines(manifest, thresholds, release, signers)) + "\n"


def _lines(
    manifest: Manifest, thresholds: Thresholds, release: ReleaseFolder, signers: Mapping[str, str]
) -> Iterator[str]:
    spec = release.spec
    yield f"# {manifest.model} {spec.release}"
    yield ""
    yield escaped(manifest.summary)
    yield ""
    yield f"- tier: {manifest.tier or 'not stated'}; compliance: {', '.join(manifest.compliance or ()) or 'none'}"
    yield f"- artifact: `{spec.artifact.digest}`, {spec.artifact.size} bytes"
    for dataset in spec.datasets:
        snapshot = f" ({escaped(dataset.snapshot)})" if dataset.snapshot else ""
        yield f"- {dataset.role} data: `{dataset.digest}`{snapshot}"
    yield f"- ticket: {escaped(spec.ticket or 'none')}"
    if manifest.limitations:
        yield f"- limitations: {escaped(manifest.limitations)}"
    newest = release.newest_evidence()
    yield from ("", "## Gates", "")
    rows = [_gate(gate, thresholds, release) for gate in thresholds.gates]
    yield from _table(("metric", "environments", "demanded", "found", "rows", "interval", "document"), rows)
    yield from ("", "## Checks", "")
    yield from _table(("document", "check", "verdict", "detail"), list(_checks(newest.values())))
    yield from ("", "## Documents", "")
    documents = [
        (
            each.pin.kind,
            each.pin.path,
            _produced(each),
            escaped(signers.get(each.path, "nobody")),
            "counts" if newest[each.pin.kind] is each else "superseded",
            f"`{each.pin.digest}`",
        )
        for each in release.evidence
    ]
    yield from _table(("kind", "path", "produced", "signed by", "counts", "digest"), documents)


def escaped(text: str) -> str:
    """Text of a file as Markdown shows it: on one line, and nothing in it is markup."""
    flat = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|~@&" else letter for letter in flat)


def _gate(gate: Gate, thresholds: Thresholds, release: ReleaseFolder) -> tuple[str, ...]:
    needed = gate.min_samples or thresholds.min_samples
    asked = (named(gate), ", ".join(gate.environments), f"{demanded(gate)}, on {needed} rows or more")
    one = found(release, gate)
    if one is None:
        return (*asked, NOT_FOUND, "", "", "")
    value = one.value
    return (*asked, worded(value), str(value.samples), _interval(value.interval), one.evidence.pin.path)


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.6g} to {interval.high:.6g} at {interval.confidence:.0%}"


def _checks(evidence: Iterable[Evidence]) -> Iterator[tuple[str, ...]]:
    for document in evidence:
        if isinstance(document.envelope, Envelope):
            for check in document.envelope.content.checks:
                yield (document.pin.path, check.check, check.verdict, escaped(check.detail))


def _produced(evidence: Evidence) -> str:
    if not isinstance(evidence.envelope, Envelope):
        return "cannot be read"
    produced = evidence.envelope.produced
    return f"{produced.at:%Y-%m-%d %H:%M}Z by {escaped(produced.by)} with {escaped(produced.tool)}"


def _table(heading: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        yield "None."
        return
    yield f"| {' | '.join(heading)} |"
    yield f"|{'---|' * len(heading)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
