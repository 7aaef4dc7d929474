"""How figures are printed."""


def row(what: str, figure: str, more: str) -> None:
    print(f"{what:34} {figure:>10}   {more}", flush=True)
