"""What every measurement needs: servers, the fake provider, the load generator, and an eye on a process."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

from bench.figure import Figure, row
from support.instance import REPOSITORY, Server
from support.waiting import until

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def peak_mib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


class Bench:
    """One measurement's folder and processes; all of them end with it."""

    def __init__(self, folder, seconds, build):
        self.folder = folder
        self.seconds = seconds
        self.build = build
        self.loader = REPOSITORY / "build/release/bench_load"
        assert self.loader.is_file(), f"{self.loader} is not there; build it with `tools/build release bench_load`."
        self.servers = []
        self.processes = []
        self.folders = []
        self.provider_port = None
        self.names = 0

    def __enter__(self):
        self.folder.mkdir()
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.kill()
        for process in self.processes:
            process.kill()
            process.wait(10)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def memory_folder(self):
        """A folder on a file system in memory: what a commit costs without a disk. None where there is none."""
        if not os.access("/dev/shm", os.W_OK):
            return None
        folder = pathlib.Path(tempfile.mkdtemp(prefix="boternity-bench-", dir="/dev/shm"))
        self.folders.append(folder)
        return folder

    def server(self, folder=None, args=(), start=True):
        server = Server(self.build.binary, (folder or self.folder) / f"data{len(self.servers)}", args=args)
        server.log_path = self.folder / f"server{len(self.servers)}.log"
        self.servers.append(server)
        return server.start() if start else server

    def with_models(self, server, *models):
        """Registers the fake provider; answers it by the name `fake`."""
        url = f"http://127.0.0.1:{self.fake_provider()}/v1"
        server.rest.post("/api/v1/providers", {"name": "fake", "kind": "openai", "base_url": url,
                                               "models": list(models)}).ok()
        return server

    def sessions(self, server, model, count):
        """The paths of the messages of so many sessions, each with a bot of its own up to ten."""
        self.names += 1
        bots = [server.rest.make_bot(f"Bot {self.names} {n}", model=f"fake/{model}")["id"] for n in range(min(count, 10))]
        return [f"/api/v1/sessions/{server.rest.make_session(bots[n % len(bots)])['id']}/messages"
                for n in range(count)]

    def fake_provider(self):
        if self.provider_port is None:
            process = self.spawn("fake")
            self.provider_port = json.loads(process.stdout.readline())["port"]
        return self.provider_port

    def program(self, name, *words):
        """Runs one of the build's measuring programs to its end; answers the lines of JSON that it prints."""
        ended = subprocess.run([self.build.program(name), *map(str, words)], capture_output=True, text=True,
                               timeout=600, check=False)
        if ended.returncode != 0:
            raise RuntimeError(f"{name} ended with {ended.returncode}: {(ended.stderr or ended.stdout).strip()[-300:]}")
        return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]

    def spawn(self, mode, **options):
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        process = subprocess.Popen([self.loader, mode, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True)
        self.processes.append(process)
        return process

    def paths_file(self, paths):
        file = self.folder / f"paths{len(list(self.folder.glob('paths*')))}"
        file.write_text("\n".join(paths) + "\n")
        return file

    def load(self, mode, paths=None, **options):
        """Runs the load generator to its end; answers its JSON."""
        if paths is not None:
            options["paths"] = self.paths_file(paths)
        process = self.spawn(mode, **options)
        watch = threading.Timer(300, process.kill)
        watch.start()
        # Its standard input stays open: the end of that would end streams.
        lines = process.stdout.readlines()
        watch.cancel()
        if not lines:
            raise RuntimeError(f"bench_load {mode} ended without a figure")
        return json.loads(lines[-1])


def settled_mib(pid, seconds=3.0):
    """The resident memory once it has stopped changing."""
    last = [resident_mib(pid)]

    def same():
        now = resident_mib(pid)
        before, last[0] = last[0], now
        return abs(now - before) < 0.05

    try:
        until(same, seconds, "a steady size")
    except AssertionError:
        pass
    return resident_mib(pid)


def millis(micros, which):
    """A statistic of the load generator in milliseconds; None when nothing was counted."""
    return micros[which] / 1000 if micros.get(which) is not None and micros.get("n", 1) else None


def percentiles(name, stem, micros, better="lower", goals=(None, None), words=None, note=""):
    """The row of a time's p50 and p99."""
    return row(stem, Figure(f"{name}.p50", millis(micros, "p50"), "ms", "{:.2f} ms", better, goals[0], name="p50"),
               Figure(f"{name}.p99", millis(micros, "p99"), "ms", " / {:.2f} ms", better, goals[1], name="p99"),
               words=words, note=note)


def failure_of(result):
    return f"{result['errors']} ERRORS: {result['first_error'][:60]}" if result["errors"] else ""
