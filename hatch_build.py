"""The wheel carries the organisation's own files; an editable installation reads them where they are."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarryScaffold(BuildHookInterface[Any]):
    """Adds policies, environments, rules and their examples to the wheel, under `modelward/scaffold/`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files, which hatchling then adds."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from modelward.authoring.carried import carried

        build_data["force_include"] |= {str(root / path): f"modelward/scaffold/{path}" for path in carried(root)}
