"""Texts that two readers see differently, and texts that are made to break a reader: none gets past `validate`."""

import time
from pathlib import Path

import pytest

from modelward.errors import ExitCode
from modelward.tree.invalid import MAX_PROBLEMS
from modelward.tree.text import EVIDENCE_BYTES, SPEC_BYTES
from repository import Repository

from .judging import (
    MANIFEST,
    METRICS,
    MODEL,
    RELEASE,
    THRESHOLDS,
    allowed,
    denied,
    denied_in_git,
    denied_once,
    findings,
    measure,
    not_evaluated,
    pin_again,
)

PRODUCTION = 'production: {release: "1.0.0"}'


def append(example: Repository, path: str, text: str) -> int:
    """Write a text behind a file; the line that it starts on."""
    before = example.read(path)
    example.write(path, before + text)
    return before.count("\n") + 1


def test_the_example_as_it_is_is_allowed(example: Repository) -> None:
    allowed(example)


# T31: duplicate keys.


def test_t31_a_duplicate_key_is_refused_with_both_lines(example: Repository) -> None:
    line = append(example, MANIFEST, "deployments:\n  production: {release: '1.2.0'}\n")
    (finding,) = denied_in_git(example)
    assert finding.message == "the key `deployments` stands twice"
    assert finding.place == f"{MANIFEST}:{line}:1"
    assert finding.notes == [f"{MANIFEST}:21:1"]


@pytest.mark.parametrize("key", ["release", '"release"', "'release'", '"\\x72elease"', '"rel\\u0065ase"'])
def test_t31_a_duplicate_key_is_found_however_it_is_written(example: Repository, key: str) -> None:
    example.replace(MANIFEST, PRODUCTION, f'production: {{release: "1.0.0", {key}: "1.2.0"}}')
    finding = denied_once(example)
    assert finding.message == "the key `release` stands twice"
    assert finding.place == f"{MANIFEST}:23:34"
    assert finding.notes == [f"{MANIFEST}:23:16"]


@pytest.mark.parametrize("key", ['"value"', '"v\\u0061lue"'])
def test_t31_a_duplicate_key_in_evidence_is_refused_with_both_places(example: Repository, key: str) -> None:
    example.replace(METRICS, '"value": 0.794', f'"value": 0.5, {key}: 0.95')
    pin_again(example)
    finding = denied_once(example)
    assert finding.message == "the key `value` stands twice"
    assert (finding.place, finding.notes) == (f"{METRICS}:7:43", [f"{METRICS}:7:29"])


# T32, T33: what does not show.


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\r"])
def test_t32_a_key_hidden_behind_a_line_end_in_a_comment_is_refused(example: Repository, end: str) -> None:
    example.replace(MANIFEST, "tier: medium", f"# reviewed{end}tier: low")
    (finding,) = denied_in_git(example)
    assert finding.place == f"{MANIFEST}:8:11"
    assert "carriage return" in finding.message or f"U+{ord(end):04X}" in finding.message


def test_t32_windows_line_ends_are_refused(example: Repository) -> None:
    example.write(MANIFEST, example.read(MANIFEST).replace("\n", "\r\n"))
    assert denied_in_git(example)[0].place == f"{MANIFEST}:1:20"


HIDING = {
    "right-to-left override": "\u202e",
    "isolate": "\u2066",
    "right-to-left mark": "\u200f",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "byte order mark inside": "\ufeff",
    "tag": "\U000e0061",
    "variation selector": "\ufe0f",
    "hangul filler": "\u3164",
    "private use": "\ue000",
    "no character": "\ufdd0",
    "escape": "\x1b",
    "backspace": "\x08",
    "delete": "\x7f",
}


@pytest.mark.parametrize("character", HIDING.values(), ids=HIDING)
def test_t33_a_character_that_does_not_show_is_refused_in_values_and_comments(
    example: Repository, character: str
) -> None:
    example.replace(MANIFEST, "sponsor: head-of-credit", f"sponsor: head{character}of-credit  # {character}")
    finding = denied_once(example)
    assert finding.place == f"{MANIFEST}:6:14"
    assert f"U+{ord(character):04X}" in finding.message


