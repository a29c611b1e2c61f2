#!/usr/bin/env python3
"""Holds the metrics, rules and dashboards against the real Prometheus and its tools.

A controller works off a busy fleet at a simulated Fly that fails now and then; a Prometheus scrapes it and evaluates every rule; then
every query of every dashboard is asked. The last line is "N passed, N failed". With --keep all of it stays up until Ctrl-C.
"""

import argparse
import gzip
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = ROOT / "metrics" / "alerts"
DASHBOARDS = ROOT / "metrics" / "dashboards"
NAME = re.compile(r"\b(?:dayfly|workqueue|process)_[a-z0-9_]+\b")
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

# Metrics that are there only under a condition, and which. Once one is in the scrape, its queries must have data like all others.
CONDITIONAL = {
    "dayfly_memory_limit_bytes": "the control group sets no memory limit",
    "dayfly_environment_expiry_timestamp_seconds": "no use was read yet; the first look at it is a minute after the start",
}

# Of the generated environments, those that nobody edits.
STEADY = {"load-27", "load-28", "load-29"}

ENVIRONMENT = """apiVersion: dayfly.dev/v1alpha1
kind: PreviewEnvironment
metadata: {{ name: load-{number} }}
spec:
  source: {{ image: "nginx:1.{version}" }}
  machine: {{ size: shared-cpu-1x, memory: {memory}Mi }}
"""


class Results:
    """What passed and what did not; each says so at once."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, why="", count=1):
        if good:
            self.passed += count
            print(f"ok      {name}")
        else:
            self.failed += 1
            print(f"FAILED  {name}: {why}")
        sys.stdout.flush()
        return good

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 0 if self.failed == 0 else 1


def fetch(url, headers=None, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json", **(headers or {})}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read(), answer.headers


def wait_for(what, seconds, probe):
    end = time.monotonic() + seconds
    while True:
        try:
            if found := probe():
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not come within {seconds} s")
        time.sleep(0.1)


class Processes:
    """What was started, each with a log of its own; stopped in reverse order."""

    def __init__(self, directory):
        self.directory, self.running = directory, []

    def start(self, name, command, environment=None):
        log = open(self.directory / f"{name}.log", "wb")
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(environment or {})})
        self.running.append(process)

        def said(pattern):
            if process.poll() is not None:
                raise SystemExit(f"{name} ended: {self.log(name)[-2000:]}")
            return re.search(pattern, self.log(name))

        return lambda pattern: wait_for(f"{name}: {pattern}", 20, lambda: said(pattern)).group(1)

    def log(self, name):
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def stop(self):
        for process in reversed(self.running):
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


class Fleet:
    """Files that come, change and go, at a Fly that has bad moments."""

    def __init__(self, directory, fly, controller):
        self.directory, self.fly, self.controller = directory, fly, controller
        self.next = self.turn = 0
        for example in sorted((ROOT / "specs" / "examples").glob("*.yaml")):
            (directory / example.name).write_text(example.read_text())
        self.add(30)

    def write(self, number, memory=256, version=27):
        text = ENVIRONMENT.format(number=number, memory=memory, version=version)
        fresh = self.directory / f".load-{number}"
        fresh.write_text(text)
        fresh.rename(self.directory / f"load-{number}.yaml")

    def add(self, count):
        for _ in range(count):
            self.write(self.next)
            self.next += 1

    def environments(self):
        return json.loads(fetch(f"{self.controller}/api/v1/environments")[0])["items"]

    def trouble(self, **fault):
        fetch(f"{self.fly}/_sim/faults", body=fault)

    def somebody_else_writes(self):
        """To environments whose files do not change meanwhile: only those can drift."""
        for item in self.environments():
            status = item["status"]
            machine = next((r for r in status.get("resources", []) if r["kind"].lower() == "machine"), None)
            if machine is None or item["metadata"]["name"] not in STEADY:
                continue
            app = next(r["name"] for r in status["resources"] if r["kind"].lower() == "app")
            fetch(f"{self.fly}/_sim/external",
                  body={"change_config": {"app": app, "id": machine["id"], "patch": {"env": {"SOMEBODY": str(time.time())}}}})

    def somebody_uses_some(self):
        """Without any use in Fly's metrics nothing is known of anybody's end."""
        apps = [r["name"] for item in self.environments() for r in item["status"].get("resources", []) if r["kind"].lower() == "app"]
        for app in apps[:5]:
            fetch(f"{self.fly}/_sim/external", body={"serve_requests": {"app": app, "requests": 3}})

    def live(self, seconds):
        """Lets things happen for so long, a round each second."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began, turn = time.monotonic(), self.turn
            self.write(turn % 20, memory=512 if turn % 2 else 256)
            self.write((turn + 7) % 20, version=25 + turn % 3)
            leaves = turn % 5 == 1
            if leaves and f"load-{20 + turn // 5}" not in STEADY:
                (self.directory / f"load-{20 + turn // 5}.yaml").unlink(missing_ok=True)
            # Somebody may look at it for hours.
            if leaves or self.next < 80:
                self.add(1)
            if turn % 12 == 8:
                self.somebody_else_writes()
            if turn % 10 == 9:
                self.somebody_uses_some()
            if turn % 7 == 3:
                self.trouble(kind="status", status=503, action="write", count=2)
                self.trouble(kind="rate_limited", action="write", count=2)
                self.trouble(kind="drop_after", action="write", count=1)
            if turn == 4:
                self.trouble(kind="error_regions", regions=["iad"], count=1)
            if turn == 6:
                (self.directory / "broken.yaml").write_text("kind: [")
            self.turn += 1
            time.sleep(max(0.0, began + 1 - time.monotonic()))

    def vanish(self):
        """More than the delete guard lets go."""
        for file in sorted(self.directory.glob("load-*.yaml"))[-20:]:
            file.unlink()


