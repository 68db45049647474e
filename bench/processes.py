"""Processes and Python environments of benchmarks: what a command takes, and what other people's packages need."""
import os
import pathlib
import signal
import subprocess
import sys
import time


class Failed(Exception):
    """Why there are no figures, in a few words."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, limit, log, threads=1, one_core=False):
    """Runs a process to its end; its wall seconds, processor seconds and peak megabytes. Fails when it fails or takes longer
    than `limit` seconds."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES="", **{name: str(threads) for name in names})
    pin = None
    if one_core and hasattr(os, "sched_setaffinity"):
        pin = lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # noqa: E731
    start = time.monotonic()
    with open(log, "ab") as file:
        process = subprocess.Popen(
            [str(c) for c in command], stdout=file, stderr=file, env=environment, start_new_session=True, preexec_fn=pin
        )
    try:
        while True:
            # Not Popen.wait: only this tells the time and memory of this one process.
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - start > limit:
                raise Failed(f"took more than {limit:.0f} s")
            time.sleep(0.02)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        os.wait4(process.pid, 0)
        process.returncode = -signal.SIGKILL
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        lines = [line for line in pathlib.Path(log).read_text(errors="replace").splitlines() if line.strip()]
        raise Failed(f"failed: {lines[-1].strip()[:140] if lines else f'exit code {process.returncode}'}")
    # Kilobytes on Linux, bytes on macOS.
    unit = 1024 if sys.platform == "darwin" else 1
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / unit / 1024


class Environments:
    """A Python environment for each file of a folder of requirements, made when it is first asked for."""

    def __init__(self, folder, requirements, limit):
        self.folder, self.requirements, self.limit, self.broken = folder, requirements, limit, {}

    def python(self, name):
        if name in self.broken:
            raise Failed(self.broken[name])
        file = self.requirements / f"{name}.txt"
        wanted = file.read_text()
        place = self.folder / name
        ready, python = place / "ready", place / "bin/python"
        if ready.exists() and ready.read_text() == wanted:
            return python
        say(f"installing {name}")
        place.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"{name}.log"
        log.write_text("")
        try:
            run([sys.executable, "-m", "venv", "--clear", place], self.limit, log)
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            run([*pip, "-r", file], self.limit, log)
        except Failed as reason:
            self.broken[name] = f"did not install: {reason}"
            raise Failed(self.broken[name]) from None
        ready.write_text(wanted)
        return python
