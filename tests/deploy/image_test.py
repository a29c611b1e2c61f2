"""The container image, without a container engine: the file set that the Dockerfile ships is put together and run in bubblewrap, as
an unprivileged user who sees nothing else."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from tests.deploy.tools import DAYFLY, ROOT, run

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
FINAL_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") + 1 :].splitlines()


def instruction(word):
    return next(line.split(None, 1)[1] for line in FINAL_STAGE if line.startswith(word + " "))


def listing(folder):
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in sorted(folder.rglob("*")) if not str(path.relative_to(folder)).startswith(("proc", "dev", "specs"))
    }


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="dayfly-image-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.image = cls.folder / "image"
        run(ROOT / "controller/image/assemble", DAYFLY.parent, cls.image)
        cls.program = shlex.split(" ".join(json.loads(instruction("ENTRYPOINT"))))
        (cls.folder / "specs").mkdir()
        (cls.folder / "specs" / "hello.yaml").write_text(
            "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: hello }\n"
            'spec: { source: { image: "nginx:1" } }\n'
        )
        os.chmod(cls.folder, 0o755)

    def container(self, *arguments, root="--ro-bind", image=None, environment=()):
        """The command line that runs the image's entry point as an engine would: its own root, nobody's user, no capabilities."""
        image = image or self.image
        for mount_point in ("proc", "dev", "specs"):
            (image / mount_point).mkdir(exist_ok=True)
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n")
        uid, gid = instruction("USER").split(":")
        command = [
            "bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--uid", uid, "--gid", gid,
            "--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv", root, str(image), "/",
            "--proc", "/proc", "--dev", "/dev", "--ro-bind", str(self.folder / "specs"), "/specs",
        ]
        if not (image / "etc/hosts").exists():
            (image / "etc/hosts").touch()
        command += ["--ro-bind", str(self.folder / "hosts"), "/etc/hosts"]
        for name, value in environment:
            command += ["--setenv", name, value]
        return [*command, *self.program, *arguments]

    def started(self, command):
        log = open(self.folder / f"log-{time.monotonic_ns()}", "w+b")
        self.addCleanup(log.close)
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

        def stop():
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()

        self.addCleanup(stop)
        return process, Path(log.name)

    def wait_for(self, pattern, log, limit=20):
        end = time.time() + limit
        while time.time() < end:
            if found := re.search(pattern, log.read_text(errors="replace")):
                return found
            time.sleep(0.02)
        self.fail(f"{pattern} did not come: {log.read_text(errors='replace')}")

    def test_the_program_starts_with_what_is_there(self):
        done = run(*self.container("version"))
        self.assertIn("0.1.0", done.stdout)
        self.assertEqual(run(*self.container("validate", "-f", "/specs")).stdout.strip(), "1 file, 1 environment, 0 problems")

    def test_nothing_is_in_it_that_could_be_run_but_the_program(self):
        elves = []
        for path in self.image.rglob("*"):
            if path.is_file() and not path.is_symlink():
                head = path.read_bytes()[:4]
                self.assertNotEqual(head[:2], b"#!", path)
                self.assertFalse(path.stat().st_mode & 0o6022, f"{path} is writable by others or set-id")
                if head == b"\x7fELF" and ".so" not in path.name:
                    elves.append(str(path.relative_to(self.image)))
        self.assertEqual(elves, ["usr/bin/dayfly"])

    def test_it_needs_no_library_that_is_not_there(self):
        needed = re.findall(r"Shared library: \[(.*)\]", run("readelf", "-d", self.image / "usr/bin/dayfly").stdout)
        there = {path.name for path in self.image.rglob("*.so*")}
        self.assertGreater(len(needed), 3)
        self.assertLessEqual(set(needed), there)

    def test_it_serves_and_its_own_health_check_says_so(self):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        environment = [("DAYFLY_LISTEN", f"127.0.0.1:{port}"), ("DAYFLY_SOURCES", "dir:/specs")]
        process, log = self.started(self.container("controller", "--simulate", environment=environment))
        self.wait_for(r"ready env=default/hello", log)
        check = json.loads(re.search(r"CMD (\[.*\])", instruction("HEALTHCHECK"))[1])
        self.assertEqual(check[0], "/usr/bin/dayfly")
        server = f"--server=http://127.0.0.1:{port}"
        self.assertEqual(run(*self.container(*check[1:], server)).returncode, 0)
        for probe in ("readyz", "startupz", "metrics"):
            self.assertIn("ok", run(*self.container("probe", probe, server)).stdout)
        status = Path(f"/proc/{self.child_of(process.pid)}/status").read_text()
        self.assertRegex(status, r"CapEff:\t0+\n")
        self.assertRegex(status, r"NoNewPrivs:\t1")
        self.assertNotEqual(run(*self.container(*check[1:], "--server=http://127.0.0.1:1"), check=False).returncode, 0)

    def child_of(self, pid):
        """bubblewrap starts a process that starts the program."""
        while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            pid = children[0]
        return pid

    def test_it_ends_at_once_when_told_to(self):
        process, log = self.started(self.container("controller", "--simulate", "--source=dir:/specs", "--listen=127.0.0.1:0"))
        self.wait_for(r"ready env=default/hello", log)
        os.kill(int(self.child_of(process.pid)), signal.SIGTERM)
        self.assertEqual(process.wait(10), 0)

    def test_it_writes_nothing_even_where_it_could(self):
        image = self.folder / "writable"
        shutil.copytree(self.image, image, symlinks=True)
        for folder in (image, *(path for path in image.rglob("*") if path.is_dir() and not path.is_symlink())):
            folder.chmod(0o777)
        command = self.container("controller", "--simulate", "--source=dir:/specs", "--listen=127.0.0.1:0", "--until-ready",
                                 root="--bind", image=image)
        before = listing(image)
        done = run(*command)
        self.assertIn("hello", done.stdout)
        self.assertEqual(listing(image), before)

    def test_it_trusts_the_authorities_in_etc_ssl_and_no_others(self):
        certificate = self.folder / "authority.pem"
        _, log = self.started(
            [str(DAYFLY), "simulator", "--tls", "--listen", "127.0.0.1:0", "--org", "acme", "--certificate", str(certificate)]
        )
        url = self.wait_for(r"listening on (https://\S+)", log)[1]
        environment = [
            ("FLY_FLAPS_BASE_URL", url), ("FLY_API_BASE_URL", url), ("FLY_API_TOKEN", "t"), ("FLY_ORG", "acme"),
        ]
        command = ("plan", "-f", "/specs")
        refused = run(*self.container(*command, environment=environment), check=False)
        self.assertEqual(refused.returncode, 8, refused.stdout + refused.stderr)
        self.assertRegex(refused.stderr, "(?i)certificate")

        image = self.folder / "trusting"
        shutil.copytree(self.image, image, symlinks=True)
        with open(image / "etc/ssl/certs/ca-certificates.crt", "a") as bundle:
            bundle.write(certificate.read_text())
        accepted = run(*self.container(*command, image=image, environment=environment))
        self.assertIn("Plan: 4 to create", accepted.stdout)

    def test_it_is_small(self):
        size = sum(path.lstat().st_size for path in self.image.rglob("*"))
        self.assertLess(size, 32 << 20)

    def test_the_debian_authorities_are_there(self):
        bundle = (self.image / "etc/ssl/certs/ca-certificates.crt").read_text()
        self.assertGreater(bundle.count("BEGIN CERTIFICATE"), 100)

    def test_the_bill_of_materials_names_each_library_and_what_was_compiled_in(self):
        document = json.loads((self.image / "usr/share/doc/dayfly/sbom.spdx.json").read_text())
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        identities = [package["SPDXID"] for package in document["packages"]]
        self.assertEqual(len(identities), len(set(identities)))
        kinds = {}
        for relation in document["relationships"]:
            self.assertIn(relation["relatedSpdxElement"], identities)
            name = next(p["name"] for p in document["packages"] if p["SPDXID"] == relation["relatedSpdxElement"])
            kinds[name] = relation["relationshipType"]
        for library in self.image.glob("usr/lib/**/*.so*"):
            found = run("dpkg", "-S", library.name).stdout
            self.assertTrue(any(line.split(":")[0] in kinds for line in found.splitlines()), library)
        self.assertEqual(kinds["libssl3"], "DYNAMIC_LINK")
        self.assertEqual(kinds["ca-certificates"], "CONTAINS")
        self.assertEqual(kinds["libboost1.81-dev"], "STATIC_LINK")
        self.assertEqual(kinds["nlohmann-json3-dev"], "STATIC_LINK")
        self.assertNotIn("libgtest-dev", kinds, "the tests are no part of the program")
        for package in document["packages"][1:]:
            self.assertTrue((self.image / "usr/share/doc" / package["name"] / "copyright").is_file(), package["name"])

    def test_scanners_find_the_packages(self):
        status = {path.name for path in (self.image / "var/lib/dpkg/status.d").iterdir()}
        self.assertLessEqual({"libc6", "libssl3", "ca-certificates"}, status)
        self.assertIn("VERSION_ID=", (self.image / "etc/os-release").read_text())


class Dockerfile(unittest.TestCase):
    def test_the_last_stage_is_the_file_set_and_nothing_else(self):
        self.assertEqual(FINAL_STAGE[0], "FROM scratch")
        self.assertEqual(instruction("COPY"), "--from=build /src/build/image /")
        self.assertNotIn("RUN", [line.split(" ")[0] for line in FINAL_STAGE])
        self.assertIn("RUN ./dev image", DOCKERFILE)

    def test_it_names_its_user_by_number_as_kubernetes_wants_it(self):
        self.assertRegex(instruction("USER"), r"^[1-9]\d*:[1-9]\d*$")

    def test_every_variable_is_one_of_the_program(self):
        known = run(DAYFLY, "controller", "--help").stdout
        for line in FINAL_STAGE:
            if line.startswith("ENV "):
                self.assertIn(f"(Env:{line.split()[1].split('=')[0]})", known)

    def test_it_has_the_usual_labels_with_the_version(self):
        labels = instruction("LABEL")
        for name in ("title", "description", "licenses", "version", "revision"):
            self.assertIn(f"org.opencontainers.image.{name}=", labels)
        version = re.search(r"project\(dayfly VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertIn(f"ARG VERSION={version}", DOCKERFILE)
