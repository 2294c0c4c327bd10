"""The environment that a started program sees: what the terminal and the user's files need, nothing that makes programs load or run others."""
from __future__ import annotations

from collections.abc import Mapping

_KEPT = {
    "HOME", "USER", "LOGNAME", "PATH", "TERM", "COLORTERM", "LANG", "LANGUAGE", "TZ", "TMPDIR", "SHELL", "PWD", "OLDPWD", "COLUMNS", "LINES", "NO_COLOR", "CLICOLOR", "LS_COLORS",
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "SSH_TTY", "GPG_TTY", "EDITOR", "VISUAL",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
}
_KEPT_PREFIXES = ("LC_", "XDG_")
_DROPPED = {"ENV", "PS4", "PROMPT_COMMAND", "IFS", "CDPATH", "GLOBIGNORE", "SHELLOPTS", "PAGER", "MANPAGER", "LESSOPEN", "LESSCLOSE", "PYTHONSTARTUP", "PERL5OPT", "PERL5LIB", "RUBYOPT", "NODE_OPTIONS", "TAR_OPTIONS", "GZIP", "RIPGREP_CONFIG_PATH", "GREP_OPTIONS", "LS_OPTIONS"}
_DROPPED_PREFIXES = ("LD_", "DYLD_", "BASH_", "GIT_", "GCONV_")


def environment(whole: Mapping[str, str], kind: str = "clean") -> dict[str, str]:
    """What a program gets of the WHOLE environment: "clean" keeps an allow-list, "wide" (programs that run the user's own code, or that
    show the environment) all but the variables that inject code."""
    if kind == "wide":
        return {name: value for name, value in whole.items() if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)}
    return {name: value for name, value in whole.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
