"""Steps of an arm as a file has them, {verb: [arguments], option: value}, as a protocol."""

import inspect
from typing import Any

from niche.errors import NicheError, unknown
from niche.experiment.protocol import Protocol
from niche.params.yaml_files import FileError, Spot

VERBS = tuple(name for name, member in vars(Protocol).items() if callable(member) and not name.startswith("_"))


def protocol_of(length: Any, steps: Any, where: str | Spot) -> Protocol:
    """A protocol of `length` from its steps. Raises `NicheError` with the place, and what is wrong there."""
    spot = where if isinstance(where, Spot) else Spot(where)
    if not isinstance(steps, list) or not all(isinstance(step, dict) and step for step in steps):
        raise spot.error(f"expected a list of steps like {{infuse: [isoprenaline, 5 mg/kg/day]}}, got {steps!r}")
    with spot.named():
        protocol = Protocol(length)
    for i, step in enumerate(steps, 1):
        try:
            protocol = _with(protocol, step)
        except FileError:
            raise
        except (NicheError, TypeError) as error:
            raise spot.at(f"item {i}", said="").error(error) from None
    return protocol


def _with(protocol: Protocol, step: dict[str, Any]) -> Protocol:
    named = [key for key in step if key in VERBS]
    verb = named[0] if len(named) == 1 else next(iter(step))  # "dose" is a verb, and an option of infuse
    options = [key for key in step if key != verb]
    if verb not in VERBS:
        raise unknown("step", verb, VERBS)
    perform = getattr(protocol, verb)
    takes = list(inspect.signature(perform).parameters)
    for option in options:
        if option not in takes:
            raise unknown(f"option of {verb}", option, takes)
    given = [] if step[verb] is None else step[verb]
    arguments = given if isinstance(given, list) else [given]
    made: Protocol = perform(*arguments, **{option: step[option] for option in options})
    return made
