"""A split that needs no list: a hash decides, so that every run and every machine agrees."""

import hashlib


def percentile(label: str) -> int:
    """Map a label to 0..99: the first eight bytes of its SHA-256 modulo 100."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big") % 100