@pytest.mark.parametrize("escape", ["\\u202e", "\\u200b", "\\U000E0061", "\\e", "\\x1b", "\\r", "\\N", "\\L", "\\0"])
def test_t33_an_escape_cannot_spell_what_does_not_show(example: Repository, escape: str) -> None:
    example.replace(MANIFEST, "sponsor: head-of-credit", f'sponsor: "head{escape}of-credit"')
    finding = denied_once(example)
    assert finding.message.startswith("an escape spells a")
    assert finding.place == f"{MANIFEST}:6:10"


@pytest.mark.parametrize("escape", ["\\u202e", "\\u200b", "\\udb40\\udc61", "\\u001b", "\\r", "\\b", "\\ud800"])
def test_t33_an_escape_in_evidence_cannot_spell_what_does_not_show(example: Repository, escape: str) -> None:
    example.replace(METRICS, '"by": "engineer-1"', f'"by": "engineer{escape}1"')
    pin_again(example)
    finding = denied_once(example)
    assert finding.message.startswith("an escape spells a")
    assert finding.place == f"{METRICS}:4:52"


# T34: names that look like others.


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        ("sponsor:", "sp\u043ensor:", "unknown key `sp\u043ensor`", "6:1"),
        ("sponsor:", "Sponsor:", "unknown key `Sponsor`", "6:1"),
        ("sponsor:", '"sponsor ":', "unknown key `sponsor `", "6:1"),
        ("sponsor:", "spo\u0144sor:", "unknown key `spo\u0144sor`", "6:1"),
        ("sponsor:", "spon\u0301sor:", "the text is not in Unicode normal form C", "6:1"),
        ("sponsor: h", 'sponsor: "h\\u0065\\u0301" # h', "an escape spells text that is not in Unicode", "6:10"),
        ("tier: medium", "tier: m\u0435dium", "`tier` is `m\u0435dium`, which is none of", "8:7"),
        ("tier: medium", "tier: Medium", "`tier` is `Medium`, which is none of", "8:7"),
        ("model: credit-score\nr", "model: credit-s\u0441ore\nr", "`model` must be lower-case letters", "2:8"),
        ("model: credit-score\nr", "model: credit\uff0dscore\nr", "`model` must be lower-case letters", "2:8"),
        ("  production:", "  produ\u0441tion:", "`produ\u0441tion` must be lower-case letters", "23:3"),
        ("name: limit,", "name: l\u0456mit,", "`name` must be letters, digits and `_`", "16:12"),
    ],
)
def test_t34_a_name_that_only_looks_right_is_refused(
    example: Repository, old: str, new: str, message: str, place: str
) -> None:
    example.replace(MANIFEST, old, new)
    (finding,) = denied_in_git(example)
    assert finding.message.startswith(message)
    assert finding.place == f"{MANIFEST}:{place}"


def test_t34_a_folder_with_another_alphabet_is_no_model(example: Repository) -> None:
    example.copy(MODEL, "models/credit-sc\u043ere")
    assert {finding.message for finding in denied(example)} >= {
        "a model's name has lower-case letters, digits and `-` only, at most 63"
    }


