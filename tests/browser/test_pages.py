"""The reading site in a real browser: it is walked as a reader would, on a desk and on a telephone."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from niche.evidence.rows import read_evidence

PHONE = (390, 844)


class Page(HTMLParser):
    """The links, pictures, scripts and places of a page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()
        self.loaded: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in ("img", "script", "iframe") and given.get("src"):
            self.loaded.append(given["src"])
        if tag == "link" and given.get("href") and "stylesheet" in given.get("rel", ""):
            self.loaded.append(given["href"])


@pytest.fixture(scope="session")
def pages(site):
    return {file.relative_to(site).as_posix(): Page(file) for file in site.rglob("*.html")}


def test_no_link_is_broken(site, pages):
    broken = []
    for name, page in pages.items():
        for link in [*page.links, *page.loaded]:
            target, place = urldefrag(link)
            if "://" in target or target.startswith(("mailto:", "data:")):
                continue
            file = (site / name).parent / unquote(target.partition("?")[0]) if target else site / name
            there = file.resolve()
            if not there.is_file():
                broken.append((name, link))
            elif place and there.suffix == ".html":
                known = pages[there.relative_to(site.resolve()).as_posix()].places
                if unquote(place) not in known:
                    broken.append((name, link))
    assert broken == []


def test_the_site_is_light(site):
    """A reader on a train takes all of it along: 15 MB, and a card is seen at once."""
    sizes = {file.relative_to(site).as_posix(): file.stat().st_size for file in site.rglob("*") if file.is_file()}
    assert sum(sizes.values()) < 15e6
    assert max(size for name, size in sizes.items() if name.startswith("_static/cards/")) < 30_000


def test_no_page_loads_anything_from_elsewhere(pages):
    outside = {
        name: [one for one in page.loaded if "//" in one and not one.startswith("data:")]
        for name, page in pages.items()
    }
    assert {name: some for name, some in outside.items() if some} == {}


@pytest.mark.parametrize("tab", [(1280, 900), PHONE], indirect=True, ids=["desk", "phone"])
def test_every_page_opens_asks_nothing_of_the_network_and_fits(tab, address, pages):
    wide = {}
    papers = [name for name in sorted(pages) if name.startswith("papers/")]  # hundreds that are alike: every tenth
    for name in sorted(set(pages) - set(papers) | set(papers[::10])):
        tab.goto(address + name)
        over = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide[name] = over
    assert tab.outside == []
    assert tab.complaints == []
    assert wide == {}


def test_from_the_first_page_to_a_figure(tab, address):
    tab.goto(address)
    tab.locator(".card", has_text="02 The vicious cycle").click()
    tab.wait_for_url("**/02_vicious-cycle.html")
    assert "The vicious cycle" in tab.locator("h1").inner_text()
    figure = tab.locator("figure.numbered img").first
    figure.scroll_into_view_if_needed()
    assert figure.evaluate("img => img.complete && img.naturalWidth") > 300
    tab.locator(".sidebar-tree").get_by_role("link", name="The evidence", exact=True).click()
    tab.wait_for_url("**/evidence.html")


@pytest.mark.parametrize("tab", [PHONE], indirect=True, ids=["phone"])
def test_the_menu_opens_on_a_phone(tab, address):
    tab.goto(address)
    tab.locator("header label[for=__navigation]").click()
    tab.locator(".sidebar-tree").get_by_role("link", name="The model", exact=True).click()
    tab.wait_for_url("**/model/index.html")


def test_a_search_finds_pages(tab, address):
    tab.goto(address)
    tab.locator("input[name=q]").first.fill("denosumab")
    tab.keyboard.press("Enter")
    tab.locator("#search-results li a", has_text="Drugs and lesions").first.wait_for()  # results come one by one
    assert tab.outside == []


def test_an_equation_is_drawn_as_one(tab, address):
    tab.goto(address + "model/immune.html")
    fraction = tab.locator("math mfrac").first
    above, below = (fraction.locator(f"xpath=*[{i}]").bounding_box() for i in (1, 2))
    assert above["y"] + above["height"] <= below["y"] + 2  # what is above the line is above it
    assert abs((above["x"] + above["width"] / 2) - (below["x"] + below["width"] / 2)) < 3


def test_equations_of_a_notebook_are_mathematics(tab, address):
    tab.goto(address + "notebooks/02_vicious-cycle.html")
    assert tab.locator("math mtable mfrac").count() > 0
    assert tab.locator("text=/\\\\\\\\frac/").count() == 0


def test_the_evidence_is_filtered(tab, address):
    rows = read_evidence().values()
    tab.goto(address + "evidence.html")
    shown = tab.locator("#evidence tbody tr:not(.out)")
    assert shown.count() == len(rows)
    tab.locator("select[data-key=read]").select_option("whole text")
    assert shown.count() == sum(row.verified == "yes-read" for row in rows)
    tab.locator("form.filters input[type=search]").fill("isoprenaline nowhere")
    assert shown.count() == 0
    tab.get_by_role("button", name="show all").click()
    tab.wait_for_function("document.querySelectorAll('#evidence tr.out').length === 0")


