"""Nerve signals: catecholamines at beta receptors with reserve, peptides of sensory fibres, a trophic and a
cholinergic signal, and the fibres themselves, which sprout on TrkA and die in lytic tumour."""

from typing import Any, NamedTuple

from niche.model.helpers import brake, fold, hill, positive, swing, switched
from niche.model.state import Inputs, Parameters, State


class Fibres(NamedTuple):
    """Fibres that work, relative to rest."""

    sympathetic: Any
    sensory: Any


class NerveSignals(NamedTuple):
    """Responses of receptors between 0 and 1, and levels against rest.

    Attributes
    ----------
    noradrenaline
        at the receptors [nM]
    s1, s2
        beta1 and beta2 signal of the osteoblast lineage
    s2_host
        beta2 signal of the host's other cells, with their own reserve
    s2_vessels
        beta2 signal of the endothelium
    s2_tumour
        beta2 signal of tumour cells, which keep their receptors in a knock-out host
    cgrp
        response to CGRP
    sp_low, sp_high
        response to substance P at low and at high concentration
    trophic, cholinergic, IL6
        relative to rest
    TrkA
        excess occupancy: 0 at rest, 1 at most, below 0 under a block
    """

    noradrenaline: Any
    s1: Any
    s2: Any
    s2_host: Any
    s2_vessels: Any
    s2_tumour: Any
    cgrp: Any
    sp_low: Any
    sp_high: Any
    trophic: Any
    cholinergic: Any
    IL6: Any
    TrkA: Any


def stimulus(effective: Any, total: Any, blocker: Any) -> Any:
    """Agonist occupancy under competitive block (Gaddum 1937, J Physiol 89:7P), times efficacy.

    All arguments are concentrations over dissociation constants (affinities, not EC50s): `effective` is the sum
    over agonists weighted by efficacy, `total` the plain sum.
    """
    return effective / (1 + total + blocker)


def operational(reserve: Any, held: Any) -> Any:
    """Response to receptors held, with reserve: Black & Leff 1983, doi:10.1098/rspb.1983.0093.

    The EC50 of a full agonist is Kd/(1 + reserve): reserve, not a higher affinity, makes low concentrations work.
    """
    return reserve * held / (1 + reserve * held)


def fibres(y: State, inputs: Inputs) -> Fibres:
    """What a lesion and a lytic tumour leave of fibres that may have sprouted."""
    return Fibres(inputs.sympathetic * y.sympathetic * y.core, inputs.sensory * y.sensory * y.core)


def sympathetic_tone(inputs: Inputs, p: Parameters) -> Any:
    """Sympathetic tone against the human at rest: stress, the M3 brake, and a reflex that sensory fibres hold down.

    Sensory fibres sense prostaglandin E2 of resorbing bone and lower the tone: Chen et al. 2019,
    doi:10.1038/s41467-018-08097-7. Fibres of the whole host, not those of one lesion.
    """
    lost = p.m3_brake * (1 - inputs.m3) - p.sensory_reflex * swing(inputs.sensory)
    return p.tone * inputs.stress * fold(1, lost)


def noradrenaline(fibre: Any, inputs: Inputs, p: Parameters) -> Any:
    """Noradrenaline at the receptors [nM]: fibres release it and take up most of it again."""
    tone = sympathetic_tone(inputs, p)
    return p.noradrenaline * tone * inputs.release * fibre / (1 + p.reuptake * (fibre - 1)) + inputs.NA_added


def adrenaline(inputs: Inputs, p: Parameters) -> Any:
    """Adrenaline [nM]: from the adrenal gland, so it survives the loss of the fibres."""
    tone = sympathetic_tone(inputs, p)
    return p.noradrenaline * p.adrenaline_ratio * tone * inputs.adrenal + inputs.A_added


def beta_signals(na: Any, ad: Any, inputs: Inputs, p: Parameters) -> Any:
    """Beta1 and beta2 response in the osteoblast lineage, and beta2 elsewhere, where the receptors are there.

    Parameters
    ----------
    na, ad
        noradrenaline and adrenaline [nM]
    """
    own1 = na / p.Kd_NA_b1 + ad / p.Kd_A_b1
    na2, ad2 = na / p.Kd_NA_b2, ad / p.Kd_A_b2
    drug1 = inputs.agonist_efficacy * inputs.agonist_b1
    drug2 = inputs.agonist_efficacy * inputs.agonist_b2
    held1 = stimulus(own1 + drug1, own1 + inputs.agonist_b1, inputs.blocker_b1)
    held2 = stimulus(p.efficacy_NA_b2 * na2 + ad2 + drug2, na2 + ad2 + inputs.agonist_b2, inputs.blocker_b2)
    return operational(p.reserve_b1, held1), operational(p.reserve_b2, held2), operational(p.reserve_other, held2)


