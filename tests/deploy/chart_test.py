"""The chart under the ecosystem's own tools, in every ci/ scenario on the oldest and the newest Kubernetes; and what those tools
cannot know: that the binary takes what the chart passes."""

import copy
import json
import re
import shlex
import shutil
import tarfile
import tempfile
import unittest
from pathlib import Path

import yaml

from tests.deploy.pod_security import violations
from tests.deploy.tools import (
    CHART, DAYFLY, KUBERNETES, ROOT, SCENARIOS, kubeconform, objects, pods, run, template, tool,
)


def container(scenario, name, *arguments):
    deployment = next(one for one in objects(scenario, None, *arguments) if one["kind"] == "Deployment")
    spec = deployment["spec"]["template"]["spec"]
    return next(one for one in spec.get("initContainers", []) + spec["containers"] if one["name"] == name)


class EveryScenario(unittest.TestCase):
    """One test for each scenario and version is added below."""


def in_scenario(scenario, version):
    def lints(self):
        tool("helm", "lint", "--strict", CHART, "-f", scenario, "--kube-version", version)

    def conforms(self):
        done = kubeconform(template(scenario, version), version)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    return {"lints": lints, "conforms": conforms}


for _version in KUBERNETES:
    for _scenario in SCENARIOS:
        for _name, _check in in_scenario(_scenario, _version).items():
            _label = f"{_scenario.stem.removesuffix('-values')}_on_{_version}".replace("-", "_").replace(".", "_")
            setattr(EveryScenario, f"test_{_name}_{_label}", _check)


