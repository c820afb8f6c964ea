"""What is said of claims is what the answers say, and a loop that is opened has no gain."""

import numpy as np

import niche
from niche.answering.claims import answers
from niche.answering.text import markdown
from niche.params.records import root


def test_the_readme_table_is_current():
    readme = (root().parent / "README.md").read_text(encoding="utf-8")
    assert readme.split("<!-- claims -->")[1].split("<!-- /claims -->")[0].strip() == markdown(answers())


def test_the_posterior_was_made_of_what_is_in_params():
    """A changed equation, prior, row or experiment needs `niche fit`, or `niche fit --confirm` if nothing moved."""
    from niche.inference.current import posterior_changes

    assert posterior_changes() == []


def test_opening_the_loop_leaves_no_inner_gain():
    from niche.analysis.loop import loop_strength

    hosts = niche.hosts("mouse", tumour="MDA-MB-231", draws=20)
    cut = loop_strength(hosts.with_parameters(pthrp_tgfb=0.0), [0.3])
    assert np.abs(cut.inner_gain).max() < 1e-9
    deaf = loop_strength(hosts.with_parameters(tgfb_share=0.0), [0.3])
    assert np.array_equal(deaf.amplification, np.ones_like(deaf.amplification))
