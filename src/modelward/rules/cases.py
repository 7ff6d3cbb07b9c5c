"""The policy's own tests (`policies/tests/*.yaml`): changes that it must allow or refuse, and what no case needs.

A case starts from the models of `tests/example` under the organisation's own policies and environments. Rules are run
on the change, and the verdict of each rule that the case names must be the one that it expects.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from modelward.rules.examples import Files, Outcome, Run, judge, start
from modelward.rules.judgement import Judgement
from modelward.rules.loading import ENGINE_RULES, Rule
from modelward.specs.example import Case, Cases, Verdict
from modelward.tree.file import File, read_spec
from modelward.tree.memory import files_of
from modelward.tree.place import Unreadable
from modelward.tree.source import Source
from modelward.tree.yaml_reader import read_yaml

FOLDER: Final = "policies/tests"
_WORST: Final[tuple[Verdict, ...]] = ("error", "fail", "inconclusive")
_ORGANISATION: Final = ("policies", "environments")


class PolicyCases:
    """The cases of a repository."""

    def __init__(self, source: Source, rules: Sequence[Rule]) -> None:
        self._source = source
        self._rules = tuple(rules)
        self._known = {rule.name for rule in (*rules, *ENGINE_RULES)}
        models = {path: data for path, data in start(source).items() if path.startswith("models/")}
        organisation = {
            f"{folder}/{path}": data for folder in _ORGANISATION for path, data in files_of(source, folder).items()
        }
        self._start: Files = models | organisation

    def outcomes(self) -> Iterator[Outcome]:
        """Each case, run; then each demand of floors and each freeze that no case would miss."""
        cases: list[tuple[str, Case]] = []
        for file in self._files():
            if isinstance(file, Outcome):
                yield file
                continue
            for case in file.spec.cases:
                cases.append((file.path, case))
                yield Outcome(file.path, case.name, case.name, tuple(self._complaints(case)))
        if not cases:
            yield Outcome(FOLDER, "policy", "", ("the policy has no cases: nothing tells what it refuses",))
            return
        yield from self._unneeded([case for _, case in cases])

    def _files(self) -> Iterator[File[Cases] | Outcome]:
        for entry in self._source.entries(FOLDER):
            try:
                yield read_spec(self._source, entry, entry.path, Cases)
            except Unreadable as unreadable:
                said = tuple(f"{problem.place}: {problem.message}" for problem in unreadable.problems)
                yield Outcome(entry.path, entry.path, "", said)

    def _complaints(self, case: Case) -> Iterator[str]:
        unknown = sorted(case.expect.keys() - self._known)
        if unknown:
            yield f"there is no rule `{'`, `'.join(unknown)}`"
            return
        try:
            verdicts = self._verdicts(case, self._start)
        except ValueError as error:
            yield str(error)
            return
        for rule, expected in case.expect.items():
            if verdicts[rule][0] != expected:
                said = f": {verdicts[rule][1]}" if verdicts[rule][1] else ""
                yield f"expects `{expected}` of {rule}, which says `{verdicts[rule][0]}`{said}"

    def _verdicts(self, case: Case, files: Files) -> Mapping[str, tuple[Verdict, str]]:
        """What each rule of a case says of it, with the first message."""
        run = Run(self._rules, set(case.expect))
        judgement = judge(files, case.given.merged, case.given.change, run, case.given.at)
        return {rule: _verdict(judgement, rule) for rule in case.expect}

    def _unneeded(self, cases: Sequence[Case]) -> Iterator[Outcome]:
        """A demand that can be dropped without any case ending otherwise is one that nobody would miss."""
        before = [self._ended(case, self._start) for case in cases]
        for what, path, document in self._without():
            files = dict(self._start) | {path: json.dumps(document).encode()}
            if all(self._ended(case, files) == ended for case, ended in zip(cases, before, strict=True)):
                yield Outcome(path, what, "", ("no case would end otherwise without it; add one that it refuses",))

    def _ended(self, case: Case, files: Files) -> Collection[object]:
        try:
            return [(rule, verdict) for rule, (verdict, _) in self._verdicts(case, files).items()]
        except (ValueError, KeyError):
            return ("not run",)

    def _without(self) -> Iterator[tuple[str, str, Mapping[str, object]]]:
        """The policies with one demand left out: what it is, the file, and what then stands in it."""
        for path, key in (("policies/floors.yaml", "floors"), ("policies/freezes.yaml", "freezes")):
            document: dict[str, Any] = read_yaml(self._start[path])
            for index, item in enumerate(document[key]):
                rest = [*document[key][:index], *document[key][index + 1 :]]
                if key == "freezes":
                    yield f"freeze `{item['name']}`", path, {**document, key: rest}
                    continue
                for field in sorted(item.keys() - {"name", "when"}):
                    floor = {name: value for name, value in item.items() if name != field}
                    floors = [*document[key][:index], floor, *document[key][index + 1 :]]
                    yield f"floor `{item['name']}`: {field}", path, {**document, key: floors}


def _verdict(judgement: Judgement, rule: str) -> tuple[Verdict, str]:
    found = [judged.finding for judged in judgement.findings if judged.rule == rule]
    for verdict in _WORST:
        for finding in found:
            if finding.verdict == verdict:
                return verdict, finding.message
    return ("pass", "") if rule in judgement.by_rule else ("not-evaluated", "")
