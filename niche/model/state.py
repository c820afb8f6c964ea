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
    load: Annotated[Any, "1", "bone volume to which its loading has adapted, relative to rest"]
    gathered: Annotated[Any, "1", "osteoclast precursors that gather under a RANKL block, against none"]
    circulating: Annotated[Any, "1", "tumour cells in the blood, as the burden that they would found at rest"]
    dormant: Annotated[Any, "1", "dormant tumour cells, as a fraction of the local marrow capacity"]
    tumour: Annotated[Any, "1", "tumour burden as a fraction of the local capacity"]
    distant: Annotated[Any, "1", "burden that the tumour has sown elsewhere, as a fraction of its capacity there"]
    PTHrP: Annotated[Any, "pM", "PTHrP that the tumour adds in the marrow"]
    VEGF: Annotated[Any, "1", "VEGF in the niche, relative to rest"]
    vessels: Annotated[Any, "1", "vessel density, relative to rest"]
    NGF: Annotated[Any, "1", "nerve growth factor in the niche, relative to rest"]
    sensory: Annotated[Any, "1", "sensory fibres of the periosteum and rim, relative to rest"]
    sympathetic: Annotated[Any, "1", "sympathetic fibres of the periosteum and rim, relative to rest"]
    adapted: Annotated[Any, "1", "trophic signal of sympathetic fibres to which osteoclasts have adapted"]
    myelinated: Annotated[Any, "1", "myelinated sensory fibres of the marrow, relative to rest"]
    core: Annotated[Any, "1", "fibres of the marrow that a lytic tumour has left, relative to rest"]
    MDSC: Annotated[Any, "1", "myeloid-derived suppressor cells, relative to rest"]
    M2: Annotated[Any, "1", "M2-polarised macrophages, relative to rest"]
    CD8: Annotated[Any, "1", "effector CD8 T cells, relative to rest"]
    zol_bone: Annotated[Any, "mg/kg", "zoledronate bound to bone"]
    rankl_trap_depot: Annotated[Any, "nM", "RANKL trap (OPG-Fc, denosumab) at the injection site"]
    rankl_trap: Annotated[Any, "nM", "RANKL trap in the marrow"]
    tgfb_trap_depot: Annotated[Any, "nM", "antibody against TGF-beta at the injection site"]
    tgfb_trap: Annotated[Any, "nM", "antibody against TGF-beta in the marrow"]
    pthrp_trap_depot: Annotated[Any, "nM", "antibody against PTHrP at the injection site"]
    pthrp_trap: Annotated[Any, "nM", "antibody against PTHrP in the marrow"]
    ngf_trap_depot: Annotated[Any, "nM", "antibody against NGF at the injection site"]
    ngf_trap: Annotated[Any, "nM", "antibody against NGF in the niche"]


