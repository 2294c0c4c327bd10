"""The level of shell text that is no plan: every simple command in it at what it does at worst, wrappers looked through, unknown parts as
destructive."""
from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shellper.tools.pathvalues import path_word, unescape
from shellper.tools.pieces import Piece
from shellper.types import Risk, Word

from . import wrappers
from .globs import expand
from .guards import Guard

MOST_DEPTH = 8  # texts within texts
UNKNOWN = Risk.DESTRUCTIVE, "what it does is not known"
Level = tuple[Risk, str]

_SOURCES = {"curl", "wget", "fetch", "aria2c", "http", "nc", "ncat", "netcat", "ssh", "base64", "base32", "xxd", "openssl", "uudecode", "zcat", "gunzip", "gzip", "bzcat", "bunzip2", "xzcat", "unxz", "gpg"}
_INTERPRETERS = re.compile(r"(ba|z|da|k|c|tc|fi|a)?sh|python[\d.]*|perl|ruby|node|php|lua|osascript|pwsh|eval|source|\.")
_SHELLS = re.compile(r"(ba|z|da|k|a)?sh|eval")
_QUIET = {"true", "false", ":", "test", "[", "printf", "echo", "expr", "seq", "sleep", "wait", "read", "local", "declare", "typeset", "readonly", "unset", "return", "break", "continue", "exit", "shift", "pushd", "popd", "dirs", "bg", "fg", "getopts", "cd", "apropos"}
_LISTING = _QUIET | {"cat", "ls", "wc", "head", "tail", "grep", "egrep", "fgrep", "basename", "dirname", "stat", "du", "df", "cut", "tr", "nl", "realpath", "readlink", "which", "diff", "cmp", "comm", "paste", "join"}  # no option of these writes
_REMOVING = {"rm", "rmdir", "unlink", "shred", "srm", "wipe", "mv", "truncate", "wipefs", "blkdiscard", "mkswap", "chmod", "chown", "chgrp", "chattr", "setfacl"}
_WRITING = {"cp", "tee", "install", "ln", "touch", "mkdir", "rsync", "sponge", "mknod", "mkfifo"}
_SYSTEM = {
    "adduser", "apk", "apt", "apt-get", "aptitude", "at", "batch", "brew", "btrfs", "cfdisk", "chfn", "chpasswd", "chroot", "chsh", "crontab",
    "cryptsetup", "csrutil", "deluser", "depmod", "diskutil", "dnf", "dpkg", "dpkg-reconfigure", "dscl", "e2fsck", "efibootmgr", "eject", "fdisk",
    "firewall-cmd", "flatpak", "fsck", "gdisk", "gpasswd", "groupadd", "groupdel", "groupmod", "grub-install", "halt", "hostnamectl", "hwclock",
    "ifconfig", "init", "insmod", "ip", "ip6tables", "iptables", "iwconfig", "kexec", "launchctl", "ldconfig", "localectl", "loginctl", "losetup",
    "lvcreate", "lvremove", "lvresize", "mdadm", "modprobe", "mount", "nft", "nmcli", "nvram", "pacman", "parted", "passwd", "pkexec", "port", "poweroff",
    "pvcreate", "pvremove", "rc-service", "rc-update", "reboot", "rfkill", "rmmod", "route", "rpm", "scutil", "service", "setcap", "setenforce", "sfdisk",
    "sgdisk", "shutdown", "snap", "su", "swapoff", "swapon", "sysctl", "systemctl", "telinit", "timedatectl", "tune2fs", "ufw", "umount",
    "update-alternatives", "update-grub", "update-initramfs", "useradd", "userdel", "usermod", "vgcreate", "vgremove", "vigr", "vipw", "visudo", "yum",
    "zfs", "zpool", "zypper",
}
_SYSTEM_READS = {
    "iptables": r"-[LS]", "ip6tables": r"-[LS]", "fdisk": r"-l|--list", "sfdisk": r"-l|--list|-d", "sysctl": r"-a|--all|-n", "dpkg": r"-[lLsS]|--(list|listfiles|status|search)", "rpm": r"-q.*", "ufw": r"status", "passwd": r"-S",
    "swapon": r"--show|-s", "ip": r"(-\S+|a|addr|address|r|route|link|neigh|show|list|ls)", "crontab": r"-l", "ifconfig": r"-a|[a-z]+\d*", "service": r"--status-all", "nmcli": r"device|dev|status|show|general", "hostnamectl": r"status", "timedatectl": r"status",
    "systemctl": r"(list|status|is|show|cat)\S*", "mdadm": r"--detail", "zfs": r"list|get", "zpool": r"list|status", "pacman": r"-Q.*", "snap": r"list|info|find", "flatpak": r"list|info|search", "brew": r"list|info|search", "apt": r"list|show|search|policy",
}
_INJECTS = re.compile(r"(LD|DYLD|BASH|GIT|GCONV|PYTHON|PERL5|RUBY|NODE)_?\w*|PATH|ENV|IFS|PS[0-4]|PROMPT_COMMAND|(MAN)?PAGER|LESS(OPEN|CLOSE)|EDITOR|VISUAL|TAR_OPTIONS|CDPATH|GLOBIGNORE|SHELLOPTS")


