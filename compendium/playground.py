"""A playground: sliders for stress, drugs and tumour, and what becomes of a few mice. Outside the claims.

Nothing here is judged or stored. A few draws stand for all that are not known, so the bands are rough.
"""

from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

import numpy as np

from niche.errors import unknown
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.protocol import Protocol
from niche.experiment.simulation import simulate

DAYS, DRAWS = 28, 15
WITHOUT_SLIDERS = "The sliders appear here when the cells are run: niche lab playground does that by itself."
TUMOURS = {
    "breast, lytic (MDA-MB-231)": "MDA-231-luc",
    "lung, lytic (NSCLC-luc)": "NSCLC-luc",
    "prostate, lytic (PC-3)": "PC-3",
    "prostate, blastic (C4-2B)": "C4-2B",
    "none": None,
}
PANELS = (
    ("tumour burden", "tumour burden, share of the marrow"),
    ("BV/TV", "bone volume, against rest"),
    ("Oc.N/BS", "osteoclasts, against rest"),
    ("pain", "excitation of bone afferents"),
)


class Setting(NamedTuple):
    """Where the sliders stand. Amounts of 0 are not given; doses start on day 7."""

    tumour: str = "breast, lytic (MDA-MB-231)"
    stress: float = 1.0  # release of noradrenaline against rest
    propranolol: float = 0.0  # mg/kg/day
    isoprenaline: float = 0.0  # mg/kg/day
    zoledronate: float = 0.0  # mg/kg, once a week
    opg: float = 0.0  # OPG-Fc, mg/kg, three times a week
    anti_ngf: float = 0.0  # mg/kg, every five days


def protocol(setting: Setting) -> Protocol:
    """What the sliders say, as a protocol of four weeks. Raises `NicheError` for an amount that cannot be."""
    plan = Protocol(days=DAYS).stress(setting.stress)
    plan = plan.seed("intratibial") if tumour(setting) else plan
    for name in ("propranolol", "isoprenaline"):
        amount = getattr(setting, name)
        plan = plan.infuse(name, f"{amount} mg/kg/day", start=7) if amount else plan
    for name, amount, gap in (
        ("zoledronate", setting.zoledronate, 7),
        ("OPG-Fc", setting.opg, 7 / 3),
        ("anti-NGF", setting.anti_ngf, 5),
    ):
        plan = plan.dose(name, f"{amount} mg/kg", day=7, every=gap) if amount else plan
    return plan


def tumour(setting: Setting) -> str | None:
    """The line of params/lines, or None. Raises `NicheError` with the nearest name."""
    if setting.tumour not in TUMOURS:
        raise unknown("tumour", setting.tumour, TUMOURS)
    return TUMOURS[setting.tumour]


def courses_figure(setting: Setting, draws: int = DRAWS) -> dict[str, np.ndarray]:
    """Read-outs per draw and day, each of shape (draws, days + 1), in nude mice."""
    found = simulate(_mice(tumour(setting), draws), protocol(setting))
    return {name: found[name].values for name, _ in PANELS}


def network_picture(setting: Setting, draws: int = DRAWS) -> str:
    """Four panels (SVG): median and range of the mice as set, and, broken, of the same mice left alone."""
    found, alone = courses_figure(setting, draws), _alone(setting.tumour, draws)
    panels = "".join(_panel(i, words, found[name], alone[name]) for i, (name, words) in enumerate(PANELS))
    return (
        '<svg viewBox="0 0 640 420" width="100%" style="max-width:860px" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'font-family="sans-serif" font-size="11"><rect width="640" height="420" fill="#fff"/>{panels}</svg>'
    )


@lru_cache(maxsize=16)
def _mice(line: str | None, draws: int) -> Hosts:
    return hosts("mouse", strain="athymic nude", tumour=line, draws=draws, seed=1)


@lru_cache(maxsize=16)
def _alone(name: str, draws: int) -> dict[str, np.ndarray]:
    return courses_figure(Setting(tumour=name), draws)


