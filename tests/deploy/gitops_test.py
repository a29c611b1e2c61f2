"""The workflows and examples of docs/gitops, under the tools that their readers' machines would use, and run where they can be."""

import re
import tempfile
import unittest
from pathlib import Path

import yaml

from tests.deploy.tools import CHART, DAYFLY, KUBERNETES, ROOT, kubeconform, run, tool

GITOPS = ROOT / "docs/gitops"
WORKFLOWS = sorted((GITOPS / "workflows").glob("*.yaml"))
# Flux's helm-controller is not to be had as a Go module, and its CRD with it; what such an object holds is checked as values.
WITHOUT_SCHEMA = "HelmRelease"


def documents(name):
    return [one for one in yaml.safe_load_all((GITOPS / name).read_text()) if one]


def render(values):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(values, file)
        file.flush()
        return tool("helm", "template", "dayfly", CHART, "-f", file.name, "--kube-version", KUBERNETES[-1]).stdout


class Workflows(unittest.TestCase):
    def test_actionlint_and_shellcheck_find_nothing(self):
        self.assertEqual(len(WORKFLOWS), 2)
        tool("actionlint", *WORKFLOWS)

    def test_actionlint_would_find_something(self):
        with tempfile.TemporaryDirectory() as folder:
            wrong = Path(folder) / "wrong.yaml"
            wrong.write_text(WORKFLOWS[0].read_text().replace("needs: validate", "needs: valid").replace('"$NUMBER"', "$NUMBER"))
            said = tool("actionlint", wrong, check=False).stdout
        self.assertIn("needs job", said)
        self.assertIn("SC2086", said)

    def test_every_command_of_dayfly_is_one(self):
        text = (GITOPS / "workflows/check-previews.yaml").read_text().replace("\\\n", " ")
        commands = re.findall(r'"\$DAYFLY"\s+(\w+) ([^>\n]*)', text)
        self.assertEqual([verb for verb, _ in commands], ["validate", "plan"])
        for verb, rest in commands:
            known = run(DAYFLY, verb, "--help").stdout
            for flag in re.findall(r"(?<!\S)--?[a-z-]+", rest):
                self.assertRegex(known, rf"(?<![\w-]){flag}(?![\w-])")

    def test_the_commands_do_what_is_said_of_them(self):
        with tempfile.TemporaryDirectory() as folder:
            envs = Path(folder) / "envs"
            envs.mkdir()
            (envs / "hello.yaml").write_text((ROOT / "specs/examples/01-image.yaml").read_text())
            plan = run(DAYFLY, "plan", "-f", envs, "-o", "markdown", "--simulate")
            self.assertIn("to create", plan.stdout)
            self.assertIn("```", plan.stdout)
            (envs / "hello.yaml").write_text("kind: PreviewEnvironment\n")
            self.assertEqual(run(DAYFLY, "validate", "-f", envs, check=False).returncode, 3)

    def steps(self, workflow, job):
        config = yaml.safe_load((GITOPS / "workflows" / workflow).read_text())
        return {step["name"]: step["run"] for step in config["jobs"][job]["steps"] if "run" in step}

    def test_the_file_of_a_pull_request_is_valid_and_goes_when_it_is_closed(self):
        steps = self.steps("preview-of-pull-request.yaml", "file")
        with tempfile.TemporaryDirectory() as folder:
            bare, work = Path(folder) / "previews.git", Path(folder) / "work"
            environment = {
                "PATH": "/usr/bin:/bin", "HOME": folder, "NUMBER": "42", "REPOSITORY": "acme/shop",
                "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
                "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
            }
            run("git", "init", "--quiet", "--bare", "--initial-branch=main", bare, env=environment)
            run("git", "clone", "--quiet", bare, work, env=environment)
            (work / "envs").mkdir()
            (work / "envs/.keep").touch()
            run("git", "-C", work, "add", "-A", env=environment)
            run("git", "-C", work, "commit", "--quiet", "-m", "first", env=environment)
            run("git", "-C", work, "push", "--quiet", "-u", "origin", "HEAD:main", env=environment)
            for state, files in (("open", ["shop-pr-42.yaml"]), ("open", ["shop-pr-42.yaml"]), ("closed", []), ("closed", [])):
                for script in steps.values():
                    run("bash", "-e", "-o", "pipefail", "-c", script, cwd=work, env={**environment, "STATE": state})
                pushed = run("git", "-C", bare, "ls-tree", "--name-only", "main", "envs/", env=environment).stdout.split()
                self.assertEqual([name for name in pushed if name.endswith(".yaml")], [f"envs/{name}" for name in files])
                if files:
                    run(DAYFLY, "validate", "-f", work / "envs")


class Flux(unittest.TestCase):
    def test_its_objects_are_valid(self):
        known = [one for one in documents("flux/dayfly.yaml") if one["kind"] != WITHOUT_SCHEMA]
        self.assertEqual([one["kind"] for one in known], ["GitRepository", "Kustomization"])
        done = kubeconform(yaml.safe_dump_all(known))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_chart_takes_its_values(self):
        release = next(one for one in documents("flux/dayfly.yaml") if one["kind"] == "HelmRelease")
        self.assertEqual(kubeconform(render(release["spec"]["values"])).returncode, 0)
        self.assertTrue((ROOT / release["spec"]["chart"]["spec"]["chart"] / "Chart.yaml").is_file())


class ArgoCd(unittest.TestCase):
    def test_its_objects_are_valid(self):
        done = kubeconform((GITOPS / "argocd/application.yaml").read_text())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_chart_takes_its_values(self):
        source = documents("argocd/application.yaml")[0]["spec"]["source"]
        self.assertEqual(kubeconform(render(source["helm"]["valuesObject"])).returncode, 0)
        self.assertTrue((ROOT / source["path"] / "Chart.yaml").is_file())


class Page(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        for page in (ROOT / "docs/gitops.md", ROOT / "docs/deploy.md", CHART / "README.md"):
            for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text()):
                self.assertTrue((page.parent / target).exists(), f"{page.name}: {target}")
