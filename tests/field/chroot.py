"""A root directory of its own for a server that must have its files and accounts where its package puts them."""

import contextlib
import os
import shutil
import signal
import stat
from pathlib import Path

from tests.field.packages import Missing

_DEVICES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}
_HOSTS = "127.0.0.1 localhost relay.example\n"


class Root:
    """Below `path`. `accounts`: user and group of one name and number; `root` and `nobody` are always there."""

    def __init__(self, path: Path, accounts: dict[str, int]):
        if os.getuid() != 0:
            raise Missing("it needs root, for a root directory and accounts of its own")
        self.path = path
        self._make_devices()
        numbers = {"root": 0, "nobody": 65534, "nogroup": 65534} | accounts
        self.write("etc/passwd", "".join(f"{name}:x:{n}:{n}::/:/bin/sh\n" for name, n in numbers.items()))
        self.write("etc/group", "".join(f"{name}:x:{n}:\n" for name, n in numbers.items()))
        self.write("etc/hosts", _HOSTS)
        self.write("etc/nsswitch.conf", "hosts: files\n")
        self.write("etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")  # where nobody answers

    def command(self, *words: str) -> list[str]:
        return [shutil.which("chroot") or "/usr/sbin/chroot", str(self.path), *words]

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def make(self, name: str, owner: int, group: int = 0, mode: int = 0o755) -> None:
        """A directory."""
        (self.path / name).mkdir(parents=True, exist_ok=True)
        self.give(name, owner, mode, group)

    def give(self, name: str, owner: int, mode: int, group: int = 0) -> None:
        """To somebody; the mode comes last, for a change of the owner takes the set-user bit away."""
        os.chown(self.path / name, owner, group)
        (self.path / name).chmod(mode)

    def _make_devices(self) -> None:
        self.make("dev", 0)
        self.make("tmp", 0, mode=0o1777)
        try:
            for name, numbers in _DEVICES.items():
                os.mknod(self.path / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(*numbers))
                (self.path / "dev" / name).chmod(0o666)
            (self.path / "dev/null").write_bytes(b"")
        except OSError as error:
            raise Missing(f"no devices can be made here: {error}") from error

    def end(self) -> None:
        """Whatever runs in it, also what made a session, or a root further below, of its own."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "root").readlink().is_relative_to(self.path):
                    os.kill(int(process.name), signal.SIGKILL)
