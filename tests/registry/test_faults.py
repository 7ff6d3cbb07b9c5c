"""A real server behind a proxy that fails. Whatever happens, a call ends as it should, or as unavailable."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from urllib.parse import parse_qs, urlsplit

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from answering import dribbling, serving
from faulty import (
    Answered,
    Asked,
    Fault,
    Faulty,
    Forward,
    dropped,
    faulty,
    halved,
    halved_unannounced,
    lost,
    saying,
    silent,
    sound,
)
from modelward.errors import WrongUse
from modelward.reconcile.remembering import LEASE
from modelward.registry import mlflow
from modelward.registry.interface import RegisteredModel, RegistryRefused, RegistryUnavailable
from modelward.registry.mlflow import MlflowRegistry
from modelward.registry.patience import Patience

from .conftest import FILES, Filled, mlflow_registrar

QUICK = Patience(attempts=3, silence=10, whole=20, listing=20, pause=0.002, longest=0.004)
HTML = b"<html><title>502</title>the gateway's own page</html>"
BUSY = saying(500, b'{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "the database is restarting"}')


@dataclass(frozen=True)
class Scene:
    """A model with four versions on a real server, seen through a proxy; `truth` sees it without."""

    name: str
    proxy: Faulty
    registry: MlflowRegistry
    truth: MlflowRegistry

    def shown(self) -> RegisteredModel:
        """The model as it is."""
        model = self.truth.model(self.name)
        assert model is not None
        return model


@pytest.fixture(scope="module")
def proxied(http_sqlite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    name = Filled.name()
    register = mlflow_registrar(http_sqlite, tmp_path_factory.mktemp("faults"))
    for _ in range(4):
        register(name, FILES)
    with faulty(http_sqlite) as proxy:
        yield Scene(name, proxy, MlflowRegistry(proxy.uri, QUICK), MlflowRegistry(http_sqlite))


@pytest.fixture
def scene(proxied: Scene) -> Scene:
    """The same model as it was at first, behind a proxy without a fault."""
    proxied.proxy.faults.clear()
    proxied.proxy.always = sound
    shown = proxied.shown()
    # Each request costs a twentieth of a second.
    if shown.aliases != {"champion": 1}:
        proxied.truth.set_alias(proxied.name, "champion", 1)
    if shown.versions[2].stage != "None":
        proxied.truth.set_stage(proxied.name, 2, "None")
    if shown.tags:
        proxied.truth.remove_tag(proxied.name, "key")
    proxied.proxy.asked.clear()
    return proxied


Call = Callable[[MlflowRegistry, str], object]
READS: dict[str, Call] = {
    "models": lambda registry, name: registry.models()[name],
    "model": lambda registry, name: registry.model(name),
}
WRITES: dict[str, Call] = {
    "set_alias": lambda registry, name: registry.set_alias(name, "champion", 2),
    "set_stage": lambda registry, name: registry.set_stage(name, 2, "Production"),
    "set_tag": lambda registry, name: registry.set_tag(name, "key", "value"),
}
CALLS = READS | WRITES


def written(model: RegisteredModel) -> dict[str, bool]:
    """Which of the writes have come about."""
    return {
        "set_alias": model.aliases["champion"] == 2,
        "set_stage": model.versions[2].stage == "Production",
        "set_tag": model.tags.get("key") == "value",
    }


ONCE: dict[str, Fault] = {
    "429": saying(429, b'{"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slow down"}'),
    "500": BUSY,
    "502 from a gateway": saying(502, HTML),
    "a connection that ends before the request is heard": dropped,
    "a connection that ends after the effect": lost,
    "half an answer": halved,
    "an answer without anything": saying(200, b""),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", ONCE)
def test_a_fault_that_passes_is_waited_out(scene: Scene, fault: str, call: str) -> None:
    scene.proxy.faults.extend([ONCE[fault], ONCE[fault]])
    found = CALLS[call](scene.registry, scene.name)
    assert len(scene.proxy.asked) == 2 + (2 if call in READS else 1)
    if call in READS:
        assert found == scene.shown()
    assert written(scene.shown()) == {name: name == call for name in WRITES}


FOR_EVER: dict[str, tuple[Fault, int]] = {
    "500": (BUSY, 3),
    "a connection that ends before the request is heard": (dropped, 3),
    "a connection that ends after the effect": (lost, 3),
    "half an answer": (halved, 3),
    "half an answer of which nobody said how long it is": (halved_unannounced, 1),
    "an answer without anything": (saying(200, b""), 3),
    "an answer that is no JSON": (
        saying(200, b'{"registered_models": [{"name": "m"', Content_Type="application/json"),
        1,
    ),
    "a page of a gateway": (saying(200, HTML, Content_Type="text/html"), 1),
    "a page of a gateway that knows no such path": (saying(404, HTML, Content_Type="text/html"), 1),
}
EFFECTIVE = {
    "a connection that ends after the effect",
    "half an answer",
    "half an answer of which nobody said how long it is",
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", FOR_EVER)
def test_a_fault_that_stays_is_unavailable_after_few_attempts_and_nothing_half_read_is_given(
    scene: Scene, fault: str, call: str
) -> None:
    scene.proxy.always, attempts = FOR_EVER[fault]
    with pytest.raises(RegistryUnavailable, match=scene.proxy.uri):
        CALLS[call](scene.registry, scene.name)
    assert len(scene.proxy.asked) == attempts
    # What a server did before its answer was lost is done, once or thrice alike; nothing else is.
    assert written(scene.shown()) == {name: name == call and fault in EFFECTIVE for name in WRITES}


@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_hangs_is_unavailable_when_its_time_is_over(scene: Scene, call: str) -> None:
    registry = MlflowRegistry(scene.proxy.uri, Patience(attempts=2, silence=0.15, whole=5, listing=5, pause=0.01))
    scene.proxy.always = silent(0.6)
    started = time.monotonic()
    with pytest.raises(RegistryUnavailable, match=r"[Tt]imed? ?out"):
        CALLS[call](registry, scene.name)
    assert 0.3 <= time.monotonic() - started < 5
    assert len(scene.proxy.asked) == 2


def test_a_server_that_hangs_once_is_asked_again(scene: Scene) -> None:
    registry = MlflowRegistry(scene.proxy.uri, Patience(silence=0.2, pause=0.01))
    scene.proxy.faults.append(silent(0.3))
    assert registry.model(scene.name) == scene.shown()


@pytest.mark.parametrize("page", [1, 3])
def test_a_page_that_is_missing_is_a_listing_that_is_missing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(mlflow, "VERSIONS_PER_PAGE", 1)
    scene.proxy.faults.extend([sound, *repeat(sound, page - 1), *repeat(BUSY, 3)])
    with pytest.raises(RegistryUnavailable, match="500 Internal Server Error"):
        scene.registry.models()
    assert len(scene.proxy.asked) == page + 3
    scene.proxy.faults.extend([sound, *repeat(sound, page - 1), *repeat(BUSY, 2)])
    assert scene.registry.models() == scene.truth.models()


def test_a_page_that_was_kept_from_before_is_told_by_its_token(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow, "VERSIONS_PER_PAGE", 1)
    kept: list[Answered] = []

    def stale(asked: Asked, forward: Forward) -> Answered:
        answered = kept[0] if kept else forward(asked)
        if "page_token" in asked.path and "model-versions" in asked.path:
            kept.append(answered)
        return answered

    scene.proxy.always = stale
    with pytest.raises(RegistryUnavailable, match="the same page again and again"):
        scene.registry.models()


@pytest.mark.parametrize("call", READS)
def test_a_token_of_a_page_that_the_server_does_not_know_any_more_is_no_end_of_the_listing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(mlflow, "VERSIONS_PER_PAGE", 1)

    def forgetful(asked: Asked, forward: Forward) -> Answered:
        for token in parse_qs(urlsplit(asked.path).query).get("page_token", []):
            asked = Asked(asked.method, asked.path.replace(token.rstrip("="), "forgotten"), asked.body)
        return forward(asked)

    scene.proxy.always = forgetful
    with pytest.raises((RegistryUnavailable, RegistryRefused), match=scene.proxy.uri):
        CALLS[call](scene.registry, scene.name)


def test_a_refusal_is_not_asked_for_again(scene: Scene) -> None:
    with pytest.raises(RegistryRefused, match=scene.name):
        scene.registry.set_alias(scene.name, "champion", 9)
    assert len(scene.proxy.asked) == 1


def seconds(*answers: dict[str, str], patience: Patience = QUICK) -> tuple[float, int]:
    """How long a call takes that is told so often to wait, and how many requests it makes."""
    left = list(answers)

    def answer(_path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return (429, left.pop(0), b"{}") if left else (200, {}, b"{}")

    with serving(answer) as (uri, got):
        registry = MlflowRegistry(uri, patience)
        started = time.monotonic()
        try:
            registry.model("m")
        finally:
            taken = time.monotonic() - started
        return taken, len(got)


def test_a_server_that_asks_to_be_left_alone_is_left_alone_for_as_long() -> None:
    taken, asked = seconds({"Retry-After": "Fri, 20 Nov 2026 09:00:01 GMT", "Date": "Fri, 20 Nov 2026 09:00:00 GMT"})
    assert 1 <= taken < 2
    assert asked == 2


@pytest.mark.parametrize(
    "wish", ["", "soon", "-5", "9" * 5000, "1e3", "Fri, 99 Nov 2026 09:00:00 GMT", "Fri, 20 Nov 2020 09:00:00 GMT"]
)
def test_a_wish_that_is_none_is_not_heeded(wish: str) -> None:
    taken, asked = seconds({"Retry-After": wish, "Date": "Fri, 20 Nov 2026 09:00:00 GMT"})
    assert taken < 0.5
    assert asked == 2


@pytest.mark.parametrize("wish", ["3600", "Fri, 20 Nov 2026 10:00:00 GMT"])
def test_a_server_that_asks_for_more_time_than_there_is_is_unavailable_at_once(wish: str) -> None:
    started = time.monotonic()
    with pytest.raises(RegistryUnavailable, match=r"429 .* asks to wait for 3,600 seconds"):
        seconds({"Retry-After": wish, "Date": "Fri, 20 Nov 2026 09:00:00 GMT"})
    assert time.monotonic() - started < 10


def test_all_attempts_and_pauses_of_one_call_end_in_the_time_that_it_has() -> None:
    patience = Patience(attempts=1_000, silence=0.5, whole=0.5, pause=0.02, longest=0.05)
    started = time.monotonic()
    with pytest.raises(RegistryUnavailable):
        seconds(*repeat({}, 1_000), patience=patience)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("headers", [{}, {"Content-Length": str(1 << 40)}])
def test_an_answer_without_end_is_given_up_before_it_fills_memory(headers: dict[str, str]) -> None:
    body = b'{"registered_models": "' + b"x" * (3 << 20)
    with serving(lambda _path, _query: (200, headers, body)) as (uri, got):
        registry = MlflowRegistry(uri, Patience(attempts=3, silence=0.5, pause=0.01, size=1 << 20))
        with pytest.raises(RegistryUnavailable, match="more than 1,048,576 bytes"):
            registry.models()
    assert len(got) == 1


def test_pages_without_end_are_given_up_before_they_fill_memory() -> None:
    def answer(_path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        token = int(query.get("page_token", "0")) + 1
        return 200, {}, b'{"next_page_token": "%d", "registered_models": [{"name": "%s"}]}' % (token, b"m" * 9_000)

    with serving(answer) as (uri, got):
        registry = MlflowRegistry(uri, Patience(attempts=1, size=100_000))
        with pytest.raises(RegistryUnavailable, match="more than 100,000 bytes"):
            registry.models()
    assert len(got) == 12


@pytest.mark.parametrize("where", ["in its head", "in its body"])
def test_a_server_that_dribbles_is_unavailable_when_its_time_is_over(where: str) -> None:
    with dribbling(b"HTTP/1.1 200 OK\r\n" if where == "in its head" else b"HTTP/1.1 200 OK\r\n\r\n{") as uri:
        registry = MlflowRegistry(uri, Patience(attempts=3, silence=5, whole=0.5, listing=0.5))
        started = time.monotonic()
        with pytest.raises(RegistryUnavailable, match="its time was over"):
            registry.models()
        assert time.monotonic() - started < 2


def test_the_waiting_for_a_registry_ends_well_before_a_run_loses_its_claims() -> None:
    usual = Patience()
    assert usual.silence < usual.whole < usual.listing < LEASE.total_seconds()


def test_attempts_and_silence_are_those_of_mlflow_s_own_variables() -> None:
    named = Patience.of({"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "7"})
    assert (named.attempts, named.silence) == (1, 7.0)
    assert Patience.of({}) == Patience()


@pytest.mark.parametrize("value", ["", "-1", "1.5", "many", "\u0661", "99999"])
@pytest.mark.parametrize("name", ["MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"])
def test_a_variable_that_is_no_number_is_wrong_use(name: str, value: str) -> None:
    with pytest.raises(WrongUse, match=name):
        Patience.of({name: value})


def test_waiting_is_silent(scene: Scene, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    scene.proxy.faults.extend([BUSY, dropped])
    scene.registry.model(scene.name)
    scene.proxy.always = BUSY
    with pytest.raises(RegistryUnavailable):
        scene.registry.models()
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_what_else_the_process_asks_of_the_server_is_left_to_mlflow(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    client = MlflowClient(tracking_uri=scene.proxy.uri, registry_uri=scene.proxy.uri)
    scene.registry.model(scene.name)
    scene.proxy.asked.clear()
    scene.proxy.always = BUSY
    # To create is nothing that may be repeated.
    with pytest.raises(MlflowException):
        client.create_registered_model("made")
    assert len(scene.proxy.asked) == 1
