"""The page that asks the model, in a real browser: its numbers against Python, and what a reader does with it."""

import pytest
from random_questions import random_address, worst_difference

from compendium.browser.page import body, write_scripts
from compendium.browser.tables import tables

PHONE = (390, 844)
BARE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ask the model</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><article><h1>Ask the model</h1>{}</article></main></body></html>"""
ASK = """(addresses) => { const made = nicheEngine(), tables = made.openTables(window.NICHE_TABLES);
  const plain = (x) => Array.from(x, (v) => (Number.isFinite(v) ? v : String(v)));
  return addresses.map((text) => { const { question, faults } = made.readQuestion(text, tables);
    const run = made.runHosts(question, tables, 0, question.draws, true);
    return { faults, python: made.pythonLines(question, "BV/TV"), times: run.times, status: run.status,
      states: run.states.map(plain) }; }); }"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory, serve):
    """Where the page stands by itself: its own files, without the rest of the site."""
    folder = tmp_path_factory.mktemp("ask")
    (folder / "_static").mkdir()
    (folder / "ask.html").write_text(BARE.format(body("<p>a stored picture</p>")), encoding="utf-8")
    (folder / "favicon.ico").write_bytes(b"")
    write_scripts(folder / "_static")
    return serve(folder) + "ask.html"


def answered(tab, times: int = 1) -> None:
    tab.wait_for_function(f"Number(document.getElementById('ask').dataset.answered) >= {times}", timeout=60_000)


def test_fifty_random_questions_give_the_states_of_python(tab, ask):
    book = tables()
    tab.goto(ask)
    answered(tab)
    for first in range(0, 50, 10):
        addresses = [random_address(seed, book) for seed in range(first, first + 10)]
        for address, found in zip(addresses, tab.evaluate(ASK, addresses), strict=True):
            assert found["faults"] == [], address
            assert worst_difference(found, book) < 1e-8, address


def test_the_first_question_is_answered_by_itself(tab, ask):
    tab.goto(ask)
    answered(tab)
    assert tab.locator(".ask-panel").count() == 4
    assert tab.locator("[data-ask=numbers] tbody tr").count() == 4
    assert "niche.simulate" in tab.locator("[data-ask=python]").inner_text()
    assert tab.outside == []
    assert tab.complaints == []


def test_a_link_is_a_question(tab, ask):
    link = "#host=human&days=84&draws=10&do=dose+denosumab+60+mg+on+7&do=surgery+ovariectomy&show=CTX"
    tab.goto(ask + link)
    answered(tab)
    assert tab.locator("select[name=host]").input_value() == "human"
    assert tab.locator("input[name=days]").input_value() == "84"
    assert tab.locator(".ask-steps li").count() == 2
    assert "on day 84" in tab.locator("[data-ask=numbers] th").first.text_content()
    first = tab.evaluate("location.hash")
    tab.reload()
    answered(tab)
    assert tab.evaluate("location.hash") == first


def test_a_bad_link_says_what_is_allowed_with_the_nearest_name(tab, ask):
    tab.goto(ask + "#host=mouse&days=28&do=infuse+propanolol+10+mg/kg/day&do=stress+3+from+99")
    answered(tab)
    said = tab.locator("[data-ask=faults]").inner_text()
    assert "did you mean “propranolol”?" in said
    assert "day 99 is outside the question, which runs from day 0 to day 28" in said


def test_names_with_markup_are_shown_as_text(tab, ask):
    tab.goto(ask + "#host=<img src=x onerror=document.title='x'>")
    answered(tab)
    assert "<img" in tab.locator("[data-ask=faults]").inner_text()
    assert tab.title() == "Ask the model"


def test_everything_goes_by_keyboard(tab, ask):
    tab.goto(ask + "#host=mouse&days=14&draws=5&show=BV/TV")
    answered(tab)
    tab.locator("select[name=verb]").focus()
    tab.keyboard.type("stress")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Control+A")
    tab.keyboard.type("4")
    tab.keyboard.press("Enter")
    answered(tab, 2)
    assert "do=stress+4" in tab.evaluate("location.hash")
    tab.locator("button", has_text="remove").focus()
    tab.keyboard.press("Enter")
    answered(tab, 3)
    assert "do=" not in tab.evaluate("location.hash")


@pytest.mark.parametrize("tab", [PHONE], indirect=True, ids=["phone"])
def test_it_fits_a_phone(tab, ask):
    tab.goto(ask)
    answered(tab)
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_without_scripts_it_says_so_and_shows_what_is_stored(browser, ask):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(ask)
    assert "Asking needs JavaScript" in page.locator("body").inner_text()
    assert "a stored picture" in page.locator("body").inner_text()
    context.close()
