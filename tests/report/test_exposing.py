"""Where Prometheus finds the metrics: a textfile, and a port."""

import socket
from pathlib import Path
from urllib.request import urlopen

import pytest

from modelward.errors import WrongUse
from modelward.report.exposing import MetricsPort, write_textfile
from report.test_metrics import RUN


def test_a_textfile_counts_on_from_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "modelward.prom"
    assert write_textfile(path, RUN) is None
    assert write_textfile(path, RUN) is None
    assert 'modelward_reconcile_runs_total{result="success"} 2.0\n' in path.read_text()
    assert list(tmp_path.iterdir()) == [path]


def test_a_textfile_of_garbage_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "modelward.prom"
    path.write_bytes(b"\xff\x00garbage{" * 1_000)
    assert write_textfile(path, RUN) is None
    assert 'modelward_reconcile_runs_total{result="success"} 1.0\n' in path.read_text()


def test_a_textfile_that_cannot_be_written_is_said_and_not_raised(tmp_path: Path) -> None:
    there = tmp_path / "none" / "modelward.prom"
    assert write_textfile(there, RUN) == f"cannot write {there}: No such file or directory"
    assert write_textfile(tmp_path, RUN) == f"the metrics file {tmp_path} cannot be read: Is a directory"


def get(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def test_a_port_shows_every_run_of_the_process() -> None:
    served = MetricsPort(0, "127.0.0.1")
    try:
        assert "modelward_" not in get(served.port)
        served.show(RUN)
        served.show(RUN)
        assert 'modelward_actions_total{kind="promotion"} 4.0\n' in get(served.port)
    finally:
        served.close()


def test_a_port_that_is_taken_is_wrong_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WrongUse, match=f"metrics cannot be served at 127.0.0.1:{port}"):
            MetricsPort(port, "127.0.0.1")


def test_an_address_of_another_machine_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="cannot be served"):
        MetricsPort(0, "192.0.2.1")
