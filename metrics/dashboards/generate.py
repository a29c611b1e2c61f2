#!/usr/bin/env python3
"""Writes the Grafana dashboards: metrics/dashboards/generate.py [--check].

One line per panel below; what every panel must have (data source, unit, description, a place) is added here, so that it cannot be
forgotten. In a query, % stands for the choice of the job. --check writes nothing and fails when a file is not what would be written.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
APP_LINK = {"title": "The app at Fly", "url": "https://fly.io/apps/${__data.fields.fly_app}", "targetBlank": True}
COLUMNS = 24


def target(number, query, legend="", **more):
    return {
        "datasource": SOURCE,
        "expr": query.replace("%", 'job=~"$job"'),
        "legendFormat": legend or "__auto",
        "refId": chr(ord("A") + number),
        **more,
    }


def panel(kind, title, unit, description, targets, width, height, options, defaults=None, overrides=()):
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "targets": targets,
        "gridPos": {"w": width, "h": height},
        "options": options,
        "fieldConfig": {"defaults": {"unit": unit, **(defaults or {})}, "overrides": list(overrides)},
    }


def stat(title, unit, description, query, bad_from=None, width=3):
    """One number; red from `bad_from` on."""
    steps = [{"color": "green", "value": None}]
    if bad_from is not None:
        steps.append({"color": "red", "value": bad_from})
    options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"}
    defaults = {"thresholds": {"mode": "absolute", "steps": steps}}
    return panel("stat", title, unit, description, [target(0, query)], width, 4, options, defaults)


def lines(title, unit, description, *queries, width=8, stacked=False, exemplars=False):
    """Lines over time; a query is (PromQL, legend)."""
    more = {"exemplar": True} if exemplars else {}
    custom = {"fillOpacity": 60 if stacked else 8, "stacking": {"mode": "normal" if stacked else "none"}, "showPoints": "never"}
    options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    targets = [target(i, query, legend, **more) for i, (query, legend) in enumerate(queries)]
    return panel("timeseries", title, unit, description, targets, width, 8, options, {"custom": custom, "min": 0})


def quantiles(title, description, histogram, by, labels="", width=8):
    """The median and the slow end of a histogram."""
    selector = f"{histogram}_bucket{{%{labels}}}"
    groups = ", ".join(filter(None, [by, "le"]))
    legend = f"{{{{{by}}}}} " if by else ""
    queries = [
        (f"histogram_quantile({q}, sum by ({groups}) (rate({selector}[$__rate_interval])))", f"{legend}p{round(q * 100)}")
        for q in (0.5, 0.95)
    ]
    return lines(title, "s", description, *queries, width=width, exemplars=True)


def heatmap(title, description, histogram, width=8):
    query = f"sum by (le) (increase({histogram}_bucket{{%}}[$__rate_interval]))"
    options = {
        "calculate": False,
        "yAxis": {"unit": "s"},
        "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
    }
    targets = [target(0, query, "{{le}}", format="heatmap", exemplar=True)]
    return panel("heatmap", title, "s", description, targets, width, 8, options)


def table(title, description, queries, hidden, renamed, overrides, width=COLUMNS, height=12):
    """Rows of labels; the queries' values become columns, joined over the labels that they share."""
    targets = [target(i, query, format="table", instant=True) for i, query in enumerate(queries)]
    made = panel("table", title, "short", description, targets, width, height, {"showHeader": True}, None, overrides)
    made["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {name: True for name in hidden}, "renameByName": renamed}},
    ]
    return made


def column(name, unit=None, links=None):
    properties = []
    if unit:
        properties.append({"id": "unit", "value": unit})
    if links:
        properties.append({"id": "links", "value": links})
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}


