"""Frames of the long connection: `pbbp2.Frame` in proto2's wire format.

1 SeqID, 2 LogID, 3 service, 4 method (0 control, 1 data), 5 repeated header{1 key, 2 value},
6 payload_encoding, 7 payload_type, 8 payload, 9 LogIDNew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

CONTROL, DATA = 0, 1
_VARINT, _BYTES = 0, 2


@dataclass
class Frame:
    """One frame; header keys are unique in practice, so they are a dictionary here."""

    method: int
    headers: dict[str, str] = field(default_factory=dict)
    payload: bytes = b""
    service: int = 0
    seq_id: int = 0
    log_id: int = 0
    log_id_new: str = ""

    def encode(self) -> bytes:
        # The first four are required in proto2: they are written also where they are 0.
        out = bytearray()
        for number, value in enumerate((self.seq_id, self.log_id, self.service, self.method), 1):
            out += _key(number, _VARINT) + _varint(value)
        for key, text in self.headers.items():
            inner = _text(1, key) + _text(2, text)
            out += _key(5, _BYTES) + _varint(len(inner)) + inner
        if self.payload:
            out += _key(8, _BYTES) + _varint(len(self.payload)) + self.payload
        if self.log_id_new:
            out += _text(9, self.log_id_new)
        return bytes(out)


def decode(data: bytes) -> Frame:
    """The frame in these bytes; ValueError if they are no frame."""
    frame = Frame(CONTROL)
    seen = set()
    for number, value in _fields(data):
        seen.add(number)
        match number, value:
            case 1, int():
                frame.seq_id = value
            case 2, int():
                frame.log_id = value
            case 3, int():
                frame.service = value
            case 4, int():
                frame.method = value
            case 5, bytes():
                header = dict(_fields(value))
                frame.headers[_string(header[1])] = _string(header[2])
            case 8, bytes():
                frame.payload = value
            case 9, bytes():
                frame.log_id_new = value.decode()
            case _:
                pass  # payload_encoding and payload_type say nothing that anybody reads
    if not {1, 2, 3, 4} <= seen:
        raise ValueError(f"required fields are missing: {sorted({1, 2, 3, 4} - seen)}")
    return frame


def _string(value: int | bytes) -> str:
    if isinstance(value, int):
        raise ValueError("a header holds text")  # noqa: TRY004 - what decode promises
    return value.decode()


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _read(data, at)
        if key & 7 == _VARINT:
            value, at = _read(data, at)
            yield key >> 3, value
        elif key & 7 == _BYTES:
            length, at = _read(data, at)
            if at + length > len(data):
                raise ValueError("a field is longer than the frame")
            yield key >> 3, data[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {key & 7} is not used by frames")


def _read(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data):
            raise ValueError("the frame ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _key(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _text(number: int, text: str) -> bytes:
    data = text.encode()
    return _key(number, _BYTES) + _varint(len(data)) + data
