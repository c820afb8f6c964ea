"""While params/claims.yaml says why no claim is judged: numbers but no words, and former draws as far as they go."""

import json

import numpy as np
import pytest
import yaml

import niche
from compendium.cli import main as cli
from compendium.site import field, former
from niche.errors import NicheError
from niche.inference.depends import posterior_warning
from niche.params import judging_state, posterior
from niche.params.layers import read_registry
from niche.params.posterior import read_posterior, write_posterior
from niche.params.records import read_yaml, root
from niche.verdicts import claims
from niche.verdicts.rules import NOT_JUDGED
from niche.verdicts.tables import markdown

WHY = "Since Monday it is another model; Friday's fit will replace it."


@pytest.fixture
def file(tmp_path):
    """A registry of one claim that says why none is judged."""
    content = read_yaml(root() / "claims.yaml")
    one = content["claims"]["crosstalk"] | {"rows": ["SB06", "CL041"], "controls": []}
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump({"claims": {"crosstalk": one}, "not_judged": f"\n{WHY}\n"}))
    return tmp_path / "claims.yaml"


@pytest.fixture
def unjudged(monkeypatch):
    """This project, where no claim is judged."""
    for cached in (read_posterior, claims.read_claims):
        cached.cache_clear()
    monkeypatch.setattr(judging_state, "_read", lambda file: WHY)
    yield
    for cached in (read_posterior, claims.read_claims):
        cached.cache_clear()


def test_a_claim_has_its_numbers_and_no_word(file):
    given = {"SB06": np.full(8, -42.85)}
    found = claims.read_claims(file)["crosstalk"].judge(given, draws=8, posterior="prior", prior=True)
    assert (found.verdict, found.expected, found.why) == (NOT_JUDGED, NOT_JUDGED, WHY)
    assert found.as_expected
    assert [row.verdict for row in found.rows] == [NOT_JUDGED, "not simulated"]
    assert found.rows[0].median == -42.85
    assert not found.hangs_on
    assert found.rows[0].flags == found.rows[0].contested_by == ()
    assert found.rows[0].prior_verdict == ""
    assert claims.Verdict.from_dict(json.loads(json.dumps(found.to_dict()))).why == WHY
    assert "not judged" in str(found.to_frame())


def test_without_the_sentence_the_claim_is_judged(file):
    content = yaml.safe_load(file.read_text())
    del content["not_judged"]
    file.with_name("others.yaml").write_text(yaml.safe_dump(content))
    one = claims.read_claims(file.with_name("others.yaml"))["crosstalk"]
    found = one.judge({"SB06": np.full(8, -42.85)}, draws=8, posterior="prior")
    assert (found.verdict, found.rows[0].verdict, found.why) == ("reproduced", "reproduced", "")
    assert "why" not in found.to_dict()


@pytest.mark.parametrize("said", ["", "  ", 3, ["a"], True])
def test_a_sentence_that_is_none_is_refused(file, said):
    content = yaml.safe_load(file.read_text()) | {"not_judged": said}
    file.write_text(yaml.safe_dump(content))
    claims.read_claims.cache_clear()
    judging_state._read.cache_clear()
    with pytest.raises(NicheError, match=r"claims\.yaml, not_judged: expected a sentence"):
        claims.read_claims(file)
    with pytest.raises(NicheError, match=r"claims\.yaml, not_judged: expected a sentence"):
        judging_state._read(file)


def test_the_table_says_why_and_nothing_else(file):
    one = claims.read_claims(file)["crosstalk"].unjudged()
    lines = markdown([one]).splitlines()
    assert lines[0] == f"**Not judged.** {WHY}"
    assert lines[-1] == f"| 12 {one.title} | not judged |"
    assert claims.table([one]).startswith(WHY)


def test_the_command_simulates_nothing(unjudged, file, capsys, monkeypatch):
    monkeypatch.setattr("niche.answering.stored.there", lambda folder=None: False)  # no fit has answered yet
    monkeypatch.setattr(claims, "Laboratory", None)
    monkeypatch.setattr(claims, "claim", claims.read_claims(file).__getitem__)
    assert cli.main(["claims", "crosstalk", "--json", "--check"]) == 0
    said = capsys.readouterr()
    (found,) = json.loads(said.out)
    assert (found["id"], found["verdict"], found["why"], found["rows"]) == ("crosstalk", NOT_JUDGED, WHY, [])
    assert "nothing was checked. No claim is judged" in said.err


def test_former_draws_serve_as_far_as_todays_parameters_can_take_them(unjudged, tmp_path, monkeypatch):
    params, entries = tmp_path / "params", read_registry().entries()
    high = entries["model:b2_rankl"].range[1]
    fixed = next(key for key, entry in entries.items() if entry.prior is None)
    draws = {
        "model:b2_rankl": np.linspace(0, high / 2, 5),
        "model:b1_rankl": np.linspace(0, 2 * entries["model:b1_rankl"].range[1], 5),
        "model:gone_since": np.ones(5),
        fixed: np.full(5, entries[fixed].value),
    }
    write_posterior(draws, {}, params / "posterior")
    assert set(read_posterior(params / "posterior").draws) == set(draws)  # as they are written
    monkeypatch.setattr(posterior, "root", lambda: params)
    found = read_posterior()
    assert set(found.draws) == {"model:b2_rankl"}
    hosts = niche.hosts("mouse", draws=5)
    np.testing.assert_allclose(hosts.parameters.b2_rankl, draws["model:b2_rankl"], rtol=1e-5)
    before = niche.hosts("mouse", draws=5, posterior="prior").parameters.b1_rankl
    np.testing.assert_array_equal(hosts.parameters.b1_rankl, before)
    rest = len(read_registry().uncertain()) - 1
    assert posterior_warning() == (
        f"no claim is judged. {WHY} What follows is made with the former draws of 1 parameters; the other {rest} come "
        "from their priors"
    )


def test_the_pages_say_it_and_show_no_former_word(unjudged):
    assert field.read_field(root().parent / "figures") == {}
    assert "none of them judged" in field.counts({})
    box = former.banner("This notebook and its figures")
    assert WHY.replace("'", "&#x27;") in box
    assert "This notebook and its figures are those of the former model" in box
    page = former.with_banner("# Title\n\nwords\n", box)
    assert page.startswith("# Title\n\n```{raw} html\n")
    assert page.endswith("```\n\nwords\n")


@pytest.mark.parametrize("command", [["validate"], ["mutate"], ["sensitivity", "--all"]])
def test_tables_that_are_made_with_the_shipped_draws_are_kept(unjudged, capsys, command):
    assert cli.main(command) == 2
    assert f"niche: no claim is judged. {WHY} Until then params/" in capsys.readouterr().err
