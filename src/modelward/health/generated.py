"""Files that are made from others: whether they are what they would be made to today."""

from collections.abc import Iterator, Sequence

from modelward.authoring.codeowners import PATH, codeowners
from modelward.authoring.schemas import FOLDER, json_schemas
from modelward.errors import CannotEvaluate
from modelward.health.outcomes import Check, Failed, Look, Ok, Outcome, Unasked, each, listed
from modelward.tree.file import content
from modelward.tree.snapshot import Snapshot


def generated(snapshot: Snapshot, elsewhere: Sequence[str] = ()) -> Iterator[Check]:
    """CODEOWNERS and the JSON Schemas of the specs; `elsewhere` are remotes of which none is on GitHub."""
    return each(_looks(snapshot, elsewhere))


def _looks(snapshot: Snapshot, elsewhere: Sequence[str]) -> Iterator[tuple[str, Look]]:
    yield "CODEOWNERS", lambda: _codeowners(snapshot, elsewhere)
    yield "schemas", lambda: _schemas(snapshot)


def _codeowners(snapshot: Snapshot, elsewhere: Sequence[str]) -> Outcome:
    there = _bytes(snapshot, PATH)
    if there is None:
        return Unasked(f"there is no {PATH}", "modelward codeowners --write")
    if elsewhere:
        why = f"GitHub alone reads {PATH}, and the remote {listed(elsewhere)} is elsewhere"
        return Unasked(why, "modelward doctor --github OWNER/REPO looks at it all the same")
    try:
        wanted = codeowners(snapshot)
    except CannotEvaluate as error:
        return Failed(f"{PATH} is not made from policy: {error.message}", error.remedy)
    if there != wanted.encode():
        return Failed(f"{PATH} is not what policy asks for", "modelward codeowners --write")
    return Ok("what policy asks for")


def _schemas(snapshot: Snapshot) -> Outcome:
    wanted = json_schemas()
    there = {path: _bytes(snapshot, path) for path in wanted}
    if not any(there.values()):
        return Unasked(f"there are none under {FOLDER}/", "modelward schema --write")
    stale = [path for path, data in there.items() if data != wanted[path]]
    if stale:
        return Failed(f"{listed(stale, 2)} is not what this engine writes", "modelward schema --write")
    return Ok("what this engine writes")


def _bytes(snapshot: Snapshot, path: str) -> bytes | None:
    entry = snapshot.source.entry(path)
    return None if entry is None else content(snapshot.source, entry)
