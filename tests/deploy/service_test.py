"""The systemd unit and the fly.toml of docs/deploy."""

import re
import tempfile
import tomllib
import unittest
from pathlib import Path

from tests.deploy.tools import DAYFLY, ROOT, run

UNIT = ROOT / "docs/deploy/dayfly.service"
FLY = ROOT / "docs/deploy/fly.toml"


class SystemdUnit(unittest.TestCase):
    def test_systemd_understands_every_line(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = Path(folder) / UNIT.name
            unit.write_text(UNIT.read_text().replace("/usr/bin/dayfly", str(DAYFLY)))
            done = run("systemd-analyze", "verify", "--man=no", unit, check=False)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
            unit.write_text(unit.read_text().replace("PrivateTmp=", "PrivateTemp="))
            self.assertIn("PrivateTemp", run("systemd-analyze", "verify", "--man=no", unit, check=False).stderr)

    def test_its_sandbox_is_as_tight_as_a_service_on_the_network_can_be(self):
        done = run("systemd-analyze", "security", "--offline=true", "--threshold=15", UNIT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_program_takes_its_flags(self):
        words = re.search(r"(?m)^ExecStart=\S+ (.*)$", UNIT.read_text())[1].split()
        done = run(DAYFLY, *words, "--listen=nowhere", check=False)
        self.assertIn("--listen: 'nowhere' is not HOST:PORT", done.stderr)


class FlyToml(unittest.TestCase):
    def setUp(self):
        self.config = tomllib.loads(FLY.read_text())

    def test_the_program_takes_its_variables(self):
        help_text = run(DAYFLY, "controller", "--help").stdout
        for name in self.config["env"]:
            self.assertIn(f"(Env:{name})", help_text)
        environment = {**self.config["env"], "DAYFLY_LISTEN": "nowhere"}
        done = run(DAYFLY, "controller", env=environment, check=False)
        self.assertIn("--listen: 'nowhere' is not HOST:PORT", done.stderr)

    def test_it_never_runs_twice_and_is_not_public(self):
        self.assertEqual(self.config["deploy"]["strategy"], "immediate")
        self.assertNotIn("http_service", self.config)
        self.assertNotIn("services", self.config)

    def test_what_is_watched_is_what_is_served(self):
        port = int(self.config["env"]["DAYFLY_LISTEN"].rsplit(":", 1)[1])
        self.assertEqual({self.config["checks"]["live"]["port"], self.config["metrics"]["port"]}, {port})
        self.assertEqual(self.config["checks"]["live"]["path"], "/livez")

    def test_its_dockerfile_is_there(self):
        self.assertTrue((FLY.parent / self.config["build"]["dockerfile"]).resolve().samefile(ROOT / "Dockerfile"))
