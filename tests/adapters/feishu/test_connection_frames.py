"""The frames, against the SDK's own definitions of them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.feishu import frames
from adapters.feishu.frames import Chunks, Frame

words = st.text(max_size=20)
int32 = st.integers(-(2**31), 2**31 - 1)
some_frames = st.builds(
    Frame,
    method=st.sampled_from([0, 1]),
    service=int32,
    headers=st.lists(st.tuples(words, words), max_size=4).map(tuple),
    payload=st.binary(max_size=300),
    seq_id=st.integers(0, 2**64 - 1),
    log_id=st.integers(0, 2**64 - 1),
    payload_encoding=words,
    payload_type=words,
    log_id_new=words,
)


@given(some_frames)
def test_what_is_encoded_is_decoded(frame: Frame) -> None:
    assert frames.decode(frames.encode(frame)) == frame


@given(st.binary(max_size=200))
def test_garbage_is_a_value_error(data: bytes) -> None:
    try:
        frames.decode(data)
    except ValueError:
        return


def test_fields_from_the_future_are_passed_over() -> None:
    more = bytes([15 << 3 | 0, 5, 14 << 3 | 1, *b"12345678", 13 << 3 | 5, *b"1234"])
    frame = frames.ping(7)
    assert frames.decode(more + frames.encode(frame) + more) == frame


# The SDK's definitions alone: whole, it takes seconds to load.
SDK = """
import importlib.util, json, os, sys, types
root = importlib.util.find_spec("lark_oapi").submodule_search_locations[0]
for stem in ("lark_oapi", "lark_oapi.ws"):
    bare = types.ModuleType(stem)
    bare.__path__ = [os.path.join(root, *stem.split(".")[1:])]
    sys.modules[stem] = bare
from lark_oapi.ws.pb.pbbp2_pb2 import Frame
for line in sys.stdin:
    frame = Frame()
    frame.ParseFromString(bytes.fromhex(line))
    print(json.dumps({
        "numbers": [frame.SeqID, frame.LogID, frame.service, frame.method],
        "headers": [[h.key, h.value] for h in frame.headers],
        "texts": [frame.payload_encoding, frame.payload_type, frame.LogIDNew],
        "payload": frame.payload.hex(), "again": frame.SerializeToString().hex(),
    }))
"""


def test_the_sdk_reads_what_we_write_and_we_read_what_it_writes() -> None:
    ours = [
        frames.ping(42),
        Frame(1, 7, (("type", "event"), ("sum", "1")), b'{"a":1}', 2**63, 5, "gz", "json", "new"),
        Frame(1, -1, (("type", "event"), ("type", "again")), b"\x00" * 300),
        Frame(1, 3, (("message_id", "消息"),), "正文".encode()).answer(b'{"code":200}', 0.0123),
    ]
    lines = "\n".join(frames.encode(frame).hex() for frame in ours)
    command = [sys.executable, "-W", "ignore", "-c", SDK]
    done = subprocess.run(
        command, input=lines, capture_output=True, text=True, check=True, timeout=60
    )
    for frame, line in zip(ours, done.stdout.splitlines(), strict=True):
        seen = json.loads(line)
        assert seen["numbers"] == [frame.seq_id, frame.log_id, frame.service, frame.method]
        assert [tuple(pair) for pair in seen["headers"]] == list(frame.headers)
        texts = [frame.payload_encoding, frame.payload_type, frame.log_id_new]
        assert (seen["texts"], bytes.fromhex(seen["payload"])) == (texts, frame.payload)
        assert frames.decode(bytes.fromhex(seen["again"])) == frame


def piece(message: str, total: int, seq: int, payload: bytes) -> Frame:
    headers = (("message_id", message), ("sum", str(total)), ("seq", str(seq)))
    return Frame(1, 0, headers, payload)


class TestChunks:
    def setup_method(self) -> None:
        self.at = 0.0
        self.chunks = Chunks(lambda: self.at)

    @given(st.permutations(range(5)))
    def test_any_order(self, order: list[int]) -> None:
        chunks = Chunks(lambda: 0.0)
        given = [chunks.add(piece("m", 5, n, b"%d" % n)) for n in order]
        assert given == [None] * 4 + [b"01234"]

    def test_messages_do_not_mix(self) -> None:
        assert self.chunks.add(piece("a", 2, 0, b"a")) is None
        assert self.chunks.add(piece("b", 2, 1, b"B")) is None
        assert self.chunks.add(piece("b", 2, 0, b"b")) == b"bB"
        assert self.chunks.add(piece("a", 2, 1, b"A")) == b"aA"

    def test_what_stays_incomplete_is_forgotten(self) -> None:
        self.chunks.add(piece("a", 3, 0, b"a"))
        self.at = 4.9
        self.chunks.add(piece("a", 3, 1, b"b"))
        self.at = 9.8
        assert self.chunks.add(piece("a", 3, 2, b"c")) == b"abc"
        self.chunks.add(piece("a", 2, 0, b"a"))
        self.at = 15.0
        assert self.chunks.add(piece("a", 2, 1, b"c")) is None

    def test_empty_pieces_and_repeated_ones(self) -> None:
        self.chunks.add(piece("a", 3, 0, b""))
        self.chunks.add(piece("a", 3, 0, b""))
        self.chunks.add(piece("a", 3, 2, b"x"))
        assert self.chunks.add(piece("a", 3, 1, b"")) == b"x"

    @pytest.mark.parametrize(("total", "seq"), [(2, 2), (5000, 0), (10**12, 0)])
    def test_nonsense_is_ignored(self, total: int, seq: int) -> None:
        assert self.chunks.add(piece("a", total, seq, b"x")) in {None, b"x"}
        assert not self.chunks._partial

    def test_it_does_not_grow_without_end(self) -> None:
        for n in range(2000):
            self.chunks.add(piece(f"m{n}", 2, 0, b"x"))
        assert len(self.chunks._partial) <= 256
