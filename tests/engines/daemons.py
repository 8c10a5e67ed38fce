"""Real engines, each in a folder of its own, started and ended by process id; nothing of them is left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import time
from contextlib import suppress
from pathlib import Path

SECONDS = 60
NICE = ["nice", "-n", "19"]
IMAGE = "busybox:1"
FORBIDDEN = (
    "operation not permitted",
    "permission denied",
    "read-only file system",
    "cgroup isn't mounted",
    "mountpoint does not exist",
)
CGROUPS = Path("/sys/fs/cgroup")


class NoEngineError(Exception):
    """An engine, or a container of it, that does not run here. forbidden: the kernel, or a missing right, is why."""

    def __init__(self, text: str, forbidden: bool = False) -> None:
        super().__init__(text)
        self.forbidden = forbidden or any(word in text.lower() for word in FORBIDDEN)


class Engine:
    """An engine that runs; its command line, less what is its own."""

    runtime = ""
    parent = ""
    programs: tuple[str, ...] = ()
    usual: tuple[str, ...] = ("--network=none",)
    remove: tuple[str, ...] = ("rm", "-f")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "e.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None
        self._ran = False
        self._strange = [path for path in self._parents() if not path.exists()]

    def command(self) -> list[str]:
        """How a person speaks to it."""
        raise NotImplementedError

    def daemon(self) -> list[str]:
        """How it is started."""
        raise NotImplementedError

    def __call__(self, *arguments: str, ok: bool = True) -> str:
        """What a command prints."""
        done = self._do(*arguments)
        assert not ok or done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout.strip()

    def _do(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        line = [*NICE, *self.command(), *arguments]
        # conmon leaves a file named oom where it was started
        return subprocess.run(line, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=self.folder)

    def run(self, *arguments: str, name: str, ok: bool = True) -> str:
        """Run a container of the image of this name; returns its id if it is detached."""
        at = next(n for n, word in enumerate(arguments) if not word.startswith("-"))
        options, words = arguments[:at], arguments[at:]
        return self("run", "--name", name, *self.usual, *options, IMAGE, *words, ok=ok)

    def id_of(self, name: str) -> str:
        """The full id of a container."""
        return self("inspect", "-f", "{{.Id}}", name)

    def start(self) -> None:
        """Start it, give it its image, and try a container. Raises NoEngineError."""
        missing = [program for program in self.programs if not shutil.which(program)]
        if missing:
            raise NoEngineError(f"not installed: {' '.join(missing)}")
        if os.getuid():
            raise NoEngineError("must be run as root", forbidden=True)
        self.launch()
        if not self("images", "-q"):
            self("import", str(_image(self.folder)), IMAGE)
        self._ran = True
        trial = self._do("run", "--rm", *self.usual, IMAGE, "true")
        if trial.returncode:
            raise NoEngineError(f"runs no container: {trial.stderr}")

    def launch(self) -> None:
        """Start its process, and wait until it answers."""
        self.socket.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*NICE, *self.daemon()], stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + SECONDS
        while not self.socket.exists() or not self("version", "-f", "{{.Server.Version}}", ok=False):
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                text = (self.folder / "log").read_text(errors="replace")[-600:]
                raise NoEngineError(text)
            time.sleep(0.05)

    def kill(self) -> None:
        """End its process, in good order if it can."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(SECONDS)
            self._process = None

    def clear(self) -> None:
        """Remove all containers."""
        for container in self("ps", "-aq", ok=False).split():
            self(*self.remove, container, ok=False)

    def stop(self) -> None:
        """End all of it: containers, process, mounts, cgroups, files."""
        if self._ran and not self._process:
            # a test ended it, and containers outlive their daemon
            with suppress(NoEngineError):
                self.launch()
        if self._process:
            self.clear()
        self.kill()
        for mount in _mounts(self.folder):
            subprocess.run(["umount", "-l", mount], check=False, timeout=SECONDS)
        for path in self._strange:
            with suppress(OSError):
                path.rmdir()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _parents(self) -> list[Path]:
        """The cgroups that it makes for all its containers."""
        roots = [CGROUPS, *CGROUPS.iterdir()] if CGROUPS.is_dir() else []
        return [root / self.parent for root in roots if (root / "cgroup.procs").exists()]


class Docker(Engine):
    """dockerd without a network; a container outlives it."""

    runtime, parent = "docker", "docker"
    programs = ("dockerd", "docker", "containerd", "runc")

    def command(self) -> list[str]:
        return ["docker", "-H", self.url]

    def daemon(self) -> list[str]:
        places = [f"--{kind}-root={self.folder / kind}" for kind in ("data", "exec")]
        network = ["--iptables=false", "--ip6tables=false", "--bridge=none"]
        return ["dockerd", *places, "-H", self.url, f"--pidfile={self.folder / 'pid'}", *network, *self._life()]

    def _life(self) -> list[str]:
        return ["--storage-driver=vfs", "--live-restore", "--exec-opt=native.cgroupdriver=cgroupfs"]


class Podman(Engine):
    """Podman's service; crun refuses this mixture of cgroups, the usual limits are above what is allowed."""

    runtime, parent = "podman", "libpod_parent"
    programs = ("podman", "conmon", "runc")
    remove = ("rm", "-f", "-t", "0")
    usual = ("--network=none", "--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096")

    def command(self) -> list[str]:
        roots = [f"--root={self.folder / 'r'}", f"--runroot={self.folder / 'rr'}", "--storage-driver=vfs"]
        return ["podman", *roots, "--events-backend=file", "--cgroup-manager=cgroupfs", "--runtime=runc"]

    def daemon(self) -> list[str]:
        return [*self.command(), "system", "service", "-t", "0", self.url]


def _image(folder: Path) -> Path:
    """A root filesystem with a static busybox alone, and links to it."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise NoEngineError("not installed: busybox-static")
    file = folder / "image.tar"
    with tarfile.open(file, "w") as tar:
        tar.add(busybox, "bin/busybox")
        for name in ("sh", "sleep", "true", "touch", "dd", "rm", "test"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        made = tarfile.TarInfo("tmp")
        made.type, made.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(made)
    return file


def _mounts(folder: Path) -> list[str]:
    """What is mounted below a folder, the inner ones first."""
    words = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    return sorted((word[1] for word in words if word[1].startswith(f"{folder}/")), reverse=True)