# T35, T36: what YAML can say beyond values.


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("x: &x {release: '1.2.0'}\n", "an anchor (`&x`)", 4),
        ("x: *x\n", "an alias (`*x`)", 4),
        ("x: {<<: {release: '1.2.0'}}\n", "a merge key (`<<`)", 5),
        ("<<: {tier: low}\n", "a merge key (`<<`)", 1),
        ("x: &x [*x]\n", "an anchor (`&x`)", 4),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "an anchor (`&a`)", 4),
        ("x: !!python/object/apply:os.system ['touch /tmp/owned']\n", "an explicit tag", 4),
        ("x: !!python/name:os.system\n", "an explicit tag", 4),
        ("x: !!binary aGVsbG8=\n", "an explicit tag", 4),
        ("x: !!timestamp '2026-11-02'\n", "an explicit tag", 4),
        ("x: !!str 1\n", "an explicit tag", 4),
        ("x: !<tag:yaml.org,2002:str> 1\n", "an explicit tag", 4),
        ("x: ! 1\n", "an explicit tag", 4),
        ("!!str x: 1\n", "an explicit tag", 1),
        ("? [a, b]\n: 1\n", "a mapping's key must be a string", 3),
        ("1: a\n", "the key `1` is not a string", 1),
    ],
)
def test_t35_t36_anchors_aliases_merges_and_tags_are_refused(
    example: Repository, text: str, message: str, column: int
) -> None:
    line = append(example, MANIFEST, text)
    finding = denied_once(example)
    assert finding.message.startswith(message)
    assert finding.place == f"{MANIFEST}:{line}:{column}"


def test_t36_a_directive_that_changes_the_version_of_yaml_is_refused(example: Repository) -> None:
    example.write(MANIFEST, f"%YAML 1.1\n---\n{example.read(MANIFEST)}")
    assert denied_in_git(example)[0].message == "a YAML directive"


# T37: nesting that exhausts a stack.


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, "{a: " * 50_000, "- " * 100_000])
def test_t37_deep_nesting_in_a_spec_is_refused_and_breaks_nothing(example: Repository, text: str) -> None:
    line = append(example, MANIFEST, f"x:\n  {text}")
    ended = example.process("validate", "--format", "json", seconds=20)
    (finding,) = findings(ended)
    assert (ended.code, finding.message) == (ExitCode.DENIED, "nested deeper than 32 levels")
    assert finding.place.startswith(f"{MANIFEST}:{line + 1}:")


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000])
def test_t37_deep_nesting_in_evidence_is_refused_and_breaks_nothing(example: Repository, text: str) -> None:
    example.replace(METRICS, '"content": {', f'"content": {{"x": {text},')
    pin_again(example)
    ended = example.process("validate", "--format", "json", seconds=20)
    (finding,) = findings(ended)
    assert (ended.code, finding.message) == (ExitCode.DENIED, "nested deeper than 32 levels")
    assert finding.place.startswith(f"{METRICS}:5:")


# T38: what is not one mapping in UTF-8.


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file holds no document"),
        (b"\n# words\n", "the file holds no document"),
        (b"---\n", "an empty value"),
        (b"schema: manifest/v1\n---\nschema: manifest/v1\n", "a second document"),
        (b"manifest\n", "the document is a single value"),
        (b"- schema: manifest/v1\n", "the document is a sequence"),
        ("\ufeffschema: manifest/v1\n".encode(), "a byte order mark (U+FEFF)"),
        ("schema: manifest/v1\n".encode("utf-16"), "the file is not UTF-8 (it looks like UTF-16)"),
        ("schema: manifest/v1\n".encode("utf-32-be"), "a character that does not show: U+0000"),
        (b"schema: manifest/v1\nsummary: \xe9\n", "the file is not UTF-8 here"),
        (b"schema: manifest/v1\n\x00", "a character that does not show: U+0000"),
        (b"schema: manifest/v1\nsummary: \xc0\xaf\n", "the file is not UTF-8 here"),
    ],
)
def test_t38_what_is_not_one_mapping_in_utf_8_is_refused(example: Repository, data: bytes, message: str) -> None:
    example.write(MANIFEST, data)
    finding = denied_once(example)
    assert finding.message.startswith(message)
    assert finding.place.startswith(f"{MANIFEST}:")


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b'"a"', b"{} {}", b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16")]
)
def test_t38_evidence_that_is_not_one_object_in_utf_8_is_refused(example: Repository, data: bytes) -> None:
    example.write(METRICS, data)
    pin_again(example)
    (finding,) = denied_in_git(example)
    assert finding.rule == "evidence-schema"
    assert finding.place.startswith(f"{METRICS}:1:")


