"""Files that lead elsewhere, policies that are gone, rules that are planted, evidence of something else."""

import io
import os
import re
from pathlib import Path

import pytest

from modelward.errors import ExitCode
from modelward.tree.layout import DEMANDED
from modelward.tree.text import HIDDEN
from repository import EXAMPLE, PROJECT, Ended, Repository

from .judging import (
    MANIFEST,
    METRICS,
    MODEL,
    RELEASE,
    allowed,
    denied,
    denied_in_git,
    denied_once,
    findings,
    measure,
    not_evaluated,
    pin_again,
)

HIDDEN_AWAY = "a secret of another folder"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the repository, with the example in it and a secret."""
    folder = tmp_path / "outside"
    Repository.of_example(folder)
    (folder / "secret.json").write_text(f'{{"secret": "{HIDDEN_AWAY}"}}\n')
    return folder


def link(repository: Repository, path: str, target: Path | str) -> None:
    place = repository.root / path
    if place.is_dir():
        repository.remove(path)
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


# T45: what is no plain file.


@pytest.mark.parametrize("path", [METRICS, MANIFEST, RELEASE, f"{MODEL}/releases/1.1.0", f"{MODEL}/releases", MODEL])
def test_t45_a_link_in_a_model_is_refused_and_nothing_behind_it_is_shown(
    example: Repository, outside: Path, path: str
) -> None:
    link(example, path, outside / "secret.json")
    found = {(finding.place, finding.message) for finding in denied_in_git(example)}
    assert (path, "the path is a symbolic link") in found
    ended = example.modelward("validate", "-v")
    assert HIDDEN_AWAY not in ended.out + ended.err


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../../outside/secret.json", "bias.json", "nowhere", "."])
def test_t45_a_link_is_refused_wherever_it_leads(example: Repository, outside: Path, target: str) -> None:
    assert outside.is_dir()
    link(example, METRICS, target)
    finding = denied_once(example)
    assert (finding.place, finding.message) == (METRICS, "the path is a symbolic link")
    ended = example.modelward("validate")
    assert "root:" not in ended.out
    assert HIDDEN_AWAY not in ended.out


@pytest.mark.parametrize("path", ["models", MODEL])
def test_t45_a_link_to_good_files_elsewhere_is_refused_as_well(example: Repository, outside: Path, path: str) -> None:
    link(example, path, outside / path)
    found = denied_in_git(example)
    assert path in {finding.place for finding in found}
    assert found[0].message in ("the path is a symbolic link", "`models` is no folder, which hides every model")


@pytest.mark.parametrize(
    "path",
    [
        "policies",
        "environments",
        "validators",
        "policies/enforcement.yaml",
        "policies/floors.yaml",
        "environments/staging.yaml",
    ],
)
def test_t45_policies_and_rules_behind_a_link_are_none(example: Repository, outside: Path, path: str) -> None:
    link(example, path, outside / path)
    not_evaluated(example)
    not_evaluated(example, "--ref", example.commit())


def test_t45_an_executable_is_refused(example: Repository) -> None:
    (example.root / METRICS).chmod(0o755)
    (finding,) = denied_in_git(example)
    assert (finding.place, finding.message) == (METRICS, "the path is an executable")


def test_t45_a_repository_inside_hides_no_files(example: Repository) -> None:
    example.commit("Start")
    inner = Repository(example.root / f"{MODEL}/releases/1.3.0")
    inner.write("release.yaml", example.read(RELEASE))
    inner.commit()
    assert (f"{MODEL}/releases/1.3.0", "the path is a submodule") in {
        (finding.place, finding.message) for finding in denied_in_git(example)
    }


def test_t45_a_pipe_is_refused_and_never_opened(example: Repository) -> None:
    (example.root / METRICS).unlink()
    os.mkfifo(example.root / METRICS)
    ended = example.process("validate", "--format", "json", seconds=20)
    assert ended.code == ExitCode.DENIED
    assert [(finding.place, finding.message) for finding in findings(ended)] == [
        (METRICS, "the path is no regular file")
    ]


# T46: paths that lead out of their folder.


@pytest.mark.parametrize(
    "path",
    [
        "../1.0.0/metrics.json",
        "../../../../../../etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "./metrics.json",
        "a/./metrics.json",
        "a/../metrics.json",
        "a//metrics.json",
        "metrics.json/",
        "..",
        "..\\\\metrics.json",
        "C:metrics.json",
        "%2e%2e/metrics.json",
        "metrics.json%00",
        ".git/config",
        "~/metrics.json",
        "metrics\uff0ejson",
        " metrics.json",
    ],
)
def test_t46_evidence_is_only_pinned_by_a_plain_path_below_its_release(example: Repository, path: str) -> None:
    example.replace(RELEASE, "path: metrics.json", f'path: "{path}"')
    finding = denied_once(example)
    assert finding.message.startswith("`path` must be a relative path of plain names, without `..`")
    assert finding.place == f"{RELEASE}:12:27"


@pytest.mark.parametrize("version", ["..", "../1.0.0", "1.0.0/../1.1.0", "latest", "1.0", "v1.0.0", "1.0.0 ", "01.0.0"])
def test_t46_a_deployment_names_a_release_by_its_version_alone(example: Repository, version: str) -> None:
    example.replace(MANIFEST, '{release: "1.1.0"}', f'{{release: "{version}"}}')
    finding = denied_once(example)
    assert finding.message.startswith("`release` must be a semantic version")
    assert finding.place == f"{MANIFEST}:22:22"


def crafted(repository: Repository, path: str, *entries: tuple[str, str, str]) -> str:
    """A commit with more entries (mode, name, object) in one folder than git itself would write."""
    commit = repository.commit()
    made = repository.git("ls-tree", f"{commit}:{path}" if path else commit)
    known = [
        (mode.lstrip("0"), name, made_id)
        for mode, _, made_id, name in (line.split(maxsplit=3) for line in made.splitlines())
    ]
    tree = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(each) for mode, name, each in [*known, *entries])
    object_id = repository.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=tree)
    while path:
        path, _, name = path.rpartition("/")
        listing = repository.git("ls-tree", f"{commit}:{path}" if path else commit)
        changed = [
            f"{line.split(chr(9))[0][:-40]}{object_id}\t{name}" if line.endswith(f"\t{name}") else line
            for line in listing.splitlines()
        ]
        object_id = repository.git("mktree", stdin="\n".join(changed).encode())
    return repository.git("commit-tree", "-p", commit, "-m", "crafted", object_id)


@pytest.mark.parametrize("name", ["..", ".", ".git", "../manifest.yaml"])
def test_t46_a_crafted_tree_cannot_name_a_path_that_leads_elsewhere(example: Repository, name: str) -> None:
    example.commit("Start")
    blob = example.git("hash-object", "-w", "--stdin", stdin=b"a: 1\n")
    commit = crafted(example, f"{MODEL}/releases/1.0.0", ("100644", name, blob))
    ended = example.modelward("validate", "--ref", commit, "--format", "json")
    if name == ".git":
        # No spec and no evidence can be named so; a file that nothing names is nothing.
        assert ended.code == ExitCode.DONE
        return
    assert ended.code == ExitCode.DENIED
    assert (f"{MODEL}/releases/1.0.0/{name}", True) in {
        (finding.place, "leads elsewhere" in finding.message) for finding in findings(ended)
    }


@pytest.mark.parametrize(
    ("folder", "name", "twice"),
    [
        (MODEL, "manifest.yaml", MANIFEST),
        (MODEL, "releases", f"{MODEL}/releases"),
        ("", MANIFEST, MANIFEST),
        ("validators", "evidence", "validators/evidence"),
    ],
)
def test_t46_a_crafted_tree_that_holds_a_path_twice_cannot_be_judged(
    example: Repository, folder: str, name: str, twice: str
) -> None:
    example.commit("Start")
    blob = example.git("hash-object", "-w", "--stdin", stdin=b"a: 1\n")
    ended = not_evaluated(example, "--ref", crafted(example, folder, ("100644", name, blob)))
    assert f"holds {twice} twice" in ended.err


def test_t46_a_manifest_in_another_case_is_no_second_manifest(example: Repository) -> None:
    example.copy(MANIFEST, f"{MODEL}/Manifest.yaml")
    (finding,) = denied_in_git(example)
    assert finding.message.startswith("no file of a model stands under this name")
    assert finding.place == f"{MODEL}/Manifest.yaml"


def test_t46_a_folder_in_the_place_of_a_spec_is_no_spec(example: Repository) -> None:
    text = example.read(MANIFEST)
    example.remove(MANIFEST)
    example.write(f"{MANIFEST}/manifest.yaml", text)
    assert {(finding.place, finding.message) for finding in denied_in_git(example)} >= {
        (MANIFEST, "the file is missing")
    }


# T48: a pointer instead of the content.

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 48211\n"


def test_t48_a_pointer_is_no_evidence_even_when_its_own_digest_is_pinned(example: Repository) -> None:
    example.write(METRICS, POINTER)
    pin_again(example)
    (finding,) = denied_in_git(example)
    assert (finding.rule, finding.place) == ("evidence-schema", f"{METRICS}:1:1")
    assert finding.message == "the file is a Git LFS pointer, not the content"


def test_t48_a_pointer_is_no_spec(example: Repository) -> None:
    example.write(MANIFEST, POINTER)
    finding = denied_once(example)
    assert (finding.place, finding.message) == (f"{MANIFEST}:1:1", "the file is a Git LFS pointer, not the content")


# T49: attributes, settings and variables that show one content and commit another.


def test_t49_a_filter_that_mends_evidence_on_checkout_does_not_mend_the_commit(merged: Repository) -> None:
    merged.git("config", "filter.mend.smudge", "sed s/0.994/0.794/")
    merged.git("config", "filter.mend.clean", "cat")
    merged.write(".gitattributes", "metrics.json filter=mend -diff linguist-generated\n")
    merged.replace(METRICS, "0.794", "0.994")
    commit = merged.commit()
    (merged.root / METRICS).unlink()
    merged.git("checkout", "--", METRICS)
    assert "0.794" in merged.read(METRICS)
    assert merged.modelward("validate").code == ExitCode.DONE
    ended = merged.modelward("validate", "--ref", commit, "--format", "json")
    assert ended.code == ExitCode.DENIED
    (finding,) = findings(ended)
    assert (finding.rule, finding.place) == ("evidence-digest", f"{RELEASE}:12:49")


@pytest.mark.parametrize("attributes", ["eol=crlf", "ident", "export-ignore", "-text -diff"])
def test_t49_a_commit_is_judged_by_its_blobs_whatever_checkout_makes_of_them(
    merged: Repository, attributes: str
) -> None:
    merged.write(".gitattributes", f"* text {attributes}\n")
    commit = merged.commit()
    merged.git("rm", "--quiet", "-r", "--cached", ".")
    merged.git("reset", "--quiet", "--hard", commit)
    assert merged.modelward("validate", "--ref", commit).code == ExitCode.DONE


def test_t49_a_replaced_object_does_not_replace_what_is_judged(merged: Repository) -> None:
    good = merged.git("rev-parse", f"HEAD:{METRICS}")
    merged.replace(METRICS, "0.794", "0.994")
    commit = merged.commit()
    merged.git("replace", f"{commit}:{METRICS}", good)
    assert "0.794" in merged.git("show", f"{commit}:{METRICS}")
    ended = merged.modelward("validate", "--ref", commit, "--format", "json")
    assert ended.code == ExitCode.DENIED
    assert findings(ended)[0].rule == "evidence-digest"


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_COMMON_DIR"]
)
def test_t49_no_variable_of_git_turns_the_judge_to_another_repository(
    merged: Repository, outside: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    decoy = Repository(outside)
    decoy.commit()
    merged.replace(METRICS, "0.794", "0.994")
    merged.commit()
    inside = {"GIT_WORK_TREE": ".", "GIT_OBJECT_DIRECTORY": ".git/objects", "GIT_INDEX_FILE": ".git/index"}
    monkeypatch.setenv(name, str(decoy.root / inside.get(name, ".git")))
    for arguments in ((), ("--ref", "HEAD")):
        ended = merged.modelward("validate", *arguments, "--format", "json")
        assert ended.code == ExitCode.DENIED
        assert findings(ended)[0].rule == "evidence-digest"


def test_t49_a_shallow_clone_cannot_be_judged(merged: Repository, tmp_path: Path) -> None:
    merged.write(f"{MODEL}/README.md", "words\n")
    merged.commit()
    clone = Repository(tmp_path / "clone")
    merged.git("clone", "--quiet", "--depth", "1", f"file://{merged.root}", str(clone.root))
    assert "this clone is shallow" in not_evaluated(clone, "--ref", "HEAD").err
    clone.replace(MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "1.2.0"}')
    assert "this clone is shallow" in not_evaluated(clone, "--base", "HEAD").err


def test_t49_a_clone_that_lacks_content_cannot_be_judged(merged: Repository) -> None:
    blob = merged.git("rev-parse", f"HEAD:{METRICS}")
    (merged.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert f"git holds no content for {METRICS}" in not_evaluated(merged, "--ref", "HEAD").err


# T09: no policy, no rule, no environment.


@pytest.mark.parametrize("path", ["policies", *DEMANDED])
def test_t09_a_policy_that_is_gone_is_no_policy(example: Repository, path: str) -> None:
    example.remove(path)
    missing = f"has no {path}"
    assert missing in not_evaluated(example).err
    assert missing in not_evaluated(example, "--ref", example.commit()).err
    assert missing in not_evaluated(example, MODEL).err


@pytest.mark.parametrize("path", DEMANDED)
def test_t09_a_policy_under_another_name_is_no_policy(example: Repository, path: str) -> None:
    example.copy(path, path.replace(".yaml", ".yml"))
    example.remove(path)
    assert f"has no {path}" in not_evaluated(example).err


@pytest.mark.parametrize("path", DEMANDED)
@pytest.mark.parametrize("text", ["", "{}\n", "schema: words/v1\n"])
def test_t09_a_policy_that_says_nothing_is_no_policy(example: Repository, path: str, text: str) -> None:
    example.write(path, text)
    ended = example.modelward("validate")
    assert ended.code in (ExitCode.DENIED, ExitCode.NOT_EVALUATED)
    assert path in ended.out + ended.err


@pytest.mark.parametrize("path", ["policies/aproval.yaml", "policies/floors.yml", "environments/old/production.yaml"])
def test_t09_a_policy_that_nobody_reads_is_refused(example: Repository, path: str) -> None:
    example.write(path, "schema: floors/v1\nfloors: []\n")
    (finding,) = denied_in_git(example)
    assert (finding.place, finding.message) == (path, "no spec stands under this name")


def test_t09_a_repository_without_rules_cannot_be_judged(example: Repository) -> None:
    example.remove("validators")
    assert "has no rules under validators/" in not_evaluated(example).err
    example.write("validators/README.md", "no rules\n")
    assert "has no rules under validators/" in not_evaluated(example, "--ref", example.commit()).err


def test_t09_a_deployment_into_an_environment_that_does_not_exist_is_refused(example: Repository) -> None:
    example.remove("environments/production.yaml")
    (finding,) = (found for found in denied_in_git(example) if found.rule == "deployment-exists")
    assert finding.message == "`production` is no environment (known: staging)"
    assert finding.place == f"{MANIFEST}:23:3"


def test_t09_an_environment_that_cannot_be_read_leaves_nothing_judged(example: Repository) -> None:
    example.replace("environments/production.yaml", "drift: enforce", "drift: enforced")
    ended = not_evaluated(example, "--format", "json")
    assert "environments/production.yaml:6:8" in {finding.place for finding in findings(ended)}


def test_t09_an_environment_under_the_name_of_another_leaves_nothing_judged(example: Repository) -> None:
    example.replace("environments/production.yaml", "environment: production", "environment: staging")
    ended = not_evaluated(example, "--format", "json")
    assert "the file is not named after `staging`" in {finding.message for finding in findings(ended)}


# T10: code that waits to be imported, and rules that are none.

PLANTED = [
    "conftest.py",
    "sitecustomize.py",
    "usercustomize.py",
    "click.py",
    "yaml.py",
    "pydantic.py",
    "json.py",
    "colorsys.py",
    "modelward/__init__.py",
    "modelward/__main__.py",
    "models/__init__.py",
    "models/conftest.py",
    "policies/conftest.py",
    "planted.py",
]


@pytest.mark.parametrize("folder", [".", "models", "validators/evidence"])
def test_t10_nothing_that_is_planted_in_the_repository_is_imported(
    example: Repository, tmp_path: Path, folder: str
) -> None:
    trace = tmp_path / "ran"
    code = f"open({str(trace)!r}, 'w').close()\n"
    for path in PLANTED:
        if not path.startswith(("models/", "policies/")):
            example.write(path, code)
    example.write("pyproject.toml", '[project]\nname = "planted"\n[project.entry-points.pydantic]\np = "planted"\n')
    example.write("setup.cfg", "[options.entry_points]\npydantic =\n  p = planted\nmodelward =\n  p = planted\n")
    example.write("planted-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: planted\nVersion: 1\n")
    example.write("planted-1.dist-info/entry_points.txt", "[pydantic]\np = planted\n[modelward]\np = planted\n")
    example.write("planted.pth", "import planted\n")
    example.write(".env", "PYTHONPATH=.\nPYTHONSTARTUP=planted.py\n")
    example.commit()
    started = Repository(example.root / folder)
    for arguments in (("validate",), ("validate", "-v", "--format", "json"), ("rules",), ("explain", "readable")):
        assert started.process(*arguments).code == ExitCode.DONE
    assert not trace.exists()


@pytest.mark.parametrize("path", ["models/conftest.py", "models/credit-score/conftest.py", "policies/conftest.yaml"])
def test_t10_code_in_a_governed_folder_is_refused(example: Repository, path: str) -> None:
    example.write(path, "raise SystemExit(0)\n")
    assert any(finding.place.startswith(path) for finding in denied_in_git(example))


RULE = '''"""A rule that is planted.

