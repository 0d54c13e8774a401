"""Reads the weights in a Caffe file (``.caffemodel``).

Such a file is one protobuf message, ``NetParameter``. Of its format only what
is needed to find the weights is declared here, in both forms that Caffe wrote:
``layers`` (until 2015) and ``layer``. All else is skipped. Field numbers are
those of Caffe's ``src/caffe/proto/caffe.proto``.
"""

from __future__ import annotations

import math
import mmap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from zokusei.errors import UsageError

_EXPECTED = "expected weights in Caffe's binary format, such as illust2vec_tag_ver200.caffemodel"

_Kind = descriptor_pb2.FieldDescriptorProto

# Message: field: number, and its type or the message it is; a + marks what is repeated. Names
# are bytes, because a damaged file may hold any.
_SCHEMA: dict[str, dict[str, tuple[int, int | str]]] = {
    "BlobShape": {"dim+": (1, _Kind.TYPE_INT64)},
    "BlobProto": {
        "num": (1, _Kind.TYPE_INT64),
        "channels": (2, _Kind.TYPE_INT64),
        "height": (3, _Kind.TYPE_INT64),
        "width": (4, _Kind.TYPE_INT64),
        "data+": (5, _Kind.TYPE_FLOAT),
        "shape": (7, "BlobShape"),
        "double_data+": (8, _Kind.TYPE_DOUBLE),
    },
    "V1LayerParameter": {"name": (4, _Kind.TYPE_BYTES), "blobs+": (6, "BlobProto")},
    "LayerParameter": {"name": (1, _Kind.TYPE_BYTES), "blobs+": (7, "BlobProto")},
    "NetParameter": {"layers+": (2, "V1LayerParameter"), "layer+": (100, "LayerParameter")},
}


@dataclass(frozen=True, eq=False)
class Blob:
    """One array of weights as the file states it; shape and number of values may disagree.

    Args:
        shape: As stated; biases of old files have four sides, (1, 1, 1, n).
        values: float32 (V,), in C order.
    """

    shape: tuple[int, ...]
    values: NDArray[np.float32]

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether it is an array of this shape, leading sides of 1 apart."""
        sides = self.shape
        while len(sides) > len(shape) and sides[0] == 1:
            sides = sides[1:]
        return sides == shape and len(self.values) == math.prod(shape)

    def __str__(self) -> str:
        """Its shape, such as ``64x3x3x3``."""
        stated = "x".join(map(str, self.shape)) or "scalar"
        whole = all(side >= 0 for side in self.shape) and math.prod(self.shape) == len(self.values)
        return stated if whole else f"{stated} with {len(self.values)} values"


def read_caffemodel(path: Path) -> dict[str, tuple[Blob, ...]]:
    """Reads the layers of a Caffe network that have weights.

    The file is mapped, not loaded; memory is needed for its weights twice.

    Args:
        path: A binary ``NetParameter``.

    Returns:
        The blobs of each layer, by its name, in the order of the file. Of a
        convolution these are weights (O, I, k, k) and biases (O,).

    Raises:
        UsageError: The file cannot be read, is not of this format, is
            incomplete, or holds no weights or those of a layer twice.
    """
    net = _parse(path)
    layers: dict[str, tuple[Blob, ...]] = {}
    for layer in (*net.layers, *net.layer):
        if not layer.blobs:
            continue
        name = _printable(layer.name)
        if name in layers:
            raise UsageError(f"{path} holds the weights of layer '{name}' twice; expected once")
        layers[name] = tuple(_blob(blob) for blob in layer.blobs)
    if not layers:
        raise UsageError(f"{path} {_found(path)}; {_EXPECTED}")
    return layers


def _parse(path: Path) -> Any:
    net = _net_parameter()()
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise UsageError(f"{path} is empty; {_EXPECTED}")
            with (
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
                memoryview(content) as view,
            ):
                net.MergeFromString(view)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; {_EXPECTED}") from error
    except DecodeError as error:
        found = _found(path, otherwise="is damaged, incomplete or of another format")
        raise UsageError(f"{path} {found}; {_EXPECTED}") from error
    return net


def _found(path: Path, *, otherwise: str = "holds no layers with weights") -> str:
    """What a file without weights is."""
    with path.open("rb") as file:
        head = file.read(256)
    if head.isascii() and all(chr(byte).isprintable() or byte in b"\t\n\r" for byte in head):
        return "is text (a .prototxt describes a network and holds no weights)"
    return otherwise


def _blob(blob: Any) -> Blob:
    if blob.HasField("shape"):
        shape = tuple(blob.shape.dim)
    else:
        shape = (blob.num, blob.channels, blob.height, blob.width)
    # From protobuf 7 on, arrays come whole: 14 million values in 0.02 s instead of 0.5 s (2026-11).
    if blob.double_data:
        doubles = np.asarray(blob.double_data, np.float64)
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and refused later
            return Blob(shape, doubles.astype(np.float32))
    return Blob(shape, np.asarray(blob.data, np.float32))


def _printable(name: bytes) -> str:
    text = name.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else ascii(text)[1:-1]


@cache
def _net_parameter() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="zokusei/caffe.proto", package="zokusei.caffe")
    for message, fields in _SCHEMA.items():
        described = file.message_type.add(name=message)
        for field, (number, kind) in fields.items():
            added = described.field.add(name=field.rstrip("+"), number=number)
            added.label = _Kind.LABEL_REPEATED if field.endswith("+") else _Kind.LABEL_OPTIONAL
            if isinstance(kind, str):
                added.type, added.type_name = _Kind.TYPE_MESSAGE, f".{file.package}.{kind}"
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    net_parameter = pool.FindMessageTypeByName(f"{file.package}.NetParameter")
    return message_factory.GetMessageClass(net_parameter)
