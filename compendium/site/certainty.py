"""How sure the papers make a statement, on the pages: the level and what lowers it at once, each reason on demand."""

from compendium.site.html import escaped
from niche.answering.evidence_record import CertaintyAnswer, StepAnswer
from niche.answering.words import counted, listed

# GRADE's five domains, as a reader who never met them is told.
_FOR = {
    "risk of bias": "risk of bias",
    "indirectness": "hosts, bones or cultures other than those asked about",
    "inconsistency": "papers that disagree",
    "imprecision": "results that chance may have given",
    "publication bias": "papers that may be missing",
}
_NO_EXPERIMENTS = "few experiments"


def certainty_html(said: CertaintyAnswer) -> str:
    """The level and why it is no higher, behind it each reason with its numbers (HTML); "" where no paper speaks."""
    if not said.level:
        return ""
    steps = [_step(step) for step in said.steps if step.cost]
    why = "; ".join([f"it begins at {said.start}: {said.because}", *steps])
    return (
        f"<details><summary>How sure the papers make it: <b>{escaped(said.level)}</b>{escaped(_because(said))}"
        f"</summary> <small>By GRADE, {escaped(why)}.</small></details>"
    )


def certainty_words(said: CertaintyAnswer) -> str:
    """The level in two words, "low certainty"; "" where no paper speaks."""
    return f"{said.level} certainty" if said.level else ""


def _because(said: CertaintyAnswer) -> str:
    """What keeps the level from being higher, in words."""
    reasons = [_NO_EXPERIMENTS] if said.start == "low" else []
    reasons += [_FOR.get(step.domain, step.domain) for step in said.steps if step.cost]
    return f", because of {listed(reasons)}" if reasons else ", and nothing lowers it"


def _step(step: StepAnswer) -> str:
    return f"{step.domain}, down {counted(step.cost)}: {step.reason}"
