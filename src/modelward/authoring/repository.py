"""A new governance repository: the files that the wheel carries, with what is this organisation's own put in."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from modelward import __version__
from modelward.authoring.carried import carried, source
from modelward.authoring.rendering import render
from modelward.errors import CannotEvaluate, WrongUse
from modelward.specs.policy import People
from modelward.specs.scalars import SLUG, PersonName, RoleName
from modelward.tree.edit import Value, replace_scalar
from modelward.tree.file import typed

_POLICY: Final = "policies/policy.yaml"
_PEOPLE: Final = "policies/people.yaml"
_CRONJOB: Final = "deploy/kubernetes/cronjob.yaml"
_TEMPLATES: Final = {
    "README.md": "README.md",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    "requirements.txt": "requirements.txt",
    ".github/CODEOWNERS": "CODEOWNERS",
    ".github/workflows/gate.yml": "gate.yml",
    ".github/workflows/validate.yml": "validate.yml",
}
_REMOTE: Final = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^/@]*@)?[^/]+/|[^/:@]+@[^/:]+:/*)(?P<name>[^?#]+?)(?:\.git)?/*"
)

Holders = Mapping[RoleName, Sequence[PersonName]]


def lay_out(repository: str, holders: Holders) -> dict[str, bytes]:
    """Every file of a new repository called `repository`, by path.

    `holders` names who holds standing roles; a role that it leaves out is held by placeholders without keys, who can
    sign nothing. Raises `WrongUse` for a role that the policy does not know, and for what is no person's name.
    """
    root = source()
    try:
        files = {path: (root / path).read_bytes() for path in carried(root)}
        here = Path(__file__).with_name("templates")
        templates = {path: (here / name).read_text(encoding="utf-8") for path, name in _TEMPLATES.items()}
    except OSError as error:
        raise CannotEvaluate(f"this installation lacks {error.filename}", "install modelward again") from error
    words = {"{repository}": repository, "{owner}": repository.partition("/")[0], "{version}": __version__}
    for path, text in templates.items():
        files[path] = _filled(text, words).encode()
    files[_POLICY] = replace_scalar(files[_POLICY], ("repository",), repository)
    files[_CRONJOB] = files[_CRONJOB].replace(b"acme/ml-governance", repository.encode())
    files[_PEOPLE] = _people(typed(_PEOPLE, files[_PEOPLE], People), holders)
    return dict(sorted(files.items()))


def placeholders(files: Mapping[str, bytes], holders: Holders) -> tuple[PersonName, ...]:
    """The people of a new repository that nobody has named."""
    named = {person for people in holders.values() for person in people}
    people = typed(_PEOPLE, files[_PEOPLE], People).people
    return tuple(person for person in people if person not in named)


def name_in_remote(url: str) -> str | None:
    """`OWNER/NAME` as the address of a git remote has it, or None when it is another kind of address."""
    found = _REMOTE.fullmatch(url)
    return found["name"] if found is not None and "/" in found["name"] else None


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _people(ours: People, holders: Holders) -> bytes:
    """The people of a new organisation: holders of standing roles, with nothing of the people who hold them here."""
    for role, named in holders.items():
        if role not in ours.standing_roles:
            close = get_close_matches(role, ours.standing_roles, n=1)
            known = f"did you mean `{close[0]}`?" if close else f"they are {', '.join(ours.standing_roles)}"
            raise WrongUse(f"`{role}` is no standing role of the policy", known)
        for person in named:
            if re.fullmatch(SLUG.strip("^$"), person) is None:
                raise WrongUse(f"`{person}` is no name of a person", "use lower-case letters, digits and `-`")
    standing = {role: list(holders.get(role, members)) for role, members in ours.standing_roles.items()}
    people: dict[str, Value] = {}
    for person in dict.fromkeys(name for members in standing.values() for name in members):
        is_given = any(person in given for given in holders.values())
        name = person if is_given or person not in ours.people else ours.people[person].name
        people[person] = {"name": name, "emails": [], "logins": {}, "roles": [], "keys": []}
    machines: dict[str, Value] = {name: {"keys": [], "may": list(each.may)} for name, each in ours.machines.items()}
    document: dict[str, Value] = {
        "people": people,
        "teams": {},
        "standing_roles": {role: list(members) for role, members in standing.items()},
        "machines": machines,
    }
    return render(
        _PEOPLE,
        document,
        {
            ("people",): (
                "Put your people here. Whoever has no key can sign nothing: `modelward people add-key` gives one.\n"
                "  engineer-1: {name: ML engineer, emails: [engineer-1@example.org], logins: {github: engineer-1}, "
                "roles: [], keys: []}"
            ),
            ("teams",): "Teams, such as `risk-leads: [lead-1, lead-2]`: an approvers.yaml may name one for its people.",
            (
                "standing_roles",
            ): "Roles that are given here alone; a team gives the others in its model's approvers.yaml.",
        },
    )
