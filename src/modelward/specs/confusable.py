"""Names that people could take for each other (THREATS T52)."""

# Digits that look like letters never become the same letter, so that numbered names stay apart.
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "2": "z", "5": "s", "8": "b", "9": "g", "q": "g"})
_ALIKE_TOGETHER = (("rn", "m"), ("vv", "w"))
_SEPARATORS = str.maketrans({"-": "", "_": "", ".": "", " ": ""})


def skeleton(name: str) -> str:
    """What a hurried reader sees of a name; two names with one skeleton are easily taken for each other."""
    seen = name.casefold().translate(_SEPARATORS).translate(_ALIKE)
    for pair, alike in _ALIKE_TOGETHER:
        seen = seen.replace(pair, alike)
    return seen
