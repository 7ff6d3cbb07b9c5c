"""Evidence documents against the JSON Schemas that the organisation owns, each compiled once a run."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from modelward.errors import CannotEvaluate
from modelward.tree.place import Pointer

FOLDER = "policies/schemas/evidence"


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
                SchemaError(tuple(error.absolute_path), error.message) for error in validator.iter_errors(document)
            ]
        except Unresolvable as error:
            raise CannotEvaluate(f"{_path(kind)}: {error}", "write the referred schema into this one") from error
        return sorted(found, key=lambda error: [str(step) for step in error.pointer])

    def _compile(self, kind: str) -> Any:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError as NoSchema
        from jsonschema_specifications import REGISTRY

        schema = self._load(_path(kind))
        if schema is None:
            return None
        try:
            Draft202012Validator.check_schema(schema)
        except NoSchema as error:
            raise CannotEvaluate(f"{_path(kind)}: {error.message}", "correct the schema") from error
        # A registry of the published meta-schemas alone: a reference elsewhere fails instead of being fetched.
        return Draft202012Validator(schema, registry=REGISTRY)


def _path(kind: str) -> str:
    return f"{FOLDER}/{kind}.schema.json"
