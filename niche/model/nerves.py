"""Sympathetic drive: catecholamines compete with drugs for beta receptors, and the receptors signal with reserve."""

from typing import Any, NamedTuple

from niche.model.state import Inputs, Parameters


class BetaSignals(NamedTuple):
    """Beta1 and beta2 signal in the osteoblast lineage, each between 0 and 1."""

    s1: Any
    s2: Any


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


def beta_signals(inputs: Inputs, p: Parameters) -> BetaSignals:
    """Beta1 and beta2 signal from noradrenaline, adrenaline, an agonist drug and a blocker at the same receptor."""
    na = p.noradrenaline * p.tone * inputs.stress * inputs.sympathetic
    # Adrenaline comes from the adrenal gland: it survives the loss of the fibres.
    ad = p.noradrenaline * p.tone * inputs.stress * p.adrenaline_ratio
    own1 = na / p.Kd_NA_b1 + ad / p.Kd_A_b1
    na2, ad2 = na / p.Kd_NA_b2, ad / p.Kd_A_b2
    drug1 = inputs.agonist_efficacy * inputs.agonist_b1
    drug2 = inputs.agonist_efficacy * inputs.agonist_b2
    held1 = stimulus(own1 + drug1, own1 + inputs.agonist_b1, inputs.blocker_b1)
    held2 = stimulus(p.efficacy_NA_b2 * na2 + ad2 + drug2, na2 + ad2 + inputs.agonist_b2, inputs.blocker_b2)
    return BetaSignals(
        inputs.b1_present * operational(p.reserve_b1, held1),
        inputs.b2_present * operational(p.reserve_b2, held2),
    )
