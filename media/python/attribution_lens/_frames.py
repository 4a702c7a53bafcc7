"""Framed messages over a socket: ``ALN1``, the length of the header, the length of the payload, header, payload.

Both lengths are big-endian, 4 and 8 bytes; the header is JSON in UTF-8; the payload is a safetensors file or bytes.
"""

import json
import struct

MAGIC = b"ALN1"
PREFIX = struct.Struct(">4sIQ")
MOST_HEADER_BYTES = 16 * 2**20
MOST_PAYLOAD_BYTES = 4 * 2**30
# Below this, header and payload go out together: one packet in place of two.
_SMALL = 1 << 16


class FrameError(Exception):
    """What arrived is not a frame, or ended in the middle of one."""


def frame(header, parts=()):
    """The bytes of a message whose payload is a sequence of bytes-like objects, in one or more pieces; what is large is not copied."""
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode("utf-8")
    views = [view for view in (memoryview(part).cast("B") for part in parts) if view.nbytes]
    payload = sum(view.nbytes for view in views)
    if len(text) > MOST_HEADER_BYTES:
        raise FrameError("A message has at most %d bytes besides its tensors, this one has %d" % (MOST_HEADER_BYTES, len(text)))
    if payload > MOST_PAYLOAD_BYTES:
        raise FrameError("The tensors of a message have at most %d bytes, these have %d" % (MOST_PAYLOAD_BYTES, payload))
    start = PREFIX.pack(MAGIC, len(text), payload) + text
    return [b"".join([start] + views)] if payload <= _SMALL else [start] + views


def send_frame(sock, header, parts=()):
    """Sends a message, see :func:`frame`."""
    for piece in frame(header, parts):
        sock.sendall(piece)


def receive_frame(sock):
    """Waits for a message: its header and its payload (a ``bytearray``). ``None`` when the other side closed the socket."""
    prefix = bytearray(PREFIX.size)
    if not _fill(sock, memoryview(prefix), may_end=True):
        return None
    magic, header_bytes, payload_bytes = PREFIX.unpack(prefix)
    if magic != MAGIC or header_bytes > MOST_HEADER_BYTES or payload_bytes > MOST_PAYLOAD_BYTES:
        raise FrameError("What arrived is not a message of the engine")
    text = bytearray(header_bytes)
    _fill(sock, memoryview(text))
    payload = bytearray(payload_bytes)
    _fill(sock, memoryview(payload))
    try:
        header = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FrameError("What arrived is not a message of the engine: %s" % error)
    if not isinstance(header, dict):
        raise FrameError("What arrived is not a message of the engine")
    return header, payload


def _fill(sock, view, may_end=False):
    done = 0
    while done < view.nbytes:
        count = sock.recv_into(view[done:])
        if count == 0:
            if may_end and done == 0:
                return False
            raise FrameError("The connection ended in the middle of a message")
        done += count
    return True
