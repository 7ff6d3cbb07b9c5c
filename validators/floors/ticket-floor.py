"""A new release names a ticket of the form that the floors demand.

Why: The ticket leads an auditor from what serves to why anybody wanted it.

Remedy: Write the ticket into `ticket:` before the release is merged; afterwards it is fixed.
"""

from collections.abc import Iterator

from modelward.rules import Change, Finding, Repository, fail, rule


@rule(on="change", over="change")
def ticket_floor(change: Change, repository: Repository) -> Iterator[Finding]:
    """Each release that the base does not know, and that was not imported, has a ticket with every demanded prefix."""
    known = () if change.before is None else change.before.release_folders
    for name, release in change.after.releases.items():
        if name in known or release.spec.imported:
            continue
        for demand in repository.demands(change.after.manifest.spec).tickets():
            ticket = release.spec.ticket
            if ticket is None or not ticket.startswith(demand.value) or ticket == demand.value:
                said = "no ticket" if ticket is None else f"the ticket `{ticket}`"
                yield fail(
                    f"release {name} names {said}, and the form is `{demand.value}...`",
                    at=release.record.place("ticket"),
                    notes=(repository.demanded(demand),),
                )