FLEET = {
    "Now": [
        stat("Environments", "short", "All that a spec wants or that are on their way out.", "sum(dayfly_environments{%})"),
        stat("Not ready", "short", "Environments that are stalled, degraded or still on their way.",
             'sum(dayfly_environments{%, phase=~"progressing|degraded|stalled"})', 1),
        stat("Held deletions", "short", "Deletions that wait for a person: `dayfly approve-deletes`.",
             "sum(dayfly_deletes_held{%})", 1),
        stat("Sources down", "short", "Sources of specs that cannot be read; the last good specs stay in force.",
             "count(dayfly_source_up{%}) - sum(dayfly_source_up{%})", 1),
        stat("Cost per hour", "currencyUSD", "Everything that is awake, by Fly's price list.",
             'sum(dayfly_cost_dollars_per_hour{%, power="awake"})'),
        stat("At this rate, per month", "currencyUSD", "What is awake now, for 730 hours.",
             'sum(dayfly_cost_dollars_per_hour{%, power="awake"}) * 730'),
        stat("Saved by sleep, per hour", "currencyUSD", "What the sleeping ones would cost if they were awake.",
             'sum(dayfly_cost_dollars_per_hour{%, power="asleep"})'),
        stat("Orphans", "short", "Resources at Fly with our marks that no spec wants: they cost money.",
             'sum(dayfly_owned_resources{%, state="orphan"})', 1),
    ],
    "Environments": [
        table(
            "Every environment", "A row links to its app at Fly. Beyond 5000 environments the others are one row.",
            ["dayfly_environment_info{%}",
             "dayfly_environment_cost_dollars_per_hour{%}",
             "dayfly_environment_last_success_timestamp_seconds{%} * 1000",
             "dayfly_environment_expiry_timestamp_seconds{%} * 1000"],
            ["Time", "Value #A", "__name__", "job", "instance"],
            {"environment_namespace": "namespace", "environment_name": "name", "Value #B": "cost per hour",
             "Value #C": "ready since", "Value #D": "expires"},
            [column("name", links=[APP_LINK]), column("cost per hour", "currencyUSD"), column("ready since", "dateTimeAsIso"),
             column("expires", "dateTimeAsIso")],
        ),
    ],
    "Over time": [
        lines("Environments by phase", "short", "`held` ones wait for an approval of their deletion.",
              ("sum by (phase) (dayfly_environments{%})", "{{phase}}"), stacked=True),
        lines("Cost per hour", "currencyUSD", "By Fly's price list, without traffic.",
              ("sum by (power) (dayfly_cost_dollars_per_hour{%})", "{{power}}"), stacked=True),
        quantiles("Until ready", "From seeing a spec to its environment being ready, or gone.",
                  "dayfly_converge_duration_seconds", "operation"),
        lines("Resources at Fly", "short", "Everything that carries our marks.",
              ("sum by (kind) (dayfly_owned_resources{%})", "{{kind}}")),
        lines("Orphans", "short", "Resources that no spec wants any more, until they are gone.",
              ('sum by (kind) (dayfly_owned_resources{%, state="orphan"})', "{{kind}}")),
        lines("Removed", "short", "Resources deleted because no spec wants them, and deletions that failed.",
              ("sum by (kind, result) (increase(dayfly_prune_total{%}[$__rate_interval]))", "{{kind}} {{result}}")),
        lines("Drift", "short", "Differences that somebody else made at Fly, and those that were undone.",
              ("sum by (field_group) (increase(dayfly_drift_detected_total{%}[$__rate_interval]))", "{{field_group}} found"),
              ("sum by (field_group) (increase(dayfly_drift_corrected_total{%}[$__rate_interval]))", "{{field_group}} undone")),
        lines("Sleep", "short", "Environments put to sleep and woken.",
              ("sum by (change) (increase(dayfly_sleep_transitions_total{%}[$__rate_interval]))", "{{change}}")),
        lines("Next expiry", "s", "Until the next environment's time is over; empty when none has a ttl.",
              ("min(dayfly_environment_expiry_timestamp_seconds{%}) - time()", "next")),
    ],
    "Sources": [
        lines("Specs", "short", "Objects of the last snapshot; those that are not valid change nothing.",
              ("sum by (source, state) (dayfly_source_objects{%})", "{{source}} {{state}}")),
        lines("Since the last good look", "s", "Half a minute is usual.",
              ("time() - max by (source) (dayfly_source_last_success_timestamp_seconds{%})", "{{source}}")),
        lines("Looks", "short", "Looks at each source by what became of them.",
              ("sum by (source, result) (increase(dayfly_source_snapshots_total{%}[$__rate_interval]))", "{{source}} {{result}}")),
        lines("Hints of changes", "short", "Changes that a source was told of, and times that hints were lost.",
              ("sum by (source) (increase(dayfly_source_watch_events_total{%}[$__rate_interval]))", "{{source}}"),
              ("sum by (source) (increase(dayfly_source_watch_overflows_total{%}[$__rate_interval]))", "{{source}} lost")),
        lines("Webhooks", "short", "Calls of our hooks; refused ones have no effect.",
              ("sum by (result) (increase(dayfly_webhook_requests_total{%}[$__rate_interval]))", "{{result}}")),
        lines("Notifications", "short", "News told to GitHub.",
              ("sum by (sink, outcome) (increase(dayfly_notifications_total{%}[$__rate_interval]))", "{{sink}} {{outcome}}")),
        lines("Calls to GitHub", "reqps", "By what came of them; `not_modified` ones are free.",
              ("sum by (result) (rate(dayfly_github_requests_total{%}[$__rate_interval]))", "{{result}}"), width=12),
        lines("GitHub's budget", "short", "Calls left until GitHub's hour is over; 0 of 0 before the first call.",
              ("min(dayfly_github_rate_limit_remaining{%})", "left"), ("min(dayfly_github_rate_limit_limit{%})", "of"), width=12),
    ],
}

