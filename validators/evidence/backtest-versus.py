"""A backtest says which release it compares with, and compares with that one's artifact.

Why: A champion gate trusts the name in the pin; the numbers must be those of the release that bears the name.

Remedy: Collect the backtest against the champion, and give its release in `versus:`.
"""

from collections.abc import Iterator

from modelward.rules import BACKTEST, Envelope, Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def backtest_versus(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Backtests alone have `versus`: another release of the model, the champion of the document, by its artifact."""
    releases = model.releases
    for name, release in releases.items():
        for index, evidence in enumerate(release.evidence):
            versus = evidence.pin.versus
            if (evidence.pin.kind == BACKTEST) != (versus is not None):
                said = "a backtest names no `versus:`" if versus is None else "only a backtest has `versus:`"
                yield fail(said, at=release.record.place("evidence", index))
                continue
            if versus is None or not isinstance(evidence.envelope, Envelope):
                continue
            place = release.record.place("evidence", index, "versus")
            if versus == name or versus not in releases:
                yield fail(f"release {versus} is no other release of the model", at=place)
                continue
            champion = evidence.envelope.content.champion
            if champion is None or champion.release != versus:
                said = "none" if champion is None else champion.release
                yield fail(f"the pin names {versus} as champion, and the document {said}", at=place)
            elif champion.artifact != releases[versus].spec.artifact.digest:
                yield fail(
                    f"the document compares with another artifact than that of release {versus}",
                    at=evidence.place("content", "champion", "artifact"),
                    notes=(Note(releases[versus].record.place("artifact", "digest"), "the release is this one"),),
                )
