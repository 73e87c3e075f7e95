"""Tools and agents: figures, the map, the table of categories, the browser."""

from __future__ import annotations

from factory.report import statistics as st
from factory.report.browser import as_data, browser_data, browser_html
from factory.report.catalogue import ORIGINS, Catalogue
from factory.report.charts import bars, histogram, number, percent, stacked
from factory.report.collect import Findings
from factory.report.mapchart import ORIGIN_NAMES, map_data, map_html, words
from factory.report.markup import absent, card, escape, grid, legend, section, table
from factory.report.toolmap import can_map

ACCESS = (("read", "c1"), ("write", "c2"), ("unstated", "none"))
RUN_AGAIN = "Run `factory run` again to make it."


def tools_section(found: Findings) -> str:
    """Tools by category, origin, verb, access; agents by size."""
    s = found.tools
    lead = "A synthetic tool is a program over a stateful world; what runs has been run."
    if s is None:
        return section("tools", "Tools and agents", "", absent("No tool dataset.", RUN_AGAIN))
    cards = [
        card(
            "By step of evolution",
            bars(st.ranked(s.evolution, 14), name="Tools by step of evolution"),
            "bind: an authored operation in a domain's words",
        ),
        card("By verb", bars(st.ranked(s.verb, 14), name="Tools by verb", css="c3")),
        card("By origin", bars(st.ranked(s.origin), name="Tools by origin", css="c2"), _runs(s)),
        card(
            "Read and write",
            stacked([("tools", s.access)], ACCESS, name="Read and write", share=True)
            + legend(ACCESS),
            f"{percent(s.access['write'] / max(1, s.n))} write, by the readOnlyHint annotation",
        ),
        card(
            "Parameters of a tool",
            histogram(s.parameters.bins(), name="Parameters of a tool", unit="parameters"),
        ),
        card("Description", _length_chart(s), "Characters of the description models see"),
    ]
    body = _catalogue(found.catalogue) if found.catalogue else ""
    return section("tools", "Tools and agents", lead, grid(*cards) + body + _agents(found.agents))


def _catalogue(found: Catalogue) -> str:
    if found.map:
        body = f"<h3>The repository on a plane</h3>{map_html(found.map)}"
        body += as_data(map_data(found.map), "map-data")
    elif not can_map():
        remedy = "Install the `page` extra (scikit-learn) and write the report again."
        body = absent("No map of the tools.", remedy)
    else:
        body = ""
    body += f"<h3>Categories</h3>{category_table(found)}"
    if found.specimens:
        body += browser_html(found) + as_data(browser_data(found), "tools-data")
    return body


def category_table(found: Catalogue) -> str:
    """A row a category: its tools by origin, those that run, its domains; the sums last."""
    head = ("category", *(ORIGIN_NAMES[o] for o in ORIGINS), "all", "executable", "domains")
    rows = [
        [
            escape(words(name)),
            *(number(c.origins[origin]) if c.origins[origin] else "–" for origin in ORIGINS),
            number(c.origins.total()),
            number(c.executable) if c.executable else "–",
            number(len(c.domains)) if c.domains else "–",
        ]
        for name, c in found.categories.items()
    ]
    every = list(found.categories.values())
    rows.append(
        [
            "all",
            *(number(sum(c.origins[origin] for c in every)) for origin in ORIGINS),
            number(sum(c.origins.total() for c in every)),
            number(sum(c.executable for c in every)),
            number(len(set().union(*(c.domains for c in every)))),
        ]
    )
    return f'<div class="tall" tabindex="0">{table(head, rows)}</div>'


def _runs(s: st.ToolStatistics) -> str:
    if not s.executable:
        return "None of them is executable"
    return (
        f"{s.executable:,} executable, {percent(s.proven / s.executable)} of them proven by running"
    )


def _length_chart(s: st.ToolStatistics) -> str:
    return histogram(
        s.description_length.bins(14), name="Length of descriptions", unit="characters", css="c3"
    )


def _agents(s: st.AgentStatistics | None) -> str:
    if s is None or not s.n:
        return ""
    charts = [
        ("Tools of an agent", s.tools, "tools"),
        ("Distractors among them", s.distractors, "distractors"),
        ("Length of system prompts", s.prompt_length, "characters"),
    ]
    cards = [
        card(title, histogram(values.bins(14), name=title, unit=unit, css="c4"))
        for title, values, unit in charts
    ]
    return f"<h3>{s.n:,} agents</h3>{grid(*cards)}"