class Inputs(NamedTuple):
    """What is done to the host; constant between two events of a protocol."""

    PTH_added: Annotated[Any, "pM/day", "extra production of PTH"]
    RANKL_added: Annotated[Any, "pM/day", "extra production of RANKL"]
    OPG_added: Annotated[Any, "pM/day", "extra production of OPG"]
    TGFb_added: Annotated[Any, "pM", "active TGF-beta added to the medium"]
    NA_added: Annotated[Any, "nM", "noradrenaline added"]
    A_added: Annotated[Any, "nM", "adrenaline added"]
    CGRP_added: Annotated[Any, "nM", "CGRP added"]
    SP_added: Annotated[Any, "nM", "substance P added"]
    stress: Annotated[Any, "1", "release of noradrenaline and adrenaline, relative to rest"]
    release: Annotated[Any, "1", "noradrenaline that each sympathetic fibre releases, relative to rest"]
    adrenal: Annotated[Any, "1", "release of adrenaline, relative to an intact host"]
    sympathetic: Annotated[Any, "1", "sympathetic fibres that remain, relative to an intact host"]
    sensory: Annotated[Any, "1", "peptidergic sensory fibres that remain, relative to an intact host"]
    cholinergic: Annotated[Any, "1", "cholinergic fibres that remain, relative to an intact host"]
    m3: Annotated[Any, "1", "muscarinic M3 receptors, 1 = wild type, 0 = knock-out"]
    oestrogen: Annotated[Any, "1", "oestrogen, relative to an intact host"]
    energy: Annotated[Any, "1", "energy that warmth and food leave for bone, relative to standard housing"]
    membranous: Annotated[Any, "1", "bone of membranous origin (jaw, middle ear): 1; of cartilage: 0"]
    site_turnover: Annotated[Any, "1", "turnover of the bone that is read, relative to the metaphysis"]
    agonist_b1: Annotated[Any, "1", "beta-agonist drug at beta1, concentration over Kd"]
    agonist_b2: Annotated[Any, "1", "beta-agonist drug at beta2, concentration over Kd"]
    agonist_efficacy: Annotated[Any, "1", "efficacy of that drug, 1 = full agonist"]
    blocker_b1: Annotated[Any, "1", "blocker at beta1, free concentration over Kd"]
    blocker_b2: Annotated[Any, "1", "blocker at beta2, free concentration over Kd"]
    b1_present: Annotated[Any, "1", "beta1 receptors of the host, 1 = wild type, 0 = knock-out"]
    b2_present: Annotated[Any, "1", "beta2 receptors of the host, 1 = wild type, 0 = knock-out"]
    b2_vessels: Annotated[Any, "1", "beta2 receptors of the endothelium, 1 = wild type, 0 = deleted"]
    trk_block: Annotated[Any, "1", "share of TrkA that an inhibitor holds"]
    cgrp_block: Annotated[Any, "1", "CGRP receptor antagonist, free concentration over Kd"]
    nk1_block: Annotated[Any, "1", "NK1 antagonist, free concentration over Kd"]
    channel_block: Annotated[Any, "1", "share of TRPV1 and ASIC3 that is blocked"]
    cgrp_present: Annotated[Any, "1", "CGRP of the host, 1 = wild type, 0 = knock-out"]
    sema4d_present: Annotated[Any, "1", "semaphorin 4D of osteoclasts, 1 = wild type, 0 = knock-out"]
    netrin_present: Annotated[Any, "1", "netrin-1 of osteoclasts, 1 = wild type, 0 = knock-out"]
    T_cells: Annotated[Any, "1", "CD8 T cells that remain, relative to the strain"]
    macrophages: Annotated[Any, "1", "macrophages that remain, relative to an intact host"]
    rankl_trap_added: Annotated[Any, "nM", "RANKL trap whose level is solved elsewhere, added to the model's own"]
    tgfb_trap_added: Annotated[Any, "nM", "antibody against TGF-beta whose level is solved elsewhere, added likewise"]
    pthrp_trap_added: Annotated[Any, "nM", "antibody against PTHrP whose level is solved elsewhere, added likewise"]
    ngf_trap_added: Annotated[Any, "nM", "antibody against NGF whose level is solved elsewhere, added likewise"]
    cytotoxic: Annotated[Any, "1/day", "death of tumour cells by a cytotoxic drug, in bone and elsewhere"]
    checkpoint: Annotated[Any, "1", "killing per CD8 T cell, relative to no checkpoint inhibitor"]


