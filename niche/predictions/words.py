"""A prediction as a laboratory reads it: what is done to whom, what is predicted, and what would refute it."""

from collections.abc import Mapping, Sequence
from typing import Any

from niche.supporting.beyond import plural

# Read-outs as a sentence has them, with the field's own name.
READ_OUTS: Mapping[str, str] = {
    "BV/TV": "bone volume (BV/TV)",
    "BMD": "bone mineral density",
    "Oc.N/BS": "the number of osteoclasts per bone surface (Oc.N/BS)",
    "N.Ob/BS": "the number of osteoblasts per bone surface (N.Ob/BS)",
    "BFR/BS": "bone formation per surface (BFR/BS)",
    "ES/BS": "resorption per bone surface (ES/BS)",
    "CTX": "CTX in serum",
    "P1NP": "P1NP in serum",
    "metastasis": "the burden of metastases",
    "tumour burden": "the tumour burden of bone",
    "sensory fibres": "the density of sensory fibres",
    "sympathetic fibres": "the density of sympathetic fibres",
    "pain": "pain behaviour",
    "CD8": "the number of CD8 T cells",
}
OUTSIDE = "a ratio outside the 90 % interval"  # what a candidate says where nothing but the numbers would refute it
_PEOPLE = {"female": "women", "male": "men"}
_SITES = {"intracardiac": "through the heart", "established": "as an established metastasis"}


def statement(read: Mapping[str, Any], host: Mapping[str, Any], n: int, ratio: tuple[float, float, float]) -> str:
    """The prediction in a sentence.

    Parameters
    ----------
    read, host
        as params/candidates.yaml has them
    n
        hosts in each arm
    ratio
        median, 5 and 95 % of what an experiment would find
    """
    middle, low, high = (plain(one) for one in ratio)
    what = READ_OUTS.get(str(read["observable"]), str(read["observable"]))
    treated, control = (f"'{read[name]}'" for name in ("treated", "control"))
    told = f"On day {_days(read['day'])}, {what} of {host_words(host)} is {middle} times as high in the arm {treated} "
    told += f"as in the arm {control}"
    if read.get("against"):
        other, under = (f"'{one}'" for one in read["against"])
        told = f"On day {_days(read['day'])}, the ratio of {what} in the arm {treated} to that in the arm {control} is "
        told += f"{middle} times the ratio in {other} to {under}, in {host_words(host)}"
    return f"{told}; with {n} in each arm, nine of ten such experiments find {low} to {high}."


def refutation(meaning: str, low: float, high: float) -> str:
    """What would refute it: in numbers, and what a candidate says that it would mean."""
    said = f"a ratio below {plain(low)} or above {plain(high)}"
    return said if meaning == OUTSIDE else f"{said}. Of the mechanism: {meaning}"


def host_words(host: Mapping[str, Any]) -> str:
    """Who is studied: "rats, in the mandible", "mice (athymic nude) with MDA-MB-231 cells", "women"."""
    who, sex = plural(str(host["system"])), f"{host['sex']} " if host.get("sex") else ""
    if host["system"] == "human" and sex:
        who, sex = _PEOPLE[host["sex"]], ""
    strain = f" ({host['strain']})" if host.get("strain") and host["system"] != "human" else ""
    tumour = f" with {host['tumour']} cells" if host.get("tumour") else ""
    bone = f", in the {host['bone']}" if host.get("bone") else ""
    return f"{sex}{who}{strain}{tumour}{bone}"


def arm_words(steps: Sequence[Mapping[str, Any]]) -> str:
    """What is done in an arm; "nothing" where there are no steps."""
    return "; ".join(_step(dict(step)) for step in steps) or "nothing"


def _step(step: dict[str, Any]) -> str:
    verb, given = next(iter(step.items()))
    parts = [str(one) for one in (given if isinstance(given, list | tuple) else [given])]
    said = {
        "infuse": lambda: f"{parts[0]}, {' '.join(parts[1:])}, all the time",
        "dose": lambda: " ".join(parts),
        "regimen": lambda: " ".join(parts),
        "seed": lambda: f"tumour cells {_SITES.get(parts[0], f'in place ({parts[0]})')}",
        "stress": lambda: f"stress that raises release to {parts[0]} times that at rest",
        "genotype": lambda: " ".join(parts) if parts[0].startswith("no ") else f"genotype {' '.join(parts)}",
    }.get(verb, lambda: " ".join(parts))()
    when = {
        "lasting": lambda x: f"for {x} a day",
        "day": lambda x: f"on day {x}" if "every" not in step else f"from day {x}",
        "start": lambda x: f"from day {x}",
        "every": lambda x: f"every {x} days" if isinstance(x, int | float) else f"every {x}",
        "until": lambda x: f"until day {x}",
        "stop": lambda x: f"until day {x}",
    }
    for name, words in when.items():
        if step.get(name) is not None:
            said += f" {words(step[name])}"
    return said


def plain(value: float) -> str:
    """Two significant digits, without a power of ten."""
    return f"{float(f'{value:.2g}'):.10f}".rstrip("0").rstrip(".") if value < 1 else f"{float(f'{value:.2g}'):,.10g}"


def _days(day: object) -> str:
    ends = day if isinstance(day, list | tuple) else [day]
    return " to ".join(f"{one:g}" if isinstance(one, int | float) else str(one) for one in ends)
