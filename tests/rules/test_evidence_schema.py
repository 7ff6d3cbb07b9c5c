"""Evidence against its schema: definitions are put in place, which changes how fast it goes and nothing else."""

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from modelward.rules.evidence_schema import _meta_schema, with_definitions_in_place

PROJECT = Path(__file__).resolve().parents[2]
SCHEMAS = {
    path.name.partition(".")[0]: json.loads(path.read_bytes())
    for path in sorted((PROJECT / "policies/schemas/evidence").glob("*.json"))
}
RELEASE = PROJECT / "models/credit-risk/releases/1.1.0"


def errors(schema: Mapping[str, Any], document: Any) -> list[tuple[list[str | int], str]]:
    """What the validator says of a document, in an order that does not depend on the schema's form."""
    found = Draft202012Validator(schema).iter_errors(document)
    return sorted(((list(error.absolute_path), error.message) for error in found), key=str)


def broken(document: Any) -> Iterator[Any]:
    """The document with each of its values replaced by one of another type, and with each key left out."""
    for holder, key in places(document):
        for change in ("replace", "remove"):
            other = copy.deepcopy(document)
            target = other
            for step in holder:
                target = target[step]
            if change == "replace":
                target[key] = ["no"] if isinstance(target[key], str) else "no"
            else:
                del target[key]
            yield other


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The values inside a value: the way to what holds it, and its key or index. The ends of a list stand for it."""
    items = value.items() if isinstance(value, dict) else _ends(value) if isinstance(value, list) else ()
    for key, item in items:
        yield path, key
        yield from places(item, (*path, key))


def _ends(items: list[Any]) -> Iterator[tuple[int, Any]]:
    numbers = range(len(items))
    return ((number, items[number]) for number in sorted({*numbers[:1], *numbers[-1:]}))


@pytest.mark.parametrize("kind", sorted(path.stem for path in RELEASE.glob("*.json") if path.stem in SCHEMAS))
def test_every_broken_document_breaks_the_schema_in_the_same_places_with_the_same_words(kind: str) -> None:
    document = json.loads((RELEASE / f"{kind}.json").read_bytes())
    in_place = with_definitions_in_place(SCHEMAS[kind])
    assert errors(in_place, document) == errors(SCHEMAS[kind], document) == []
    for number, case in enumerate(broken(document)):
        assert errors(in_place, case) == errors(SCHEMAS[kind], case), number


def test_no_reference_is_left_in_the_shipped_schemas() -> None:
    for schema in SCHEMAS.values():
        in_place = dict(with_definitions_in_place(schema))
        del in_place["$defs"]
        assert '"$ref"' not in json.dumps(in_place)


TREE: Mapping[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}
    },
}


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        pytest.param({**TREE, "type": "object"}, {"children": [{"children": [3]}]}, id="a definition in itself"),
        pytest.param(
            {"const": {"$ref": "#/$defs/a"}, "$defs": {"a": {"type": "string"}}},
            {"$ref": "#/$defs/a"},
            id="a value that looks like a reference",
        ),
        pytest.param(
            {"properties": {"$ref": {"type": "string"}}, "$defs": {}}, {"$ref": 3}, id="a property called $ref"
        ),
        pytest.param(
            {"items": {"$ref": "#/$defs/a~1b"}, "$defs": {"a/b": {"type": "string"}, "a~1b": True}},
            [3],
            id="an escaped name",
        ),
        pytest.param(
            {"items": {"$ref": "#/$defs/a", "minimum": 5}, "$defs": {"a": {"type": "integer"}}},
            [3, "x"],
            id="a reference with more beside it",
        ),
        pytest.param(
            {"items": {"$ref": "#/$defs/a/properties/b"}, "$defs": {"a": {"properties": {"b": {"type": "string"}}}}},
            [3],
            id="a reference into a definition",
        ),
        pytest.param(
            {
                "$id": "https://example.org/outer",
                "$defs": {
                    "a": {"type": "string"},
                    "inner": {
                        "$id": "https://example.org/inner",
                        "items": {"$ref": "#/$defs/a"},
                        "$defs": {"a": {"type": "integer"}},
                    },
                },
                "$ref": "#/$defs/inner",
            },
            [3, "x"],
            id="a schema with a name of its own inside",
        ),
    ],
)
def test_schemas_that_could_be_misread_keep_their_meaning(schema: Mapping[str, Any], document: Any) -> None:
    assert errors(with_definitions_in_place(schema), document) == errors(schema, document)


# Together they use every keyword of the shipped schemas but `oneOf`, which the tests above break.
@pytest.mark.parametrize("kind", ["training", "validation"])
def test_the_merged_schema_of_schemas_accepts_exactly_what_the_published_one_does(kind: str) -> None:
    merged = Draft202012Validator(_meta_schema())
    published = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    verdicts = [(merged.is_valid(case), published.is_valid(case)) for case in (SCHEMAS[kind], *broken(SCHEMAS[kind]))]
    assert all(ours == theirs for ours, theirs in verdicts)
    assert {ours for ours, _ in verdicts} == {True, False}
