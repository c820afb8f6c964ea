"""What the model is made of: states, inputs and parameters, each with its unit and its meaning.

Cells and bone are relative to their resting value (1 = at rest); the tumour is a fraction of what the local
marrow can hold. Pivonka's symbols are kept where the quantity is Pivonka's, so that the two can be compared.
"""

from typing import Annotated, Any, NamedTuple, get_args, get_type_hints


class State(NamedTuple):
    """What changes in time."""

    OBp: Annotated[Any, "1", "osteoblast precursors, relative to rest"]
    OBa: Annotated[Any, "1", "active osteoblasts, relative to rest"]
    OCa: Annotated[Any, "1", "active osteoclasts, relative to rest"]
    BV: Annotated[Any, "1", "trabecular bone volume, relative to rest"]
    tumour: Annotated[Any, "1", "tumour burden as a fraction of the local marrow capacity"]
    PTHrP: Annotated[Any, "pM", "PTHrP that the tumour adds in the marrow"]
    zol_bone: Annotated[Any, "mg/kg", "zoledronate bound to bone"]
    rankl_trap_depot: Annotated[Any, "nM", "RANKL trap (OPG-Fc, denosumab) at the injection site"]
    rankl_trap: Annotated[Any, "nM", "RANKL trap in the marrow"]
    tgfb_trap_depot: Annotated[Any, "nM", "antibody against TGF-beta at the injection site"]
    tgfb_trap: Annotated[Any, "nM", "antibody against TGF-beta in the marrow"]
    pthrp_trap_depot: Annotated[Any, "nM", "antibody against PTHrP at the injection site"]
    pthrp_trap: Annotated[Any, "nM", "antibody against PTHrP in the marrow"]


class Inputs(NamedTuple):
    """What is done to the host; constant between two events of a protocol."""

    PTH_added: Annotated[Any, "pM/day", "extra production of PTH"]
    RANKL_added: Annotated[Any, "pM/day", "extra production of RANKL"]
    OPG_added: Annotated[Any, "pM/day", "extra production of OPG"]
    TGFb_added: Annotated[Any, "pM", "active TGF-beta added to the medium"]
    stress: Annotated[Any, "1", "release of noradrenaline and adrenaline, relative to rest"]
    sympathetic: Annotated[Any, "1", "sympathetic fibres that remain, relative to an intact host"]
    oestrogen: Annotated[Any, "1", "oestrogen, relative to an intact host"]
    agonist_b1: Annotated[Any, "1", "beta-agonist drug at beta1, concentration over Kd"]
    agonist_b2: Annotated[Any, "1", "beta-agonist drug at beta2, concentration over Kd"]
    agonist_efficacy: Annotated[Any, "1", "efficacy of that drug, 1 = full agonist"]
    blocker_b1: Annotated[Any, "1", "blocker at beta1, free concentration over Kd"]
    blocker_b2: Annotated[Any, "1", "blocker at beta2, free concentration over Kd"]
    b1_present: Annotated[Any, "1", "beta1 receptors, 1 = wild type, 0 = knock-out"]
    b2_present: Annotated[Any, "1", "beta2 receptors, 1 = wild type, 0 = knock-out"]


RESTING = Inputs(0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0)
AT_REST = State(1.0, 1.0, 1.0, 1.0, *([0.0] * 9))


