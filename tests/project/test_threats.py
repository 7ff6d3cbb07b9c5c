"""What must be refused: whoever looks for the case of a row finds it by the row's number in the name of a test."""

import re
from itertools import chain

from repository import PROJECT

ROWS = (*range(1, 17), *range(18, 23), *range(25, 29), *range(31, 41), 42, 45, 46, 48, 49, 51, 52)
ROWS += (*range(57, 61), 62, 63, 64, 65, 67, 68, 69, 71, 72, 74, 75, *range(77, 93))
NAMES = re.compile(r"def (test_\w+)|\"(t\d\d)[ \"]")
"""Of a test, or of a case that a test is given."""


def numbers(text: str) -> set[int]:
    """The rows that the tests of a file name."""
    names = chain.from_iterable(NAMES.findall(text))
    return {int(number) for name in names for number in re.findall(r"(?:^|_)t(\d\d)(?=_|$)", name)}


def test_each_row_of_the_threats_is_named_by_a_test() -> None:
    files = (PROJECT / "tests").rglob("test_*.py")
    assert set(ROWS) - set().union(*(numbers(file.read_text()) for file in files)) == set()
