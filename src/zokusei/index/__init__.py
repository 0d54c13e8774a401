"""Index: the works of a library as vectors of attributes, searched exactly and kept up to date."""

from zokusei.index.attribute_index import MIN_SCORE, AttributeIndex
from zokusei.index.live import LiveIndex, build_index, open_index
from zokusei.index.space import ATTRIBUTE_RANGE, GROUP_RANGE, GROUP_WEIGHTS, AttributeSpace

__all__ = [
    "ATTRIBUTE_RANGE",
    "GROUP_RANGE",
    "GROUP_WEIGHTS",
    "MIN_SCORE",
    "AttributeIndex",
    "AttributeSpace",
    "LiveIndex",
    "build_index",
    "open_index",
]
