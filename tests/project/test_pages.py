"""The pages by task: their commands run in their order, end as they say, and print what they show."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from repository import PROJECT

PAGES = ("docs/ml-engineer.md", "docs/reviewer.md", "docs/platform-owner.md")
LINKING = ("README.md", *(str(path.relative_to(PROJECT)) for path in sorted((PROJECT / "docs").glob("*.md"))))


@pytest.mark.parametrize("path", PAGES)
def test_every_command_of_the_page_does_what_the_page_says(page: Callable[[str], str], path: str) -> None:
    page(path)


@pytest.mark.parametrize("path", LINKING)
def test_every_link_leads_to_a_page_and_a_heading(path: str) -> None:
    text = (PROJECT / path).read_text()
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in link:
            continue
        file, _, heading = link.partition("#")
        target = (PROJECT / path).parent / file if file else PROJECT / path
        assert target.exists(), link
        assert not heading or heading in headings(target), link


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as a forge makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}
