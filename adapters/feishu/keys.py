"""Idempotency keys, made of the key that every effect has."""

from __future__ import annotations

import hashlib


def uuid_of(key: str, part: str = "") -> str:
    """The `uuid` of a call (32 hexadecimal digits; 50 characters are allowed).

    The same effect has the same one, and each call of it (`part`) another.
    """
    return hashlib.sha256(f"{key} {part}".encode()).hexdigest()[:32]
