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
# workqueue_* are everybody's names.
OURS = 'controller="dayfly"'
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


def total(metric, by="", where="", over=""):
    """The sum over all that the choice of the job leaves, or one for each value of `by`; of a counter its rate or increase."""
    series = f"{metric}{{%{', ' * bool(where)}{where}}}"
    if over:
        series = f"{over}({series}[$__rate_interval])"
    return f"sum by ({by}) ({series})" if by else f"sum({series})"


def share(metric, where):
    """Of all that a counter counts, the part that `where` picks out."""
    return f"{total(metric, where=where, over='rate')} / {total(metric, over='rate')}"


def split(title, unit, description, metric, by, where="", over="", **more):
    """A line for each value of the labels in `by`, which its legend tells."""
    legend = " ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    return lines(title, unit, description, (total(metric, by, where, over), legend), **more)


def quantiles(title, description, histogram, by, where="", width=8):
    """The median and the slow end of a histogram."""
    buckets = total(f"{histogram}_bucket", ", ".join(filter(None, [by, "le"])), where, over="rate")
    legend = f"{{{{{by}}}}} " if by else ""
    queries = [(f"histogram_quantile({q}, {buckets})", f"{legend}p{round(q * 100)}") for q in (0.5, 0.95)]
    return lines(title, "s", description, *queries, width=width, exemplars=True)