def peptide(level: Any, half: Any, block: Any) -> Any:
    """Response to a peptide [nM] under a competitive antagonist (concentration over its Kd)."""
    return level / (level + half * (1 + block))


def trka_excess(y: State, inputs: Inputs, p: Parameters) -> Any:
    """TrkA occupancy above rest, as a share of what is left to occupy; below 0 under a block."""
    free = y.NGF * brake(y.ngf_trap + inputs.ngf_trap_added, p.ngf_trap_Kd)
    held = free * p.trka_rest / (1 + p.trka_rest * (free - 1)) * (1 - inputs.trk_block)
    return (held - p.trka_rest) / (1 - p.trka_rest)


def interleukin6(s2: Any, tumour: Any, p: Parameters) -> Any:
    """IL-6 against rest: stromal cells under beta2, and a tumour."""
    return fold(p.il6_beta, s2 - p.s2_0) * (1 + p.il6_tumour * tumour)


def nerve_signals(y: State, inputs: Inputs, p: Parameters) -> NerveSignals:
    """Everything that nerves say at one instant."""
    fibre = fibres(y, inputs)
    na = noradrenaline(fibre.sympathetic, inputs, p)
    s1, s2, other = beta_signals(na, adrenaline(inputs, p), inputs, p)
    cgrp = (p.CGRP * inputs.cgrp_present * fibre.sensory) + inputs.CGRP_added
    sp = p.SP * fibre.sensory + inputs.SP_added
    il6 = interleukin6(s2 * inputs.b2_present, y.tumour, p)
    return NerveSignals(
        na,
        s1 * inputs.b1_present,
        s2 * inputs.b2_present,
        other * inputs.b2_present,
        other * inputs.b2_present * inputs.b2_vessels,
        other,
        peptide(cgrp, p.EC50_CGRP, inputs.cgrp_block),
        peptide(sp, p.EC50_SP_low, inputs.nk1_block),
        peptide(sp, p.EC50_SP_high, inputs.nk1_block),
        fibre.sympathetic,
        inputs.cholinergic * il6**p.il6_cholinergic,
        il6,
        trka_excess(y, inputs, p),
    )


def ngf_rate(y: State, p: Parameters) -> Any:
    """d NGF / dt [1/day]: stroma that a tumour activates makes it, and is soon fully active."""
    level = 1 + p.ngf_tumour * hill(y.tumour, p.ngf_half)
    return p.ngf_turnover * (level - y.NGF)


def sprouting(density: Any, trka: Any, p: Parameters) -> Any:
    """Growth of fibres on excess TrkA occupancy [1/day], which ends where the tissue is full of them."""
    return p.sprout * positive(trka) * (1 - density / p.fibre_most)


def sensory_rate(y: State, trka: Any, resorption: Any, inputs: Inputs, p: Parameters) -> Any:
    """d sensory fibres / dt [1/day]: growth on excess TrkA occupancy, slow return to what osteoclast netrin-1 holds.

    A block stops growth but does not undo it: what has sprouted goes only as fast as fibres are lost.
    """
    held = fold(p.netrin * inputs.netrin_present, positive(swing(resorption)))
    return sprouting(y.sensory, trka, p) + p.fibre_loss * (held - y.sensory)


def sympathetic_rate(y: State, trka: Any, p: Parameters) -> Any:
    """d sympathetic fibres / dt [1/day]: as sensory ones, without netrin."""
    return p.sprout_sympathetic * sprouting(y.sympathetic, trka, p) + p.fibre_loss * (1 - y.sympathetic)


def core_rate(y: State, resorption: Any, p: Parameters) -> Any:
    """d marrow fibres / dt [1/day]: they die where a tumour resorbs bone, and come back slowly."""
    return p.fibre_loss * (1 - y.core) - p.fibre_injury * y.tumour * resorption * y.core


def myelinated_rate(y: State, resorption: Any, p: Parameters) -> Any:
    """d myelinated marrow fibres / dt [1/day]: they do not sprout, and die where a tumour resorbs bone."""
    moved = p.fibre_loss * (1 - y.myelinated) - p.myelin_injury * y.tumour * resorption * y.myelinated
    return switched(p.myelin_share) * moved


def pain(y: State, trka: Any, resorption: Any, inputs: Inputs, p: Parameters) -> Any:
    """Excitation of bone afferents: fibres, each made sensitive by NGF, driven by acid; 0 without a lesion."""
    acid = positive(resorption - 1) + p.acid_tumour * y.tumour
    channels = 1 - p.acid_channels * inputs.channel_block
    fibre = (1 - p.myelin_share) * y.sensory + p.myelin_share * y.myelinated
    return inputs.sensory * fibre * fold(p.ngf_pain, trka) * acid * channels