# T39: what other readers take for something else.


@pytest.mark.parametrize(
    ("old", "new", "written", "place"),
    [
        ("on_call: credit-on-call", "on_call: no", "no", "7:10"),
        ("on_call: credit-on-call", "on_call: Off", "Off", "7:10"),
        ("on_call: credit-on-call", "on_call: ~", "~", "7:10"),
        ("on_call: credit-on-call", "on_call: 2026-11-02", "2026-11-02", "7:10"),
        ("on_call: credit-on-call", "on_call: 12:30:45", "12:30:45", "7:10"),
        ("threshold: 0.5", "threshold: 010", "010", "13:78"),
        ("threshold: 0.5", "threshold: 0x1F", "0x1F", "13:78"),
        ("threshold: 0.5", "threshold: 1_000", "1_000", "13:78"),
        ("threshold: 0.5", "threshold: .5", ".5", "13:78"),
        ("threshold: 0.5", "threshold: +1", "+1", "13:78"),
        ('{release: "1.1.0"}', "{release: 1.1.0}", "1.1.0", "22:22"),
    ],
)
def test_t39_what_readers_understand_differently_must_be_quoted(
    example: Repository, old: str, new: str, written: str, place: str
) -> None:
    example.replace(MANIFEST, old, new)
    finding = denied_once(example)
    assert finding.message == f"`{written}` means different things to different YAML readers"
    assert finding.remedy == f'quote it: "{written}"'
    assert finding.place == f"{MANIFEST}:{place}"


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (MANIFEST, '{release: "1.1.0"}', "{release: 1.10}", "`release` must be a string"),
        (MANIFEST, '{release: "1.1.0"}', '{release: "1.1.0", ml_enabled: "true"}', "`ml_enabled` must be `true` or"),
        (MANIFEST, '{release: "1.1.0"}', '{release: "1.1.0", ml_enabled: 1}', "`ml_enabled` must be `true` or"),
        (THRESHOLDS, "min_samples: 300", 'min_samples: "300"', "`min_samples` must be a whole number"),
        (THRESHOLDS, "min_samples: 300", "min_samples: 300.0", "`min_samples` must be a whole number"),
        (THRESHOLDS, "min_samples: 300", "min_samples: true", "`min_samples` must be a whole number"),
        (THRESHOLDS, "at_least: 0.75", 'at_least: "0.75"', "`at_least` must be a number"),
        (RELEASE, "imported: false", 'imported: "false"', "`imported` must be `true` or `false`"),
    ],
)
def test_t39_no_value_is_turned_into_another_type(
    example: Repository, path: str, old: str, new: str, message: str
) -> None:
    example.replace(path, old, new)
    finding = denied_once(example)
    assert finding.message.startswith(message)
    assert finding.place.startswith(f"{path}:")


# T40: numbers that satisfy every comparison, or none.


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_t40_a_measure_that_is_no_finite_number_is_refused(example: Repository, value: str) -> None:
    measure(example, "auc_roc", value)
    (finding,) = denied_in_git(example)
    assert finding.message == f"`{value}` is no finite number"
    assert finding.place == f"{METRICS}:7:38"


@pytest.mark.parametrize(("value", "said"), [('"0.99"', "a number"), ("true", "a number"), ("null", "a number")])
def test_t40_a_measure_that_is_no_number_is_refused(example: Repository, value: str, said: str) -> None:
    measure(example, "auc_roc", value)
    finding = denied_once(example)
    assert finding.message == f"`value` must be {said}"
    assert finding.place == f"{METRICS}:7:38"


