"""Where values stand: the stretch that is named is the text of the value, in characters and not in bytes."""

from hypothesis import given

from modelward.tree.place import Place, Pointer, Span
from modelward.tree.yaml_reader import locate, place_of, read_yaml

from .documents import Document, documents, pointers, typed


def stretch(text: str, pointer: Pointer, *, key: bool = False) -> tuple[str, int]:
    """The text at a pointer and the column of its first character, from 0."""
    found = locate(text, pointer, key=key)
    assert found is not None
    return text[found.start : found.end], found.start - (text.rfind("\n", 0, found.start) + 1)


@given(documents())
def test_a_document_reads_as_the_value_that_it_was_written_from(document: Document) -> None:
    assert typed(read_yaml(document.text.encode())) == typed(document.value)


@given(documents())
def test_the_text_at_every_place_reads_as_the_value_that_stands_there(document: Document) -> None:
    for pointer, value in pointers(document.value):
        found, column = stretch(document.text, pointer)
        alone = f"value:\n{' ' * column}{found}" if pointer else f"value:\n  {found.replace(chr(10), chr(10) + '  ')}"
        assert typed(read_yaml(alone.encode())) == typed({"value": value}), (pointer, found)


@given(documents())
def test_the_text_at_every_key_reads_as_that_key(document: Document) -> None:
    for pointer, _ in pointers(document.value):
        if pointer and isinstance(pointer[-1], str):
            found, _ = stretch(document.text, pointer, key=True)
            assert read_yaml(f"{found}: 1\n".encode()) == {pointer[-1]: 1}


@given(documents())
def test_a_span_lies_on_one_line_and_starts_where_the_value_does(document: Document) -> None:
    rows = document.text.split("\n")
    for pointer, _ in pointers(document.value):
        span = place_of(document.text, pointer)
        found, column = stretch(document.text, pointer)
        assert span.column == column + 1
        assert rows[span.line - 1][span.column - 1 : span.end - 1] == found.split("\n")[0].rstrip()


def test_columns_count_characters_that_take_several_bytes_as_one() -> None:
    assert place_of('é中😀: {"b": [1, 中, 3]}\n', ("é中😀", "b", 2)) == Span(1, 19, 20)


def test_a_value_that_is_not_there_has_the_place_of_the_nearest_around_it() -> None:
    text = "a:\n  b: {c: 1}\n"
    assert place_of(text, ("a", "b", "missing", "d")) == Span(2, 6, 12)
    assert place_of(text, ("missing",), key=True) == Span(1, 1, 3)


def test_an_item_of_a_sequence_has_no_key_but_a_place() -> None:
    assert place_of("a:\n  - b\n  - {c: 1}\n", ("a", 1), key=True) == Span(3, 5, 11)


def test_a_key_is_told_from_a_value_of_the_same_words() -> None:
    text = "a: b\nb: a\n"
    assert place_of(text, ("b",), key=True) == Span(2, 1, 2)
    assert place_of(text, ("b",)) == Span(2, 4, 5)


def test_a_place_is_written_as_compilers_write_it() -> None:
    assert str(Place("models/a/manifest.yaml", Span(3, 7, 9))) == "models/a/manifest.yaml:3:7"
    assert str(Place("models/a/manifest.yaml")) == "models/a/manifest.yaml"
