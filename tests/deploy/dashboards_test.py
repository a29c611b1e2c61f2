"""The form of the Grafana dashboards, by the rules that Grafana's dashboard-linter has. Whether the queries find anything is asked of a
real Prometheus by tests/e2e/check_metrics.py."""

import collections
import copy
import json
import re
import subprocess
import sys
import unittest

from tests.deploy.tools import ROOT

DASHBOARDS = ROOT / "metrics/dashboards"
ALL = {file.name: json.loads(file.read_text()) for file in sorted(DASHBOARDS.glob("*.json"))}
NAME = re.compile(r"\b(?:dayfly|workqueue|process)_[a-z0-9_]+\b")
GRID = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Their titles say over which time they count.
FIXED_TIME = {"Bugs, last hour": "1h"}


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def wrong_with_dashboard(dashboard):
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    source, job = variables.get("datasource", {}), variables.get("job", {})
    if (source.get("type"), source.get("query")) != ("datasource", "prometheus"):
        yield "no variable for the data source"
    if job.get("type") != "query" or job.get("datasource") != SOURCE or not job.get("multi") or job.get("allValue") != ".+":
        yield "no variable for the job that stands for several, and for all by .+"
    if any(variable.get("refresh") != 2 for variable in variables.values() if variable["type"] == "query"):
        yield "a variable is not asked for anew when the time changes"
    if dashboard["editable"]:
        yield "it can be edited, and the next version would undo that"
    if not dashboard["uid"] or not dashboard["title"] or "dayfly" not in dashboard["tags"] or not dashboard["links"]:
        yield "no uid, title, tag or link"
    ids = [panel["id"] for panel in dashboard["panels"]]
    if len(ids) != len(set(ids)):
        yield "two panels have one id"


def wrong_with_places(dashboard):
    taken = collections.Counter()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        taken.update((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"]))
    if any(count > 1 for count in taken.values()):
        yield "panels overlap"
    if any(x >= GRID for x, _ in taken):
        yield "a panel stands outside"
    widths = collections.Counter(y for _, y in taken)
    if any(width != GRID for width in widths.values()) or set(widths) != set(range(len(widths))):
        yield "a row is not filled"


def wrong_with_panel(panel):
    if not panel.get("title") or not panel.get("description", "").endswith("."):
        yield "no title, or no sentence that says what it shows"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield "no unit"
    if not panel["targets"]:
        yield "no query"
    if any(part["datasource"] != SOURCE for part in [panel, *panel["targets"]]):
        yield "not the data source of the variable"
    if len({target["refId"] for target in panel["targets"]}) != len(panel["targets"]):
        yield "two queries have one name"
    legends = [target.get("legendFormat", "") for target in panel["targets"]]
    if panel["type"] in ("timeseries", "heatmap"):
        if any(not legend or legend == "__auto" for legend in legends):
            yield "lines without a legend"
        if len(set(legends)) != len(legends):
            yield "two queries have one legend"


def wrong_with_query(panel, target):
    query = target["expr"]
    if query.count("(") != query.count(")") or not NAME.search(query):
        yield "no whole query"
    for name in NAME.findall(query):
        if not re.search(rf'\b{name}\{{[^}}]*job=~"\$job"', query):
            yield f"{name} does not keep to the chosen job"
        grows = name.endswith(("_total", "_bucket", "_count", "_sum"))
        if grows and not re.search(rf"\b(rate|increase)\({name}\{{", query):
            yield f"{name} only grows, and is shown without rate() or increase()"
    for time in re.findall(r"\[([^\]]+)\]", query):
        if time != FIXED_TIME.get(panel["title"], "$__rate_interval"):
            yield f"over {time}, whatever the scrape interval and the width of the picture"
    grouped = [label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", query) for label in labels.split(",")]
    named = re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))
    if unknown := [label for label in named if grouped and label not in grouped]:
        yield f"the legend names {unknown}, which the query sums away"
    if panel["type"] == "timeseries" and (hidden := [label for label in grouped if label not in [*named, "le"]]):
        yield f"lines differ in {hidden}, which the legend does not tell"


def complaints(dashboard):
    found = [*wrong_with_dashboard(dashboard), *wrong_with_places(dashboard)]
    for panel in panels(dashboard):
        found += [f"{panel['title']}: {what}" for what in wrong_with_panel(panel)]
        for target in panel["targets"]:
            found += [f"{panel['title']} {target['refId']}: {what}" for what in wrong_with_query(panel, target)]
    return found


class Dashboards(unittest.TestCase):
    def test_they_are_as_generate_py_writes_them(self):
        ends = subprocess.run([sys.executable, DASHBOARDS / "generate.py", "--check"], capture_output=True, text=True, check=False)
        self.assertEqual(ends.returncode, 0, ends.stderr)
        self.assertEqual(len(ALL), 2)

    def test_nothing_is_wrong_with_any_of_them(self):
        for name, dashboard in ALL.items():
            self.assertGreater(len(panels(dashboard)), 20, name)
            self.assertEqual(complaints(dashboard), [], name)

    def test_their_links_lead_to_each_other(self):
        uids = {dashboard["uid"] for dashboard in ALL.values()}
        self.assertEqual({link["url"].removeprefix("/d/") for one in ALL.values() for link in one["links"]}, uids)

    def test_what_is_wrong_would_be_found(self):
        def first(dashboard, kind):
            return next(panel for panel in panels(dashboard) if panel["type"] == kind)

        def query(dashboard, change):
            target = first(dashboard, "timeseries")["targets"][0]
            target["expr"] = change(target["expr"])

        spoiled = {
            "data source": lambda d: d["templating"]["list"].pop(0),
            "for the job": lambda d: d["templating"]["list"][1].update(multi=False),
            "asked for anew": lambda d: d["templating"]["list"][1].update(refresh=1),
            "edited": lambda d: d.update(editable=True),
            "one id": lambda d: d["panels"][1].update(id=d["panels"][2]["id"]),
            "overlap": lambda d: d["panels"][2]["gridPos"].update(d["panels"][1]["gridPos"]),
            "not filled": lambda d: d["panels"].pop(),
            "sentence": lambda d: first(d, "stat").update(description="what"),
            "no unit": lambda d: first(d, "timeseries")["fieldConfig"]["defaults"].pop("unit"),
            "no query": lambda d: first(d, "stat").update(targets=[]),
            "of the variable": lambda d: first(d, "stat")["targets"][0].update(datasource={"type": "prometheus", "uid": "mine"}),
            "without a legend": lambda d: first(d, "timeseries")["targets"][0].update(legendFormat="__auto"),
            "sums away": lambda d: first(d, "timeseries")["targets"][0].update(legendFormat="{{pod}}"),
            "does not tell": lambda d: first(d, "timeseries")["targets"][0].update(legendFormat="all"),
            "chosen job": lambda d: query(d, lambda text: text.replace('job=~"$job"', "")),
            "only grows": lambda d: query(d, lambda text: "sum(dayfly_reconcile_total{job=~\"$job\"})"),
            "over 5m": lambda d: query(d, lambda text: "sum(rate(dayfly_reconcile_total{job=~\"$job\"}[5m]))"),
            "whole query": lambda d: query(d, lambda text: text + ")"),
        }
        for expected, spoil in spoiled.items():
            dashboard = copy.deepcopy(ALL["dayfly-controller.json"])
            spoil(dashboard)
            self.assertIn(expected, "\n".join(complaints(dashboard)))