CONTROLLER = {
    "Now": [
        stat("Controllers", "short", "Programs that were scraped.", "count(dayfly_build_info{%})"),
        stat("Slowest heartbeat", "s", "Since the slowest stage got something done; a dummy passes every half minute.",
             "time() - min(dayfly_heartbeat_timestamp_seconds{%})", 300),
        stat("Bugs, last hour", "short", "Passes that threw.", "sum(increase(dayfly_reconcile_panics_total{%}[1h]))", 1),
        stat("Failed passes", "percentunit", "Of all passes that ended.",
             'sum(rate(dayfly_reconcile_total{%, result="error"}[$__rate_interval]))'
             " / sum(rate(dayfly_reconcile_total{%}[$__rate_interval]))", 0.1),
        stat("Waiting", "short", "Environments with something to do that wait in the queue.",
             'sum(workqueue_depth{%, controller="dayfly", priority!="-100"})', 50),
        stat("Fly's list is old", "s", "Since the organisation was last listed in full.",
             "time() - min(dayfly_fly_snapshot_timestamp_seconds{%})", 1800),
        stat("429 per second", "reqps", "Answers of Fly that we call too often.",
             'sum(rate(dayfly_fly_requests_total{%, code_class="429"}[$__rate_interval]))', 0.01),
        stat("Failed calls", "percentunit", "Calls to Fly that ended in 5xx, a timeout or a lost connection.",
             'sum(rate(dayfly_fly_requests_total{%, code_class=~"5xx|timeout|conn"}[$__rate_interval]))'
             " / sum(rate(dayfly_fly_requests_total{%}[$__rate_interval]))", 0.2),
    ],
    "Passes": [
        lines("Passes by result", "ops", "`terminal` ones need a changed spec, `error` ones are tried again.",
              ("sum by (result) (rate(dayfly_reconcile_total{%}[$__rate_interval]))", "{{result}}"), stacked=True, exemplars=True),
        lines("Passes by trigger", "ops", "Why environments were looked at.",
              ("sum by (trigger) (rate(dayfly_reconcile_total{%}[$__rate_interval]))", "{{trigger}}"), stacked=True),
        heatmap("Length of passes", "Machines are not waited for within a pass.", "dayfly_reconcile_duration_seconds"),
        quantiles("Reaction", "From a changed spec to the first call to Fly.", "dayfly_spec_reaction_seconds", "source_type"),
        quantiles("Until ready", "From seeing a spec to its environment being ready, or gone.",
                  "dayfly_converge_duration_seconds", "operation"),
        quantiles("Age of drift", "From the first sight of a difference to its correction.", "dayfly_drift_age_seconds", ""),
    ],
    "Queue": [
        lines("Depth by priority", "short", "100: a person or a changed spec asks; 0: retries and drift; -100: routine.",
              ('sum by (priority) (workqueue_depth{%, controller="dayfly"})', "{{priority}}"), stacked=True),
        lines("Added and tried again", "ops", "Environments put into the queue.",
              ('sum(rate(workqueue_adds_total{%, controller="dayfly"}[$__rate_interval]))', "added"),
              ('sum(rate(workqueue_retries_total{%, controller="dayfly"}[$__rate_interval]))', "after a failure")),
        lines("Workers", "short", "Passes that run, of those that may run at the same time.",
              ("sum(dayfly_workers_active{%})", "active"), ("sum(dayfly_workers{%})", "all")),
        quantiles("Wait in the queue", "From being ready to being taken.", "workqueue_queue_duration_seconds", "",
                  ', controller="dayfly"'),
        quantiles("Work", "From being taken to being done.", "workqueue_work_duration_seconds", "", ', controller="dayfly"'),
        lines("Work in progress", "s", "Time spent so far on what is being worked on.",
              ('sum(workqueue_unfinished_work_seconds{%, controller="dayfly"})', "together"),
              ('max(workqueue_longest_running_processor_seconds{%, controller="dayfly"})', "longest")),
    ],
    "Fly API": [
        lines("Calls by action", "reqps", "An idle fleet costs three calls per resync.",
              ("sum by (action) (rate(dayfly_fly_requests_total{%}[$__rate_interval])) > 0", "{{action}}"), stacked=True),
        lines("Calls by answer", "reqps", "`timeout` and `conn` are calls without an answer.",
              ("sum by (code_class) (rate(dayfly_fly_requests_total{%}[$__rate_interval]))", "{{code_class}}"), stacked=True,
              exemplars=True),
        heatmap("Length of calls", "All actions together.", "dayfly_fly_request_duration_seconds"),
        lines("Slow end by action", "s", "The slowest twentieth of each action.",
              ("histogram_quantile(0.95, sum by (action, le) (rate(dayfly_fly_request_duration_seconds_bucket{%}[$__rate_interval])))"
               " >= 0", "{{action}}"), exemplars=True),
        quantiles("Held back by our own limits", "Rate limits are kept before Fly has to say so.",
                  "dayfly_fly_rate_limit_wait_seconds", "action_class"),
        lines("In flight", "short", "Calls that wait for their answer.", ("sum(dayfly_fly_requests_in_flight{%})", "calls")),
        lines("Sent again", "ops", "Calls that had to be repeated, by reason.",
              ("sum by (reason) (rate(dayfly_fly_retries_total{%}[$__rate_interval]))", "{{reason}}")),
        lines("Lists not believed", "short", "Something was missing in them: nothing is concluded from such a list.",
              ("sum by (reason) (increase(dayfly_fly_snapshot_incomplete_total{%}[$__rate_interval]))", "{{reason}}")),
    ],
    "Program": [
        lines("Heartbeats", "s", "Since each stage last got something done.",
              ("time() - min by (stage) (dayfly_heartbeat_timestamp_seconds{%})", "{{stage}}")),
        lines("CPU", "short", "Cores used; the program has one thread.",
              ("rate(process_cpu_seconds_total{%}[$__rate_interval])", "{{instance}}")),
        lines("Memory", "bytes", "Used, and what the container allows.",
              ("process_resident_memory_bytes{%}", "{{instance}}"), ("dayfly_memory_limit_bytes{%}", "{{instance}} limit")),
        lines("Open files", "short", "Connections count too.",
              ("process_open_fds{%}", "{{instance}}"), ("process_max_fds{%}", "{{instance}} limit")),
        lines("Lines of log", "ops", "By level.", ("sum by (level) (rate(dayfly_log_messages_total{%}[$__rate_interval]))", "{{level}}")),
        lines("Series left out", "short", "Environments beyond 5000 have no series of their own.",
              ("sum(increase(dayfly_metrics_dropped_series_total{%}[$__rate_interval]))", "left out")),
    ],
}