def test_t40_a_release_with_a_measure_of_nan_enters_nothing(example: Repository) -> None:
    measure(example, "auc_roc", "NaN", "1.2.0")
    base = example.commit()
    example.replace(MANIFEST, 'staging: {release: "1.1.0"}', 'staging: {release: "1.2.0"}')
    ended = example.modelward("validate", "--base", base, "--format", "json")
    assert ended.code == ExitCode.DENIED
    assert [str(finding) for finding in findings(ended)][:2] == [
        f"evidence-schema {MODEL}/releases/1.2.0/metrics.json:7:38: `NaN` is no finite number",
        f"absolute-gates {MODEL}/releases/1.2.0/release.yaml:11:1: no evidence measures auc_roc of release 1.2.0",
    ]


@pytest.mark.parametrize("bound", [".nan", ".NaN", ".inf", "-.inf", "1e999", "nan", '"0.1"'])
def test_t40_a_bound_that_is_no_finite_number_is_refused(example: Repository, bound: str) -> None:
    example.replace(THRESHOLDS, "at_least: 0.75", f"at_least: {bound}")
    finding = denied_once(example)
    assert finding.place == f"{THRESHOLDS}:8:70"
    assert finding.message.startswith((f"`{bound}` ", "`at_least` must be a number"))


# T42, T79: size, number, and time.


def test_t42_a_spec_over_the_limit_is_refused(example: Repository) -> None:
    append(example, MANIFEST, "#" * SPEC_BYTES)
    (finding,) = denied_in_git(example)
    assert finding.message.endswith(f"over the limit of {SPEC_BYTES}")
    assert finding.place == MANIFEST


def test_t42_evidence_over_the_limit_is_refused(example: Repository) -> None:
    append(example, METRICS, " " * EVIDENCE_BYTES)
    pin_again(example)
    (finding,) = denied_in_git(example)
    assert finding.message == f"`{METRICS}` is missing or too large"
    assert finding.place == f"{RELEASE}:12:49"


def test_t42_a_file_of_many_gigabytes_is_refused_before_it_is_read(example: Repository) -> None:
    for path in (MANIFEST, METRICS):
        with (example.root / path).open("wb") as file:
            file.truncate(64 * 1024**3)
    ended = example.modelward("validate", "--format", "json")
    assert ended.code == ExitCode.DENIED
    assert findings(ended)[0].message.startswith(f"the file has {64 * 1024**3} bytes")


def test_t42_a_folder_of_many_files_is_refused_and_none_of_them_is_read(example: Repository) -> None:
    known = sum(path.is_file() for path in (example.root / MODEL).rglob("*"))
    for number in range(5_001):
        path = Path(example.root / MODEL / "releases" / f"9.0.{number}" / "release.yaml")
        path.parent.mkdir()
        path.touch()
    finding = denied_once(example)
    assert finding.message == f"the folder has {known + 5_001} files, over the limit of 5000"
    assert finding.place == MODEL


def test_t42_a_long_path_is_refused(example: Repository) -> None:
    path = "/".join([f"{MODEL}/releases", *["deep" * 10] * 10, "release.yaml"])
    example.write(path, "schema: release/v1\n")
    messages = {finding.message for finding in denied(example) if finding.place == path}
    assert any("is too long" in message for message in messages)


def test_t42_a_file_of_unknown_keys_is_refused_in_seconds_and_in_few_words(example: Repository) -> None:
    example.write(MANIFEST, "".join(f"k{number}: 1\n" for number in range(25_000)))
    ended = example.process("validate", seconds=20)
    assert ended.code == ExitCode.DENIED
    assert ended.out.count("error[readable]") == MAX_PROBLEMS + 1
    assert "more is wrong from here on" in ended.out


def test_t42_one_rule_cannot_flood_the_report(example: Repository) -> None:
    features = "".join(f"  - {{name: f{number}, kind: numeric, entity: e, view: v}}\n" for number in range(4_000))
    example.replace(MANIFEST, "views:\n", f"{features}views:\n")
    ended = example.process("validate", seconds=40)
    assert ended.code == ExitCode.DENIED
    assert ended.out.count("error[feature-views]") == 51
    assert "more is wrong from here on" in ended.out


