"""`.github/CODEOWNERS`: whom GitHub asks for a review, as policy says who may sign.

In: a snapshot with its people, requirements and approvers. Out: the file. Of a path's patterns the last one counts, so
that the general stand first. Whoever has no login there cannot be asked, and a path that nobody could be asked about is
refused rather than left open.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from modelward.errors import CannotEvaluate
from modelward.gate.scopes import ALWAYS_GOVERNED
from modelward.policy.people import model_roles, policy_roles
from modelward.policy.requirements import covers
from modelward.specs.scalars import MODEL_NAME, PersonName, RoleName
from modelward.specs.signoff import ChangeKind
from modelward.tree.snapshot import Snapshot

PATH: Final = ".github/CODEOWNERS"
_HEADER: Final = """\
# Written by `modelward codeowners --write` from people.yaml and signoff.yaml in policies/, and models/*/approvers.yaml.
# It says whom GitHub asks for a review. What must be signed, and by whom, stands in policies/signoff.yaml.
"""
_ORGANISATION: Final[tuple[tuple[str, ChangeKind], ...]] = (
    ("/policies/", "policy"),
    ("/policies/people.yaml", "people"),
    ("/policies/waivers/", "waiver"),
    ("/environments/", "environment"),
    ("/validators/", "validators"),
)
# https://docs.github.com/en/enterprise-cloud@latest/admin: letters, digits and single hyphens; managed users end in `_`
# and the mark of their enterprise.
_LOGIN = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9])*(?:_[A-Za-z0-9]+)?")
_PLAIN = re.compile(r"[A-Za-z0-9._*/-]+")


def codeowners(snapshot: Snapshot) -> str:
    """The file for a repository; raises `CannotEvaluate` where a login is none, or nobody could be asked."""
    owners = _Owners(snapshot)
    everything = owners.of_kind("*", "repository")
    lines = [("*", everything)]
    # A pattern that GitHub could read in another way leaves its paths to those who own everything.
    lines += [(f"/{glob}", "") for glob in snapshot.policy.spec.ungoverned if _PLAIN.fullmatch(glob)]
    lines += [(f"/{path}", everything) for path in ALWAYS_GOVERNED]
    lines += [(pattern, owners.of_kind(pattern, kind)) for pattern, kind in _ORGANISATION]
    lines += owners.of_models()
    width = max(len(pattern) for pattern, _ in lines)
    return _HEADER + "".join(f"{pattern:{width}}  {logins}".rstrip() + "\n" for pattern, logins in lines)


class _Owners:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._people = snapshot.people.spec
        self._roles = policy_roles(self._people)

    def of_kind(self, pattern: str, kind: ChangeKind) -> str:
        """The logins of whoever may sign a kind of change to what the organisation says of itself."""
        asked: set[RoleName] = set()
        for requirement in self._snapshot.signoff.spec.requirements:
            if covers(requirement.when, kind):
                asked |= {slot.role for slot in requirement.all or requirement.any or ()}
        found = self._logins(person for role in asked for person in self._roles.get(role, ()))
        if not found:
            roles = " or ".join(f"`{role}`" for role in sorted(asked)) or "nobody"
            raise CannotEvaluate(
                f"{pattern} would have no owner: of {roles} none has a login on GitHub",
                "give them one in policies/people.yaml: logins: {github: NAME}",
            )
        return found

    def of_models(self) -> Iterator[tuple[str, str]]:
        """Each model's folder with the logins of whoever holds a role in it, and no other folder of that name."""
        for name in self._snapshot.model_names():
            if not re.fullmatch(MODEL_NAME.strip("^$"), name):
                raise CannotEvaluate(f"models/{name} is no name of a model", "run `modelward validate`")
            approvers = self._snapshot.model(name).approvers.spec
            roles = model_roles(self._people, self._roles, approvers)
            found = self._logins(person for role in approvers.roles for person in roles[role])
            if found:
                yield f"/models/{name}/", found

    def _logins(self, people: Iterable[PersonName]) -> str:
        logins = set()
        for person in people:
            login = self._people.people[person].logins.get("github")
            if login is None:
                continue
            if not _LOGIN.fullmatch(login):
                raise CannotEvaluate(f"`{login}` of {person} is no login on GitHub", "correct policies/people.yaml")
            logins.add(f"@{login}")
        return " ".join(sorted(logins))
