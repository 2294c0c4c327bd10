"""Worlds: the small homes in which corpus rows happen, built on disk, and a confined bash to run commands in a copy of them."""
from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOBODY = 65534
# Programs that are not run while a corpus is checked: they look at or change the machine, the network, or wait for a person.
NOT_RUN = frozenset(
    [
        "ps", "pgrep", "kill", "pkill", "killall", "top", "htop", "lsof", "ss", "free", "uptime", "nproc", "lscpu", "lsblk", "lsusb", "who", "w", "last",
        "watch", "nohup", "ip", "ping", "traceroute", "curl", "wget", "dig", "nslookup", "ssh", "scp", "rsync", "mount", "umount", "dmesg", "systemctl",
        "journalctl", "reboot", "shutdown", "apt", "apt-get", "dpkg", "brew", "pip", "npm", "docker", "docker-compose", "crontab", "xdg-open", "nano",
        "less", "man", "history", "sudo", "time", "sleep", "env", "printenv", "export", "python3", "bash", "make", "df", "hostname", "type", "timeout",
        "chown", "chgrp", "date", "cal", "uname", "id", "whoami", "groups", "which", "yes", "jobs", "whatis",
        "yum", "screen", "tmux", "su", "read", "fg", "bg", "unalias", "popd", "cpio", "pv", "finger", "getent", "pstree", "shopt",
    ]
)
_PROGRAMS = re.compile(r"(?:^|[|]\s*|&&\s*|-exec |xargs (?:-d '\\n' )?(?:-I\{\} )?)([\w.-]+)")
_END = "__END_OF_COMMAND__"


@dataclass(frozen=True)
class Ran:
    """What a command did: exit status, stdout, stderr, and the folder it ended in."""

    exit_code: int
    output: str
    errors: str
    cwd: str


def runnable(command: str) -> bool:
    """Whether COMMAND may be run to check it."""
    return not NOT_RUN & set(_PROGRAMS.findall(command))


def build(tree: dict[str, Any], top: Path) -> None:
    """Write TREE (folders are objects, files are text) below TOP."""
    top.mkdir(parents=True, exist_ok=True)
    for name, node in tree.items():
        if isinstance(node, dict):
            build(node, top / name)
        else:
            (top / name).write_text(node, encoding="utf-8")


def run(command: str, cwd: str, home: str, limit: float = 10.0) -> Ran:
    """Run COMMAND in bash as nobody (where we may change user), with a clean environment, for at most LIMIT seconds."""
    environment = {
        "HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "sam", "GIT_PAGER": "cat", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Sam", "GIT_AUTHOR_EMAIL": "sam@example.org", "GIT_COMMITTER_NAME": "Sam", "GIT_COMMITTER_EMAIL": "sam@example.org",
    }
    identity = {"user": NOBODY, "group": NOBODY} if os.getuid() == 0 else {}
    script = f"{command}\nrc=$?\nprintf '%s' {_END}\npwd\nexit $rc\n"
    try:
        done = subprocess.run(["bash", "-c", script], cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, **identity)
    except subprocess.TimeoutExpired:
        return Ran(124, "", "timeout", cwd)
    output, ended, end = done.stdout.decode("utf-8", "replace").rpartition(_END)  # `set` prints the script too
    if not ended:
        output, end = end, ""
    return Ran(done.returncode, output, done.stderr.decode("utf-8", "replace"), end.strip() or cwd)


class World:
    """A built world; `copy` gives a fresh one at the same path every time, so that outputs do not carry run numbers."""

    def __init__(self, name: str, tree: dict[str, Any], setup: str = "") -> None:
        self.name, self._base = name, Path(tempfile.mkdtemp(prefix="world-"))
        self._base.chmod(0o755)
        self.pristine, self.home = self._base / "pristine", self._base / "home" / "sam"
        build(tree, self.pristine)
        self._own(self.pristine)
        done = run("set -e\n" + setup, str(self.pristine), str(self.pristine)) if setup else Ran(0, "", "", "")
        self.fault = done.errors.strip() if done.exit_code else ""

    def _own(self, path: Path) -> None:
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "-h", f"{NOBODY}:{NOBODY}", str(path)], check=True)

    def copy(self) -> str:
        shutil.rmtree(self.home.parent, ignore_errors=True)
        self.home.parent.mkdir()
        subprocess.run(["cp", "-a", str(self.pristine), str(self.home)], check=True)
        return str(self.home)

    def state(self) -> str:
        """A digest of every name, kind, mode and content below home; git's own files are left out (they carry times)."""
        digest = hashlib.sha256()
        for folder, folders, files in os.walk(self.home):
            folders[:] = sorted(name for name in folders if name != ".git")
            for name in folders + sorted(files):
                path = os.path.join(folder, name)
                status = os.lstat(path)
                digest.update(f"{os.path.relpath(path, self.home)}\0{status.st_mode}\0".encode("utf-8", "surrogateescape"))
                if os.path.islink(path):
                    digest.update(os.readlink(path).encode("utf-8", "surrogateescape"))
                elif os.path.isfile(path) and status.st_size < 1_000_000 and not name.endswith((".gz", ".zip", ".tgz", ".bz2", ".xz")):
                    digest.update(Path(path).read_bytes())
        return digest.hexdigest()

    def close(self) -> None:
        shutil.rmtree(self._base, ignore_errors=True)
