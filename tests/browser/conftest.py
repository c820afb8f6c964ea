"""A real browser on the built site: what these tests share. They run with NICHE_BROWSER=1 (`./check --browser`)."""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def pytest_collection_modifyitems(items):
    if os.environ.get("NICHE_BROWSER"):
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="needs a browser: ./check --browser"))


def chromium() -> str:
    """The browser of this machine: $CHROMIUM, else the first that is found."""
    found = next(filter(None, (os.environ.get("CHROMIUM"), *map(shutil.which, NAMES))), None)
    if not found:
        pytest.fail("no Chromium found; on Debian: apt-get install chromium, else set CHROMIUM=/path/to/chrome")
    return found


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as run:
        # Inside a container there is no sandbox to be had, and only pages of this machine are opened.
        started = run.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The folder of the site: $NICHE_SITE if it was built before, else built now, warnings being errors."""
    if os.environ.get("NICHE_SITE"):
        return Path(os.environ["NICHE_SITE"])
    from compendium.site.build import build

    return build(tmp_path_factory.mktemp("site")).parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def serve():
    """A function that serves a folder on this machine and says where."""
    started = []

    def there(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield there
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def address(site, serve):
    """Where the site is served on this machine."""
    return serve(site)


def failed(request):
    """What is to be said of a request that failed; nothing where the page was left before its pictures had come."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"failed: {request.url} ({request.failure})"]


@pytest.fixture
def tab(browser, request):
    """A page of the browser that lets no request out of this machine, and writes down what was asked and said."""
    width, height = getattr(request, "param", (1280, 900))
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.outside, page.complaints = [], []

    def pass_or_block(route):
        local = route.request.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
        if not local:
            page.outside.append(route.request.url)
        return route.continue_() if local else route.abort()

    context.route("**/*", pass_or_block)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("requestfailed", lambda request: page.complaints.extend(failed(request)))
    page.on("response", lambda got: page.complaints.append(f"{got.status}: {got.url}") if got.status >= 400 else None)
    yield page
    context.close()