RESTING = Inputs(
    PTH_added=0.0,
    RANKL_added=0.0,
    OPG_added=0.0,
    TGFb_added=0.0,
    NA_added=0.0,
    A_added=0.0,
    CGRP_added=0.0,
    SP_added=0.0,
    stress=1.0,
    release=1.0,
    adrenal=1.0,
    sympathetic=1.0,
    sensory=1.0,
    cholinergic=1.0,
    m3=1.0,
    oestrogen=1.0,
    energy=1.0,
    membranous=0.0,
    site_turnover=1.0,
    agonist_b1=0.0,
    agonist_b2=0.0,
    agonist_efficacy=1.0,
    blocker_b1=0.0,
    blocker_b2=0.0,
    b1_present=1.0,
    b2_present=1.0,
    b2_vessels=1.0,
    trk_block=0.0,
    cgrp_block=0.0,
    nk1_block=0.0,
    channel_block=0.0,
    cgrp_present=1.0,
    sema4d_present=1.0,
    netrin_present=1.0,
    T_cells=1.0,
    macrophages=1.0,
    rankl_trap_added=0.0,
    tgfb_trap_added=0.0,
    pthrp_trap_added=0.0,
    ngf_trap_added=0.0,
    cytotoxic=0.0,
    checkpoint=1.0,
)
AT_REST = State(
    OBp=1.0,
    OBa=1.0,
    OCa=1.0,
    BV=1.0,
    load=1.0,
    gathered=0.0,
    circulating=0.0,
    dormant=0.0,
    tumour=0.0,
    distant=0.0,
    PTHrP=0.0,
    VEGF=1.0,
    vessels=1.0,
    NGF=1.0,
    sensory=1.0,
    sympathetic=1.0,
    adapted=1.0,
    myelinated=1.0,
    core=1.0,
    MDSC=1.0,
    M2=1.0,
    CD8=1.0,
    zol_bone=0.0,
    rankl_trap_depot=0.0,
    rankl_trap=0.0,
    tgfb_trap_depot=0.0,
    tgfb_trap=0.0,
    pthrp_trap_depot=0.0,
    pthrp_trap=0.0,
    ngf_trap_depot=0.0,
    ngf_trap=0.0,
)


