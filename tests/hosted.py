"""GitHub as its own published description of its API has it: a server that holds every question and answer to it.

What the description does not allow is a failure of the test, whichever side has said it. Servers that are away, hang or
lie are in `answering.py`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any
from urllib.parse import unquote

from openapi_core import OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from answering import running
from repository import PROJECT

TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"  # noqa: S105 - nobody's
DESCRIPTION = PROJECT / "tests" / "forge" / "github-openapi.json"
NAME = "acme/example"


@cache
def described() -> Any:
    """The description as a document."""
    return json.loads(DESCRIPTION.read_text())


def sample(schema: Mapping[str, Any]) -> Any:
    """The least that a schema allows: only what it demands, with the simplest values."""
    if "$ref" in schema:
        return sample(described()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema.get("nullable"):
        return None
    if "allOf" in schema:
        return {name: value for part in schema["allOf"] for name, value in sample(part).items()}
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return sample(schema[word][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return []
    if schema.get("type") == "string":
        texts = {"date-time": "2026-11-20T09:00:00Z", "uri": "https://github.com/x", "email": "x@example.org"}
        return texts.get(schema.get("format", ""), "x")
    simple = {"integer": 1, "number": 1.0, "boolean": False}
    if schema.get("type") in simple:
        return simple[schema["type"]]
    return {name: sample(schema["properties"][name]) for name in schema.get("required", ())}


def of_kind(name: str, **facts: Any) -> Any:
    """A thing of a kind that the description names, with some facts of its own."""
    return sample({"$ref": f"#/components/schemas/{name}"}) | facts


@dataclass
class GitHub:
    """A repository on GitHub: what a test says stands there, and what others make it hold through the API."""

    address: str = ""
    heads: dict[int, str] = field(default_factory=dict)
    reviews: dict[int, list[Any]] = field(default_factory=dict)
    rulesets: list[Any] = field(default_factory=list)
    protections: dict[str, Any] = field(default_factory=dict)
    environments: dict[str, Any] = field(default_factory=dict)
    pulls: list[Any] = field(default_factory=list)
    """The pull requests of its own branches, by when they were made."""
    commits: dict[str, str] = field(default_factory=dict)
    """Where its branches are."""
    answers_lost: int = 0
    """How many pull requests are yet to be made without anybody being told."""
    strayed: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    date: str | None = None
    told_who_bypasses: bool = True

    def open(self, number: int, head: str) -> None:
        """A pull request whose branch is at a commit."""
        self.heads[number] = head
        self.reviews.setdefault(number, [])

    def review(self, login: str | None, state: str = "APPROVED", *, of: str | None = None, **facts: Any) -> None:
        """Review pull request 1, at its head or at another commit, an hour after whoever did before."""
        so_far = self.reviews[1]
        user = None if login is None else of_kind("simple-user", login=login)
        known = {"user": user, "state": state, "commit_id": of or self.heads[1]}
        at = {"submitted_at": f"2026-11-20T{len(so_far):02}:00:00Z"}
        where = {"html_url": f"https://github.com/{NAME}/pull/1#pullrequestreview-{len(so_far) + 1}"}
        so_far.append(of_kind("pull-request-review") | known | at | where | facts)

    def variables(self, token: str = TOKEN) -> dict[str, str]:
        """The environment that leads here."""
        return {"GITHUB_API_URL": self.address, "GITHUB_TOKEN": token}

    # What each path answers, by the names that the description gives its operations.

    def repos_get(self, _request: Request, owner: str, repo: str) -> Any:
        return of_kind("full-repository", full_name=f"{owner}/{repo}", default_branch="main")

    def pulls_get(self, _request: Request, pull_number: int, **_where: str) -> Any:
        if pull_number not in self.heads:
            return None
        found = of_kind("pull-request", number=pull_number)
        found["head"]["sha"] = self.heads[pull_number]
        return found

    def pulls_list(self, request: Request, owner: str, **_where: str) -> Any:
        wanted = request.args
        return [
            one
            for one in reversed(self.pulls)
            if wanted["state"] in ("all", one["state"])
            and wanted["head"] == f"{owner}:{one['head']['ref']}"
            and wanted["base"] == one["base"]["ref"]
        ]

    def pulls_create(self, request: Request, **_where: str) -> Any:
        asked = json.loads(request.data)
        if any((one["state"], one["head"]["ref"]) == ("open", asked["head"]) for one in self.pulls):
            said = f"A pull request already exists for acme:{asked['head']}."
            errors = [{"resource": "PullRequest", "code": "custom", "message": said}]
            return _json({"message": "Validation Failed", "documentation_url": "", "errors": errors}, 422)
        self.pulled(asked["head"], asked["base"], title=asked["title"], body=asked["body"])
        if self.answers_lost:
            self.answers_lost -= 1
            return _json({"message": "Try again", "documentation_url": "", "errors": []}, 422)
        made = of_kind("pull-request", number=len(self.pulls), title=asked["title"], body=asked["body"])
        made["head"] |= {name: self.pulls[-1]["head"][name] for name in ("ref", "sha")}
        return made

    def pulled(self, head: str, base: str = "main", **facts: Any) -> None:
        """A pull request for a branch, which is at the commit that `commits` has for it."""
        one = of_kind("pull-request-simple", number=len(self.pulls) + 1, state="open")
        one["head"] |= {"ref": head, "sha": self.commits.get(head, "c" * 40)}
        one["base"] |= {"ref": base}
        self.pulls.append(one | facts)

    def pulls_list_reviews(self, _request: Request, pull_number: int, **_where: str) -> Any:
        return self.reviews[pull_number]

    def repos_get_branch_rules(self, _request: Request, branch: str, **_where: str) -> Any:
        return [
            rule
            | {"ruleset_source_type": ruleset.get("source_type", "Repository")}
            | {"ruleset_source": ruleset["source"], "ruleset_id": ruleset["id"]}
            for ruleset in self.rulesets
            if any(
                fnmatchcase(f"refs/heads/{branch}", "refs/heads/main" if ref == "~DEFAULT_BRANCH" else ref)
                for ref in ruleset["conditions"]["ref_name"]["include"]
            )
            for rule in ruleset["rules"]
        ]

    def repos_get_repo_rulesets(self, _request: Request, **_where: str) -> Any:
        return [{name: ruleset[name] for name in ("id", "name", "source", "enforcement")} for ruleset in self.rulesets]

    def repos_create_repo_ruleset(self, request: Request, **_where: str) -> Any:
        made = of_kind("repository-ruleset", id=len(self.rulesets) + 1, source=NAME) | json.loads(request.data)
        self.rulesets.append(made)
        return made

    def repos_create_org_ruleset(self, request: Request, org: str) -> Any:
        known = of_kind("repository-ruleset", id=len(self.rulesets) + 1, source=org, source_type="Organization")
        self.rulesets.append(known | json.loads(request.data))
        return self.rulesets[-1]

    def repos_create_or_update_environment(self, request: Request, environment_name: str, **_where: str) -> Any:
        self.environments[environment_name] = json.loads(request.data) | {"branches": []}
        return of_kind("environment") | {"name": environment_name}

    def repos_create_deployment_branch_policy(self, request: Request, environment_name: str, **_where: str) -> Any:
        asked = json.loads(request.data)
        self.environments[environment_name]["branches"].append(asked["name"])
        return asked

    def repos_get_repo_ruleset(self, _request: Request, ruleset_id: int, **_where: str) -> Any:
        found = next((one for one in self.rulesets if one["id"] == ruleset_id), None)
        hidden = () if self.told_who_bypasses else ("bypass_actors",)
        return None if found is None else {name: value for name, value in found.items() if name not in hidden}

    def repos_get_branch_protection(self, _request: Request, branch: str, **_where: str) -> Any:
        return self.protections.get(branch)


def _routes() -> Map:
    rules = []
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            route = path.replace("{", "<").replace("}", ">")
            for number in ("pull_number", "ruleset_id"):
                route = route.replace(f"<{number}>", f"<int:{number}>")
            name = operation["operationId"].replace("/", "_").replace("-", "_")
            rules.append(Rule(route, methods=[method.upper()], endpoint=name))
    return Map(rules)


class _AsSent(WerkzeugOpenAPIRequest):
    """A request whose path is as it was sent, in which a slash in a name is told from one between names."""

    @property
    def path(self) -> str:
        """The path before anything of it is decoded."""
        raw: str = self.request.environ["REQUEST_URI"]
        return raw.partition("?")[0]


class _Site:
    def __init__(self, github: GitHub) -> None:
        self.github = github
        self._routes = _routes()
        self._api: OpenAPI | None = None

    def holds(self, document: Any) -> None:
        """Hold whatever is said here to a description."""
        self._api = OpenAPI.from_dict(document)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.github.asked.append(request)
        request.get_data(cache=True)
        assert self._api is not None
        response = self._answer(request)
        try:
            asked = _AsSent(request)
            self._api.validate_request(asked)
            self._api.validate_response(asked, WerkzeugOpenAPIResponse(response))
        except OpenAPIError as error:
            self.github.strayed.append(f"{request.method} {request.path}: {error!r} {error.__cause__!r}")
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        endpoint, sent = self._routes.bind("").match(_AsSent(request).path, request.method)
        arguments = {name: unquote(value) if isinstance(value, str) else value for name, value in sent.items()}
        found = getattr(self.github, endpoint)(request, **arguments)
        if isinstance(found, Response):
            return found
        if found is None:
            return _json({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}, 404)
        headers = {}
        if isinstance(found, list):
            size, page = (int(request.args.get(name, default)) for name, default in (("per_page", 30), ("page", 1)))
            if len(found) > page * size:
                headers["Link"] = f'<{request.base_url}?per_page={size}&page={page + 1}>; rel="next"'
            found = found[(page - 1) * size : page * size]
        made = request.method == "POST" and "deployment-branch-policies" not in request.path
        return _json(found, 201 if made else 200, headers)


def _json(value: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(value), status, headers, content_type="application/json")


class _Handler(WSGIRequestHandler):
    def date_time_string(self, timestamp: float | None = None) -> str:
        """What time it is here."""
        site = self.server.app
        assert isinstance(site, _Site)
        return site.github.date or super().date_time_string(timestamp)

    def log(self, *_arguments: Any, **_more: Any) -> None:
        """Say nothing."""


@contextmanager
def hosting() -> Iterator[GitHub]:
    """A GitHub that listens on this machine; at its end nobody has strayed from the description."""
    github = GitHub()
    site = _Site(github)
    server = make_server("127.0.0.1", 0, site, threaded=True, request_handler=_Handler)
    github.address = f"http://127.0.0.1:{server.server_port}"
    site.holds(deepcopy(described()) | {"servers": [{"url": github.address}]})
    with running(server):
        yield github
    assert github.strayed == []