def heatmap(title, description, histogram, width=8):
    query = total(f"{histogram}_bucket", "le", over="increase")
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
        stat("Environments", "short", "All that a spec wants or that are on their way out.", total("dayfly_environments")),
        stat("Not ready", "short", "Environments that are stalled, degraded or still on their way.",
             total("dayfly_environments", where='phase=~"progressing|degraded|stalled"'), 1),
        stat("Held deletions", "short", "Deletions that wait for a person: `dayfly approve-deletes`.",
             total("dayfly_deletes_held"), 1),
        stat("Sources down", "short", "Sources of specs that cannot be read; the last good specs stay in force.",
             "count(dayfly_source_up{%}) - sum(dayfly_source_up{%})", 1),
        stat("Cost per hour", "currencyUSD", "Everything that is awake, by Fly's price list.",
             total("dayfly_cost_dollars_per_hour", where='power="awake"')),
        stat("At this rate, per month", "currencyUSD", "What is awake now, for 730 hours.",
             'sum(dayfly_cost_dollars_per_hour{%, power="awake"}) * 730'),
        stat("Saved by sleep, per hour", "currencyUSD", "What the sleeping ones would cost if they were awake.",
             total("dayfly_cost_dollars_per_hour", where='power="asleep"')),
        stat("Orphans", "short", "Resources at Fly with our marks that no spec wants: they cost money.",
             total("dayfly_owned_resources", where='state="orphan"'), 1),
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
        split("Environments by phase", "short", "`held` ones wait for an approval of their deletion.",
              "dayfly_environments", "phase", stacked=True),
        split("Cost per hour", "currencyUSD", "By Fly's price list, without traffic.",
              "dayfly_cost_dollars_per_hour", "power", stacked=True),
        quantiles("Until ready", "From seeing a spec to its environment being ready, or gone.",
                  "dayfly_converge_duration_seconds", "operation"),
        split("Resources at Fly", "short", "Everything that carries our marks.",
              "dayfly_owned_resources", "kind"),
        split("Orphans", "short", "Resources that no spec wants any more, until they are gone.",
              "dayfly_owned_resources", "kind", 'state="orphan"'),
        split("Removed", "short", "Resources deleted because no spec wants them, and deletions that failed.",
              "dayfly_prune_total", "kind, result", over="increase"),
        lines("Drift", "short", "Differences that somebody else made at Fly, and those that were undone.",
              (total("dayfly_drift_detected_total", "field_group", over="increase"), "{{field_group}} found"),
              (total("dayfly_drift_corrected_total", "field_group", over="increase"), "{{field_group}} undone")),
        split("Sleep", "short", "Environments put to sleep and woken.",
              "dayfly_sleep_transitions_total", "change", over="increase"),
        lines("Next expiry", "s", "Until the next environment's time is over; empty when none has a ttl.",
              ("min(dayfly_environment_expiry_timestamp_seconds{%}) - time()", "next")),
    ],
    "Sources": [
        split("Specs", "short", "Objects of the last snapshot; those that are not valid change nothing.",
              "dayfly_source_objects", "source, state"),
        lines("Since the last good look", "s", "Half a minute is usual.",
              ("time() - max by (source) (dayfly_source_last_success_timestamp_seconds{%})", "{{source}}")),
        split("Looks", "short", "Looks at each source by what became of them.",
              "dayfly_source_snapshots_total", "source, result", over="increase"),
        lines("Hints of changes", "short", "Changes that a source was told of, and times that hints were lost.",
              (total("dayfly_source_watch_events_total", "source", over="increase"), "{{source}}"),
              (total("dayfly_source_watch_overflows_total", "source", over="increase"), "{{source}} lost")),
        split("Webhooks", "short", "Calls of our hooks; refused ones have no effect.",
              "dayfly_webhook_requests_total", "result", over="increase"),
        split("Notifications", "short", "News told to GitHub.",
              "dayfly_notifications_total", "sink, outcome", over="increase"),
        split("Calls to GitHub", "reqps", "By what came of them; `not_modified` ones are free.",
              "dayfly_github_requests_total", "result", over="rate", width=12),
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
             share("dayfly_reconcile_total", 'result="error"'), 0.1),
        stat("Waiting", "short", "Environments with something to do that wait in the queue.",
             total("workqueue_depth", where=f'{OURS}, priority!="-100"'), 50),
        stat("Fly's list is old", "s", "Since the organisation was last listed in full.",
             "time() - min(dayfly_fly_snapshot_timestamp_seconds{%})", 1800),
        stat("429 per second", "reqps", "Answers of Fly that we call too often.",
             total("dayfly_fly_requests_total", where='code_class="429"', over="rate"), 0.01),
        stat("Failed calls", "percentunit", "Calls to Fly that ended in 5xx, a timeout or a lost connection.",
             share("dayfly_fly_requests_total", 'code_class=~"5xx|timeout|conn"'), 0.2),
    ],
    "Passes": [
        split("Passes by result", "ops", "`terminal` ones need a changed spec, `error` ones are tried again.",
              "dayfly_reconcile_total", "result", over="rate", stacked=True, exemplars=True),
        split("Passes by trigger", "ops", "Why environments were looked at.",
              "dayfly_reconcile_total", "trigger", over="rate", stacked=True),
        heatmap("Length of passes", "Machines are not waited for within a pass.", "dayfly_reconcile_duration_seconds"),
        quantiles("Reaction", "From a changed spec to the first call to Fly.", "dayfly_spec_reaction_seconds", "source_type"),
        quantiles("Until ready", "From seeing a spec to its environment being ready, or gone.",
                  "dayfly_converge_duration_seconds", "operation"),
        quantiles("Age of drift", "From the first sight of a difference to its correction.", "dayfly_drift_age_seconds", ""),
    ],
    "Queue": [
        split("Depth by priority", "short", "100: a person or a changed spec asks; 0: retries and drift; -100: routine.",
              "workqueue_depth", "priority", OURS, stacked=True),
        lines("Added and tried again", "ops", "Environments put into the queue.",
              (total("workqueue_adds_total", where=OURS, over="rate"), "added"),
              (total("workqueue_retries_total", where=OURS, over="rate"), "after a failure")),
        lines("Workers", "short", "Passes that run, of those that may run at the same time.",
              (total("dayfly_workers_active"), "active"), (total("dayfly_workers"), "all")),
        quantiles("Wait in the queue", "From being ready to being taken.", "workqueue_queue_duration_seconds", "", OURS),
        quantiles("Work", "From being taken to being done.", "workqueue_work_duration_seconds", "", OURS),
        lines("Work in progress", "s", "Time spent so far on what is being worked on.",
              (total("workqueue_unfinished_work_seconds", where=OURS), "together"),
              ('max(workqueue_longest_running_processor_seconds{%, controller="dayfly"})', "longest")),
    ],
    "Fly API": [
        lines("Calls by action", "reqps", "An idle fleet costs three calls per resync.",
              (total("dayfly_fly_requests_total", "action", over="rate") + " > 0", "{{action}}"), stacked=True),
        split("Calls by answer", "reqps", "`timeout` and `conn` are calls without an answer.",
              "dayfly_fly_requests_total", "code_class", over="rate", stacked=True,
              exemplars=True),
        heatmap("Length of calls", "All actions together.", "dayfly_fly_request_duration_seconds"),
        lines("Slow end by action", "s", "The slowest twentieth of each action.",
              ("histogram_quantile(0.95, sum by (action, le) (rate(dayfly_fly_request_duration_seconds_bucket{%}[$__rate_interval])))"
               " >= 0", "{{action}}"), exemplars=True),
        quantiles("Held back by our own limits", "Rate limits are kept before Fly has to say so.",
                  "dayfly_fly_rate_limit_wait_seconds", "action_class"),
        lines("In flight", "short", "Calls that wait for their answer.", (total("dayfly_fly_requests_in_flight"), "calls")),
        split("Sent again", "ops", "Calls that had to be repeated, by reason.",
              "dayfly_fly_retries_total", "reason", over="rate", width=12),
        split("Lists not believed", "short", "Something was missing in them: nothing is concluded from such a list.",
              "dayfly_fly_snapshot_incomplete_total", "reason", over="increase",
              width=12),
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
        split("Lines of log", "ops", "By level.", "dayfly_log_messages_total", "level", over="rate"),
        lines("Series left out", "short", "Environments beyond 5000 have no series of their own.",
              (total("dayfly_metrics_dropped_series_total", over="increase"), "left out")),
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
