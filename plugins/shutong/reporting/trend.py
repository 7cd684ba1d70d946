"""The trend over batches as a picture (趋势图): SVG inside the page, without scripts."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

from shutong.reporting.facts import TrendPoint
from shutong.reporting.words import share

SHOWN: Final = 30
"""Batches that a trend goes back."""
_LEAST: Final = 2
"""With fewer batches there is no trend to draw."""
_DROPPED: Final = ("script", "style", "desc", "title")
_HOVER: Final = ("text-overlay", "tooltip-overlay")
_NAMESPACE: Final = re.compile(r"\{[^}]*\}")


def trend_picture(points: Sequence[TrendPoint], tolerance: float) -> str:
    """Return the share of rejected rows over batches as inline SVG, '' for less than two.

    The oldest comes first; the tolerance is a line. What pygal would add for a page of its own
    (scripts, styles, comments with addresses) is left out: the page has its own styles.
    """
    if len(points) < _LEAST:
        return ""
    pygal = _charts()
    from pygal.style import Style

    chart = pygal.Line(
        js=[],
        width=960,
        height=220,
        margin=8,
        margin_right=44,
        max_scale=6,
        show_legend=False,
        include_x_axis=True,
        no_prefix=True,
        dots_size=4,
        show_minor_x_labels=False,
        x_labels_major_count=min(len(points), 6),
        truncate_label=-1,
        value_formatter=share,
        style=Style(font_family="inherit", background="none", plot_background="none"),
    )
    # Its own would differ with each writing of the same page.
    chart.uuid = "trend"
    chart.x_labels = [_day(point.batch_id) for point in points]
    chart.add("share", [point.share for point in points])
    chart.add("tolerance", [tolerance] * len(points), show_dots=False)
    return _inline(chart.render_tree())


def _charts() -> Any:
    """Return pygal without the import hook that it leaves in the interpreter.

    The hook finds maps that nobody has here, in a way that Python warns of at every import.
    """
    import pygal

    sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "pygal"]
    return pygal


def _day(batch_id: str) -> str:
    return f"{batch_id[4:6]}-{batch_id[6:8]} {batch_id[9:11]}:{batch_id[11:13]}"


def _inline(root: ET.Element) -> str:
    """Return a picture as a part of an HTML page: no names of XML, nothing that runs."""
    for parent in list(root.iter()):
        for child in list(parent):
            name = _NAMESPACE.sub("", child.tag) if isinstance(child.tag, str) else ""
            if not name or name in _DROPPED or (child.get("class") or "").endswith(_HOVER):
                parent.remove(child)
    for each in root.iter():
        each.tag = _NAMESPACE.sub("", str(each.tag))
        for attribute in list(each.attrib):
            if attribute.startswith(("{", "xmlns", "on")):
                del each.attrib[attribute]
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-labelledby", "trend-title")
    root.attrib.pop("id", None)
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)
