"""A Dask cluster that is there already: connect, and see that its workers have this niche."""

import importlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from compendium.sweep.identity import differs, identity
from niche.errors import NicheError

TIMEOUT = 10  # seconds for a scheduler to answer
WAIT = 60  # seconds for a first worker
_ASK = "__import__('compendium.sweep.identity', fromlist=['identity']).identity()"


@contextmanager
def connected(address: str, timeout: float = TIMEOUT, wait: float = WAIT) -> Iterator[Any]:
    """A Dask client of a scheduler, closed in the end; the cluster is not.

    Parameters
    ----------
    address
        of the scheduler: "tcp://10.0.0.1:8786", or the .json file that it writes
    timeout
        seconds in which the scheduler has to answer
    wait
        seconds in which a worker has to come

    Raises
    ------
    NicheError
        if distributed is not installed, nothing answers in `timeout` seconds, no worker comes in `wait`
        seconds, or a worker lacks this niche
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise NicheError("--scheduler needs dask.distributed: pip install 'niche[cluster]'") from None
    address = _written(Path(address), timeout) if address.endswith(".json") else address
    try:
        client = distributed.Client(address, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NicheError(f"no Dask scheduler answers at {address!r} within {timeout:g} s ({said})") from None
    try:
        try:
            client.wait_for_workers(1, timeout=wait)
        except TimeoutError:
            raise NicheError(
                f"the scheduler at {address} has no workers, and none came in {wait:g} s; start some, or give --wait"
            ) from None
        look_for_workers(client)
        yield client
    finally:
        with suppress(Exception):  # a scheduler that has gone meanwhile must not hide why
            client.close(timeout=timeout)


def _written(file: Path, timeout: float) -> str:
    """The address in a scheduler's file, which may be about to be written."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return str(json.loads(file.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            if time.monotonic() > deadline:
                raise NicheError(f"no Dask scheduler has written {file} within {timeout:g} s ({error})") from None
        time.sleep(0.1)


def look_for_workers(client: Any) -> None:
    """Refuse a cluster of which a worker has no niche, or another one: its last digits could differ."""
    mine = identity()
    # Asked as text: a worker without niche cannot read a function of niche.
    for worker, answer in client.run(eval, _ASK, on_error="return").items():
        if isinstance(answer, BaseException):
            raise NicheError(f"the worker {worker} cannot use niche ({answer}); install niche {mine['niche']} there")
        if answer != mine:
            raise NicheError(f"the worker {worker} has another niche than this process: {differs(answer, mine)}")
