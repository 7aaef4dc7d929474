"""Which settings settings.py reads, and their defaults, by its own text."""

import ast
from collections.abc import Iterator
from pathlib import Path

_FILE = Path(__file__).resolve().parents[2] / "statuspage" / "settings.py"


def defaults() -> dict[str, str | None]:
    """Return the default of each setting as a person writes it: empty without one, None where it is worked out."""
    return {call.args[0].value: _default(call) for call in _calls_of_env()}


def _calls_of_env() -> Iterator[ast.Call]:
    """Yield every call env.<something>("NAME", ...)."""
    for node in ast.walk(ast.parse(_FILE.read_text())):
        match node:
            # The mail server's settings are made of EMAIL_URL, which is read above it.
            case ast.Call(func=ast.Attribute(value=ast.Name(id="env"), attr="mail_server")):
                continue
            case ast.Call(func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(), *_]):
                yield node


def _default(call: ast.Call) -> str | None:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    match given.get("default"):
        case ast.Constant(value=bool() | None as value):
            return str(int(bool(value)))
        case ast.Constant(value=value):
            return str(value)
    return None if given else ""
