"""Each output has a name of its own, and each score a range that its threshold lies in.

Why: A score outside its range is how a broken model shows first; without a range nothing can tell.

Remedy: Write `range: [lowest, highest]`, for a probability within 0 and 1, and a threshold inside it.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule

_SCORES = ("probability", "number")


@rule(on="state", over="model")
def output_ranges(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Names are distinct; scores have ranges that are not empty; probabilities and thresholds stay within theirs."""
    named = set()
    for index, output in enumerate(model.manifest.spec.outputs):
        if output.name in named:
            yield fail(f"`{output.name}` stands twice in `outputs`", at=model.manifest.place("outputs", index, "name"))
        named.add(output.name)
        if output.range is None:
            if output.kind in _SCORES:
                yield fail(f"`{output.name}` has no range", at=model.manifest.place("outputs", index))
            continue
        low, high = output.range
        if not low < high:
            yield fail(
                f"the range of `{output.name}` is empty: {low:g} is not below {high:g}",
                at=model.manifest.place("outputs", index, "range"),
            )
        elif output.kind == "probability" and not (low >= 0 and high <= 1):
            yield fail(
                f"`{output.name}` is a probability, and its range is not within 0 and 1",
                at=model.manifest.place("outputs", index, "range"),
            )
        elif output.threshold is not None and not low <= output.threshold <= high:
            yield fail(
                f"the threshold {output.threshold:g} of `{output.name}` lies outside {low:g} to {high:g}",
                at=model.manifest.place("outputs", index, "threshold"),
            )