def placed(rows):
    """The panels with their places: left to right, then below."""
    panels, y = [], 0
    for title, members in rows.items():
        panels.append({"type": "row", "title": title, "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}, "collapsed": False, "panels": []})
        y, x, tallest = y + 1, 0, 0
        for member in members:
            place = member["gridPos"]
            if x + place["w"] > COLUMNS:
                y, x, tallest = y + tallest, 0, 0
            member["gridPos"] = {"x": x, "y": y, **place}
            x, tallest = x + place["w"], max(tallest, place["h"])
            panels.append(member)
        y += tallest
    for number, member in enumerate(panels, 1):
        member["id"] = number
    return panels


def variables():
    every_job = {"current": {"text": "All", "value": "$__all"}, "includeAll": True, "multi": True, "allValue": ".+", "refresh": 2}
    query = "label_values(dayfly_build_info, job)"
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1},
        {"name": "job", "label": "Job", "type": "query", "datasource": SOURCE, "definition": query,
         "query": {"query": query, "refId": "job"}, **every_job},
    ]


def dashboard(uid, title, rows, other):
    return {
        "uid": uid,
        "title": title,
        "tags": ["dayfly"],
        "editable": False,
        "graphTooltip": 1,
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": variables()},
        "links": [{"title": other[1], "type": "link", "url": f"/d/{other[0]}", "keepTime": True, "includeVars": True}],
        "panels": placed(rows),
    }


def main():
    fleet = ("dayfly-fleet", "Dayfly / fleet and cost")
    controller = ("dayfly-controller", "Dayfly / controller and Fly API")
    stale = 0
    for (uid, title), rows, other in ((fleet, FLEET, controller), (controller, CONTROLLER, fleet)):
        path = HERE / f"{uid}.json"
        text = json.dumps(dashboard(uid, title, rows, other), indent=1) + "\n"
        if "--check" not in sys.argv[1:]:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale = 1
            print(f"{path.name} is stale: run {pathlib.Path(__file__).name}", file=sys.stderr)
    sys.exit(stale)


if __name__ == "__main__":
    main()