class Checkers(unittest.TestCase):
    """A check that lets everything through would be no check."""

    def test_there_are_two_versions_and_all_scenarios(self):
        self.assertEqual(len(KUBERNETES), 2)
        self.assertGreaterEqual(len(SCENARIOS), 7)

    def test_kubeconform_refuses_an_unknown_field_on_both_versions(self):
        for version in KUBERNETES:
            broken = template(SCENARIOS[0], version).replace("enableServiceLinks:", "enableServiceLink:")
            self.assertNotEqual(kubeconform(broken, version).returncode, 0)

    def test_kubeconform_refuses_a_wrong_type_in_a_custom_resource(self):
        wrong = template(CHART / "ci/everything-values.yaml").replace("interval: 15s", "interval: [15s]")
        self.assertNotEqual(kubeconform(wrong).returncode, 0)

    def test_pod_security_sees_each_violation(self):
        _, good = next(pods(objects(CHART / "ci/git-sync-values.yaml")))
        self.assertEqual(violations(good), [])
        for change in (
            lambda spec: spec.update(hostNetwork=True),
            lambda spec: spec["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
            lambda spec: spec["securityContext"].pop("runAsNonRoot"),
            lambda spec: spec["securityContext"].pop("seccompProfile"),
            lambda spec: spec["containers"][0].pop("securityContext"),
            lambda spec: spec["initContainers"][0]["securityContext"].update(privileged=True),
            lambda spec: spec["containers"][0]["securityContext"]["capabilities"].update(add=["SYS_ADMIN"]),
        ):
            bad = copy.deepcopy(good)
            change(bad)
            self.assertNotEqual(violations(bad), [])


class Safety(unittest.TestCase):
    def test_every_pod_meets_the_restricted_standard_with_a_read_only_root(self):
        seen = 0
        for scenario in SCENARIOS:
            for name, spec in pods(objects(scenario)):
                self.assertEqual(violations(spec), [], f"{scenario.name}: {name}")
                for one in spec.get("initContainers", []) + spec["containers"]:
                    self.assertTrue(one["securityContext"]["readOnlyRootFilesystem"], one["name"])
                    seen += 1
        self.assertGreater(seen, 20)

    def test_there_is_no_right_to_anything_in_kubernetes(self):
        for scenario in SCENARIOS:
            documents = objects(scenario)
            self.assertEqual([one["kind"] for one in documents if "rbac" in one["apiVersion"]], [], scenario.name)
            for name, spec in pods(documents):
                self.assertIs(spec["automountServiceAccountToken"], False, f"{scenario.name}: {name}")
            for one in documents:
                if one["kind"] == "ServiceAccount":
                    self.assertIs(one["automountServiceAccountToken"], False)

    def test_no_object_holds_a_secret(self):
        for scenario in SCENARIOS:
            self.assertNotIn("Secret", [one["kind"] for one in objects(scenario)])

    def test_a_selector_stays_as_it_is_whatever_is_changed(self):
        scenario = CHART / "ci/git-sync-values.yaml"
        changed = ("--set", "commonLabels.team=b", "--set", "image.tag=9.9.9", "--set", "podLabels.x=y", "--set", "fly.owner=b")
        for documents in (objects(scenario), objects(scenario, None, *changed)):
            for one in documents:
                if one["kind"] == "Deployment":
                    self.assertEqual(
                        one["spec"]["selector"],
                        {"matchLabels": {"app.kubernetes.io/name": "dayfly", "app.kubernetes.io/instance": "release"}},
                    )

    def test_the_service_and_all_monitors_select_the_pod(self):
        for scenario in SCENARIOS:
            documents = objects(scenario)
            labels = next(o for o in documents if o["kind"] == "Deployment")["spec"]["template"]["metadata"]["labels"]
            for one in documents:
                spec = one.get("spec", {})
                for selector in (spec.get("selector"), spec.get("podSelector")):
                    if one["kind"] == "ServiceMonitor" or not selector:
                        continue
                    wanted = selector.get("matchLabels", selector)
                    self.assertLessEqual(wanted.items(), labels.items(), f"{scenario.name}: {one['kind']}")

    def test_rendering_twice_gives_the_same(self):
        for scenario in SCENARIOS:
            self.assertEqual(template(scenario), template(scenario))


class Binary(unittest.TestCase):
    """Against the program itself."""

    @classmethod
    def setUpClass(cls):
        cls.help = run(DAYFLY, "controller", "--help").stdout
        cls.flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", cls.help))
        cls.variables = set(re.findall(r"\(Env:([A-Z_]+)\)", cls.help))

    def test_help_was_understood(self):
        self.assertIn("--source", self.flags)
        self.assertIn("DAYFLY_SOURCES", self.variables)

    def test_every_flag_is_known(self):
        for scenario in SCENARIOS:
            for word in container(scenario, "dayfly")["args"][1:]:
                self.assertIn(word.split("=")[0], self.flags, scenario.name)

    def test_every_variable_that_the_chart_itself_sets_is_known(self):
        for scenario in SCENARIOS:
            chart_made = yaml.safe_load(Path(scenario).read_text()).get("extraEnv", [])
            for variable in container(scenario, "dayfly").get("env", []):
                if variable not in chart_made:
                    self.assertIn(variable["name"], self.variables)

    def test_every_value_is_taken(self):
        # The last flag wins and is wrong, so that the program ends right after it understood all the others.
        for scenario in SCENARIOS:
            done = run(DAYFLY, *container(scenario, "dayfly")["args"], "--listen=nowhere", check=False)
            if any(word.startswith("--config=") for word in container(scenario, "dayfly")["args"]):
                self.assertIn("/etc/dayfly/config/config.yaml", done.stderr)
                continue
            self.assertIn("--listen: 'nowhere' is not HOST:PORT", done.stderr, scenario.name)

    def test_the_configuration_file_is_taken(self):
        for scenario in SCENARIOS:
            for one in objects(scenario):
                if one["kind"] == "ConfigMap" and "config.yaml" in one["data"]:
                    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                        file.write(one["data"]["config.yaml"])
                        file.flush()
                        done = run(DAYFLY, "controller", f"--config={file.name}", "--listen=nowhere", check=False)
                    self.assertIn("--listen: 'nowhere' is not HOST:PORT", done.stderr, scenario.name)

    def test_the_specs_of_the_scenario_are_valid(self):
        found = 0
        for scenario in SCENARIOS:
            for one in objects(scenario):
                for name, text in one.get("data", {}).items() if one["metadata"]["name"].endswith("-specs") else ():
                    run(DAYFLY, "validate", "-f", "-", text=text)
                    found += 1
        self.assertGreater(found, 0)

    def test_helm_tests_call_commands_that_exist(self):
        for scenario in SCENARIOS:
            for one in objects(scenario):
                if one["kind"] != "Pod":
                    continue
                for each in one["spec"]["containers"]:
                    words = [w.split("=")[0] for w in each["args"] if w.startswith("-")]
                    known = run(DAYFLY, each["args"][0], "--help").stdout
                    for word in words:
                        self.assertRegex(known, rf"(?<![\w-]){word}(?![\w-])")


class GitSync(unittest.TestCase):
    # The flags of git-sync v4 (its manual, `git-sync --man`) that the chart may use.
    KNOWN = set(
        """--repo --ref --root --link --depth --submodules --period --sync-timeout --max-failures --stale-worktree-timeout
        --http-bind --http-metrics --webhook-url --ssh-key-file --ssh-known-hosts-file --username --password-file
        --github-app-client-id --github-app-installation-id --github-app-private-key-file""".split()
    )

    def test_every_flag_is_one_of_version_4(self):
        for scenario in SCENARIOS:
            if scenario.name.startswith("git-sync") or scenario.name.startswith("everything"):
                for word in container(scenario, "git-sync")["args"]:
                    self.assertIn(word.split("=")[0], self.KNOWN)

    def test_the_controller_reads_what_git_sync_links(self):
        sync = container(CHART / "ci/git-sync-values.yaml", "git-sync")
        dayfly = container(CHART / "ci/git-sync-values.yaml", "dayfly")
        mount = {m["name"]: m["mountPath"] for m in dayfly["volumeMounts"]}["git"]
        link = next(word.split("=")[1] for word in sync["args"] if word.startswith("--link="))
        self.assertIn(f"--source=dir:{mount}/{link}/envs", dayfly["args"])


class Package(unittest.TestCase):
    def test_unit_tests_of_the_chart_pass(self):
        done = tool("helm-unittest", "--strict", CHART, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"Tests: +[5-9][0-9] passed|Tests: +[1-9][0-9]{2} passed")

    def test_the_package_holds_what_a_user_needs_and_no_more(self):
        with tempfile.TemporaryDirectory() as folder:
            tool("helm", "package", CHART, "-d", folder)
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
                names = {name.removeprefix("dayfly/") for name in archive.getnames()}
        self.assertIn("templates/tests/probe.yaml", names)
        self.assertIn("values.schema.json", names)
        self.assertIn("README.md", names)
        self.assertEqual([name for name in names if name.startswith(("ci/", "tests/"))], [])

    def test_the_readme_is_what_helm_docs_makes_of_the_values(self):
        made = tool("helm-docs", "--chart-search-root", CHART, "--sort-values-order", "file", "--dry-run", "--log-level", "error").stdout
        self.assertEqual((CHART / "README.md").read_text().strip(), made.strip(), "run ./dev chart")

    def test_the_installation_that_the_readme_shows_renders(self):
        command = re.search(r"\$ helm install (.*?)\n\$", (CHART / "README.md").read_text(), re.S)[1].replace("\\\n", " ")
        words = shlex.split(command)
        self.assertEqual(words[:2], ["dayfly", "charts/dayfly"])
        shown = tool("helm", "template", "dayfly", CHART, *words[2:], "--kube-version", KUBERNETES[0])
        self.assertEqual(kubeconform(shown.stdout, KUBERNETES[0]).returncode, 0)

    def test_every_value_is_described(self):
        self.assertNotRegex((CHART / "README.md").read_text(), r"(?m)^\| .*\|  \|$")

    def test_the_schema_knows_the_values_that_there_are(self):
        schema = json.loads((CHART / "values.schema.json").read_text())
        values = yaml.safe_load((CHART / "values.yaml").read_text())

        def compare(value, node, path):
            if "$ref" in node:
                node = schema["definitions"][node["$ref"].split("/")[-1]]
            for part in node.get("allOf", []):
                if "$ref" in part:
                    node = {**schema["definitions"][part["$ref"].split("/")[-1]], **{"allOf": []}}
            if not isinstance(value, dict) or "properties" not in node:
                return
            self.assertIs(node.get("additionalProperties"), False, f"{path} is open")
            for key in value:
                self.assertIn(key, node["properties"], path)
                compare(value[key], node["properties"][key], f"{path}.{key}")

        compare(values, schema, "")
        self.assertEqual(set(schema["properties"]) - set(values), {"global"})

    def test_the_version_is_the_program_s(self):
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
        project = re.search(r"project\(dayfly VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertEqual(chart["appVersion"], project)


class Observability(unittest.TestCase):
    """Rules and dashboards live in metrics/; a chart can read only what lies below its own folder, so it carries copies."""

    def test_the_copies_are_equal(self):
        for kind, pattern in (("alerts", "*.rules.yaml"), ("dashboards", "*.json")):
            originals = {file.name: file.read_bytes() for file in (ROOT / "metrics" / kind).glob(pattern)}
            copies = {file.name: file.read_bytes() for file in (CHART / "files" / kind).glob("*")}
            self.assertGreater(len(originals), 0)
            self.assertEqual(originals, copies, "run ./dev chart")

    def rules(self, *arguments):
        rule = next(
            one
            for one in objects(CHART / "ci/git-sync-values.yaml", None, "--set", "metrics.prometheusRule.enabled=true", *arguments)
            if one["kind"] == "PrometheusRule"
        )
        return rule["spec"]

    def alerts(self, spec):
        return {rule["alert"] for group in spec["groups"] for rule in group["rules"] if "alert" in rule}

    def test_what_comes_out_are_rules_and_they_do_what_they_did_before(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "dayfly.rules.yaml"
            file.write_text(yaml.safe_dump(self.rules()))
            run("promtool", "check", "rules", file)
            cases = ROOT / "metrics/alerts/dayfly.tests.yaml"
            shutil.copy(cases, folder)
            self.assertIn("dayfly.rules.yaml", yaml.safe_load(cases.read_text())["rule_files"])
            run("promtool", "test", "rules", Path(folder) / cases.name)

    def test_every_runbook_is_there_wherever_the_repository_is(self):
        home = "https://git.example/dayfly/blob/main/"
        for arguments, prefix in (((), ""), (("--set", f"metrics.prometheusRule.runbookUrl={home}"), home)):
            pages = [
                rule["annotations"]["runbook_url"]
                for group in self.rules(*arguments)["groups"]
                for rule in group["rules"]
                if "alert" in rule
            ]
            self.assertGreater(len(pages), 20)
            for page in pages:
                self.assertTrue(page.startswith(prefix), page)
                file, anchor = page.removeprefix(prefix).split("#")
                headings = re.findall(r"^#+ (.+)$", (ROOT / file).read_text(), re.MULTILINE)
                self.assertIn(anchor, [heading.lower().replace(" ", "-") for heading in headings], page)

    def test_the_alert_of_git_sync_fires_when_no_fetch_succeeds_and_only_then(self):
        counter = 'git_sync_count_total{namespace="%s",job="%s",pod="p",status="%s"}'
        failing = [
            {"series": counter % ("default", "release-dayfly", "success"), "values": "5+0x60"},
            {"series": counter % ("default", "release-dayfly", "noop"), "values": "0+1x5 5+0x55"},
            {"series": counter % ("default", "release-dayfly", "error"), "values": "0+1x60"},
        ]
        # Another's git-sync in the same cluster is none of our business.
        other = [{"series": counter % ("shop", "web", "success"), "values": "5+0x60"}]
        well = [{"series": counter % ("default", "monitoring/release-dayfly", "noop"), "values": "0+1x60"}]
        alert = next(g["rules"][0] for g in self.rules()["groups"] if g["name"] == "dayfly.git-sync")
        fired = {
            "exp_labels": {"severity": "warning", "namespace": "default", "job": "release-dayfly", "pod": "p"},
            "exp_annotations": alert["annotations"],
        }
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "rules.yaml").write_text(yaml.safe_dump(self.rules()))
            tests = [
                {
                    "interval": "1m",
                    "input_series": series,
                    "alert_rule_test": [
                        {"eval_time": "40m", "alertname": "DayflyGitSyncFailing", "exp_alerts": expected}
                    ],
                }
                for series, expected in ((failing + other, [fired]), (well + other, []))
            ]
            cases = Path(folder) / "cases.yaml"
            cases.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": tests}))
            run("promtool", "test", "rules", cases)

    def test_an_alert_can_be_left_out_and_given_labels(self):
        everything = self.alerts(self.rules())
        self.assertIn("DayflyAbsent", everything)
        self.assertIn("DayflyGitSyncFailing", everything)
        fewer = self.rules("--set", "metrics.prometheusRule.disabled={DayflyAbsent,DayflyGitSyncFailing}",
                           "--set", "metrics.prometheusRule.alertLabels.team=platform")
        self.assertEqual(self.alerts(fewer), everything - {"DayflyAbsent", "DayflyGitSyncFailing"})
        for group in fewer["groups"]:
            for rule in group["rules"]:
                self.assertEqual(rule.get("labels", {}).get("team"), "platform" if "alert" in rule else None)
                self.assertIn("severity" if "alert" in rule else "expr", {**rule, **rule.get("labels", {})})

    def test_every_dashboard_arrives_as_it_is(self):
        maps = {
            name: text
            for one in objects(CHART / "ci/everything-values.yaml")
            if one["kind"] == "ConfigMap" and one["metadata"]["labels"].get("grafana_dashboard") == "1"
            for name, text in one["data"].items()
        }
        originals = {file.name: file.read_text() for file in (ROOT / "metrics/dashboards").glob("*.json")}
        self.assertEqual({name: json.loads(text) for name, text in maps.items()},
                         {name: json.loads(text) for name, text in originals.items()})
        self.assertGreater(len(maps), 1)
