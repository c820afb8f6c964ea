"""Every kind of host, tumour line and treatment that is looked at before anything is fitted."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from niche.experiment.protocol import Protocol
from niche.params.layers import read_registry

Treat = Callable[[Protocol], Protocol]

BONE = ("Oc.N/BS", "BFR/BS", "BV/TV", "CTX", "P1NP", "sensory fibres")
TUMOUR = ("tumour burden", "metastasis", "Oc.N/BS", "N.Ob/BS", "BV/TV", "pain", "sensory fibres")
PATIENT = ("tumour burden", "CTX", "P1NP", "BV/TV", "OPG", "pain")

RODENT: Mapping[str, Treat] = {
    "isoprenaline": lambda p: p.infuse("isoprenaline", "10 mg/kg/day"),
    "propranolol": lambda p: p.infuse("propranolol", "10 mg/kg/day"),
    "stress, three-fold": lambda p: p.stress(3),
    "half the tone": lambda p: p.stress(0.5),
    "sympathectomy": lambda p: p.surgery("sympathectomy"),
    "6-OHDA": lambda p: p.surgery("6-OHDA"),
    "sensory silencing": lambda p: p.surgery("sensory silencing"),
    "CGRP antagonist": lambda p: p.treat("CGRP antagonist"),
    "NK1 antagonist": lambda p: p.treat("aprepitant"),
    "no beta1 receptors": lambda p: p.genotype("Adrb1-/-"),
    "no beta2 receptors": lambda p: p.genotype("Adrb2-/-"),
    "no M3 receptors": lambda p: p.genotype("Chrm3-/-"),
    "no cholinergic fibres": lambda p: p.genotype("Gfra2-/-"),
    "no semaphorin 4D": lambda p: p.genotype("Sema4d-/-"),
    "ovariectomy": lambda p: p.surgery("ovariectomy"),
    "thermoneutral housing": lambda p: p.treat("thermoneutral housing"),
    "cool housing": lambda p: p.treat("cool housing"),
    "low calcium": lambda p: p.diet("low calcium"),
    "OPG-Fc": lambda p: p.dose("OPG-Fc", "3 mg/kg", every="56 h"),
    "zoledronate": lambda p: p.dose("zoledronate", "0.1 mg/kg", every=7),
    "anti-TGF-beta": lambda p: p.dose("1D11", "10 mg/kg", every="56 h"),
    "anti-NGF": lambda p: p.dose("anti-NGF", "10 mg/kg", every=5),
    "Trk inhibitor": lambda p: p.treat("ARRY-470"),
}
WITH_TUMOUR: Mapping[str, Treat] = {
    **RODENT,
    "anti-PTHrP": lambda p: p.dose("anti-PTHrP", "10 mg/kg", every=3.5),
    "no T cells": lambda p: p.genotype("no T cells"),
    "CSF1R inhibitor": lambda p: p.treat("CSF1R inhibitor"),
}
PEOPLE: Mapping[str, Treat] = {
    "propranolol": lambda p: p.infuse("propranolol", "1.14 mg/kg/day"),
    "atenolol": lambda p: p.infuse("atenolol", "0.714 mg/kg/day"),
    "stress, three-fold": lambda p: p.stress(3),
    "half the tone": lambda p: p.stress(0.5),
    "NK1 antagonist": lambda p: p.treat("aprepitant"),
    "ovariectomy": lambda p: p.surgery("ovariectomy"),
    "denosumab": lambda p: p.dose("denosumab", "60 mg"),
    "zoledronate": lambda p: p.dose("zoledronate", "5 mg"),
}


class Kind(NamedTuple):
    """Hosts of one kind, and what is looked at in them.

    Attributes
    ----------
    host
        keywords of `niche.experiment.hosts`
    route
        of the tumour's cells; "" without a tumour
    """

    name: str
    host: Mapping[str, Any]
    route: str
    days: float
    reads: tuple[str, ...]
    treatments: Mapping[str, Treat]

    def untreated(self, days: float | None = None) -> Protocol:
        """What is done to all of them."""
        protocol = Protocol(self.days if days is None else days)
        return protocol.seed(self.route) if self.route else protocol

    def arms(self, days: float | None = None) -> dict[str, Protocol]:
        """Every protocol, the untreated one under ""."""
        plain = self.untreated(days)
        return {"": plain, **{name: treat(plain) for name, treat in self.treatments.items()}}


# Where a line is not put into the tibia of a nude mouse and read after four weeks: strain, route, days.
_LINES: Mapping[str, tuple[str, str, float]] = {
    "MDA-231-luc": ("athymic nude", "intracardiac", 25),
    "MDA-231-RANK": ("athymic nude", "intracardiac", 47),
    "MDA-231-ATCC": ("athymic nude", "intracardiac", 47),
    "MDA-231-TxSA": ("athymic nude", "intratibial", 17),
    "MDA-MB-231": ("athymic nude", "intracardiac", 35),
    "MDA-MB-231 without RANK": ("athymic nude", "intracardiac", 28),
    "MDA-MB-231-GFP": ("athymic nude", "intratibial", 35),
    "MDA-MB-435-GFP": ("athymic nude", "intracardiac", 42),
    "bone-tropic-breast": ("athymic nude", "intratibial", 21),
    "NSCLC-luc": ("athymic nude", "intracardiac", 21),
    "NSCLC-luc 2": ("athymic nude", "intracardiac", 27),
    "C4-2B": ("SCID", "intratibial", 56),
    "LuCaP 23.1": ("SCID", "intratibial", 56),
    "ACE-1": ("athymic nude", "intrafemoral", 70),
    "NCTC-2472": ("C3H", "intrafemoral", 20),
    "66cl4": ("BALB/c", "orthotopic", 28),
    "4T1": ("BALB/c", "orthotopic", 28),
    "HeyA8": ("athymic nude", "orthotopic", 21),
    "CT26": ("BALB/c", "subcutaneous", 21),
    "EL4": ("C57BL/6J", "subcutaneous", 14),
    "LLC": ("C57BL/6J", "subcutaneous", 21),
    "B16F10": ("C57BL/6J", "subcutaneous", 20),
    "PC-3 prostate": ("athymic nude", "orthotopic", 42),
    "RMG-II": ("athymic nude", "orthotopic", 21),
    "cells for the lung": ("C57BL/6J", "intravenous", 28),
    "carcinoma": ("C57BL/6J", "intracardiac", 28),
    "sarcoma": ("C3H", "intratibial", 21),
    "slow carcinoma": ("athymic nude", "intratibial", 42),
    "carcinoma outside bone": ("C57BL/6J", "subcutaneous", 21),
    "sarcoma outside bone": ("C57BL/6J", "subcutaneous", 21),
}
PATIENTS = ("breast cancer patient", "prostate cancer patient", "lung cancer patient")


def kinds() -> tuple[Kind, ...]:
    """Healthy mice, rats and people, every site of bone in mice, every tumour line, and patients."""
    registry = read_registry()
    sites = [name for name, one in registry.conditions.items() if one.kind == "site" and name != "metaphysis"]
    found = [
        Kind("mouse", {"system": "mouse"}, "", 28, BONE, RODENT),
        Kind("rat", {"system": "rat"}, "", 28, BONE, RODENT),
        Kind("human", {"system": "human"}, "", 180, BONE, PEOPLE),
    ]
    found += [Kind(f"mouse, {site}", {"system": "mouse", "bone": site}, "", 28, BONE, RODENT) for site in sites]
    for line in registry.lines:
        if line in PATIENTS:
            host = {"system": "human", "tumour": line}
            found.append(Kind(line, host, "established", 180, PATIENT, PEOPLE))
        else:
            strain, route, days = _LINES.get(line, ("athymic nude", "intratibial", 28))
            host = {"system": "mouse", "strain": strain, "tumour": line}
            found.append(Kind(line, host, route, days, TUMOUR, WITH_TUMOUR))
    return tuple(found)


def kind(name: str) -> Kind:
    """One of them. Raises `KeyError` for a name that there is not."""
    return {one.name: one for one in kinds()}[name]
