"""One server process: started, asked, stopped, and judged by its exit code and its log."""

import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from support.grpc_client import Grpc
from support.rest import Rest
from support.waiting import until

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 20.0
STOP_SECONDS = 20.0

# A log line of level error or worse, in text and in JSON, and what sanitizers and the runtime print.
BAD_LINE = re.compile(
    r"^\S+Z (error|critical)\b|\"level\":\"(error|critical)\"|\bERROR\b|Sanitizer|runtime error:|terminate called"
    r"|Assertion|Segmentation|BOT_ASSERT", re.MULTILINE)


def find_binary():
    """The binary under test: BOTERNITY_BINARY, else BOTERNITY_BIN, else the release build."""
    named = os.environ.get("BOTERNITY_BINARY") or os.environ.get("BOTERNITY_BIN")
    path = pathlib.Path(named) if named else REPOSITORY / "build" / "release" / "boternity"
    assert path.is_file(), f"{path} is not there; build it with `make build`."
    return path.resolve()


def find_models():
    """The folder with the weights of the local model."""
    named = os.environ.get("BOTERNITY_MODELS")
    if named:
        return pathlib.Path(named)
    answer = subprocess.run([REPOSITORY / "third_party" / "paths"], capture_output=True, text=True, check=True)
    return pathlib.Path(dict(line.split("=", 1) for line in answer.stdout.splitlines())["models_dir"])


def clean_environment(extra=None):
    """This process's environment without what would steer the server: proxies, keys, its own settings."""
    env = {name: value for name, value in os.environ.items()
           if not name.lower().endswith("_proxy") and not name.startswith("BOTERNITY_")
           and not name.endswith(("_API_KEY", "_TOKEN"))}
    env["BOTERNITY_MODELS"] = str(find_models())
    env.update(extra or {})
    return {name: value for name, value in env.items() if value is not None}


class Server:
    """A `boternity serve`. `stop` asserts a clean end; `kill` is the rude one; `restart` keeps data and address."""

    def __init__(self, binary, data, env=None, args=(), listen="127.0.0.1:0", wrapper=()):
        self.binary = binary
        self.data = pathlib.Path(data)
        self.env = env
        self.args = list(args)
        self.listen = listen
        self.wrapper = list(wrapper)
        self.log_path = self.data.with_name(self.data.name + ".log")
        self.process = None
        self.address = None
        self.expected = []
        self.judged = 0

    # --- life --------------------------------------------------------------------------------------------------

    def start(self, ready=True):
        """Starts the process; with `ready`, returns when it answers /readyz with 200."""
        command = [*self.wrapper, str(self.binary), "serve", "--data", str(self.data), "--listen", self.listen,
                   *map(str, self.args)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=clean_environment(self.env), start_new_session=True)
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=START_SECONDS):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode} while starting:\n{self.log()}")
            if self.read_address() and self.is_ready():
                return
            time.sleep(0.005)
        raise AssertionError(f"the server was not ready within {seconds} s:\n{self.log()}")

    def read_address(self):
        try:
            told = json.loads((self.data / "server.json").read_text())
        except (OSError, ValueError):
            return None
        if told.get("pid") != self.process.pid:
            return None  # the file of an earlier start
        self.address = told["address"]
        return self.address

    def is_ready(self):
        try:
            return Rest(self.address, timeout=5).get("/readyz").status == 200
        except OSError:
            return False

    def stop(self, seconds=STOP_SECONDS, code=0):
        """SIGTERM, and the exit code it must end with within the grace time."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not end within {seconds} s of SIGTERM:\n{self.log()}") from None
        ended = self.process.returncode
        self.process = None
        assert ended == code, f"the server ended with {ended} instead of {code}:\n{self.log()}"

    def kill(self):
        """SIGKILL: as ruder as it gets."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def restart(self):
        """Stops it and starts it again on the same data and, if it can be had, the same address."""
        self.stop()
        return self.start()

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    # --- talking to it -----------------------------------------------------------------------------------------

    @property
    def host(self):
        return self.address.rpartition(":")[0]

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    @property
    def pid(self):
        return self.process.pid

    @property
    def token(self):
        return (self.data / "token").read_text().strip()

    @property
    def rest(self):
        return Rest(self.address, self.token)

    def grpc(self, token=True, **options):
        return Grpc(self.address, self.token if token is True else token, **options)

    def cli(self, *words, timeout=30, **options):
        """Runs a verb of the CLI against this server."""
        env = clean_environment({**(self.env or {}), "BOTERNITY_DATA": str(self.data)})
        return subprocess.run([str(self.binary), *map(str, words)], env=env, capture_output=True, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL, **options)

    # --- what it says ------------------------------------------------------------------------------------------

    def log(self):
        try:
            return self.log_path.read_text(errors="replace")
        except OSError:
            return ""

    def wait_log(self, pattern, seconds=10.0):
        """Waits for a line of the log; answers the match."""
        return until(lambda: re.search(pattern, self.log(), re.MULTILINE), seconds, f"the log line {pattern!r}")

    def expect_log(self, pattern):
        """Log lines that match are no defect in this test."""
        self.expected.append(re.compile(pattern))

    def judge(self):
        """No line of the log may tell of a defect, but for those that the test expects."""
        log = self.log()
        bad = [line for line in log.splitlines()
               if BAD_LINE.search(line) and not any(known.search(line) for known in self.expected)]
        assert not bad, "the log tells of defects:\n" + "\n".join(bad[:20])

    # --- what it holds -----------------------------------------------------------------------------------------

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class ServerFactory:
    """Starts servers, each on data of its own unless told otherwise, and ends and judges them all."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = pathlib.Path(folder)
        self.servers = []
        self.numbers = itertools.count(1)

    def new_data(self):
        """The path of a data folder that does not exist yet."""
        return self.folder / f"data{next(self.numbers)}"

    def __call__(self, data=None, env=None, args=(), listen="127.0.0.1:0", wrapper=(), start=True, ready=True):
        server = Server(self.binary, data or self.new_data(), env, args, listen, wrapper)
        self.servers.append(server)
        if start:
            server.start(ready=ready)
        return server

    def close(self):
        failures = []
        for server in reversed(self.servers):
            try:
                server.stop()
            except AssertionError as failure:
                failures.append(str(failure))
        for server in self.servers:
            try:
                server.judge()
            except AssertionError as failure:
                failures.append(str(failure))
        assert not failures, "\n".join(failures)
