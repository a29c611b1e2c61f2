"""What the image is made of, asked from dpkg: an SPDX document, the records that vulnerability scanners read in images without a
package manager (var/lib/dpkg/status.d), and the copyright file of each package.

usage: bill_of_materials.py BUILD_FOLDER LIST_OF_COPIED_FILES IMAGE
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys


def owners(files):
    """The installed packages that the files belong to."""
    names = set()
    files = sorted(set(files))
    for start in range(0, len(files), 500):
        some = files[start : start + 500]
        # Debian's /lib is /usr/lib, and a package may list either.
        both = some + [name.removeprefix("/usr") for name in some if name.startswith("/usr/lib")]
        found = subprocess.run(["dpkg", "-S", *both], capture_output=True, text=True).stdout
        names |= {line.split(": ")[0].split(",")[0].strip() for line in found.splitlines() if not line.startswith("diversion")}
    return names


def headers_compiled_in(build):
    """The system headers that the program's objects were compiled from: libraries that leave no shared object behind."""

    def ninja(*words):
        return subprocess.run(["ninja", "-C", str(build), "-t", *words], capture_output=True, text=True, check=True).stdout

    objects = [name for name in ninja("inputs", "dayfly").split() if name.endswith(".o")]
    deps = ninja("deps", *objects)
    return {os.path.realpath(name) for name in re.findall(r"^    (/usr/include/\S+|/usr/lib/llvm\S+)$", deps, re.M)}


def record(package):
    fields = ["Package", "Version", "Architecture", "source:Package", "source:Version", "Maintainer", "Homepage"]
    text = subprocess.run(
        ["dpkg-query", "-W", "-f", "\n".join("${" + field + "}" for field in fields), package],
        capture_output=True, text=True, check=True,
    ).stdout
    return dict(zip(fields, text.split("\n")))


def spdx_id(text):
    return "SPDXRef-" + re.sub(r"[^a-zA-Z0-9.-]", "-", text)


def main(build, list_of_files, image):
    build, image = pathlib.Path(build), pathlib.Path(image)
    copied = owners(pathlib.Path(list_of_files).read_text().split())
    compiled = owners(headers_compiled_in(build)) - copied
    if not copied or not compiled:
        raise SystemExit("no packages were found; is this Debian, and was the program built here?")
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", (build / "dayfly").stat().st_mtime))
    digest = hashlib.sha256((image / "usr/bin/dayfly").read_bytes()).hexdigest()
    version = re.search(r"project\(dayfly VERSION ([0-9.]+)", (pathlib.Path(__file__).parents[2] / "CMakeLists.txt").read_text())[1]

    packages = [
        {
            "SPDXID": "SPDXRef-dayfly", "name": "dayfly", "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseDeclared": "Apache-2.0", "licenseConcluded": "Apache-2.0",
            "copyrightText": "NOASSERTION", "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        }
    ]
    relationships = [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-dayfly"}
    ]
    for name in sorted(copied | compiled):
        one = record(name)
        identity = spdx_id(f"{one['Package']}-{one['Architecture']}")
        where = f"pkg:deb/debian/{one['Package']}@{one['Version']}?arch={one['Architecture']}&distro=debian-12"
        packages.append(
            {
                "SPDXID": identity, "name": one["Package"], "versionInfo": one["Version"], "filesAnalyzed": False,
                "downloadLocation": "NOASSERTION", "licenseDeclared": "NOASSERTION", "licenseConcluded": "NOASSERTION",
                "copyrightText": "NOASSERTION", "supplier": f"Organization: {one['Maintainer']}",
                "sourceInfo": f"{one['source:Package']} {one['source:Version']}",
                "externalRefs": [
                    {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": where}
                ],
            }
        )
        kind = "DYNAMIC_LINK" if name in copied else "STATIC_LINK"
        if one["Package"] == "ca-certificates":
            kind = "CONTAINS"
        relationships.append({"spdxElementId": "SPDXRef-dayfly", "relationshipType": kind, "relatedSpdxElement": identity})

        status = image / "var/lib/dpkg/status.d"
        status.mkdir(parents=True, exist_ok=True)
        text = subprocess.run(["dpkg-query", "-s", name], capture_output=True, text=True, check=True).stdout
        if name in copied:
            (status / one["Package"]).write_text(text)
        copyright_file = pathlib.Path("/usr/share/doc") / one["Package"] / "copyright"
        target = image / "usr/share/doc" / one["Package"] / "copyright"
        target.parent.mkdir(parents=True)
        shutil.copyfile(copyright_file, target)

    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"dayfly-{version}",
        "documentNamespace": f"https://dayfly.dev/spdx/dayfly-{version}-{digest[:16]}",
        "creationInfo": {
            "created": datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: dayfly-bill-of-materials"],
        },
        "packages": packages,
        "relationships": relationships,
    }
    folder = image / "usr/share/doc/dayfly"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sbom.spdx.json").write_text(json.dumps(document, indent=1) + "\n")
    shutil.copyfile(pathlib.Path(__file__).parents[2] / "LICENSE", folder / "copyright")


if __name__ == "__main__":
    main(*sys.argv[1:])
