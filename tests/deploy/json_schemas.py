"""JSON Schemas for kubeconform, made from what Go modules carry: Kubernetes' own OpenAPI document and the CRDs of operators.

kubeconform would fetch such schemas from a web site. Making them needs nothing but the module proxy, and they are strict: a field
that the API does not know is an error.
"""

import copy
import json
import pathlib
import sys

import yaml

INT_OR_STRING = {"oneOf": [{"type": "string"}, {"type": "integer"}]}
# Quantities are strings in the document, but the API server takes numbers too.
QUANTITY = {"oneOf": [{"type": "string"}, {"type": "number"}]}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as Kubernetes reads it: a plain `=` is text."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


def _strict(node):
    """Closes every object that lists its fields, and lets null stand for an absent optional field, as the API server does."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "int-or-string" or node.get("x-kubernetes-int-or-string"):
        return INT_OR_STRING
    closed = {key: _strict(value) for key, value in node.items()}
    fields = node.get("properties")
    if isinstance(fields, dict) and "$ref" not in node:
        required = set(node.get("required", []))
        closed["properties"] = {
            name: value if name in required else {"anyOf": [value, {"type": "null"}]}
            for name, value in closed["properties"].items()
        }
        if "additionalProperties" not in node and not node.get("x-kubernetes-preserve-unknown-fields"):
            closed["additionalProperties"] = False
    return closed


def _references(node, found):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            found.add(node["$ref"].rsplit("/", 1)[1])
        for value in node.values():
            _references(value, found)
    elif isinstance(node, list):
        for value in node:
            _references(value, found)


def _file_name(kind, group, version):
    parts = [kind.lower()] + ([group.split(".")[0]] if group else []) + [version]
    return "-".join(parts) + ".json"


def write_kubernetes(swagger, folder):
    """One file for each kind of the OpenAPI (Swagger 2) document, with all that it refers to; returns how many."""
    definitions = json.loads(pathlib.Path(swagger).read_text())["definitions"]
    strict = {name: _strict(definition) for name, definition in definitions.items()}
    strict["io.k8s.apimachinery.pkg.api.resource.Quantity"] = QUANTITY
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, definition in definitions.items():
        kinds = definition.get("x-kubernetes-group-version-kind", [])
        if len(kinds) != 1 or "kind" not in definition.get("properties", {}):
            continue
        needed, todo = set(), {name}
        while todo:
            one = todo.pop()
            needed.add(one)
            found = set()
            _references(strict[one], found)
            todo |= found - needed
        schema = {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$ref": f"#/definitions/{name}",
            "definitions": {one: strict[one] for one in sorted(needed)},
        }
        kind = kinds[0]
        (folder / _file_name(kind["kind"], kind["group"], kind["version"])).write_text(json.dumps(schema))
        count += 1
    return count


def write_custom_resources(files, folder):
    """One file for each served version of each CustomResourceDefinition in `files`; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for file in files:
        for document in yaml.load_all(pathlib.Path(file).read_text(), _Loader):
            if not document or document.get("kind") != "CustomResourceDefinition":
                continue
            spec = document["spec"]
            for version in spec["versions"]:
                schema = _strict(copy.deepcopy(version["schema"]["openAPIV3Schema"]))
                # The API server itself knows apiVersion, kind and metadata.
                schema["properties"]["metadata"] = {"type": "object"}
                name = _file_name(spec["names"]["kind"], spec["group"], version["name"])
                (folder / name).write_text(json.dumps(schema))
                count += 1
    return count


def main(what, source, folder):
    folder = pathlib.Path(folder)
    if what == "kubernetes":
        version = next(part for part in pathlib.Path(source).parts if part.startswith("kubernetes@v")).split("@")[1]
        count = write_kubernetes(source, folder / version)
    else:
        count = write_custom_resources(sorted(pathlib.Path(source).glob("*.yaml")), folder / "crds")
    if count == 0:
        raise SystemExit(f"{source}: no schema was found")


if __name__ == "__main__":
    main(*sys.argv[1:])