Why: Because.

Remedy: None.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, rule
{top}

@rule(on="state", over="model")
def planted(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Nothing."""
    {body}
'''


@pytest.mark.parametrize(
    ("path", "top", "body", "said"),
    [
        ("validators/area/planted.py", "import sitecustomize", "yield from ()", "imports `sitecustomize`"),
        ("validators/area/planted.py", "import helper", "yield from ()", "imports `helper`"),
        ("validators/area/planted.py", "from . import helper", "yield from ()", "imports `.`"),
        ("validators/area/planted.py", "from modelward.tree import git", "yield from ()", "imports `modelward.tree`"),
        ("validators/area/planted.py", "", "import yaml; yield from ()", "imports `yaml`"),
        ("validators/area/planted.py", "raise SystemExit(0)", "yield from ()", "ends with SystemExit"),
        ("validators/area/planted.py", "import sys; sys.exit()", "yield from ()", "ends with SystemExit"),
        ("validators/area/planted.py", "1 / 0", "yield from ()", "ends with ZeroDivisionError"),
        ("validators/planted.py", "", "yield from ()", "is no rule file"),
        ("validators/area/deep/planted.py", "", "yield from ()", "is no rule file"),
        ("validators/area/folder-name.py", "", "yield from ()", "two rules are called `folder-name`"),
        ("validators/area/readable.py", "", "yield from ()", "two rules are called `readable`"),
    ],
)
def test_t10_a_rule_that_is_none_leaves_nothing_judged(
    example: Repository, path: str, top: str, body: str, said: str
) -> None:
    example.write(path, RULE.format(top=top, body=body))
    example.write("helper.py", "raise SystemExit(0)\n")
    assert said in not_evaluated(example).err


@pytest.mark.parametrize("body", ["raise SystemExit(0)", "exit()", "return None", "yield 1 / 0"])
def test_t10_a_rule_that_ends_the_run_is_an_error_and_never_a_pass(example: Repository, body: str) -> None:
    example.write("validators/area/planted.py", RULE.format(top="", body=body))
    ended = not_evaluated(example, "--format", "json")
    (finding,) = findings(ended)
    assert (finding.rule, finding.place) == ("planted", "validators/area/planted.py")
    assert finding.message.startswith("the rule crashed")


# T63, T64: evidence that was changed, and evidence of something else.


def test_t63_evidence_that_was_changed_after_it_was_pinned_is_refused(example: Repository) -> None:
    example.replace(METRICS, '"value": 0.794', '"value": 0.994')
    (finding,) = denied_in_git(example)
    assert finding.rule == "evidence-digest"
    assert finding.message == "`metrics.json` has another digest than the one pinned"
    assert (finding.place, finding.notes) == (f"{RELEASE}:12:49", [f"{METRICS}:1:1"])


@pytest.mark.parametrize("data", [b"\n", b" ", b"\r\n", b"\x00"])
def test_t63_one_byte_more_is_another_document(example: Repository, data: bytes) -> None:
    example.write(METRICS, (example.root / METRICS).read_bytes() + data)
    assert "evidence-digest" in {finding.rule for finding in denied(example)}


def test_t63_evidence_that_is_gone_is_refused(example: Repository) -> None:
    example.remove(METRICS)
    (finding,) = denied_in_git(example)
    assert (finding.rule, finding.place) == ("evidence-digest", f"{RELEASE}:12:49")


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        ('"model": "credit-score"', '"model": "loan-score"', "the evidence speaks of model `loan-score`", "3:24"),
        ('"release": "1.1.0"', '"release": "1.0.0"', "the evidence speaks of release `1.0.0`, not `1.1.0`", "3:51"),
        (
            '"artifact": "sha256:79f9',
            '"artifact": "sha256:0000',
            "the evidence speaks of artifact `sha256:0000",
            "3:72",
        ),
        ('"datasets": ["sha256:7972', '"datasets": ["sha256:0000', "the evidence was measured on data that", "3:160"),
    ],
)
def test_t64_evidence_of_something_else_is_refused_though_its_digest_is_right(
    example: Repository, old: str, new: str, message: str, place: str
) -> None:
    example.replace(METRICS, old, new)
    pin_again(example)
    (finding,) = denied_in_git(example)
    assert finding.rule == "evidence-subject"
    assert finding.message.startswith(message)
    assert finding.place == f"{METRICS}:{place}"


def test_t64_good_numbers_of_another_release_do_not_carry_a_bad_one(example: Repository) -> None:
    base = example.commit("Start")
    bad = f"{MODEL}/releases/1.3.0"
    example.copy(f"{MODEL}/releases/1.2.0", bad)
    for old, new in [
        ('release: "1.2.0"', 'release: "1.3.0"'),
        ("sha256:07cb", "sha256:0000"),
        ("version: 3", "version: 4"),
    ]:
        example.replace(f"{bad}/release.yaml", old, new)
    for kind in ("metrics", "bias"):
        example.write(f"{bad}/{kind}.json", example.read(f"{MODEL}/releases/1.1.0/{kind}.json"))
    pin_again(example, "1.3.0")
    example.replace(MANIFEST, 'staging: {release: "1.1.0"}', 'staging: {release: "1.3.0"}')
    ended = example.modelward("validate", "--base", base, "--format", "json")
    assert ended.code == ExitCode.DENIED
    assert {finding.rule for finding in findings(ended)} == {"evidence-subject", "evidence-after-training"}
    assert {finding.place for finding in findings(ended)} >= {f"{bad}/metrics.json:3:51", f"{bad}/bias.json:3:51"}


def test_t64_a_number_that_is_written_elsewhere_than_a_gate_looks_is_refused(example: Repository) -> None:
    measure(example, "auc_roc", 0.1)
    example.replace(METRICS, '"content": {', '"content": {"auc_roc": 0.99,')
    pin_again(example)
    (finding,) = denied_in_git(example)
    assert (finding.rule, finding.place) == ("evidence-schema", f"{METRICS}:5:14")


# T77: text that would steer a terminal, a log or a report.

STEERING = {
    "colours": "\x1b[32mno findings\x1b[0m",
    "clear screen": "\x1b[2J\x1b[H",
    "cursor up": "\x1b[1A\x1b[2K",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;https://example.org\x1b\\here",
    "eight bit": "\x9b31m",
    "carriage return": "\rno findings in 1 model",
    "line feed": "\nno findings in 1 model: 18 rules",
    "workflow command": "\n::error file=a.py::owned\n::stop-commands::token",
    "override": "\u202eevil\u202c",
    "isolate": "\u2066evil\u2069",
    "zero width": "a\u200bb",
    "line separator": "a\u2028::set-output name=a::b",
    "tag": "a\U000e0062b",
    "backspace": "bad\x08\x08\x08good",
}


class Terminal(io.StringIO):
    """A stream that shows colours, as a terminal does."""

    def isatty(self) -> bool:
        return True


def steers(ended: Ended, text: str) -> list[str]:
    """What in an output could speak for somebody else: the text as it was written, what does not show, commands."""
    said = ended.out + ended.err
    plain = re.sub(r"\x1b\[[0-9]+m", "", said)
    commands = [line for line in plain.split("\n") if re.match(r"\s*(::[a-z-]+|##\[)", line)]
    return [text] * said.count(text) + [match.group() for match in HIDDEN.finditer(plain)] + commands


def assert_steers_nothing(repository: Repository, text: str) -> Ended:
    """What is printed on a terminal, and in JSON, holds nothing of the text raw."""
    shown = repository.modelward("validate", stream=Terminal)
    assert "\x1b[" in shown.out + shown.err
    for ended in (shown, repository.modelward("validate", "--format", "json")):
        assert ended.code in (ExitCode.DENIED, ExitCode.NOT_EVALUATED)
        assert steers(ended, text) == []
    return shown


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_t77_a_value_that_steers_is_refused_and_shown_as_an_escape(example: Repository, text: str) -> None:
    example.replace(MANIFEST, "sponsor: head-of-credit", f"sponsor: head {text} of-credit")
    assert MANIFEST in assert_steers_nothing(example, text).out


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_t77_a_file_name_that_steers_is_refused_and_shown_as_an_escape(example: Repository, text: str) -> None:
    name = text.replace("/", "_")
    example.write(f"{MODEL}/releases/1.0.0/{name}.json", "{}")
    example.write(f"policies/{name}.yaml", "a: 1\n")
    example.write(f"models/{name}/manifest.yaml", "a: 1\n")
    shown = assert_steers_nothing(example, name)
    assert shown.out.count("the path has characters other than letters") == 3
    ended = example.modelward("validate", "--ref", example.commit(), stream=Terminal)
    assert (ended.code, steers(ended, name)) == (ExitCode.DENIED, [])


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_t77_a_key_or_value_of_evidence_that_steers_is_shown_as_an_escape(example: Repository, text: str) -> None:
    escaped = "".join(f"\\u{ord(each):04x}" if ord(each) < 0x10000 else each for each in text)
    example.replace(METRICS, '"kind": "metrics"', f'"kind": "metrics", "{escaped}": 1, "{escaped}": 2')
    example.replace(f"{MODEL}/releases/1.1.0/bias.json", '"age_group"', f'"{escaped}"')
    pin_again(example)
    assert_steers_nothing(example, text)


def test_t77_a_name_that_is_no_text_at_all_is_shown_as_an_escape(example: Repository) -> None:
    folder = os.fsencode(example.root / MODEL)
    Path(os.fsdecode(folder + b"/\xff\xfe\x1b[2J.yaml")).write_text("a: 1\n")
    ended = example.process("validate")
    assert (ended.code, steers(ended, "\x1b")) == (ExitCode.DENIED, [])
    assert "\\udcff\\udcfe\\x1b[2J.yaml" in ended.out


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_t77_a_rule_that_quotes_what_it_found_quotes_it_safely(example: Repository, text: str) -> None:
    example.write("validators/area/planted.py", RULE.format(top="", body=f"raise ValueError({text!r})"))
    assert "the rule crashed" in assert_steers_nothing(example, text).out


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_t77_an_error_that_quotes_what_it_found_quotes_it_safely(example: Repository, text: str) -> None:
    example.write("validators/area/planted.py", RULE.format(top=f"raise ValueError({text!r})", body="yield from ()"))
    assert "ends with ValueError" in assert_steers_nothing(example, text).err


def test_t77_what_the_example_says_of_itself_is_plain() -> None:
    files = [path for path in [*EXAMPLE.rglob("*"), *PROJECT.glob("validators/*/*.py")] if path.is_file()]
    assert [path for path in files if HIDDEN.search(path.read_text())] == []


def test_the_example_is_allowed_whatever_stands_beside_it(example: Repository) -> None:
    example.write("notes/\u202enotes.txt", "words\n")
    allowed(example)
