"""The documentation site: what Sphinx makes of the pages in this folder. ``make site`` builds it.

It is complete without a network: no page asks another host for a script, a style or a letter.
"""

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the extensions in tools/site

project = "gradwright"
author = copyright = "The gradwright authors"
version = release = installed("gradwright")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    "tools.site.docstrings",
    "tools.site.links",
    "tools.site.mathml",
    "tools.site.outputs",
    "tools.site.source",
]
templates_path = ["site/templates"]
root_doc = "index"
nitpicky = True

# pages
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
math_renderer = html_math_renderer = "mathml"

# names
autodoc_typehints = "none"  # a docstring says what each argument is
autodoc_member_order = "alphabetical"
autosummary_generate = True
autosummary_ignore_module_all = False
napoleon_numpy_docstring = False
add_module_names = False

# the gallery
exclude_patterns = ["made/gallery/*.ipynb", "made/gallery/*.py"]
sphinx_gallery_conf = {
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "made/gallery",
    "filename_pattern": r"\.py$",
    "image_scrapers": ("tools.site.figures.figures",),
    "show_memory": False,
    "write_computation_times": False,
    "min_reported_time": 1000,
    "download_all_examples": False,
    "show_signature": False,
    "abort_on_example_error": True,
}

# the look
html_theme = "pydata_sphinx_theme"
html_title = "gradwright"
html_sidebars = {"index": [], "start": []}
html_static_path = ["site/static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
