"""The frames of the long connection: a small proto2 codec, and the joining of chunks.

Measured against the SDK (`pbbp2.proto`): 1 SeqID, 2 LogID, 3 service, 4 method, 5 repeated header
{1 key, 2 value}, 6 payload_encoding, 7 payload_type, 8 payload, 9 LogIDNew. The SDK's definitions
are not used: they bring a protobuf runtime of their own (see docs/adr/0011).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

CONTROL, DATA = 0, 1
_VARINT, _LENGTH = 0, 2
_LONGEST_VARINT = 10
#: What the server promises: the next chunk comes within this many seconds.
CHUNKS_KEPT = 5.0
#: Chunks of a message, and messages in pieces at once, beyond which something is wrong.
MOST_CHUNKS = 1024
MOST_PARTIAL = 256


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `method` is CONTROL or DATA; headers keep their order and may repeat."""

    method: int
    service: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    payload: bytes = b""
    seq_id: int = 0
    log_id: int = 0
    payload_encoding: str = ""
    payload_type: str = ""
    log_id_new: str = ""

    def header(self, key: str, default: str = "") -> str:
        return next((value for name, value in self.headers if name == key), default)

    def number(self, key: str) -> int:
        """A header that counts; 0 where it is absent or no number."""
        value = self.header(key)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0  # noqa: PLR2004

    def answer(self, payload: bytes, took: float) -> Frame:
        """The acknowledgement of this frame: itself with `payload`, and the seconds it took."""
        headers = (*self.headers, ("biz_rt", str(round(took * 1000))))
        return replace(self, headers=headers, payload=payload)


def ping(service: int) -> Frame:
    return Frame(CONTROL, service, (("type", "ping"),))


def encode(frame: Frame) -> bytes:
    """The frame as bytes; the four required fields are always there."""
    out = bytearray()
    numbers = (frame.seq_id, frame.log_id, frame.service, frame.method)
    for field_number, number in enumerate(numbers, 1):
        out += _tag(field_number, _VARINT) + _varint(number & 0xFFFFFFFFFFFFFFFF)
    for key, value in frame.headers:
        out += _bytes(5, _bytes(1, key.encode()) + _bytes(2, value.encode()))
    if frame.payload_encoding:
        out += _bytes(6, frame.payload_encoding.encode())
    if frame.payload_type:
        out += _bytes(7, frame.payload_type.encode())
    if frame.payload:
        out += _bytes(8, frame.payload)
    if frame.log_id_new:
        out += _bytes(9, frame.log_id_new.encode())
    return bytes(out)


def decode(data: bytes) -> Frame:
    """The frame in `data`; fields that are not known are passed over. ValueError if it is none."""
    numbers = {1: 0, 2: 0, 3: 0}
    texts: dict[int, bytes] = {}
    headers: list[tuple[str, str]] = []
    method: int | None = None
    for field_number, value in _fields(data):
        if field_number == 4 and isinstance(value, int):  # noqa: PLR2004  the field's number
            method = _int32(value)
        elif field_number in numbers and isinstance(value, int):
            numbers[field_number] = value
        elif field_number == 5 and isinstance(value, bytes):  # noqa: PLR2004  as above
            headers.append(_header(value))
        elif isinstance(value, bytes):
            texts[field_number] = value
    if method is None:
        message = "a frame has a method"
        raise ValueError(message)
    return Frame(
        method=method,
        service=_int32(numbers[3]),
        headers=tuple(headers),
        payload=texts.get(8, b""),
        seq_id=numbers[1],
        log_id=numbers[2],
        payload_encoding=texts.get(6, b"").decode(),
        payload_type=texts.get(7, b"").decode(),
        log_id_new=texts.get(9, b"").decode(),
    )


def _header(data: bytes) -> tuple[str, str]:
    parts = dict(_fields(data))
    key, value = parts.get(1, b""), parts.get(2, b"")
    if not isinstance(key, bytes) or not isinstance(value, bytes):
        message = "a header is text"
        raise ValueError(message)  # noqa: TRY004  one kind of error for all that is no frame
    return key.decode(), value.decode()


def _fields(data: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        match tag & 7:
            case 0:
                number, at = _read_varint(data, at)
                found.append((tag >> 3, number))
                continue
            case 2:
                length, at = _read_varint(data, at)
            case 1:
                length = 8
            case 5:
                length = 4
            case _:
                message = "a field of no known kind"
                raise ValueError(message)
        if at + length > len(data):
            message = "a field is cut off"
            raise ValueError(message)
        found.append((tag >> 3, data[at : at + length]))
        at += length
    return found


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(_LONGEST_VARINT):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * count)
        if not byte & 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
    message = "a number is cut off or too long"
    raise ValueError(message)


def _int32(value: int) -> int:
    """A proto2 int32, which is sent as 64 bits when it is negative."""
    low = value & 0xFFFFFFFF
    return low - (1 << 32) if low & 0x80000000 else low


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004  seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _bytes(number: int, value: bytes) -> bytes:
    return _tag(number, _LENGTH) + _varint(len(value)) + value


@dataclass(slots=True)
class _Partial:
    total: int
    touched: float
    pieces: dict[int, bytes] = field(default_factory=dict)


class Chunks:
    """Messages that come in several frames, put together in whatever order these come."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._partial: dict[str, _Partial] = {}

    def add(self, frame: Frame) -> bytes | None:
        """The whole payload once `frame` completes it; until then None.

        A message whose next piece does not come in `CHUNKS_KEPT` seconds is forgotten: it was not
        acknowledged, so it comes again.
        """
        total, seq = frame.number("sum"), frame.number("seq")
        if total <= 1:
            return frame.payload
        self._forget_old()
        message = frame.header("message_id")
        if total > MOST_CHUNKS or seq >= total:
            return None
        partial = self._partial.get(message)
        if partial is None or partial.total != total:
            partial = self._partial[message] = _Partial(total, self._now())
        partial.pieces[seq] = frame.payload
        partial.touched = self._now()
        if len(partial.pieces) < total:
            return None
        del self._partial[message]
        return b"".join(partial.pieces[n] for n in range(total))

    def _forget_old(self) -> None:
        since = self._now() - CHUNKS_KEPT
        self._partial = {k: p for k, p in self._partial.items() if p.touched > since}
        while len(self._partial) >= MOST_PARTIAL:
            del self._partial[next(iter(self._partial))]
