"""The events file: whole lines or none."""

import fcntl
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from events.conftest import REPOSITORY, event
from modelward.events.file import EventFile


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_each_event_is_a_line_after_those_before(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    first, second, third = event("1"), event("2"), event("3")
    assert EventFile(path, REPOSITORY).take([first, second]) == ()
    assert EventFile(path, REPOSITORY).take([third]) == ()
    assert ids(path) == [first.id, second.id, third.id]


def test_writers_at_the_same_time_leave_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    batches = [[event(f"{writer} {n}", body="b" * 3_000) for n in range(10)] for writer in range(8)]
    with ThreadPoolExecutor(8) as pool:
        undelivered = list(pool.map(lambda batch: EventFile(path, REPOSITORY).take(batch), batches))
    assert undelivered == [()] * 8
    assert sorted(ids(path)) == sorted(told.id for batch in batches for told in batch)


def test_a_line_that_was_torn_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"specversion": "1')
    EventFile(path, REPOSITORY).take([event()])
    torn, whole = path.read_text().splitlines()
    assert torn == '{"specversion": "1'
    assert json.loads(whole)["id"] == event().id


WRITING = """
import resource, sys
from pathlib import Path
from events.conftest import REPOSITORY, event
from modelward.events.file import EventFile
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
(left,) = EventFile(Path(sys.argv[1]), REPOSITORY).take([event("2", body="b" * 3000)])
print(left.why)
"""


def test_of_a_line_for_which_there_is_no_room_nothing_stays(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventFile(path, REPOSITORY).take([event("1")])
    before = path.read_bytes()
    tests = str(Path(__file__).parent.parent)
    run = subprocess.run(
        [sys.executable, "-c", WRITING, str(path)],
        env={**os.environ, "PYTHONPATH": tests},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "it cannot be written: File too large\n"
    assert path.read_bytes() == before


def test_a_file_that_another_process_keeps_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        (left,) = EventFile(path, REPOSITORY, patience=0.05).take([event()])
    assert left.why == "another process has been writing it for more than 0.05 s"
    assert path.read_bytes() == b""


def made_folder(path: Path) -> None:
    path.mkdir()


def made_link(path: Path) -> None:
    path.with_name("elsewhere").touch()
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("make", [made_folder, made_link])
def test_what_is_no_file_takes_no_event(tmp_path: Path, make: object) -> None:
    path = tmp_path / "events.jsonl"
    assert callable(make)
    make(path)
    one, other = EventFile(path, REPOSITORY).take([event("1"), event("2")])
    assert (one.event, other.event) == (event("1"), event("2"))
    assert one.why.startswith("it cannot be written: ")
    assert one.sink == f"the events file {path}"


def test_a_file_in_a_folder_that_is_not_there_takes_no_event(tmp_path: Path) -> None:
    (left,) = EventFile(tmp_path / "none" / "events.jsonl", REPOSITORY).take([event()])
    assert left.why == "it cannot be written: No such file or directory"


def test_a_pipe_or_a_device_takes_no_event_and_nobody_waits_for_its_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "events.jsonl"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull)):
        (left,) = EventFile(path, REPOSITORY).take([event()])
        assert left.why == "it is no file that lines can be appended to"