def test_what_is_filtered_stands_in_the_address(tab, address):
    tab.goto(address + "evidence.html?read=abstract")
    shown = tab.locator("#evidence tbody tr:not(.out)")
    assert shown.count() == sum(row.verified == "yes-abstract" for row in read_evidence().values())
    tab.locator("form.filters input[type=search]").fill("isoprenaline")
    assert "search=isoprenaline" in tab.url
    assert "read=abstract" in tab.url
    tab.goto(address + "evidence.html?read=abstracts")
    assert 'no "abstracts" under "read in"' in tab.locator("form.filters output").inner_text()


def test_a_table_is_put_in_the_order_of_a_column(tab, address):
    tab.goto(address + "papers/index.html")
    tab.get_by_role("button", name="read-outs").click()
    column = "[...document.querySelectorAll('#papers tbody tr')].map(r => +r.cells[7].textContent)"
    rising = tab.evaluate(column)
    assert rising == sorted(rising)
    tab.get_by_role("button", name="read-outs").click()
    assert tab.evaluate(column) == sorted(rising, reverse=True)


def test_code_is_folded_and_one_switch_opens_it(tab, address):
    tab.goto(address + "notebooks/02_vicious-cycle.html")
    cells = tab.locator("details.hide.above-input")
    assert cells.count() > 2
    assert tab.locator("details.hide.above-input[open]").count() == 0
    tab.locator(".fold button").click()
    assert tab.locator("details.hide.above-input[open]").count() == cells.count()
    tab.reload()  # it is remembered
    assert tab.locator("details.hide.above-input[open]").count() == cells.count()


def test_a_search_forgives_a_slip(tab, address):
    tab.goto(address + "search.html?q=denosumap")
    tab.locator(".meant a", has_text="denosumab").click()
    tab.locator("#search-results li a").first.wait_for()


def test_a_line_of_the_axis_leads_to_its_answer_and_papers(tab, address):
    tab.goto(address)
    told = tab.locator(".axis-told")
    assert "Point at a line" in told.inner_text()
    tab.locator("a.coupling[href='#coupling-05a']").focus()
    assert "osteoclasts" in told.inner_text()
    told.get_by_role("link", name="Kondo 2011").first.click()
    tab.wait_for_url("**/papers/kondo-2011-isoprenaline.html")
    assert tab.locator("nav a", has_text="all papers").count() == 1


@pytest.mark.parametrize("tab", [(1280, 900), PHONE], indirect=True, ids=["desk", "phone"])
def test_from_the_first_page_to_answer_certainty_and_reason(tab, address):
    for claim in ("05 Beta-adrenergic", "09 Fibres", "13 Antiresorptives", "15 Beta-blockers"):
        tab.goto(address)
        tab.locator(".card", has_text=claim).click()
        tab.locator("h1", has_text=claim).wait_for()
        tops = [
            tab.locator(f".answers {part}").first.bounding_box()["y"]
            for part in (".answer", "figure.claim-card", "ul.pieces", "summary")
        ]
        assert tops == sorted(tops)
        assert tab.locator(".answers summary").first.inner_text().startswith("How sure the papers make it: ")
        assert tab.locator(".answers summary:visible").count() > 0
        assert tab.locator(".claim-card img").evaluate("img => img.complete && img.naturalWidth") > 200


def test_in_the_list_a_small_card_leads_to_the_large_one(tab, address):
    tab.goto(address + "claims.html")
    assert tab.locator(".small-card img").count() > 15
    tab.locator(".small-card").first.click()
    tab.wait_for_url("**/notebooks/*#figure-card")
    assert tab.locator("#figure-card").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_axis_follows_the_theme(browser, address, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    bright = """selector => {
        const one = document.querySelector(selector), style = getComputedStyle(one);
        const used = one.matches('.way') ? style.stroke : one.matches('text') ? style.fill : style.backgroundColor;
        return used.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + +part, 0) / 765;
    }"""
    ground, words, line = (
        page.evaluate(bright, selector) for selector in ("body", ".axis-panel text", "a.coupling .way")
    )
    assert (ground < 0.2) == (scheme == "dark")
    for drawn in (words, line):
        assert (drawn > ground) == (scheme == "dark")
    context.close()


def test_a_box_of_the_network_shows_its_arrows(tab, address):
    tab.goto(address + "model/index.html")
    tab.locator(".box[data-box=RANKL]").click()
    told = tab.locator(".chosen").inner_text()
    assert "PTH receptor raises RANKL" in told
    assert "RANKL raises resorption" in told


def test_it_reads_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "evidence.html")
    assert page.locator("#evidence tbody tr").count() == len(read_evidence())
    page.goto(address + "model/bone.html")
    assert page.locator("math").count() > 10
    context.close()
