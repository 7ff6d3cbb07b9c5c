"""The options of a run that tells others: one value, with everything that was asked for."""

import io
import json
import socket
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from events.conftest import event
from modelward.cli.options import here
from modelward.cli.telling import Listening, Teller, Telling, telling
from modelward.errors import CannotEvaluate, WrongUse
from modelward.events.connecting import Places
from modelward.events.delivering import Delivery
from modelward.events.interface import Undelivered
from modelward.events.outbox import Outbox
from report.test_metrics import RUN


def run(*arguments: str) -> tuple[Result, list[Telling]]:
    """A verb with the options, as it is called with some arguments."""
    got: list[Telling] = []

    @click.command()
    @telling
    @here
    def verb(telling: Telling, folder: Path) -> None:
        assert isinstance(folder, Path)
        got.append(telling)

    return CliRunner().invoke(verb, ["-C", "there", *arguments], obj=Path()), got


def test_a_run_that_is_told_nothing_tells_nobody() -> None:
    result, got = run()
    assert result.exit_code == 0, result.output
    assert got == [Telling(Places(), None, None, None)]


def test_all_that_is_asked_for_is_one_value_and_files_lie_where_the_run_is_started() -> None:
    result, got = run(
        *("--events-file", "events.jsonl", "--events-webhook", "HOOK", "--events-token", "HOOK_TOKEN"),
        *("--metrics-file", "/var/lib/metrics/modelward.prom", "--metrics-port", "9464", "--log-format", "json"),
    )
    assert result.exit_code == 0, result.output
    places = Places(Path("there/events.jsonl"), "HOOK", "HOOK_TOKEN")
    assert got == [Telling(places, Path("/var/lib/metrics/modelward.prom"), Listening("127.0.0.1", 9464), "json")]


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ("0.0.0.0:9464", Listening("0.0.0.0", 9464)),  # noqa: S104 - it is asked for by name
        ("[::1]:80", Listening("::1", 80)),
        (":80", Listening("127.0.0.1", 80)),
    ],
)
def test_metrics_are_served_where_it_is_asked_for(value: str, where: Listening) -> None:
    _, (got,) = run("--metrics-port", value)
    assert got.metrics_port == where


@pytest.mark.parametrize("value", ["", "0", "65536", "http", "127.0.0.1", "127.0.0.1:", "9464x", "-1"])
def test_what_is_no_port_is_wrong_use(value: str) -> None:
    result, got = run(f"--metrics-port={value}")
    assert (result.exit_code, got) == (2, [])


def test_a_secret_that_is_given_in_place_of_its_variable_is_not_repeated() -> None:
    for option in ("--events-webhook", "--events-token"):
        result, got = run(option, "https://hooks.example.org/sesame")
        assert (result.exit_code, got) == (2, [])
        assert "sesame" not in result.output
        assert "give the name of a variable" in result.output


def test_a_token_without_a_webhook_is_wrong_use() -> None:
    result, got = run("--events-token", "HOOK_TOKEN")
    assert (result.exit_code, got) == (2, [])
    assert "of no use without" in result.output


DOWN = "https://127.0.0.1:1/sesame"


def delivered(teller: Teller, outbox: Path) -> tuple[Undelivered, ...]:
    """One run that has one event to tell."""
    delivery = Delivery(teller.connected([], "acme/ml-governance").sinks, Outbox(outbox))
    teller.post(event(), delivery)
    return teller.deliver(delivery)


def test_without_a_place_for_it_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller(Telling(Places(), None, None, None))
    assert delivered(teller, tmp_path / "outbox") == ()
    teller.count(RUN)
    teller.close()
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


def test_events_are_logged_and_delivered_and_what_was_not_taken_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOK", DOWN)
    teller = Teller(Telling(Places(tmp_path / "events.jsonl", "HOOK"), None, None, "json"))
    (left,) = delivered(teller, tmp_path / "outbox")
    assert left.sink == "the webhook of HOOK"
    said = capsys.readouterr()
    told, untold = (json.loads(line) for line in said.err.splitlines())
    assert (told["event"], untold["event"]) == ("ml.model.suspended", "event.undelivered")
    assert untold["message"].startswith("the webhook of HOOK did not take it: it cannot be reached")
    assert "sesame" not in said.err
    assert said.out == ""
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 1


def test_runs_are_counted_in_a_file_that_may_not_be_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Teller(Telling(Places(), tmp_path / "modelward.prom", None, "text")).count(RUN)
    assert "modelward_suspensions 1.0" in (tmp_path / "modelward.prom").read_text()
    Teller(Telling(Places(), tmp_path / "none" / "modelward.prom", None, "text")).count(RUN)
    assert "warning metrics.unwritten message=" in capsys.readouterr().err


def test_metrics_cannot_be_served_at_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listening = Listening("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(WrongUse, match="metrics cannot be served"):
            Teller(Telling(Places(), None, listening, None))


def test_what_cannot_be_printed_ends_nothing_and_is_told_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(Telling(Places(), None, None, "text"))
    teller.require_said()
    with io.FileIO("/dev/full", "w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(full, write_through=True))
        teller.say("a line")
    with pytest.raises(CannotEvaluate, match="could be printed: No space left on device"):
        teller.require_said()
    teller.begin()
    teller.require_said()
