"""How requests of MLflow's client travel: bounded in time and size, and made again where that is safe.

MLflow's client makes a request, retries it and reads the answer in one piece, with no bound on either. While a call of
a registry is under way, its requests go through here instead, and nothing else retries them. What else the process
asks through that client (files, for one) travels as it always did.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from mlflow import environment_variables as settings
from mlflow.utils import request_utils
from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ReadTimeout, RequestException, SSLError, Timeout
from requests.exceptions import ConnectionError as Disconnected
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from modelward.exchange import Watch, time_in
from modelward.registry.patience import Patience

_CHUNK: Final = 1 << 16
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_WORDS: Final = 80
_API: Final = "/api/"
_SETTINGS: Final = {
    "max_retries": settings.MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    "backoff_factor": settings.MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR,
    "backoff_jitter": settings.MLFLOW_HTTP_REQUEST_BACKOFF_JITTER,
    "respect_retry_after_header": settings.MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER,
}


@dataclass
class _Call:
    """A call that is under way: until when, how much it may still read, and who is told of the clock that answers."""

    patience: Patience
    until: float
    size: int
    heard: Callable[[timedelta], None]

    def left(self) -> float:
        return self.until - time.monotonic()


_CALL: ContextVar[_Call | None] = ContextVar("_CALL", default=None)
_WATCH: ContextVar[Watch | None] = ContextVar("_WATCH", default=None)
_MOUNTING: Final = threading.Lock()


@contextmanager
def calling(patience: Patience, whole: float, heard: Callable[[timedelta], None]) -> Iterator[None]:
    """Let every request that this thread makes of MLflow's client be made patiently, and all within `whole` seconds.

    Each of them must be one that may be repeated. `heard` is told by each answer that says what time it is there how
    far that is ahead of this machine's clock.
    """
    _mount()
    token = _CALL.set(_Call(patience, time.monotonic() + whole, patience.size, heard))
    try:
        yield
    finally:
        _CALL.reset(token)


class _AskAgain(RequestException):
    """An answer that another attempt may better; `after` is for how many seconds it asks to be left alone."""

    def __init__(self, words: str, after: float = 0.0) -> None:
        super().__init__(words)
        self.after = after


class _Endless(RequestException):
    """An answer that does not come to an end."""


class _Patient(HTTPAdapter):
    """Carries the requests of calls that are under way, and leaves all others to what carried them before."""

    def __init__(self, otherwise: BaseAdapter) -> None:
        super().__init__(max_retries=0)
        self._otherwise = otherwise

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make connections that can be watched."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """The same through a proxy."""
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: FBT002 - the base class's signature
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT002 - see above
        cert: Any = None,
        proxies: dict[str, str] | None = None,
    ) -> Response:
        """The answer to one request, read to its end."""
        call = _CALL.get()
        if call is None:
            return self._otherwise.send(request, stream, timeout, verify, cert, proxies)

        def once(seconds: float) -> Response:
            return super(_Patient, self).send(request, True, seconds, verify, cert, proxies)  # noqa: FBT003 - see above

        patience = call.patience
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(patience.attempts) | stop_before_delay(call.left()),
            wait=_Pause(patience),
            reraise=True,
        )
        return retrying(_attempt, call, once)


def _attempt(call: _Call, once: Callable[[float], Response]) -> Response:
    left = call.left()
    if left <= 0:
        raise ReadTimeout("its time is over")
    watch = Watch(left)
    token = _WATCH.set(watch)
    try:
        response = once(min(call.patience.silence, left))
        began = datetime.now(UTC)
        _read(response, call)
    except (Disconnected, ChunkedEncodingError):
        if watch.over.is_set():
            raise _late() from None
        raise
    finally:
        _WATCH.reset(token)
        watch.end()
    # An answer without a length seems whole when the connection ends.
    if watch.over.is_set():
        raise _late()
    _check(response)
    told = time_in(response.headers.get("Date"))
    if told is not None:
        call.heard(told - began)
    return response


class _Pause:
    """How long to wait before the next attempt: as long as the registry asks for, or longer each time."""

    def __init__(self, patience: Patience) -> None:
        self._usual = wait_exponential(multiplier=patience.pause, max=patience.longest)
        self._chance = wait_random(0, patience.pause)

    def __call__(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.after if isinstance(error, _AskAgain) else 0.0
        return max(asked, self._usual(state)) + self._chance(state)


def _may_pass(error: BaseException) -> bool:
    # A certificate that is refused is refused again.
    return isinstance(error, (Disconnected, Timeout, ChunkedEncodingError, _AskAgain)) and not isinstance(
        error, SSLError
    )


def _late() -> ReadTimeout:
    return ReadTimeout("its time was over before its answer came to an end")


def _read(response: Response, call: _Call) -> None:
    """Read the body, which the client takes from the response without asking how long it is."""
    parts = []
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        call.size -= len(part)
        if call.size < 0:
            response.close()
            raise _Endless(f"it answers with more than {call.patience.size:,} bytes")
    response._content = b"".join(parts)  # noqa: SLF001 - there is no other way to give it back


def _check(response: Response) -> None:
    """Let no answer pass that another attempt may better, or that MLflow would take for one that holds nothing."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        asked = _asked(response)
        wish = f" (it asks to wait for {asked:,.0f} seconds)" if asked else ""
        words = " ".join(response.text[:_WORDS].split())
        raise _AskAgain(f"{status} {response.reason or ''}{wish}: {words}", asked)
    empty = response.text[:_WORDS].strip() in {"", "200 OK"} if status == HTTPStatus.OK else False
    if empty and _API in str(response.request.path_url):
        raise _AskAgain("it answers with nothing")


def _asked(response: Response) -> float:
    """How many seconds a registry asks to be left alone (RFC 9110, section 10.2.3), by its own clock."""
    wish = str(response.headers.get("Retry-After", "")).strip()
    if _SECONDS.fullmatch(wish):
        return float(wish)
    try:
        until, now = parsedate_to_datetime(wish), parsedate_to_datetime(str(response.headers.get("Date", "")))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _mount() -> None:
    session = _session()
    with _MOUNTING:
        for scheme in ("http://", "https://"):
            adapter = session.get_adapter(scheme)
            if not isinstance(adapter, _Patient):
                session.mount(scheme, _Patient(adapter))


def _session() -> Session:
    """The session that MLflow's client takes for its requests, which depends on its settings and on the process."""
    chosen = {name: setting.get() for name, setting in _SETTINGS.items()}  # type: ignore[no-untyped-call]
    session: Session = request_utils._get_request_session(  # type: ignore[no-untyped-call]  # noqa: SLF001 - no public way to it
        **chosen,
        retry_codes=request_utils._TRANSIENT_FAILURE_RESPONSE_CODES,  # noqa: SLF001 - see above
        raise_on_status=True,
    )
    return session


def _watched(connection: HTTPConnection) -> None:
    watch = _WATCH.get()
    if watch is not None and connection.sock is not None:
        watch.over_connection(connection.sock)


class Connection(HTTPConnection):
    """A connection that can be watched."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """Wait for an answer under watch: a server that dribbles is never silent."""
        _watched(self)
        return super().getresponse()


class SecuredConnection(HTTPSConnection):
    """The same under TLS."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """Wait for an answer under watch."""
        _watched(self)
        return super().getresponse()


class Pool(HTTPConnectionPool):
    """Connections to one host that can be watched."""

    ConnectionCls = Connection


class SecuredPool(HTTPSConnectionPool):
    """The same under TLS."""

    ConnectionCls = SecuredConnection


_POOLS: Final = {"http": Pool, "https": SecuredPool}