class Parameters(NamedTuple):
    """Every number of the model. Those under "derived" follow from the others (`niche.model.resting`)."""

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
    matrix_share: Annotated[
        Any, "1", "share of coupling by other factors of the matrix than TGF-beta, which no antibody holds; 0 is off"
    ]
    matrix_background: Annotated[Any, "1", "share of those factors at rest that resorption does not free"]
    tgfb_oc: Annotated[Any, "1", "log-fold osteoclast formation per resting TGF-beta occupancy; 0 is off"]
    tgfb_rankl: Annotated[Any, "1", "log-fold RANKL production per resting TGF-beta occupancy; 0 is off"]
    tgfb_work: Annotated[Any, "1", "log-fold loss of work per osteoblast per resting TGF-beta occupancy; 0 is off"]
    load_delay: Annotated[Any, "1", "share of the answer to load that is felt late; 0 is off"]
    load_pace: Annotated[Any, "1/day", "pace at which loading adapts to a new bone volume, at human pace"]
    pool_excess: Annotated[Any, "1", "osteoclast formation that a full pool of gathered precursors adds; 0 is off"]
    pool_pace: Annotated[Any, "1/day", "gathering of osteoclast precursors under a full block"]
    pool_loss: Annotated[Any, "1", "loss of gathered precursors without RANKL, against their use at resting RANKL"]
    opg_precursors: Annotated[Any, "1", "share of OPG that osteoblast precursors make; 0 is off"]
    energy_work: Annotated[Any, "1", "log-fold work per osteoblast from no to full energy; 0 is off"]
    activity_half: Annotated[Any, "1", "RANK occupancy (over rest) for half-maximal resorption per cell; 0 is off"]
    pth_response: Annotated[Any, "1", "how much of a change of PTH bone cells see; 0 holds them at rest"]
    rankl_free: Annotated[Any, "1", "share of osteoclast supply and activity that needs no RANKL; 0 is off"]
    oestrogen_rankl: Annotated[Any, "1", "log-fold RANKL production when oestrogen is lost"]
    sema4d: Annotated[Any, "1", "brake of osteoclast semaphorin 4D on precursor supply, against the rest; 0 is off"]
    calcium_gain: Annotated[Any, "1", "rise of calcium, as a share, per turnover of resting resorption; 0 is off"]
    # sympathetic nerves
    noradrenaline: Annotated[Any, "nM", "resting noradrenaline at the receptors"]
    adrenaline_ratio: Annotated[Any, "1", "adrenaline per noradrenaline"]
    tone: Annotated[Any, "1", "resting sympathetic tone of the species against the human"]
    reuptake: Annotated[Any, "1", "share of noradrenaline that fibres take up again; 0 is off"]
    m3_brake: Annotated[Any, "1", "log-fold sympathetic tone when M3 receptors are lost; 0 is off"]
    Kd_NA_b1: Annotated[Any, "nM", "affinity of noradrenaline at beta1"]
    Kd_NA_b2: Annotated[Any, "nM", "affinity of noradrenaline at beta2"]
    Kd_A_b1: Annotated[Any, "nM", "affinity of adrenaline at beta1"]
    Kd_A_b2: Annotated[Any, "nM", "affinity of adrenaline at beta2"]
    reserve_b1: Annotated[Any, "1", "operational efficacy (receptor reserve) of a full agonist at beta1"]
    reserve_b2: Annotated[Any, "1", "operational efficacy (receptor reserve) of a full agonist at beta2"]
    reserve_other: Annotated[Any, "1", "the same at beta2 outside the osteoblast lineage"]
    efficacy_NA_b2: Annotated[Any, "1", "efficacy of noradrenaline at beta2, 1 = full agonist"]
    b1_rankl: Annotated[Any, "1", "log-fold RANKL production from none to full beta1 signal; 0 is off"]
    b2_rankl: Annotated[Any, "1", "log-fold RANKL production from none to full beta2 signal; 0 is off"]
    b1_supply: Annotated[Any, "1", "log-fold precursor supply from none to full beta1 signal; 0 is off"]
    b2_supply: Annotated[Any, "1", "log-fold precursor supply from none to full beta2 signal; 0 is off"]
    b1_work: Annotated[Any, "1", "log-fold work per osteoblast from none to full beta1 signal; 0 is off"]
    b2_work: Annotated[Any, "1", "log-fold work per osteoblast from none to full beta2 signal; 0 is off"]
    sensory_reflex: Annotated[Any, "1", "log-fold sympathetic tone when sensory fibres of the host are lost; 0 is off"]
    trophic_oc: Annotated[Any, "1", "log-fold osteoclast supply from no to resting trophic signal; 0 is off"]
    trophic_site: Annotated[Any, "1", "what membranous origin adds to that log-fold; 0 is off"]
    trophic_adapt: Annotated[Any, "1/day", "adaptation of osteoclasts to a new trophic signal; 0 is none"]
    ach_supply: Annotated[Any, "1", "log-fold precursor supply from no to resting cholinergic fibres; 0 is off"]
    il6_beta: Annotated[Any, "1", "log-fold IL-6 from none to full beta2 signal; 0 is off"]
    il6_tumour: Annotated[Any, "1", "IL-6 that a full burden adds, against rest; 0 is off"]
    il6_rankl: Annotated[Any, "1", "RANKL production goes with IL-6 to this power; 0 is off"]
    il6_cholinergic: Annotated[Any, "1", "cholinergic fibres go with IL-6 to this power; 0 is off"]
    # sensory nerves
    CGRP: Annotated[Any, "nM", "resting CGRP at its receptors"]
    SP: Annotated[Any, "nM", "resting substance P at its receptors"]
    EC50_CGRP: Annotated[Any, "nM", "CGRP for half of a response"]
    EC50_SP_low: Annotated[Any, "nM", "substance P for half of the sensitive response"]
    EC50_SP_high: Annotated[Any, "nM", "substance P for half of the response to high concentrations"]
    cgrp_opg: Annotated[Any, "1", "log-fold OPG output from none to full CGRP response; 0 is off"]
    cgrp_oc: Annotated[Any, "1", "log-fold osteoclast supply from none to full CGRP response; 0 is off"]
    cgrp_supply: Annotated[Any, "1", "log-fold precursor supply from none to full CGRP response; 0 is off"]
    sp_supply: Annotated[Any, "1", "log-fold precursor supply from none to full sensitive response to SP; 0 is off"]
    sp_mature: Annotated[Any, "1", "log-fold precursor maturing from none to full high response to SP; 0 is off"]
    sp_rankl: Annotated[Any, "1", "log-fold RANKL production from none to full high response to SP; 0 is off"]
    # growth and loss of fibres
    ngf_tumour: Annotated[Any, "1", "NGF that activated stroma adds, against rest; 0 is off"]
    ngf_half: Annotated[Any, "1", "burden that half activates the stroma"]
    ngf_turnover: Annotated[Any, "1/day", "approach of NGF to its new level"]
    trka_rest: Annotated[Any, "1", "TrkA occupancy at rest"]
    sprout: Annotated[Any, "1/day", "growth of fibres at full excess TrkA occupancy, in resting densities; 0 is off"]
    sprout_sympathetic: Annotated[Any, "1", "the same of sympathetic fibres, against sensory ones; 0 is off"]
    fibre_most: Annotated[Any, "1", "density at which a tissue is full of fibres"]
    netrin: Annotated[Any, "1", "log-fold sensory fibres from resting to endless resorption; 0 is off"]
    fibre_loss: Annotated[Any, "1/day", "return of fibres to their resting density"]
    fibre_injury: Annotated[Any, "1/day", "death of marrow fibres at full burden and resting resorption; 0 is off"]
    myelin_share: Annotated[Any, "1", "share of pain that myelinated marrow fibres carry; 0 is off"]
    myelin_injury: Annotated[Any, "1/day", "death of myelinated fibres at full burden and resting resorption"]
    # pain
    ngf_pain: Annotated[Any, "1", "log-fold sensitivity of fibres per excess TrkA occupancy; 0 is off"]
    acid_tumour: Annotated[Any, "1", "acid of a full burden, against that of resting resorption"]
    acid_channels: Annotated[Any, "1", "share of excitation that goes through TRPV1 and ASIC3; 0 is off"]
    # immune cells
    t_cells: Annotated[Any, "1", "CD8 T cells of the strain, 1 = competent, 0 = none"]
    kill: Annotated[Any, "1/day", "death of tumour cells by resting CD8 T cells; 0 is off"]
    kill_half: Annotated[Any, "1", "burden at which killing is half saturated"]
    immune_turnover: Annotated[Any, "1/day", "approach of immune cells to their new level"]
    mdsc_beta: Annotated[Any, "1", "log-fold MDSC from none to full beta2 signal; 0 is off"]
    mdsc_tumour: Annotated[Any, "1", "MDSC that a full burden adds, against rest; 0 is off"]
    m2_beta: Annotated[Any, "1", "log-fold M2 macrophages from none to full beta2 signal; 0 is off"]
    m2_tumour: Annotated[Any, "1", "M2 macrophages that a full burden adds, against rest; 0 is off"]
    cd8_mdsc: Annotated[Any, "1", "suppression of CD8 T cells by MDSC, against the rest; 0 is off"]
    cd8_beta: Annotated[Any, "1", "log-fold loss of CD8 effectors from none to full beta2 signal; 0 is off"]
    cd8_cgrp: Annotated[Any, "1", "log-fold CD8 effectors from none to full CGRP response; 0 is off"]
    # tumour
    growth: Annotated[Any, "1/day", "growth rate of a few cells in resting bone"]
    inoculum: Annotated[Any, "1", "burden that one inoculation leaves in the niche"]
    tgfb_share: Annotated[Any, "1", "share of growth that goes with TGF-beta occupancy; 0 is off"]
    rank_growth: Annotated[Any, "1", "share of growth that goes with the RANK of a line that has it; 0 is off"]
    outgrow: Annotated[Any, "1", "room outside the marrow, in local capacities; 0 is off"]
    front: Annotated[Any, "1", "fresh bone that a growing lesion takes in, per growth; 0 is off"]
    opg_tumour: Annotated[Any, "1", "OPG of a full burden of a blastic line, against osteoblasts at rest; 0 is off"]
    tgfb_link: Annotated[Any, "1", "how much of a change of TGF-beta the tumour sees; 0 holds it at rest"]
    pthrp_max: Annotated[Any, "pM", "PTHrP at full burden and resting TGF-beta; 0 is off"]
    pthrp_tgfb: Annotated[Any, "1", "log-fold PTHrP output from no to much TGF-beta; 0 is off"]
    pthrp_turnover: Annotated[Any, "1/day", "approach of PTHrP to its new level"]
    vegf_beta: Annotated[Any, "1", "log-fold VEGF from none to full beta2 signal; 0 is off"]
    vegf_m2: Annotated[Any, "1", "VEGF goes with M2 macrophages to this power; 0 is off"]
    vegf_cgrp: Annotated[Any, "1", "log-fold VEGF from none to full CGRP response; 0 is off"]
    vegf_turnover: Annotated[Any, "1/day", "approach of VEGF to its new level"]
    vessels_beta: Annotated[Any, "1", "log-fold vessels from none to full beta2 signal of the endothelium; 0 is off"]
    vessel_most: Annotated[Any, "1", "density that vessels approach however much VEGF there is"]
    vessel_turnover: Annotated[Any, "1/day", "approach of vessels to their new density"]
    vessel_growth: Annotated[Any, "1", "growth goes with vessels to this power; 0 is off"]
    vessel_gate: Annotated[Any, "1", "share of that power which only a mass has, not a few cells; 0 is off"]
    vessel_size: Annotated[Any, "1", "burden at which a mass half depends on vessels of its own"]
    tumour_beta: Annotated[Any, "1", "log-fold growth from none to full beta2 signal of tumour cells; 0 is off"]
    tumour_cgrp: Annotated[Any, "1", "log-fold growth from none to full CGRP response; 0 is off"]
    tumour_sp: Annotated[Any, "1", "log-fold growth from none to full high response to SP; 0 is off"]
    homing: Annotated[Any, "1/day", "tumour cells leaving the blood"]
    lodging_share: Annotated[Any, "1", "share of the cells in the blood that lodges at rest"]
    adhesion_beta: Annotated[Any, "1", "log-fold lodging from none to full beta2 signal; 0 is off"]
    migration_rankl: Annotated[Any, "1", "lodging in bone goes with free RANKL to this power; 0 is off"]
    dormant_share: Annotated[Any, "1", "share of lodged cells that fall dormant; 0 is off"]
    waking: Annotated[Any, "1/day", "dormant cells that wake"]
    waking_beta: Annotated[Any, "1", "log-fold waking from none to full beta2 signal; 0 is off"]
    waking_contact: Annotated[Any, "1", "waking goes with osteoblasts to this power; 0 is off"]
    shed: Annotated[Any, "1/day", "burden that a full tumour sows elsewhere; 0 is off"]
    shed_beta: Annotated[Any, "1", "log-fold sowing from none to full beta2 signal; 0 is off"]
    shed_m2: Annotated[Any, "1", "sowing goes with M2 macrophages to this power; 0 is off"]
    blastic: Annotated[Any, "1", "log-fold precursor supply at full burden, of a blastic line; 0 is off"]
    supply_loss: Annotated[Any, "1", "precursor supply goes with the room left to this power; 0 is off"]
    osteoblast_kill: Annotated[Any, "1", "log-fold osteoblast death at full burden; 0 is off"]
    # drugs: the slots that a protocol's drug fills
    zol_release: Annotated[Any, "1", "zoledronate freed by resorption, against the turnover of bone itself"]
    zol_surface: Annotated[Any, "1", "drug on resorbing surface per dose, against a mouse's"]
    zol_saturation: Annotated[Any, "kg/mg", "saturation of its killing with the drug on the surface; 0 is off"]
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
    ngf_trap_ka: Annotated[Any, "1/day", "absorption of the antibody against NGF"]
    ngf_trap_ke: Annotated[Any, "1/day", "elimination of the antibody against NGF"]
    ngf_trap_Kd: Annotated[Any, "nM", "its dissociation constant"]
    # how an assay reads a state
    bmd_trabecular: Annotated[Any, "1", "share of areal bone mineral density that goes with trabecular bone"]
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
    s2_0: Annotated[Any, "1", "beta2 signal of the osteoblast lineage at rest"]
    s2_other_0: Annotated[Any, "1", "beta2 signal of other cells at rest"]
    cgrp_0: Annotated[Any, "1", "CGRP response at rest"]
    sp_low_0: Annotated[Any, "1", "sensitive response to substance P at rest"]
    sp_high_0: Annotated[Any, "1", "high response to substance P at rest"]
    RANKL0: Annotated[Any, "pM", "free RANKL at rest"]


DERIVED = Parameters._fields[Parameters._fields.index("OBp0") :]


def describe(kind: type) -> dict[str, tuple[str, str]]:
    """Unit and meaning of every field of `State`, `Inputs`, `Parameters` or another such table."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: tuple(get_args(hint)[1:]) for name, hint in hints.items()}
