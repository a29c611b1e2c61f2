"""What the tests of this folder share: the repository's root, the tools that install-tools left, and how they are run."""

import os
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build" / "tools"
CHART = ROOT / "charts" / "dayfly"
DAYFLY = pathlib.Path(os.environ.get("DAYFLY_BINARY", ROOT / "build" / "dev" / "dayfly"))
KUBERNETES = sorted((folder.name[1:] for folder in (TOOLS / "schemas").glob("v*")), key=lambda v: int(v.split(".")[1]))
SCENARIOS = sorted((CHART / "ci").glob("*-values.yaml"))


def run(*command, check=True, text=None, timeout=120, **options):
    """The finished process; with `check`, an AssertionError that shows what it said when it failed."""
    done = subprocess.run(
        [str(word) for word in command], input=text, capture_output=True, text=True, timeout=timeout, **options
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def tool(name, *arguments, **options):
    return run(TOOLS / "bin" / name, *arguments, **options)


def template(scenario, version=None, *arguments):
    """The YAML of one ci/ scenario, tests included."""
    version = version or KUBERNETES[-1]
    return tool("helm", "template", "release", CHART, "-f", scenario, "--kube-version", version, *arguments).stdout


def objects(scenario, version=None, *arguments):
    return [one for one in yaml.safe_load_all(template(scenario, version, *arguments)) if one]


def pods(documents):
    """(name of the object, pod spec) of everything that runs."""
    for one in documents:
        if one["kind"] == "Pod":
            yield one["metadata"]["name"], one["spec"]
        elif "template" in one.get("spec", {}):
            yield one["metadata"]["name"], one["spec"]["template"]["spec"]


def kubeconform(text, version=None):
    schemas = TOOLS / "schemas"
    return tool(
        "kubeconform", "-strict", "-kubernetes-version", version or KUBERNETES[-1],
        "-schema-location", f"{schemas}/{{{{.NormalizedKubernetesVersion}}}}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
        "-schema-location", f"{schemas}/crds/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
        text=text, check=False,
    )
