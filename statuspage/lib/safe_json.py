"""JSON that may stand anywhere: in a script element, in HTML, in a feed."""

import json

# Legal in JSON and read back the same; what could end a script, a CDATA section or a line of JavaScript.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def dump(value: object) -> bytes:
    """`value` as compact UTF-8. A lone surrogate, which UTF-8 cannot hold, becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES).encode("utf-8", "replace")
