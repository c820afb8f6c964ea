"""Settings of the reading site; `niche site` builds it. Pages that are written from the data: compendium/site/."""

import subprocess

import niche


def commit() -> str:
    """The commit that is built, in words; nothing outside a repository."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return f", commit {done.stdout.strip()}" if done.returncode == 0 else ""


project = "niche"
author = "The niche authors"
copyright = f"the niche authors; text and figures CC BY 4.0, code MIT. Version {niche.__version__}{commit()}"
release = version = niche.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "compendium.site.api",  # before napoleon: it escapes what napoleon then reads
    "sphinx.ext.napoleon",
    "compendium.site.mathml",
    "compendium.site.sphinx_pages",
]
default_role = "code"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
exclude_patterns = ["_made/*"]
html_theme = "furo"
html_title = f"niche {release}"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_last_updated_fmt = "%d %B %Y"
html_css_files = ["niche.css"]
html_js_files = [("niche.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"
html_theme_options = {"top_of_page_buttons": []}
pygments_style = "a11y-high-contrast-light"  # of accessible-pygments, which furo brings
pygments_dark_style = "a11y-high-contrast-dark"

nb_execution_mode = "off"  # the notebooks are stored executed
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_merge_streams = True
nb_code_prompt_show = "show the code"
nb_code_prompt_hide = "hide the code"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
toc_object_entries_show_parents = "hide"
