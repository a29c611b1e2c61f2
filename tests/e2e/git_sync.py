#!/usr/bin/env -S /usr/bin/python3 -B
"""Publishes commits the way git-sync v4 does, for tests on machines where git-sync itself cannot be had.

It takes the flags that the chart passes and keeps to what git-sync's manual and source promise: one worktree per commit below
ROOT/.worktrees, a relative link that is replaced by renaming `tmp-link` over it, old worktrees removed after a while, a webhook with
the commit in `Gitsync-Hash` that is repeated until it is answered 200, and a server that answers 503 until the first checkout. All
work on repositories is git's. It proves nothing about git-sync's own code: set DAYFLY_GIT_SYNC to a real one to test with that.
"""

import argparse
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request


def seconds(text):
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h)", text))


def flags():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("repo", "root", "webhook-url"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--ref", default="HEAD")
    parser.add_argument("--link", required=True)
    parser.add_argument("--depth", type=int, default=1)
    parser.add_argument("--submodules", choices=["off"], required=True)
    parser.add_argument("--period", type=seconds, default=10)
    parser.add_argument("--sync-timeout", type=seconds, default=120)
    parser.add_argument("--max-failures", type=int, default=0)
    parser.add_argument("--stale-worktree-timeout", type=seconds, default=0)
    parser.add_argument("--http-bind", required=True)
    parser.add_argument("--http-metrics", action="store_true")
    return parser.parse_args()


def log(*words):
    print(*words, file=sys.stderr, flush=True)


class Webhook(threading.Thread):
    """Tells the newest commit until somebody takes it."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.news, self.commit = url, threading.Event(), None

    def tell(self, commit):
        self.commit = commit
        self.news.set()

    def run(self):
        while True:
            self.news.wait()
            self.news.clear()
            request = urllib.request.Request(self.url, method="POST", headers={"Gitsync-Hash": self.commit})
            try:
                status = urllib.request.urlopen(request, timeout=1).status
            except OSError as problem:
                status = problem
            log("webhook", self.commit, status)
            if status != 200 and not self.news.wait(3):
                self.news.set()


class Publisher:
    def __init__(self, options):
        self.options = options
        self.root = pathlib.Path(options.root)
        self.link = self.root / options.link
        self.stale = {}  # worktree: when it stopped being the current one

    def git(self, *words):
        done = subprocess.run(
            ["git", "-C", str(self.root), *words], capture_output=True, text=True, timeout=self.options.sync_timeout
        )
        if done.returncode != 0:
            raise RuntimeError(f"git {words[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    def sync(self):
        """The commit that was published now, or nothing when it was published before."""
        if not (self.root / ".git").exists():
            self.root.mkdir(parents=True, exist_ok=True)
            self.git("init", "--quiet")
        self.git("fetch", "--quiet", f"--depth={self.options.depth}", "--no-tags", self.options.repo, self.options.ref)
        commit = self.git("rev-parse", "FETCH_HEAD^{commit}")
        worktree = self.root / ".worktrees" / commit
        before = pathlib.Path(os.path.realpath(self.link)) if self.link.is_symlink() else None
        if before == worktree and worktree.is_dir():
            return None
        shutil.rmtree(worktree, ignore_errors=True)
        self.git("worktree", "prune")
        self.git("worktree", "add", "--quiet", "--force", "--detach", str(worktree), commit)
        temporary = self.link.parent / "tmp-link"
        temporary.symlink_to(os.path.relpath(worktree, self.link.parent))
        temporary.rename(self.link)
        if before is not None:
            self.stale[before] = time.monotonic()
        self.stale.pop(worktree, None)
        return commit

    def clean(self):
        for worktree, since in list(self.stale.items()):
            if time.monotonic() - since >= self.options.stale_worktree_timeout:
                shutil.rmtree(worktree, ignore_errors=True)
                del self.stale[worktree]


class Readiness(http.server.BaseHTTPRequestHandler):
    ready = False

    def do_GET(self):
        self.send_response(200 if Readiness.ready else 503)
        self.end_headers()

    def log_message(self, *words):
        pass


def main():
    options = flags()
    host, port = options.http_bind.rsplit(":", 1)
    server = http.server.ThreadingHTTPServer((host, int(port)), Readiness)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    webhook = Webhook(options.webhook_url)
    webhook.start()
    publisher = Publisher(options)
    failures = 0
    while True:
        try:
            commit = publisher.sync()
            failures = 0
            Readiness.ready = True
            if commit:
                log("published", commit)
                webhook.tell(commit)
            publisher.clean()
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as problem:
            failures += 1
            log("failed", problem)
            if options.max_failures >= 0 and failures > options.max_failures:
                sys.exit(1)
        time.sleep(options.period)


if __name__ == "__main__":
    main()
