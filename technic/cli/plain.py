"""Texts that somebody else has written, on a terminal."""

from __future__ import annotations


def plain(text: object) -> str:
    """A text with nothing in it that a terminal would obey: each such sign is a space."""
    return "".join(char if char.isprintable() else " " for char in str(text))
