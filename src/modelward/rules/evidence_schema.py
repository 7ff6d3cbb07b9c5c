"""Evidence documents against the JSON Schemas that the organisation owns, each compiled once a run."""

import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic_core import SchemaError as NoPattern
from pydantic_core import SchemaValidator, core_schema

from modelward.errors import CannotEvaluate
from modelward.tree.place import Pointer
from modelward.tree.text import shown

FOLDER = "policies/schemas/evidence"
# The keywords of JSON Schema 2020-12 whose values are schemas: one, a list of them, or a mapping to them.
_SCHEMA = frozenset(
    {
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMAS_BY_NAME = frozenset({"dependentSchemas", "patternProperties", "properties"})
# With one of these in it, what a reference means depends on where it stands.
_NAMED = re.compile(r'"\$(?:id|anchor|dynamicAnchor|dynamicRef|recursiveRef|recursiveAnchor)"')
_DEFINITION = "#/$defs/"


class SchemaError(NamedTuple):
    """Where a document breaks its schema, and how."""

    pointer: Pointer
    message: str


class EvidenceSchemas:
    """The schemas of `policies/schemas/evidence/`, read by `load`; a kind of evidence exists when its schema exists."""

    def __init__(self, load: Callable[[str], Mapping[str, object] | None]) -> None:
        self._load = load
        self._validators: dict[str, Any] = {}

    def errors(self, kind: str, document: Mapping[str, object]) -> list[SchemaError] | None:
        """Every break of the schema of `kind`; None when the kind has no schema.

        Raises `CannotEvaluate` when the schema is none, or refers to another that is not in it.
        """
        from referencing.exceptions import Unresolvable

        if kind not in self._validators:
            self._validators[kind] = self._compile(kind)
        validator = self._validators[kind]
        if validator is None:
            return None
        try:
            found = [
                SchemaError(tuple(error.absolute_path), shown(error.message, 300))
                for error in validator.iter_errors(document)
            ]
        except Unresolvable as error:
            raise CannotEvaluate(f"{schema_path(kind)}: {error}", "write the referred schema into this one") from error
        return sorted(found, key=lambda error: [str(step) for step in error.pointer])

    def _compile(self, kind: str) -> Any:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import best_match
        from jsonschema.validators import extend
        from jsonschema_specifications import REGISTRY

        schema = self._load(schema_path(kind))
        if schema is None:
            return None
        error = best_match(Draft202012Validator(_meta_schema(), registry=REGISTRY).iter_errors(schema))
        if error is not None:
            raise CannotEvaluate(f"{schema_path(kind)}: {shown(error.message, 300)}", "correct the schema")
        if '"patternProperties"' in json.dumps(schema):
            remedy = "write `propertyNames` with a `pattern`, which is searched for in linear time"
            raise CannotEvaluate(f"{schema_path(kind)}: `patternProperties` is not supported", remedy)
        extended: Any = extend  # it bears no types
        linear = extended(Draft202012Validator, {"pattern": _pattern, "uniqueItems": _unique_items})
        # A registry of the published meta-schemas alone: a reference elsewhere fails instead of being fetched.
        return linear(with_definitions_in_place(schema), registry=REGISTRY)


# A document may be as large as evidence can be, and hostile: both keywords take time in proportion to it (THREATS T79).


def _pattern(_validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not _expression(pattern).isinstance_python(instance):
        yield ValidationError(f"{shown(repr(instance))} does not match {pattern!r}")


@cache
def _expression(pattern: str) -> SchemaValidator:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex", strict=True))
    except NoPattern as error:
        remedy = "write it without look-around and back-references"
        raise CannotEvaluate(f"{FOLDER}: the pattern {shown(repr(pattern))} cannot be used", remedy) from error


def _unique_items(_validator: Any, unique: object, instance: object, _schema: object) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if unique and isinstance(instance, list) and len({_identity(item) for item in instance}) < len(instance):
        yield ValidationError(f"{shown(repr(instance))} has non-unique elements")


def _identity(value: object) -> Hashable:
    """What is equal for two values that JSON Schema holds equal: 1 and 1.0, but not 1 and true."""
    if isinstance(value, dict):
        return ("object", frozenset((key, _identity(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("array", tuple(map(_identity, value)))
    return (isinstance(value, bool), value)


@cache
def _meta_schema() -> Mapping[str, Any]:
    """The schema of schemas, 2020-12, as one document.

    As published it is eight documents that each look at every part of a schema, by references that depend on how they
    were reached; merged, where those references can only lead to the whole, it says the same in a fifth of the time.
    """
    from jsonschema_specifications import REGISTRY

    published = REGISTRY.contents("https://json-schema.org/draft/2020-12/schema")
    merged: dict[str, Any] = {"type": published["type"], "properties": dict(published["properties"]), "$defs": {}}
    for part in published["allOf"]:
        vocabulary = REGISTRY.contents(f"https://json-schema.org/draft/2020-12/{part['$ref']}")
        merged["properties"] |= vocabulary["properties"]
        merged["$defs"] |= vocabulary.get("$defs", {})
    text = json.dumps(merged).replace('"$dynamicRef": "#meta"', '"$ref": "#"')
    return with_definitions_in_place(json.loads(re.sub(r'"meta/[a-z]+#/', '"#/', text)))


def with_definitions_in_place(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with each `{"$ref": "#/$defs/..."}` replaced by its definition, which means the same.

    The validator looks references up again for every value, which takes half of its time. A definition that refers to
    itself keeps its reference, and a schema with names of its own is left as it is.
    """
    if _NAMED.search(json.dumps(schema)) or not isinstance(schema.get("$defs"), dict):
        return schema
    built: Mapping[str, Any] = _InPlace(schema["$defs"]).schema(schema)
    return built


class _InPlace:
    """Puts definitions in place, each built once and then shared."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._built: dict[str, Any] = {}
        self._open: set[str] = set()

    def schema(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        if schema.keys() == {"$ref"} and schema["$ref"].startswith(_DEFINITION):
            return self._definition(schema)
        return {keyword: self._value(keyword, value) for keyword, value in schema.items()}

    def _value(self, keyword: str, value: Any) -> Any:
        if keyword in _SCHEMA:
            return self.schema(value)
        if keyword in _SCHEMAS:
            return [self.schema(item) for item in value]
        if keyword in _SCHEMAS_BY_NAME:
            return {name: self.schema(item) for name, item in value.items()}
        return value

    def _definition(self, reference: Mapping[str, str]) -> Any:
        name = reference["$ref"].removeprefix(_DEFINITION)
        if name in self._open or name not in self._definitions or "~" in name or "%" in name:
            return reference
        if name not in self._built:
            self._open.add(name)
            self._built[name] = self.schema(self._definitions[name])
            self._open.remove(name)
        return self._built[name]


def schema_path(kind: str) -> str:
    """Where the schema of a kind of evidence stands: the kind exists when its schema does."""
    return f"{FOLDER}/{kind}.schema.json"
