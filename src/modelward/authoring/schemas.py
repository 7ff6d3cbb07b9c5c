"""The JSON Schemas of all kinds of spec, as an editor reads them from the repository."""

import json
from typing import Final

from modelward.specs.kinds import KINDS
from modelward.specs.scalars import Spec

FOLDER: Final = "policies/schemas"


def json_schemas() -> dict[str, bytes]:
    """Each schema by the path at which it stands."""
    return {f"{FOLDER}/{known.name}.schema.json": json_schema(known.name, known.spec).encode() for known in KINDS}


def json_schema(kind: str, spec: type[Spec]) -> str:
    """The schema of one kind of spec."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **spec.model_json_schema(),
        "title": f"{kind}/v1",
    }
    return json.dumps(document, indent=2) + "\n"
