"""What is said of claims is what the answers say, and a loop that is opened has no gain."""

import numpy as np
import pytest

import niche
from compendium.run.agree import disagreement
from niche.answering.assembling import assemble
from niche.answering.claims import answers
from niche.answering.stored import FILE, read_answers, write_answers
from niche.answering.text import markdown
from niche.params.records import root


def test_the_readme_table_is_current():
    readme = (root().parent / "README.md").read_text(encoding="utf-8")
    assert readme.split("<!-- claims -->")[1].split("<!-- /claims -->")[0].strip() == markdown(answers())


def test_the_posterior_was_made_of_what_is_in_params():
    """A changed equation, prior, row or experiment needs `niche fit`, or `niche fit --confirm` if nothing moved."""
    from niche.inference.current import posterior_changes

    assert posterior_changes() == []


@pytest.mark.slow
def test_the_answers_are_what_the_fit_and_its_left_out_papers_give(tmp_path):
    """`niche answer` from end to end, of what is stored; another processor may differ in last digits."""
    found, stored = assemble(), read_answers()
    write_answers(found.answers, fit=found.fit, coverage=found.coverage, verified=stored.verified, folder=tmp_path)
    texts = ((folder / FILE).read_bytes() for folder in (root(), tmp_path))
    assert disagreement(FILE, *texts) == "", "run: niche answer"


def test_opening_the_loop_leaves_no_inner_gain():
    from niche.analysis.loop import loop_strength

    hosts = niche.hosts("mouse", tumour="MDA-MB-231", draws=20)
    cut = loop_strength(hosts.with_parameters(pthrp_tgfb=0.0), [0.3])
    assert np.abs(cut.inner_gain).max() < 1e-9
    deaf = loop_strength(hosts.with_parameters(tgfb_share=0.0), [0.3])
    assert np.array_equal(deaf.amplification, np.ones_like(deaf.amplification))