class Parameters(NamedTuple):
    """Every number of the model. Those under "derived" follow from the others (`niche.model.rest`)."""

    # bone, Pivonka 2008
    D_OBu: Annotated[Any, "pM/day", "supply of osteoblast precursors at full TGF-beta"]
    D_OBp: Annotated[Any, "1/day", "precursors becoming osteoblasts without TGF-beta"]
    A_OBa: Annotated[Any, "1/day", "death of active osteoblasts"]
    D_OCp: Annotated[Any, "pM/day", "supply of osteoclasts at full RANK occupancy"]
    A_OCa: Annotated[Any, "1/day", "death of active osteoclasts at full TGF-beta"]
    K1: Annotated[Any, "pM", "TGF-beta for half-maximal supply of precursors"]
    K2: Annotated[Any, "pM", "TGF-beta that halves the maturing of precursors"]
    K3: Annotated[Any, "pM", "TGF-beta for half-maximal death of osteoclasts"]
    K_PTH_act: Annotated[Any, "pM", "PTH for half-maximal expression of RANKL carriers"]
    K_PTH_rep: Annotated[Any, "pM", "PTH that halves the output of OPG"]
    K_RR: Annotated[Any, "pM", "bound RANK for half-maximal supply of osteoclasts"]
    beta_PTH: Annotated[Any, "pM/day", "production of PTH"]
    D_PTH: Annotated[Any, "1/day", "loss of PTH"]
    p_OPG: Annotated[Any, "1/day", "output of OPG per osteoblast"]
    D_OPG: Annotated[Any, "1/day", "loss of OPG"]
    OPG_max: Annotated[Any, "pM", "OPG at which its output stops"]
    beta_L: Annotated[Any, "pM/day", "production of RANKL"]
    D_L: Annotated[Any, "1/day", "loss of RANKL"]
    R_L: Annotated[Any, "1", "RANKL carriers per osteoblast precursor"]
    Ka1: Annotated[Any, "1/pM", "association of RANKL with OPG"]
    Ka2: Annotated[Any, "1/pM", "association of RANKL with RANK"]
    RANK: Annotated[Any, "pM", "RANK on osteoclast precursors"]
    alpha: Annotated[Any, "1/%", "TGF-beta stored per bone volume"]
    D_TGFb: Annotated[Any, "1/day", "loss of TGF-beta"]
    k_res: Annotated[Any, "%/(pM day)", "bone resorbed per osteoclast"]
    k_form: Annotated[Any, "%/(pM day)", "bone formed per osteoblast"]
    # bone, what the data force on us beyond Pivonka
    time_scale: Annotated[Any, "1", "pace of all bone cells against Pivonka's human"]
    turnover: Annotated[Any, "1/day", "share of bone resorbed per day at rest"]
    surface_order: Annotated[Any, "1", "remodelling goes with bone volume to this power; 0 in Pivonka"]
    load_feedback: Annotated[Any, "1", "formation per osteoblast goes with bone volume to minus this power; 0 is off"]
    tgfb_background: Annotated[Any, "1", "share of resting TGF-beta that resorption does not free; 0 is off"]
    activity_half: Annotated[Any, "1", "RANK occupancy (over rest) for half-maximal resorption per cell; 0 is off"]
    pth_response: Annotated[Any, "1", "how much of a change of PTH bone cells see; 0 holds them at rest"]
    oestrogen_rankl: Annotated[Any, "1", "log-fold RANKL production when oestrogen is lost"]
    # sympathetic nerves
    noradrenaline: Annotated[Any, "nM", "resting noradrenaline at the receptors"]
    adrenaline_ratio: Annotated[Any, "1", "adrenaline per noradrenaline"]
    tone: Annotated[Any, "1", "resting sympathetic tone of the species against the human"]
    Kd_NA_b1: Annotated[Any, "nM", "affinity of noradrenaline at beta1"]
    Kd_NA_b2: Annotated[Any, "nM", "affinity of noradrenaline at beta2"]
    Kd_A_b1: Annotated[Any, "nM", "affinity of adrenaline at beta1"]
    Kd_A_b2: Annotated[Any, "nM", "affinity of adrenaline at beta2"]
    reserve_b1: Annotated[Any, "1", "operational efficacy (receptor reserve) of a full agonist at beta1"]
    reserve_b2: Annotated[Any, "1", "operational efficacy (receptor reserve) of a full agonist at beta2"]
    efficacy_NA_b2: Annotated[Any, "1", "efficacy of noradrenaline at beta2, 1 = full agonist"]
    b1_rankl: Annotated[Any, "1", "log-fold RANKL production from none to full beta1 signal; 0 is off"]
    b2_rankl: Annotated[Any, "1", "log-fold RANKL production from none to full beta2 signal; 0 is off"]
    b1_supply: Annotated[Any, "1", "log-fold precursor supply from none to full beta1 signal; 0 is off"]
    b2_supply: Annotated[Any, "1", "log-fold precursor supply from none to full beta2 signal; 0 is off"]
    # tumour
    growth: Annotated[Any, "1/day", "growth rate of a few cells in resting bone"]
    inoculum: Annotated[Any, "1", "burden that one inoculation leaves in the niche"]
    tgfb_share: Annotated[Any, "1", "share of growth that goes with TGF-beta occupancy; 0 is off"]
    tgfb_link: Annotated[Any, "1", "how much of a change of TGF-beta the tumour sees; 0 holds it at rest"]
    pthrp_max: Annotated[Any, "pM", "PTHrP at full burden and resting TGF-beta; 0 is off"]
    pthrp_tgfb: Annotated[Any, "1", "share of PTHrP output that goes with TGF-beta occupancy"]
    pthrp_turnover: Annotated[Any, "1/day", "approach of PTHrP to its new level"]
    supply_loss: Annotated[Any, "1", "precursor supply goes with the room left to this power; 0 is off"]
    osteoblast_kill: Annotated[Any, "1", "log-fold osteoblast death at full burden; 0 is off"]
    # drugs: the slots that a protocol's drug fills
    zol_release: Annotated[Any, "1", "zoledronate freed by resorption, against the turnover of bone itself"]
    zol_kill: Annotated[Any, "kg/(mg day)", "osteoclast death per bound zoledronate; 0 is off"]
    rankl_trap_ka: Annotated[Any, "1/day", "absorption of the RANKL trap"]
    rankl_trap_ke: Annotated[Any, "1/day", "elimination of the RANKL trap"]
    rankl_trap_affinity: Annotated[Any, "1", "its affinity for RANKL against OPG's"]
    tgfb_trap_ka: Annotated[Any, "1/day", "absorption of the antibody against TGF-beta"]
    tgfb_trap_ke: Annotated[Any, "1/day", "elimination of the antibody against TGF-beta"]
    tgfb_trap_Kd: Annotated[Any, "nM", "its dissociation constant"]
    pthrp_trap_ka: Annotated[Any, "1/day", "absorption of the antibody against PTHrP"]
    pthrp_trap_ke: Annotated[Any, "1/day", "elimination of the antibody against PTHrP"]
    pthrp_trap_Kd: Annotated[Any, "nM", "its dissociation constant"]
    # how an assay reads a state
    pthrp_plasma: Annotated[Any, "pM", "PTHrP in plasma, and in marrow without tumour"]
    foci: Annotated[Any, "foci", "foci that the arriving cells found"]
    focus_spread: Annotated[Any, "1", "spread of the burdens of single foci (sd of log)"]
    focus_visible: Annotated[Any, "1", "burden at which a focus shows as a lytic lesion"]
    # derived: the resting point
    OBp0: Annotated[Any, "pM", "osteoblast precursors at rest"]
    OBa0: Annotated[Any, "pM", "active osteoblasts at rest"]
    OCa0: Annotated[Any, "pM", "active osteoclasts at rest"]
    TGFb0: Annotated[Any, "pM", "active TGF-beta at rest"]
    PTH0: Annotated[Any, "pM", "PTH at rest"]
    occupancy0: Annotated[Any, "1", "RANK occupancy at rest"]
    s1_0: Annotated[Any, "1", "beta1 signal at rest"]
    s2_0: Annotated[Any, "1", "beta2 signal at rest"]


DERIVED = ("OBp0", "OBa0", "OCa0", "TGFb0", "PTH0", "occupancy0", "s1_0", "s2_0")


def describe(kind: type) -> dict[str, tuple[str, str]]:
    """Unit and meaning of every field of `State`, `Inputs`, `Parameters` or another such table."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: tuple(get_args(hint)[1:]) for name, hint in hints.items()}
