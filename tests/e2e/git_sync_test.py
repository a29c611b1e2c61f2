"""From `git push` to Fly, with real processes: a repository, git-sync with the flags of the chart, the controller, and the simulated
Fly behind a proxy that notes every call. What must never happen is a deletion that nobody asked for.

Without DAYFLY_GIT_SYNC (the path of a real git-sync) tests/e2e/git_sync.py publishes the commits in its place.
"""

import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from tests.deploy.chart_test import container
from tests.deploy.tools import CHART, DAYFLY, ROOT, run

PERIOD = 0.5


class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes every call on to Fly and notes when it came."""

    protocol_version = "HTTP/1.1"
    upstream = ""
    calls = []

    def pass_on(self):
        Proxy.calls.append((time.time(), self.command, self.path))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = http.client.HTTPConnection(Proxy.upstream, timeout=60)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True
        finally:
            upstream.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

    def log_message(self, *words):
        pass


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def eventually(condition, limit=30):
    end = time.time() + limit
    while time.time() < end:
        if value := condition():
            return value
        time.sleep(0.01)
    return condition()


def spec(name, image="nginx:1"):
    return (
        "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\n"
        f"metadata: {{ name: {name} }}\nspec:\n  source: {{ image: \"{image}\" }}\n"
    )


class GitSync(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="dayfly-git-sync-"))
        self.processes = []
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.stop_all)
        self.environment = {
            **os.environ, "HOME": str(self.folder), "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1", "FLY_API_TOKEN": "test-token", "FLY_ORG": "acme",
        }
        (self.folder / "gitconfig").write_text("[user]\nname = A\nemail = a@example.com\n[init]\ndefaultBranch = main\n")
        self.bare, self.work = self.folder / "previews.git", self.folder / "work"
        self.git(self.folder, "init", "--quiet", "--bare", self.bare)
        self.git(self.folder, "clone", "--quiet", self.bare, self.work)
        for name in ("a", "b", "c", "d"):
            self.write(name)
        self.push("four environments")

        fly = free_port()
        self.start("simulator", DAYFLY, "simulator", "--listen", f"127.0.0.1:{fly}", "--org", "acme", "--no-rate-limits")
        Proxy.upstream, Proxy.calls = f"127.0.0.1:{fly}", []
        proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        url = f"http://127.0.0.1:{proxy.server_address[1]}"
        self.environment |= {"FLY_FLAPS_BASE_URL": url, "FLY_API_BASE_URL": url}

        self.root, self.controller_port, self.sync_port = self.folder / "root", free_port(), free_port()
        self.sync = self.start_sync()
        self.assertTrue(eventually(lambda: (self.root / "current").exists()), self.log("git-sync"))
        self.start(
            "controller", DAYFLY, "controller", f"--source=dir:{self.root}/current/envs", "--resync=1s",
            f"--listen=127.0.0.1:{self.controller_port}",
        )
        self.assertTrue(eventually(lambda: self.ready("a", "b", "c", "d")), self.log("controller"))
        self.apps = self.app_names()
        self.assertEqual(len(self.apps), 4)

    # Processes.

    def start(self, name, *command):
        with open(self.folder / f"{name}.log", "ab") as out:
            process = subprocess.Popen(
                [str(word) for word in command], stdout=out, stderr=out, env=self.environment, cwd=self.folder,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_sync(self):
        program = os.environ.get("DAYFLY_GIT_SYNC", ROOT / "tests/e2e/git_sync.py")
        return self.start(
            "git-sync", program, *container(CHART / "ci/git-sync-values.yaml", "git-sync")["args"],
            f"--repo=file://{self.bare}", "--ref=main", f"--root={self.root}", f"--period={PERIOD}s",
            "--stale-worktree-timeout=1s", f"--http-bind=127.0.0.1:{self.sync_port}",
            f"--webhook-url=http://127.0.0.1:{self.controller_port}/hooks/git-sync",
        )

    def stop(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()

    def stop_all(self):
        for process in self.processes:
            self.stop(process)

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # The repository.

    def git(self, folder, *words):
        return run("git", "-C", folder, *words, env=self.environment).stdout.strip()

    def write(self, name, image="nginx:1"):
        (self.work / "envs").mkdir(exist_ok=True)
        (self.work / "envs" / f"{name}.yaml").write_text(spec(name, image))

    def push(self, message, *flags):
        """Commits all and pushes; when the push returned, and the commit."""
        self.git(self.work, "add", "-A")
        self.git(self.work, "commit", "--quiet", "--allow-empty", "-m", message)
        self.git(self.work, "push", "--quiet", *flags, "origin", "HEAD:main")
        return time.time(), self.git(self.work, "rev-parse", "HEAD")

    # The world.

    def environments(self):
        answer = run(DAYFLY, "get", "-o", "json", f"--server=http://127.0.0.1:{self.controller_port}", check=False)
        items = json.loads(answer.stdout)["items"] if answer.returncode == 0 else []
        return {item["metadata"]["name"]: item["status"] for item in items}

    def ready(self, *names, **images):
        status = self.environments()
        return all(
            any(c["type"] == "Ready" and c["status"] == "True" for c in status.get(name, {}).get("conditions", []))
            for name in (*names, *images)
        ) and all(images[name] in status[name]["revision"]["running"] for name in images)

    def app_names(self):
        fly = http.client.HTTPConnection(Proxy.upstream, timeout=10)
        fly.request("GET", "/v1/apps?org_slug=acme", headers={"Authorization": "Bearer test-token"})
        return {app["name"] for app in json.loads(fly.getresponse().read())["apps"]}

    def writes_since(self, when, method=None):
        return [
            call for call in Proxy.calls if call[0] >= when and call[1] != "GET" and "graphql" not in call[2]
            and (method is None or call[1] == method)
        ]

    def looks_since(self, when):
        return sum(1 for at, _, path in Proxy.calls if at >= when and re.match(r"/v1/orgs/[^/]+/machines", path))

    def seen(self, commit):
        return eventually(lambda: f"revision={commit}" in self.log("controller").replace('"', ""))

    def assert_nothing_lost(self, since):
        """Also not a while later: removal needs two looks at the directory two seconds apart, and then one at Fly."""
        settled = time.time()
        self.assertTrue(eventually(lambda: time.time() > settled + 5 and self.looks_since(settled) >= 4))
        self.assertEqual(self.writes_since(since, "DELETE"), [], self.log("controller"))
        self.assertLessEqual(self.apps, self.app_names())

    # What happens.

    def test_a_commit_reaches_fly_within_a_second_of_the_sync_period(self):
        took, after_link = [], []
        for number in range(1, 6):
            self.write(f"new-{number}")
            pushed, commit = self.push(f"one more: {number}")
            first = eventually(lambda: self.writes_since(pushed))
            self.assertTrue(first, self.log("controller"))
            took.append(first[0][0] - pushed)
            after_link.append(first[0][0] - os.lstat(self.root / "current").st_mtime)
            self.assertTrue(self.seen(commit))
            self.assertTrue(eventually(lambda: self.ready(f"new-{number}")))
            self.assertTrue(eventually(lambda: f"webhook {commit} 200" in self.log("git-sync")), self.log("git-sync"))
        print(f"push to first call: at most {max(took) * 1000:.0f} ms with a period of {PERIOD * 1000:.0f} ms; "
              f"from the new link to the first call: at most {max(after_link) * 1000:.0f} ms", flush=True)
        self.assertLess(max(took), PERIOD + 1)

    def test_a_file_removed_is_an_environment_removed_and_no_other(self):
        (self.work / "envs" / "d.yaml").unlink()
        pushed, _ = self.push("one less")
        self.assertTrue(eventually(lambda: len(self.app_names()) == 3), self.log("controller"))
        deleted = {call[2].split("/")[3].split("?")[0] for call in self.writes_since(pushed, "DELETE")}
        self.assertEqual(deleted, self.apps - self.app_names())

    def test_a_force_push_of_another_history_loses_nothing(self):
        self.git(self.work, "checkout", "--quiet", "--orphan", "rewritten")
        self.write("a", "nginx:2")
        pushed, commit = self.push("all anew", "--force")
        self.assertTrue(self.seen(commit), self.log("controller"))
        self.assertTrue(eventually(lambda: self.ready(a="nginx:2")), self.log("controller"))
        self.assert_nothing_lost(pushed)
        self.assertTrue(self.ready("a", "b", "c", "d"))

    def test_a_bad_commit_keeps_what_was_and_the_rest_goes_on(self):
        (self.work / "envs" / "b.yaml").write_text("apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: {")
        (self.work / "envs" / "c.yaml").write_text(spec("c").replace("image", "imge"))
        self.write("a", "nginx:2")
        pushed, commit = self.push("two files broken, one changed")
        self.assertTrue(self.seen(commit), self.log("controller"))
        self.assertTrue(eventually(lambda: self.ready(a="nginx:2")), self.log("controller"))
        self.assert_nothing_lost(pushed)
        self.write("b", "nginx:3")
        self.write("c")
        self.push("mended")
        self.assertTrue(eventually(lambda: self.ready("a", "c", "d", b="nginx:3")), self.log("controller"))
        self.assertEqual(self.writes_since(pushed, "DELETE"), [])

    def test_a_commit_without_any_environment_is_held(self):
        shutil.rmtree(self.work / "envs")
        (self.work / "README.md").write_text("moved\n")
        pushed, commit = self.push("all gone, folder included")
        self.assertTrue(eventually(lambda: f"published {commit}" in self.log("git-sync")))
        self.assert_nothing_lost(pushed)

    def test_a_commit_that_empties_the_folder_is_held(self):
        for name in ("a", "b", "c", "d"):
            (self.work / "envs" / f"{name}.yaml").unlink()
        (self.work / "envs" / ".keep").write_text("")
        pushed, commit = self.push("all gone")
        self.assertTrue(self.seen(commit), self.log("controller"))
        self.assert_nothing_lost(pushed)

    def test_a_deleted_repository_loses_nothing_and_goes_on_when_it_is_back(self):
        away = self.bare.rename(self.folder / "away.git")
        since = time.time()
        self.assertTrue(eventually(lambda: self.log("git-sync").count("failed") > 2 or "does not" in self.log("git-sync")))
        self.assert_nothing_lost(since)
        away.rename(self.bare)
        self.write("a", "nginx:2")
        self.push("back again")
        self.assertTrue(eventually(lambda: self.ready("b", "c", "d", a="nginx:2")), self.log("controller"))
        self.assertEqual(self.writes_since(since, "DELETE"), [])

    def test_a_git_sync_that_starts_from_nothing_loses_nothing(self):
        since = time.time()
        self.stop(self.sync)
        shutil.rmtree(self.root)
        self.assert_nothing_lost(since)
        self.start_sync()
        self.write("a", "nginx:2")
        self.push("after the restart")
        self.assertTrue(eventually(lambda: self.ready("b", "c", "d", a="nginx:2")), self.log("controller"))
        self.assertEqual(self.writes_since(since, "DELETE"), [])