@dataclass(frozen=True)
class Reading:
    """How the other stages read: SPLIT gives the simple commands of a text (None: not known), RATE the catalogue's level of the words of
    one command in a folder (None: it knows no such call; the flag says that it stands in a pipeline)."""

    split: Callable[[str], Sequence[Piece] | None]
    rate: Callable[[Sequence[Word], str, bool], Level | None]


def script_level(text: str, cwd: str, reading: Reading, depth: int = 0) -> Level:
    """The level of TEXT and why: the highest of its simple commands, as if all of them ran."""
    pieces = reading.split(text) if depth <= MOST_DEPTH else None
    if not pieces:
        return UNKNOWN
    judge = _Judge(cwd, reading, depth)
    return max((judge.piece(piece) for piece in pieces), key=lambda level: level[0])


class _Judge:
    def __init__(self, cwd: str, reading: Reading, depth: int) -> None:
        self.cwd, self.reading, self.depth = cwd, reading, depth

    def piece(self, piece: Piece) -> Level:
        if piece.bomb:
            return Risk.BLOCKED, "starts itself again and again until nothing else can run"
        levels = [self.text(inner) for inner in piece.texts]
        levels += [self.write(target) for target in piece.writes]
        if any(_INJECTS.fullmatch(name) for name in piece.names):
            levels.append((Risk.DESTRUCTIVE, "changes how programs are started"))
        if piece.words:
            levels.append(self.command(list(piece.words), piece))
        return max(levels, key=lambda level: level[0], default=(Risk.READ, ""))

    def command(self, words: list[Word | None], piece: Piece) -> Level:
        """The level of one simple command; None among WORDS is a word that is not known before it runs."""
        floor: Level = (Risk.READ, "")
        many = False
        while (inner := wrappers.unwrapped(words)) is not None:
            if inner.level > floor[0]:
                floor = inner.level, "runs as another user"
            if any(_INJECTS.fullmatch(name) for name in inner.names) and floor[0] < Risk.DESTRUCTIVE:
                floor = Risk.DESTRUCTIVE, "changes how programs are started"
            if inner.text is not None:
                return max(floor, self.text(inner.text), key=lambda level: level[0])
            many = many or inner.many
            words = [*inner.words, *(self._lines(piece) if inner.lines else ())]
            if not words:
                return floor
        found = self._program(words, piece)
        return max(floor, (Risk.DESTRUCTIVE, "which files these are is decided when it runs") if many and found[0] is Risk.WRITE else found, key=lambda level: level[0])

    def text(self, text: str) -> Level:
        return script_level(text, self.cwd, self.reading, self.depth + 1)

    def write(self, target: Word | None) -> Level:
        if target is None:
            return UNKNOWN
        found = self.reading.rate((Word("tee"), target), self.cwd, True)
        return (Risk.READ, "") if target.text in ("/dev/null", "/dev/stderr", "/dev/stdout") else found or UNKNOWN

    def _program(self, words: list[Word | None], piece: Piece) -> Level:
        if words[0] is None or words[0].pattern:
            return UNKNOWN
        program = os.path.basename(words[0].text) if words[0].text.startswith(("/bin/", "/usr/", "/sbin/")) else words[0].text
        if _INTERPRETERS.fullmatch(program):
            return self._interpreter(program, words[1:], piece)
        if len(words) == 2 and words[1] in (Word("--help"), Word("--version")):
            return Risk.READ, ""
        if program == "cd":
            self._enter(words[1:])
            return Risk.READ, ""
        if program not in ("echo", "printf") and any(word and re.search(r"\$\(|`", word.text) for word in words) and program in _QUIET:
            return UNKNOWN  # an index in brackets is evaluated, even where it is quoted
        if program == "printf" and Word("-v") in words:
            return UNKNOWN
        if program == "trap" and len(words) > 2 and words[1]:
            return self.text(words[1].text)
        if program in _QUIET or (None in words and program in _LISTING):
            return Risk.READ, ""
        known = [word for word in words if word is not None]
        found = self.reading.rate(known, self.cwd, bool(piece.before)) if len(known) == len(words) else None
        return found or self._special(program, known[1:])

    def _interpreter(self, program: str, words: list[Word | None], piece: Piece) -> Level:
        """A program that runs text: that of the network or of a decoder never, that which can be read as what it does."""
        sources = [inner for stage in piece.before for inner in self._names(stage)] + [inner for text in piece.texts for part in self.reading.split(text) or () for inner in self._names(part)]
        if any(name in _SOURCES for name in sources):
            return Risk.BLOCKED, "would run program text that comes from the network or a decoder"
        if _SHELLS.fullmatch(program):
            given = [piece.given] if piece.given is not None else [self._printed(piece.before[-1])] if piece.before else []
            if program == "eval":
                given = [" ".join(word.text for word in words if word)] if None not in words else []
            elif words[:1] and words[0] and re.fullmatch(r"-[a-z]*c[a-z]*", words[0].text):
                given = [words[1].text] if len(words) > 1 and words[1] else []
            if given and given[0] is not None:
                return self.text(given[0])
        return Risk.DESTRUCTIVE, f"runs {program}, whose effects are not known"

    def _names(self, piece: Piece) -> list[str]:
        words = list(piece.words)
        while (inner := wrappers.unwrapped(words)) is not None:
            words = list(inner.words)
        return [os.path.basename(words[0].text)] if words and words[0] else []

    def _printed(self, piece: Piece) -> str | None:
        """What echo, printf or a lone cat will print where that can be told."""
        if piece.words == (Word("cat"),):
            return piece.given
        if piece.words and piece.words[0] in (Word("echo"), Word("printf")) and None not in piece.words:
            return " ".join(word.text for word in piece.words[1:] if word and not re.fullmatch(r"-[neE]+", word.text)).replace("\\n", "\n")
        return None

    def _lines(self, piece: Piece) -> tuple[Word | None, ...]:
        """The words that xargs gets: those of echo, the folders of find, else not known."""
        last = piece.before[-1].words if piece.before else ()
        if last and last[0] in (Word("echo"), Word("printf")):
            return last[1:]
        if last and last[0] == Word("find"):
            return wrappers.roots(list(last))
        return (None,)

    def _enter(self, words: list[Word | None]) -> None:
        target = words[0] if words else path_word("~")
        paths = expand(target, self.cwd) if target else []
        if paths:
            self.cwd = os.path.normpath(os.path.join(self.cwd, paths[0]))

    def _special(self, program: str, words: list[Word]) -> Level:
        """A program, or options of it, that the catalogue does not have."""
        operands = [word for word in words if not word.text.startswith("-")]
        if program == "kill":
            return (Risk.BLOCKED, "would end processes that this shell needs") if wrappers.all_processes([word.text for word in words]) else (Risk.DESTRUCTIVE, "signals processes")
        if program == "date":
            return (Risk.SYSTEM, "sets the clock") if any(re.match(r"-[a-zA-Z]*s|--set|\d", word.text) for word in words) else (Risk.READ, "")
        if program == "dd":
            targets = [word.text[3:] for word in words if word.text.startswith("of=")]
            return max((self.write(path_word(target)) for target in targets), key=lambda level: level[0], default=(Risk.READ, ""))
        if program == "find":
            return wrappers.find_level([word.text for word in words])
        if program.startswith(("mkfs", "mke2fs", "newfs")) or program in _REMOVING:
            return self._guarded(operands, removes=True)
        if program in _WRITING:
            return self._guarded(operands, removes=False)
        if program in _SYSTEM:
            reads = _SYSTEM_READS.get(program)
            if reads and words and re.fullmatch(reads, words[0].text) and all(re.fullmatch(reads, word.text) or program not in ("ip", "nmcli") for word in words):
                return Risk.READ, ""
            return Risk.SYSTEM, "changes the system"
        return UNKNOWN

    def _guarded(self, operands: list[Word], *, removes: bool) -> Level:
        """What changes OPERANDS: blocked where one of them is a protected object or a device."""
        guard, worst = Guard(self.cwd), UNKNOWN
        for word in operands:
            for path in expand(word, self.cwd) or [unescape(word.text)]:
                verdict = guard.verdict(path, removes=removes)
                worst = max(worst, verdict or worst, key=lambda level: level[0])
        return worst