def _panel(i: int, words: str, found: np.ndarray, alone: np.ndarray) -> str:
    left, top, wide, high = 46 + i % 2 * 320, 26 + i // 2 * 208, 258, 142
    most = _ceiling(float(max(np.max(found), np.max(alone), 0.05)))
    x = left + wide * np.arange(DAYS + 1) / DAYS

    def line(values: np.ndarray) -> str:
        y = top + high * (1 - np.clip(values / most, 0, 1))
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))

    low, middle, top_line = (np.quantile(found, q, axis=0) for q in (0.05, 0.5, 0.95))
    band = line(low) + " " + " ".join(reversed(line(top_line).split(" ")))
    ticks = "".join(
        f'<text x="{left - 5}" y="{top + high * (1 - share) + 4:.0f}" text-anchor="end">{most * share:.3g}</text>'
        for share in (0, 0.5, 1)
    )
    days = "".join(
        f'<text x="{left + wide * day / DAYS:.0f}" y="{top + high + 15}" text-anchor="middle">{day}</text>'
        for day in (0, 7, 14, 21, 28)
    )
    return (
        f'<text x="{left}" y="{top - 9}" font-weight="bold">{escape(words)}</text>'
        f'<path d="M{left} {top}V{top + high}H{left + wide}" fill="none" stroke="#444"/>{ticks}{days}'
        f'<text x="{left + wide / 2:.0f}" y="{top + high + 30}" text-anchor="middle">day</text>'
        f'<polygon points="{band}" fill="#0072b2" opacity="0.2"/>'
        f'<polyline points="{line(np.median(alone, axis=0))}" fill="none" stroke="#d55e00" '
        'stroke-dasharray="5 3" stroke-width="1.5"/>'
        f'<polyline points="{line(middle)}" fill="none" stroke="#0072b2" stroke-width="2"/>'
    )


def _ceiling(value: float) -> float:
    """The end of an axis: 1, 2 or 5 times a power of ten, not below the value."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(power * step for step in (1, 1.5, 2, 3, 5, 10) if power * step >= value * 0.999))


def widget_panel(draws: int = DRAWS) -> Any:
    """The sliders and the picture, for a notebook. Needs ipywidgets (the extra "notebooks")."""
    import ipywidgets as widgets

    style, layout = {"description_width": "16em"}, widgets.Layout(width="36em")

    def slider(words: str, most: float, step: float, least: float = 0.0) -> Any:
        return widgets.FloatSlider(
            value=least, min=least, max=most, step=step, description=words, style=style, layout=layout
        )

    controls = {
        "tumour": widgets.Dropdown(options=list(TUMOURS), description="tumour", style=style, layout=layout),
        "stress": slider("noradrenaline release (1 = rest)", 6, 0.1, 1.0),
        "propranolol": slider("propranolol, mg/kg/day", 20, 0.5),
        "isoprenaline": slider("isoprenaline, mg/kg/day", 20, 0.5),
        "zoledronate": slider("zoledronate, mg/kg weekly", 0.2, 0.01),
        "opg": slider("OPG-Fc, mg/kg 3 x week", 5, 0.25),
        "anti_ngf": slider("anti-NGF, mg/kg / 5 days", 10, 0.5),
    }
    shown = widgets.HTML(value=network_picture(Setting(), draws))

    def move(_: Any) -> None:
        shown.value = network_picture(Setting(**{name: one.value for name, one in controls.items()}), draws)

    for one in controls.values():
        one.observe(move, names="value")
    key = "Blue: the mice as set, median and 5 to 95 %. Orange, broken: the same mice left alone. Drugs start on day 7."

    class Sliders(widgets.VBox):
        """Where no browser shows them, such as on a page of text, this stands in their place."""

        def __repr__(self) -> str:
            return WITHOUT_SLIDERS

    return Sliders([*controls.values(), widgets.HTML(value=escape(key)), shown])
