"""Strings and elements in order, as ElementTree keeps them: text, children and their tails."""

from xml.etree.ElementTree import Element

from markdown.util import AtomicString

Part = str | Element


def element_of(tag: str, parts: list[Part]) -> Element:
    """A new element that holds `parts`."""
    element = Element(tag)
    fill(element, parts)
    return element


def fill(element: Element, parts: list[Part]) -> None:
    """Put `parts` before what is in `element` already."""
    texts: list[list[str]] = [[]]
    children = []
    for part in parts:
        if isinstance(part, str):
            texts[-1].append(part)
        else:
            children.append(part)
            texts.append([])
    element.text = AtomicString("".join(texts[0]))
    for child, tail in zip(children, texts[1:], strict=True):
        child.tail = "".join(tail)
    element[:0] = children
