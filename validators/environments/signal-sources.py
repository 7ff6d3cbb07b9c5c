"""A signal is measured by something that exists, and for the model that is asked for.

Why: A signal that nothing can measure, or that mixes models, never warns of the one that does harm.

Remedy: Write `$model` and `$release` into the query, or name a statistic that the monitor computes.
"""

import re
from collections.abc import Iterator

from modelward.rules import MONITORED, Finding, Organisation, Repository, fail, rule

_WORDS = {"model", "release"}


@rule(on="state", over="organisation")
def signal_sources(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """The monitor knows the statistic; a query has no other variables, and a release never without its model."""
    for file in organisation.environments.values():
        for name, source in file.spec.signals.items():
            if source.monitor is not None and source.monitor not in MONITORED:
                known = ", ".join(sorted(MONITORED))
                yield fail(
                    f"`{source.monitor}` is no statistic (known: {known})", at=file.place("signals", name, "monitor")
                )
            words = set(re.findall(r"\$(\w+)", source.prometheus or ""))
            for word in sorted(words - _WORDS):
                yield fail(
                    f"the query of `{name}` speaks of `${word}`, and only $model and $release are known",
                    at=file.place("signals", name, "prometheus"),
                )
            if "release" in words and "model" not in words:
                yield fail(
                    f"the query of `{name}` names the release without the model, and other models have such releases",
                    at=file.place("signals", name, "prometheus"),
                )
