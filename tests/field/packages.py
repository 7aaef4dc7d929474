"""Programs of the distribution, fetched and unpacked below a directory: nothing is installed, no script of one runs."""

import os
import subprocess
from pathlib import Path

_FETCH_SECONDS = 120
_ONLY = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"]
# Needed by scripts of installation and by log-ins, which nobody does here.
_LEFT_OUT = ("perl", "guile", "systemd", "elogind", "debian-installer", "newt", "slang", "textwrap", "python")


class Missing(Exception):
    """Something cannot be had on this machine; the message says what, in words."""


class Packages:
    """Those of apt, each fetched once into `directory`."""

    def __init__(self, directory: Path):
        self.directory = directory
        directory.mkdir()

    def unpack(self, root: Path, *names: str, libc: bool) -> None:
        """These and the libraries they need. `libc`: the C library too, for a root of its own. Raises Missing."""
        wanted = {*names, *self._libraries(*names)} - (set() if libc else {"libc6"})
        self._fetch(sorted(wanted))
        root.mkdir(exist_ok=True)
        for name in wanted:
            _run(["dpkg", "-x", self._file(name), root])

    def version(self, name: str) -> str:
        """As its makers number it: without what the distribution did to it."""
        found = _run(["dpkg-deb", "-f", self._file(name), "Version"]).strip()
        return found.rpartition(":")[2].split("-")[0]

    def _libraries(self, *names: str) -> set[str]:
        listed = _run(["apt-cache", "depends", "--recurse", *(f"--no-{kind}" for kind in _ONLY), *names])
        found = {line for line in listed.splitlines() if line.startswith(("lib", "zlib"))}
        return {name for name in found if not any(part in name for part in _LEFT_OUT)}

    def _fetch(self, names: list[str]) -> None:
        if new := [name for name in names if not self._file(name)]:
            _run(["apt-get", "download", "-q", *new], cwd=self.directory)

    def _file(self, name: str) -> Path | None:
        return next(self.directory.glob(f"{name}_*.deb"), None)


def _run(command: list, cwd: Path | None = None) -> str:
    """What it printed. Raises Missing."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=_FETCH_SECONDS)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{command[0]}: {error}") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or [f"exit code {done.returncode}"]
        raise Missing(f"{command[0]} {command[1]}: {said[0]}")
    return done.stdout


def libraries_below(root: Path) -> dict[str, str]:
    """The environment in which a program that was unpacked there finds its libraries; see Packages.unpack."""
    places = [root / "usr/lib/postfix", *root.glob("usr/lib/*-linux-gnu"), *root.glob("lib/*-linux-gnu")]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(map(str, places))}
