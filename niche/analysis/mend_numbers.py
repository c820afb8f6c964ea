"""Numbers that show a fault of the structure, in each draw of hosts of some kind: S1 to S13, N1 and N2."""

from collections.abc import Callable

import numpy as np

from niche.analysis.mends import percent
from niche.analysis.prior_predictive import course, fold_of
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol

Make = Callable[..., Hosts]


def _read(who: Hosts, protocol: Protocol, read: str, *days: float) -> np.ndarray:
    """(days, draws)"""
    return course(who, protocol, days, [read])[read].T


def zoledronate(day: float) -> Callable[[Make], np.ndarray]:
    protocol = Protocol(day).dose("zoledronate", "5 mg")
    return lambda make: percent(make(system="human"), protocol, "CTX", day)


def denosumab(read: str, day: float) -> Callable[[Make], np.ndarray]:
    protocol = Protocol(day).dose("denosumab", "60 mg")
    return lambda make: percent(make(system="human"), protocol, read, day)


def burnt_out(make: Make) -> np.ndarray:
    who = make(system="human", tumour="breast cancer patient")
    first, last = _read(who, Protocol(191).seed("established"), "CTX", 100, 191)
    return np.asarray(last / first)


def anti_tgfb(read: str) -> Callable[[Make], np.ndarray]:
    protocol = Protocol(28).dose("1D11", "10 mg/kg", every="56 h")
    return lambda make: _read(make(system="mouse"), protocol, read, 28)[0]


def answer(make: Make) -> np.ndarray:
    """Of draws in which RANKL takes at least a twentieth of bone in two weeks: formation against osteoblasts."""
    who, push = make(system="mouse"), Protocol(14).infuse("RANKL", "200 pM/day")
    formed, cells, bone = (_read(who, push, read, 14)[0] for read in ("BFR/BS", "N.Ob/BS", "BV/TV"))
    return np.asarray(np.where(bone < 0.95, formed / cells, np.nan))


def work(make: Make) -> np.ndarray:
    """Formation per osteoblast under isoprenaline, where bone volume is as it was (day 1)."""
    who, drive = make(system="mouse"), Protocol(1).infuse("isoprenaline", "10 mg/kg/day")
    return np.asarray(_read(who, drive, "BFR/BS", 1)[0] / _read(who, drive, "N.Ob/BS", 1)[0])


def tone(make: Make) -> np.ndarray:
    who = make(system="mouse")
    cut = _read(who, Protocol(28).surgery("sensory silencing"), "noradrenaline", 28)[0]
    return np.asarray(cut / _read(who, Protocol(28), "noradrenaline", 28)[0])


def sympathectomy(day: float) -> Callable[[Make], np.ndarray]:
    """How far osteoclasts of the jaw are from rest, in logarithms, whichever way."""
    cut = Protocol(21).surgery("sympathectomy")
    return lambda make: np.abs(np.log(_read(make(system="rat", bone="mandible"), cut, "Oc.N/BS", day)[0]))


def cold(make: Make) -> np.ndarray:
    """What a blocker of both receptors leaves of what warmth does to bone, in logarithms, whichever way."""
    blocked = Protocol(56).genotype("Adrb1-/-", "Adrb2-/-")
    who = make(system="mouse")
    warm = _read(who, blocked.treat("thermoneutral housing"), "BFR/BS", 56)[0]
    return np.asarray(np.abs(np.log(warm / _read(who, blocked, "BFR/BS", 56)[0])))


def vertebra(make: Make) -> np.ndarray:
    """Bone lost in a vertebra over that lost in the metaphysis, under a month of RANKL."""
    push = Protocol(28).infuse("RANKL", "200 pM/day")
    metaphysis = _read(make(system="mouse"), push, "BV/TV", 28)[0]
    vertebra = _read(make(system="mouse", bone="vertebra"), push, "BV/TV", 28)[0]
    return np.asarray(np.log(vertebra) / np.log(metaphysis))


def rank(make: Make) -> np.ndarray:
    """Growth under OPG-Fc over none, a line with RANK, less what TGF-beta explains: whichever way, in logarithms."""
    who = make(system="mouse", strain="athymic nude", tumour="MDA-231-RANK").with_parameters(tgfb_share=0)
    plain = Protocol(14).seed("intracardiac")
    treated = _read(who, plain.dose("OPG-Fc", "3 mg/kg", every="56 h"), "growth rate", 14)[0]
    return np.asarray(np.abs(treated / _read(who, plain, "growth rate", 14)[0] - 1))


def fibres(make: Make) -> np.ndarray:
    """Pain on day 20 if the myelinated fibres had no share in it, over pain as it is."""
    who = make(system="mouse", strain="C3H", tumour="NCTC-2472")
    sarcoma = Protocol(20).seed("intrafemoral")
    alone = _read(who.with_parameters(myelin_share=0), sarcoma, "pain", 20)[0]
    return fold_of("pain", alone, _read(who, sarcoma, "pain", 20)[0])


def opg(make: Make) -> np.ndarray:
    who = make(system="human", tumour="prostate cancer patient")
    first, last = _read(who, Protocol(180).seed("established"), "OPG", 0, 180)
    return np.asarray(last / first)


def moved(step: str) -> Callable[[Make], np.ndarray]:
    """Burden on day 28 over that of none: how far it is moved, in powers of ten, whichever way."""

    def number(make: Make) -> np.ndarray:
        who = make(system="mouse", strain="athymic nude", tumour="MDA-231-luc")
        plain = Protocol(28).seed("intracardiac")
        treated = plain.stress(0.5) if step == "half the tone" else plain.infuse("isoprenaline", "10 mg/kg/day")
        ratio = _read(who, treated, "tumour burden", 28)[0] / _read(who, plain, "tumour burden", 28)[0]
        return np.asarray(np.abs(np.log10(ratio)))

    return number


def overshoot(make: Make) -> np.ndarray:
    block = Protocol(546 + 540).dose("denosumab", "60 mg", every=182, until=546)
    days = range(546 + 180, 546 + 541, 20)
    return np.asarray(100 * (_read(make(system="human"), block, "CTX", *days).max(axis=0) - 1))


def full(line: str, strain: str, route: str, day: float) -> Callable[[Make], np.ndarray]:
    """Burden as a share of what marrow and the room outside it can hold."""

    def number(make: Make) -> np.ndarray:
        who = make(system="mouse", strain=strain, tumour=line)
        burden = _read(who, Protocol(day).seed(route), "tumour burden", day)[0]
        return np.asarray(burden / (1 + np.asarray(who.parameters.outgrow)))

    return number
