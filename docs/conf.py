"""Settings of the reading site; `niche site` builds it. Pages that are written from the data: compendium/site/."""

import niche

project = "niche"
author = "The niche authors"
copyright = "the niche authors; text and figures CC BY 4.0, code MIT"
release = version = niche.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "compendium.site.api",  # before napoleon: it escapes what napoleon then reads
    "sphinx.ext.napoleon",
    "compendium.site.mathml",
]
default_role = "code"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
exclude_patterns = ["_made/*"]
html_theme = "furo"
html_title = f"niche {release}"
html_static_path = ["_static"]
html_css_files = ["niche.css"]
html_js_files = [("niche.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"
html_theme_options = {"top_of_page_buttons": []}
pygments_style = "tango"

nb_execution_mode = "off"  # the notebooks are stored executed
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
toc_object_entries_show_parents = "hide"