def series_of(families):
    return {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def check_exposition(results, controller, directory):
    """Both formats, by the parsers of others. Returns the names that were scraped."""
    text, headers = fetch(f"{controller}/metrics")
    results.check("text format: content type", headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers["Content-Type"])
    (directory / "scrape.txt").write_bytes(text)
    lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    said = (lint.stdout + lint.stderr).decode().strip()
    results.check("text format: promtool check metrics", lint.returncode == 0 and not said, said)

    packed, headers = fetch(f"{controller}/metrics", {"Accept-Encoding": "gzip"})
    results.check("gzip when asked for", headers.get("Content-Encoding") == "gzip", str(headers))
    results.check("gzip holds the same families", {f.name for f in read_text(gzip.decompress(packed).decode())} == {f.name for f in read_text(text.decode())})

    opened, headers = fetch(f"{controller}/metrics", {"Accept": OPENMETRICS})
    (directory / "scrape.openmetrics.txt").write_bytes(opened)
    results.check("OpenMetrics: content type", headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0"), headers["Content-Type"])
    try:
        families = list(read_openmetrics(opened.decode()))
        results.check("OpenMetrics: parsed by prometheus_client", True)
    except ValueError as problem:
        results.check("OpenMetrics: parsed by prometheus_client", False, str(problem))
        families = []
    # Environments change between the two scrapes.
    missing = {name for name, _ in series_of(read_text(text.decode())) ^ series_of(families)}
    missing = {name for name in missing if not name.startswith("dayfly_environment_")}
    results.check("both formats show the same series", not missing, str(missing))
    traced = {name for family in families for sample in family.samples if sample.exemplar for name in sample.exemplar.labels}
    results.check("exemplars name the pass and Fly's request", {"reconcile_id", "fly_request_id"} <= traced, str(traced))
    return {family.name for family in read_text(text.decode())} | {s.name for f in read_text(text.decode()) for s in f.samples}


def ask(prometheus, path, **query):
    try:
        return json.loads(fetch(f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(query)}")[0])["data"]
    except urllib.error.HTTPError as refusal:
        raise ValueError(json.loads(refusal.read()).get("error", str(refusal))) from refusal


def check_scraping(results, prometheus):
    target = ask(prometheus, "targets")["activeTargets"][0]
    results.check("Prometheus scrapes it", target["health"] == "up", target["lastError"])
    now = time.time()
    exemplars = ask(prometheus, "query_exemplars", query="dayfly_reconcile_duration_seconds_bucket", start=now - 600, end=now)
    results.check("Prometheus scraped OpenMetrics: it has exemplars", bool(exemplars))


def check_rules(results, prometheus):
    ends = subprocess.run(["promtool", "check", "rules", "dayfly.rules.yaml"], cwd=ALERTS, capture_output=True, text=True)
    results.check("promtool check rules", ends.returncode == 0, ends.stdout + ends.stderr)
    cases = len(re.findall(r"^  - name: ", (ALERTS / "dayfly.tests.yaml").read_text(), re.M))
    ends = subprocess.run(["promtool", "test", "rules", "dayfly.tests.yaml"], cwd=ALERTS, capture_output=True, text=True)
    results.check(f"promtool test rules: {cases} cases", ends.returncode == 0, ends.stdout + ends.stderr, count=cases)
    rules = [rule for group in ask(prometheus, "rules")["groups"] for rule in group["rules"]]
    written = len(re.findall(r"^ +- (?:alert|record): ", (ALERTS / "dayfly.rules.yaml").read_text(), re.M))
    results.check("Prometheus loaded every rule", len(rules) == written, f"{len(rules)} of {written}")
    for rule in rules:
        results.check(f"rule {rule['name']} evaluates", rule["health"] == "ok", rule.get("lastError", rule["health"]))


def filled(query):
    return query.replace("$__rate_interval", "1m").replace("$job", ".+")


def panels_of(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def check_dashboards(results, prometheus, scraped):
    files = sorted(DASHBOARDS.glob("*.json"))
    results.check("there are two dashboards", len(files) == 2, str(files))
    for path in files:
        dashboard = json.loads(path.read_text())
        for panel in panels_of(dashboard):
            for target in panel["targets"]:
                check_query(results, prometheus, scraped, f"{path.stem}: {panel['title']}: {target['refId']}", target["expr"])
    rules = (ALERTS / "dayfly.rules.yaml").read_text()
    unknown = {name for name in NAME.findall(re.sub(r"^ +- record: .*|job\w*:\S+|summary: .*|description: .*", "", rules, flags=re.M))} - scraped
    results.check("every metric of a rule was scraped", unknown <= set(CONDITIONAL), str(unknown))


def check_query(results, prometheus, scraped, name, query):
    missing = set(NAME.findall(query)) - scraped
    if unknown := missing - set(CONDITIONAL):
        results.check(name, False, f"not in the scrape: {unknown}")
        return
    try:
        found = ask(prometheus, "query", query=filled(query))["result"]
    except ValueError as problem:
        results.check(name, False, str(problem))
        return
    has_data = any(sample["value"][1] != "NaN" for sample in found)
    if missing:
        results.check(f"{name} (without data: {CONDITIONAL[missing.pop()]})", not has_data, "data of a metric that was not scraped")
    else:
        results.check(name, has_data, f"no data: {filled(query)}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_prometheus(processes, directory, controller):
    (directory / "prometheus.yml").write_text(
        "global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }\n"
        f"rule_files: ['{ALERTS / 'dayfly.rules.yaml'}']\n"
        f"scrape_configs: [{{ job_name: dayfly, static_configs: [{{ targets: ['{controller.removeprefix('http://')}'] }}] }}]\n")
    address = f"127.0.0.1:{free_port()}"
    processes.start("prometheus", ["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/tsdb",
                                   f"--web.listen-address={address}", "--enable-feature=exemplar-storage", "--log.level=warn"])
    wait_for("Prometheus", 20, lambda: fetch(f"http://{address}/-/ready"))
    return f"http://{address}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", required=True, type=pathlib.Path, help="the program")
    arguments.add_argument("--keep", action="store_true", help="stay up afterwards, with the fleet alive, until Ctrl-C")
    arguments.add_argument("--seconds", type=int, default=25, help="of load before the questions are asked")
    chosen = arguments.parse_args()
    results = Results()
    with tempfile.TemporaryDirectory(prefix="dayfly-metrics-") as scratch:
        directory = pathlib.Path(scratch)
        envs = directory / "envs"
        envs.mkdir()
        processes = Processes(directory)
        try:
            fly = processes.start("simulator", [chosen.binary, "simulator", "--listen", "127.0.0.1:0", "--org", "acme-previews"])(r"listening on (http://\S+)")
            controller = processes.start(
                "controller",
                [chosen.binary, "controller", "--source", f"dir:{envs}", "--listen", "127.0.0.1:0", "--resync", "2s", "--audit", "10s",
                 "--allow-secret-env", "STAGING_*"],
                {"FLY_FLAPS_BASE_URL": fly, "FLY_API_BASE_URL": fly, "FLY_API_TOKEN": "test-token", "FLY_ORG": "acme-previews",
                 # Nobody answers there: the real GitHub is not for tests.
                 "DAYFLY_GITHUB_URL": f"https://127.0.0.1:{free_port()}/api/v3",
                 "STAGING_DATABASE_URL": "postgres://staging", "NO_COLOR": "1"})(r"listen=(http://\S+)")
            fleet = Fleet(envs, fly, controller)
            prometheus = start_prometheus(processes, directory, controller)
            fleet.live(chosen.seconds)
            fleet.vanish()
            fleet.live(6)
            scraped = check_exposition(results, controller, directory)
            check_scraping(results, prometheus)
            check_rules(results, prometheus)
            check_dashboards(results, prometheus, scraped)
            if chosen.keep:
                print(f"Prometheus: {prometheus}/graph   metrics: {controller}/metrics   Ctrl-C ends it", flush=True)
                while True:
                    fleet.live(60)
        except KeyboardInterrupt:
            pass
        finally:
            processes.stop()
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
