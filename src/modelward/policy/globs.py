"""Which paths a pattern of a policy means; matched in linear time, whatever stands in it (THREATS T79)."""


def matches(glob: str, path: str) -> bool:
    """Whether a path matches: `*` stands for any characters of one folder's name, `**` as a whole part for any folders.

    A pattern without a slash means files at the top of the repository alone. Nothing else is special.
    """
    return _parts_match(glob.split("/"), path.split("/"))


def _parts_match(globs: list[str], parts: list[str]) -> bool:
    """Greedy matching with one point to come back to, as for single characters: never more than globs times parts."""
    at = seen = 0
    back: tuple[int, int] | None = None
    while seen < len(parts):
        if at < len(globs) and globs[at] == "**":
            back = (at, seen)
            at += 1
        elif at < len(globs) and _part_matches(globs[at], parts[seen]):
            at, seen = at + 1, seen + 1
        elif back is not None:
            back = (back[0], back[1] + 1)
            at, seen = back[0] + 1, back[1]
        else:
            return False
    return at == len(globs)


def _part_matches(glob: str, part: str) -> bool:
    first, *rest = glob.split("*")
    if not rest:
        return glob == part
    if not part.startswith(first) or not part.endswith(rest[-1]) or len(part) < len(first) + len(rest[-1]):
        return False
    inside = part[len(first) : len(part) - len(rest[-1])]
    at = 0
    for piece in rest[:-1]:
        found = inside.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True
