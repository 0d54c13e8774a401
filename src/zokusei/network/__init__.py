"""The networks: a trunk that turns pictures into a feature map, and a head that reads it."""

from __future__ import annotations

from zokusei.errors import UnknownNameError
from zokusei.network.compact import Compact
from zokusei.network.efficient import Efficient
from zokusei.network.illustration2vec import Illustration2Vec
from zokusei.network.network import Network

ARCHITECTURES: dict[str, type[Network]] = {
    "compact": Compact,
    "efficient": Efficient,
    "illustration2vec": Illustration2Vec,
}


def architecture(arch: str) -> type[Network]:
    """The class of networks of this name.

    Raises:
        UnknownNameError: There is none.
    """
    if arch not in ARCHITECTURES:
        raise UnknownNameError("architecture", arch, ARCHITECTURES)
    return ARCHITECTURES[arch]


def build_network(arch: str, num_attributes: int) -> Network:
    """A network with fresh weights.

    Raises:
        UnknownNameError: There is no such architecture.
    """
    return architecture(arch)(num_attributes)


__all__ = [
    "ARCHITECTURES",
    "Compact",
    "Efficient",
    "Illustration2Vec",
    "Network",
    "architecture",
    "build_network",
]
