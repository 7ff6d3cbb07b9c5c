"""Edits: every byte outside the edited value stays as it was, and only that value changes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.errors import CannotEvaluate, WrongUse
from modelward.tree.edit import (
    Scalar,
    append_item,
    clear,
    insert_entry,
    remove_entry,
    replace_scalar,
    write_atomically,
    write_together,
)
from modelward.tree.place import Pointer
from modelward.tree.yaml_reader import locate, read_yaml

from .documents import Document, changed, documents, keys, pointers, scalars, typed, values


@given(documents(), st.data(), scalars)
def test_a_replaced_value_is_all_that_changes(document: Document, data: st.DataObject, new: Scalar) -> None:
    single = [pointer for pointer, value in pointers(document.value) if not isinstance(value, dict | tuple)]
    if not single:
        return
    pointer = data.draw(st.sampled_from(single))
    old = document.text
    found = locate(old, pointer)
    assert found is not None
    edited = replace_scalar(old.encode(), pointer, new)
    assert typed(read_yaml(edited)) == typed(changed(document.value, pointer, new))
    before, after = old[: found.start].encode(), old[found.end :].encode()
    assert edited.startswith(before)
    assert edited.endswith(after)
    assert len(edited) >= len(before) + len(after)


@given(documents(), st.data(), keys, values)
def test_an_inserted_entry_is_all_that_changes(
    document: Document, data: st.DataObject, key: str, entry: dict[str, Scalar]
) -> None:
    mappings = [pointer for pointer, value in pointers(document.value) if isinstance(value, dict) and key not in value]
    if not mappings:
        return
    pointer = data.draw(st.sampled_from(mappings))
    old = document.text.encode()
    edited = insert_entry(old, pointer, key, entry)
    assert typed(read_yaml(edited)) == typed(changed(document.value, (*pointer, key), entry))
    assert_only_added(old, edited)


@given(documents(), st.data(), values)
def test_an_appended_item_is_all_that_changes(document: Document, data: st.DataObject, item: Scalar) -> None:
    sequences = [(pointer, value) for pointer, value in pointers(document.value) if isinstance(value, tuple)]
    if not sequences:
        return
    pointer, value = data.draw(st.sampled_from(sequences))
    old = document.text.encode()
    edited = append_item(old, pointer, item)
    assert typed(read_yaml(edited)) == typed(changed(document.value, pointer, (*value, item)))
    assert_only_added(old, edited)


@given(documents(), st.data())
def test_a_cleared_collection_is_all_that_changes(document: Document, data: st.DataObject) -> None:
    named = [
        (pointer, value)
        for pointer, value in pointers(document.value)
        if pointer and isinstance(pointer[-1], str) and isinstance(value, dict | tuple)
    ]
    if not named:
        return
    pointer, value = data.draw(st.sampled_from(named))
    edited = clear(document.text.encode(), pointer)
    assert typed(read_yaml(edited)) == typed(changed(document.value, pointer, type(value)()))
    key = locate(document.text, pointer, key=True)
    assert key is not None
    assert edited.decode().startswith(document.text[: key.end])


@given(documents(), st.data())
def test_a_removed_entry_is_all_that_changes(document: Document, data: st.DataObject) -> None:
    entries = [
        (*pointer, key)
        for pointer, value in pointers(document.value)
        if isinstance(value, dict) and (len(value) > 1 or (pointer and isinstance(pointer[-1], str)))
        for key in value
    ]
    if not entries:
        return
    *around, key = data.draw(st.sampled_from(entries))
    mapping = document.value
    for step in around:
        mapping = mapping[step]
    left = {name: value for name, value in mapping.items() if name != key}
    try:
        edited = remove_entry(document.text.encode(), (*around, key))
    except WrongUse:
        # The first entry behind a dash, on whose line the item begins.
        assert (key, True) == (next(iter(mapping)), any(isinstance(step, int) for step in around))
        return
    assert typed(read_yaml(edited)) == typed(changed(document.value, tuple(around), left))
    if len(mapping) > 1:
        assert_only_added(edited, document.text.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a:\n  b: 1\n  # of c\n  c: {x: 1}  # on c\nd: 1\n", "a:\n  b: 1\n  # of c\nd: 1\n"),
        ("a:\n  c: |\n    x\n\n  b: 1\n", "a:\n\n  b: 1\n"),
        ("a:\n  b: 1\n  c:\n    x: [1]\n    z: 2", "a:\n  b: 1\n"),
        ("a: {c: 1, b: 2} # x\n", "a: {b: 2} # x\n"),
        ("a: {b: 2,  c: {d: 1}, e: 3}\n", "a: {b: 2, e: 3}\n"),
        ("a: {c: {d: 1}}\n", "a: {}\n"),
    ],
)
def test_an_entry_goes_with_its_lines_or_with_its_comma(old: str, new: str) -> None:
    assert remove_entry(old.encode(), ("a", "c")).decode() == new


@pytest.mark.parametrize("pointer", [("a", "x"), ("a", "b", "x"), ("x", "c")])
def test_what_is_not_there_is_not_removed(pointer: Pointer) -> None:
    with pytest.raises(WrongUse, match="is not there"):
        remove_entry(b"a: {b: 1, c: 2}\n", pointer)


def assert_only_added(old: bytes, edited: bytes) -> None:
    kept = next(length for length in range(len(old), -1, -1) if edited.startswith(old[:length]))
    assert edited.endswith(old[kept:])
    assert len(edited) > len(old)


QUOTED = "release: '1.0.0'\nnext: \"1.0.0\"  # é\nplain: one\nliteral: |\n  a\n  b\nlast: 1\n"


@pytest.mark.parametrize(
    ("pointer", "new", "line"),
    [
        (("release",), "it's", "release: 'it''s'"),
        (("release",), "two\nlines", 'release: "two\\nlines"'),
        (("next",), "1.1.0", 'next: "1.1.0"  # é'),
        (("plain",), "two words", "plain: two words"),
        (("plain",), "no", 'plain: "no"'),
        (("plain",), "1.1.0", 'plain: "1.1.0"'),
        (("plain",), True, "plain: true"),
        (("literal",), "c", 'literal: "c"'),
        (("last",), 0.5, "last: 0.5"),
        (("last",), None, "last: null"),
    ],
)
def test_quotes_stay_as_they_were_written_and_come_where_they_are_needed(
    pointer: Pointer, new: Scalar, line: str
) -> None:
    assert line in replace_scalar(QUOTED.encode(), pointer, new).decode().split("\n")


@pytest.mark.parametrize(
    ("pointer", "new", "said"),
    [
        (("missing",), "x", "`missing` is not there: `missing` is missing"),
        (("many", 3), "x", "`many.3` is not there"),
        (("many",), "x", "`many` is no single value"),
        ((), "x", "is no single value"),
        (("one",), "a\x1b[31mb", "`one` cannot take this value"),
        (("one",), "a\u202eb", "`one` cannot take this value"),
        (("one",), "\ud800", "`one` cannot take this value"),
        (("one",), 10**18, "`one` cannot take this value"),
        (("one",), float("nan"), "`one` cannot be edited in place"),
        (("one",), float("inf"), "`one` cannot be edited in place"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_field(pointer: Pointer, new: Scalar, said: str) -> None:
    with pytest.raises(WrongUse, match=re.escape(said)):
        replace_scalar(b"one: a\nmany: [1, 2]\n", pointer, new)


@pytest.mark.parametrize(
    ("text", "pointer", "edited"),
    [
        ("a:\n  x: {r: 1}\n", ("a",), "a:\n  x: {r: 1}\n  new: {r: 2}\n"),
        ("a:\n  x: {r: 1}", ("a",), "a:\n  x: {r: 1}\n  new: {r: 2}"),
        ("a:\n  x: {r: 1}  # last\n\n# b\nb: 1\n", ("a",), "a:\n  x: {r: 1}  # last\n  new: {r: 2}\n\n# b\nb: 1\n"),
        ("a:\n  x:\n    r: 1\n# b\nb: 1\n", ("a",), "a:\n  x:\n    r: 1\n  new: {r: 2}\n# b\nb: 1\n"),
        ("a: {}\n", ("a",), "a: {new: {r: 2}}\n"),
        ("a: { x: 1 }\n", ("a",), "a: { x: 1, new: {r: 2} }\n"),
        ("a: {\n  x: 1,  # last\n}\n", ("a",), "a: {\n  x: 1, new: {r: 2},  # last\n}\n"),
        ("a:\n  - x: 1\n    z: 2\n", ("a", 0), "a:\n  - x: 1\n    z: 2\n    new: {r: 2}\n"),
        ("a:\n  x: |\n    text\n\nb: 1\n", ("a",), "a:\n  x: |\n    text\n  new: {r: 2}\n\nb: 1\n"),
    ],
)
def test_an_entry_comes_after_the_last_one_and_before_the_comments_that_follow(
    text: str, pointer: Pointer, edited: str
) -> None:
    assert insert_entry(text.encode(), pointer, "new", {"r": 2}).decode() == edited


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("a: []\nb: 1\n", "a: [{r: 2, s: [x]}]\nb: 1\n"),
        ("a: [1]  # one\n", "a: [1, {r: 2, s: [x]}]  # one\n"),
        ("a:\n  - 1  # one\n# b\nb: 1\n", "a:\n  - 1  # one\n  - {r: 2, s: [x]}\n# b\nb: 1\n"),
        ("a:\n- x: 1\n  z: 2\nb: 1\n", "a:\n- x: 1\n  z: 2\n- {r: 2, s: [x]}\nb: 1\n"),
        ("a:\n  - - 1\n", "a:\n  - - 1\n  - {r: 2, s: [x]}\n"),
    ],
)
def test_an_item_comes_after_the_last_one_in_the_style_of_the_sequence(text: str, edited: str) -> None:
    assert append_item(text.encode(), ("a",), {"r": 2, "s": ["x"]}).decode() == edited


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("a:\n  x: {r: 1}  # x\n  # z\n  z: 2  # last\n# b\nb: 1\n", "a: {}  # last\n# b\nb: 1\n"),
        ("a:  # all\n  x:\n    - 1\n\nb: 1\n", "a: {}\n\nb: 1\n"),
        ("a: {x: 1}  # all\n", "a: {}  # all\n"),
        ("a: {}\n", "a: {}\n"),
        ("a:\n- 1\n- 2\n", "a: []\n"),
        ("'a' : [1]\n", "'a' : []\n"),
    ],
)
def test_a_cleared_collection_leaves_what_stands_before_and_after_it(text: str, edited: str) -> None:
    assert clear(text.encode(), ("a",)).decode() == edited


@pytest.mark.parametrize("pointer", [(), ("a", 0), ("b",)])
def test_what_has_no_name_or_is_a_single_value_is_not_cleared(pointer: Pointer) -> None:
    with pytest.raises(WrongUse, match="is no mapping or sequence"):
        clear(b"a: [[1]]\nb: 1\n", pointer)


@pytest.mark.parametrize("pointer", [(), ("a",), ("a", "x")])
def test_nothing_is_appended_to_what_is_no_sequence(pointer: Pointer) -> None:
    with pytest.raises(WrongUse, match="nothing can be added to"):
        append_item(b"a: {x: 1}\n", pointer, 1)


@pytest.mark.parametrize(("pointer", "key"), [(("a",), "x"), (("a", "x"), "y"), (("b",), "y")])
def test_an_entry_is_not_added_twice_nor_to_what_is_no_mapping(pointer: Pointer, key: str) -> None:
    with pytest.raises(WrongUse, match=f"`{key}` cannot be added to `{'.'.join(map(str, pointer))}`|`b` is not there"):
        insert_entry(b"a: {x: 1}\n", pointer, key, {})


@pytest.mark.parametrize("key", ["yes", "1", "null", "a: b", "#", "~"])
def test_a_key_that_yaml_would_read_otherwise_is_quoted(key: str) -> None:
    entries: Any = read_yaml(insert_entry(b"a: {}\n", ("a",), key, {"r": 1}))["a"]
    assert entries == {key: {"r": 1}}


def names(folder: Path) -> list[str]:
    return sorted(child.name for child in folder.iterdir())


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "manifest.yaml"
    file.write_text("old")
    file.chmod(0o600)
    write_atomically(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["manifest.yaml"]


def test_a_new_file_can_be_read_by_all(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new.yaml", b"new")
    assert (tmp_path / "new.yaml").stat().st_mode & 0o777 == 0o644


def test_a_full_disk_leaves_the_old_content_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "manifest.yaml"
    file.write_text("old")
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from modelward.errors import CannotEvaluate\n"
        "from modelward.tree.edit import write_atomically\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        "    write_atomically(Path(sys.argv[1]), b'x' * 5000)\n"
        "except CannotEvaluate as error:\n"
        "    print(error.message)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout == f"cannot write {file}: File too large\n"
    assert file.read_text() == "old"
    assert names(tmp_path) == ["manifest.yaml"]


def test_a_folder_in_the_way_is_named_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "manifest.yaml"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(CannotEvaluate, match=r"cannot write .*manifest\.yaml: Is a directory"):
        write_atomically(folder, b"new")
    assert names(tmp_path) == ["manifest.yaml"]
    assert (folder / "inside").is_dir()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotEvaluate, match="No such file or directory"):
        write_atomically(tmp_path / "missing" / "manifest.yaml", b"new")


def test_several_files_are_written_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "c").mkdir()
    with pytest.raises(CannotEvaluate, match="c"):
        write_together(tmp_path, {"a": b"new", "b/deep": b"new", "c": b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert not (tmp_path / "b/deep").exists()
    (tmp_path / "c").rmdir()
    write_together(tmp_path, {"a": b"new", "b/deep": b"new", "c": b"new"})
    assert {(tmp_path / name).read_bytes() for name in ("a", "b/deep", "c")} == {b"new"}
