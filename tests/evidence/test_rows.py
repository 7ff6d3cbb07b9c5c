"""Rows from data files."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.errors import CannotEvaluate, WrongUse
from modelward.evidence.rows import Rows, read_rows
from modelward.tree.digest import digest_of

CSV = "id,age,branch,label\na,41,07,1\nb,,8,0\nc,3.5,,1\n"


def written(tmp_path: Path, data: str | bytes, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_rows_are_named_by_the_digest_of_the_bytes_as_given(tmp_path: Path) -> None:
    packed = gzip.compress(CSV.encode())
    plain, zipped = read_rows(written(tmp_path, CSV)), read_rows(written(tmp_path, packed, "rows.csv.gz"))
    assert plain.digest == digest_of(CSV.encode())
    assert zipped.digest == digest_of(packed)
    pd.testing.assert_frame_equal(plain.frame, zipped.frame)


@pytest.mark.parametrize("name", ["rows.csv", "rows.gz", "rows.parquet", "rows"])
def test_the_form_of_a_file_is_told_by_its_bytes_not_by_its_name(tmp_path: Path, name: str) -> None:
    assert len(read_rows(written(tmp_path, CSV, name))) == 3
    pd.DataFrame({"x": [1, 2]}).to_parquet(tmp_path / name)
    assert read_rows(tmp_path / name).numbers("x").tolist() == [1, 2]


def test_numbers_and_their_gaps_are_read(tmp_path: Path) -> None:
    ages = read_rows(written(tmp_path, CSV)).numbers("age")
    assert ages[[0, 2]].tolist() == [41.0, 3.5]
    assert np.isnan(ages[1])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_numbers_are_read_bit_by_bit(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    text = "x\n" + "".join(f"{value!r}\n" for value in values)
    assert read_rows(written(tmp_path_factory.mktemp("rows"), text)).numbers("x").tolist() == values


def test_a_column_of_names_is_kept_as_it_is_written(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, "code\n07\nNA\n1.0\nnull\n\n", "a.csv"), ["code"])
    assert rows.texts("code") == ["07", "NA", "1.0", "null"]
    with_gap = read_rows(written(tmp_path, "code,x\n07,1\n,2\n"), ["code"])
    assert with_gap.texts("code") == ["07", None]
    assert with_gap.groups("code").tolist() == ["07", "missing"]


def test_a_whole_number_is_the_same_text_with_and_without_a_point(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, "sex,x\n1,1\n2,1\n,1\n"))
    assert rows.frame["sex"].dtype == np.float64
    assert rows.texts("sex") == ["1", "2", None]


def test_flags_of_parquet_are_written_as_1_and_0(tmp_path: Path) -> None:
    pd.DataFrame({"flag": [True, False]}).to_parquet(tmp_path / "rows.parquet")
    assert read_rows(tmp_path / "rows.parquet").texts("flag") == ["1", "0"]


def test_a_column_with_a_word_among_numbers_is_refused_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(CannotEvaluate, match=r"row 2 of the data has no number in `x`: 'many'"):
        read_rows(written(tmp_path, "x\n1\nmany\n")).numbers("x")


def test_a_column_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no column `income`") as refused:
        read_rows(written(tmp_path, CSV)).numbers("income")
    assert refused.value.remedy == "its columns are id, age, branch, label"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "is no table"),
        ("x\n", "has no rows"),
        ("x,x\n1,2\n", "the column 'x' stands twice"),
        (b"\xff\xfe\x00x", "is no table"),
        (b"PAR1 but no more", "is no table"),
        (gzip.compress(CSV.encode())[:20], "is no table"),
        ("a,b\n1,2\n1,2,3\n", "is no table"),
    ],
    ids=["empty", "header only", "twice", "no text", "no parquet", "cut off", "ragged"],
)
def test_what_is_no_table_with_rows_is_refused(tmp_path: Path, data: str | bytes, said: str) -> None:
    with pytest.raises(CannotEvaluate, match=said):
        read_rows(written(tmp_path, data))


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot read"):
        read_rows(tmp_path / "nothing.csv")


def test_rows_without_an_id_are_numbered_from_1_on(tmp_path: Path) -> None:
    ids = read_rows(written(tmp_path, CSV)).ids(None)
    assert (ids.count, ids.column) == (3, None)
    assert ids.ids == "sha256:" + hashlib.sha256(b"1\n2\n3\n").hexdigest()


def test_ids_are_named_in_the_order_of_the_file(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, CSV), ["id"])
    ids = rows.ids("id")
    assert ids.ids == "sha256:" + hashlib.sha256(b"a\nb\nc\n").hexdigest()
    assert Rows(rows.digest, rows.frame.iloc[::-1]).ids("id") != ids


@pytest.mark.parametrize("ids", ["a,1\na,1\n", "a,1\n,1\n"], ids=["twice", "missing"])
def test_ids_that_do_not_name_each_row_once_are_refused(tmp_path: Path, ids: str) -> None:
    rows = read_rows(written(tmp_path, f"id,x\n{ids}"), ["id"])
    with pytest.raises(CannotEvaluate, match="does not name each row once"):
        rows.ids("id")