def test_t42_evidence_with_endless_mistakes_is_refused_in_seconds_and_in_few_words(example: Repository) -> None:
    example.replace(METRICS, '"measurements": [', '"measurements": [' + '{"metric": 1},' * 30_000)
    pin_again(example)
    ended = example.process("validate", seconds=60)
    assert ended.code == ExitCode.DENIED
    assert len(ended.out) < 20_000


def test_t42_a_message_never_quotes_a_whole_file(example: Repository) -> None:
    long = "x" * 200_000
    example.replace(MANIFEST, "sponsor:", f"{long}:")
    example.replace(MANIFEST, "tier: medium", f"tier: {long[:30_000]}")
    ended = example.modelward("validate")
    assert ended.code == ExitCode.DENIED
    assert len(ended.out) < 10_000


def test_t79_no_text_makes_the_reader_search_without_end(example: Repository) -> None:
    example.replace(MANIFEST, "sponsor: head-of-credit", "sponsor: head-of-credit  # " + "1." * 100_000)
    example.replace(THRESHOLDS, "auc_roc: {better", f"{'1.' * 100_000}!: {{better")
    example.replace(METRICS, '"by": "engineer-1"', '"by": "' + '\\"' * 2_000_000)
    pin_again(example)
    began = time.monotonic()
    ended = example.process("validate", "--format", "json", seconds=60)
    assert time.monotonic() - began < 20
    assert ended.code == ExitCode.DENIED
    assert len(ended.out) < 5_000


def test_t79_a_pattern_of_the_organisation_is_searched_for_in_linear_time(example: Repository) -> None:
    schema = "policies/schemas/evidence/metrics.schema.json"
    example.replace(schema, '"pattern": "^[a-z][a-z0-9_]*$"', '"pattern": "^([a-z]+)+$"')
    example.replace(METRICS, '"auc_roc"', f'"{"a" * 60}_"')
    pin_again(example)
    ended = example.process("validate", "--format", "json", seconds=20)
    assert ended.code == ExitCode.DENIED
    assert f"'{'a' * 60}_' does not match '^([a-z]+)+$'" in [finding.message for finding in findings(ended)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"pattern": "^[a-z][a-z0-9_]*$"', '"pattern": "^(?=a)"', "cannot be used"),
        ('"pattern": "^[a-z][a-z0-9_]*$"', '"pattern": "^(a)\\\\1"', "cannot be used"),
        ('"$defs": {', '"patternProperties": {"^(a+)+$": true}, "$defs": {', "`patternProperties` is not supported"),
        ('"$defs": {', '"$ref": "https://example.org/schema.json", "$defs": {', "https://example.org/schema.json"),
        ('"$defs": {', '"$ref": "file:///etc/passwd", "$defs": {', "file:///etc/passwd"),
    ],
)
def test_t79_a_schema_that_cannot_be_applied_safely_is_an_error(
    example: Repository, old: str, new: str, said: str
) -> None:
    example.replace("policies/schemas/evidence/metrics.schema.json", old, new)
    ended = not_evaluated(example, "--format", "json")
    assert said in findings(ended)[0].message


def test_t79_items_that_must_differ_are_compared_in_linear_time(example: Repository) -> None:
    many = ",".join(f'{number},"{number}"' for number in range(150_000))
    example.replace(METRICS, '"produced": {', f'"produced": {{"many": [{many}], ')
    example.replace(
        "policies/schemas/evidence/metrics.schema.json",
        '"produced": {"type": "object"',
        '"produced": {"type": "object", "properties": {"many": {"uniqueItems": true}}',
    )
    pin_again(example)
    ended = example.process("validate", "--format", "json", seconds=30)
    assert ended.code == ExitCode.DENIED
    assert [finding.message for finding in findings(ended)] == ["unknown key `many`"]
