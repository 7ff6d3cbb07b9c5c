"""An output that a gate or a measurement names is one of the model's.

Why: A gate on an output that the model does not have is held against nothing.

Remedy: Name an output of the manifest, or declare it there.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule, values


@rule(on="state", over="model")
def outputs_known(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each `output` in gates and evidence stands in the manifest."""
    known = {output.name for output in model.manifest.spec.outputs}
    for index, gate in enumerate(model.thresholds.spec.gates):
        if gate.output is not None and gate.output not in known:
            place = model.thresholds.place("gates", index, "output")
            note = Note(model.manifest.place("outputs", key=True), "the outputs")
            yield fail(f"`{gate.output}` is no output of the model", at=place, notes=(note,))
    for release in model.releases.values():
        for evidence in release.evidence:
            for found in values(evidence):
                if found.value.output is not None and found.value.output not in known:
                    note = Note(model.manifest.place("outputs", key=True), "the outputs")
                    yield fail(
                        f"`{found.value.output}` is no output of the model", at=found.place("output"), notes=(note,)
                    )
