"""The part of XML Schema that a JUnit schema is written in: elements, what may stand in them, and their attributes."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

_XS = "{http://www.w3.org/2001/XMLSchema}"


class Schema:
    """A schema, which `check` holds documents against."""

    def __init__(self, path: Path) -> None:
        root = ET.parse(path).getroot()  # noqa: S314 - a schema of this repository
        self._elements = {element.get("name"): element for element in root.findall(f"{_XS}element")}
        self._types = {kind.get("name"): kind for kind in root.findall(f"{_XS}complexType")}
        self._patterns = {
            kind.get("name"): pattern.get("value", "")
            for kind in root.findall(f"{_XS}simpleType")
            for pattern in kind.iter(f"{_XS}pattern")
        }

    def check(self, element: ET.Element) -> list[str]:
        """What in the element, and in all below it, the schema does not allow."""
        declared = self._elements.get(element.tag)
        if declared is None:
            return [f"<{element.tag}> is unknown"]
        kind = declared.find(f"{_XS}complexType")
        kind = self._types.get(declared.get("type")) if kind is None else kind
        if kind is None:
            return [f"<{element.tag}> holds text alone"] if len(element) or element.attrib else []
        problems = [*self._attributes(element, kind), *self._content(element, kind)]
        for child in element:
            problems.extend(self.check(child))
        return problems

    def _attributes(self, element: ET.Element, kind: ET.Element) -> list[str]:
        known = {attribute.get("name"): attribute for attribute in kind.findall(f"{_XS}attribute")}
        problems = [f"<{element.tag}> has no attribute {name}" for name in element.attrib if name not in known]
        for name, attribute in known.items():
            value = element.get(name or "")
            if value is None:
                if attribute.get("use") == "required":
                    problems.append(f"<{element.tag}> needs {name}")
                continue
            pattern = self._patterns.get(attribute.get("type"))
            if pattern is not None and not re.fullmatch(pattern, value):
                problems.append(f"<{element.tag}> has a malformed {name}")
        return problems

    def _content(self, element: ET.Element, kind: ET.Element) -> list[str]:
        allowed = {child.get("ref") or child.get("name") for child in kind.iter(f"{_XS}element")}
        problems = [f"<{child.tag}> stands in <{element.tag}>" for child in element if child.tag not in allowed]
        texts = [element.text, *(child.tail for child in element)]
        if kind.get("mixed") != "true" and any(text and text.strip() for text in texts):
            problems.append(f"<{element.tag}> holds text")
        return problems
