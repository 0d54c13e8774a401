"""Works, their labels, taggings and bookmarks, kept in Lance tables."""

from zokusei.library.importing import ImportReport, import_source
from zokusei.library.labels import ABSENT, PRESENT, UNKNOWN, Label, LabelMatrix
from zokusei.library.library import Library
from zokusei.library.splits import SPLITS, split_of

__all__ = [
    "ABSENT",
    "PRESENT",
    "SPLITS",
    "UNKNOWN",
    "ImportReport",
    "Label",
    "LabelMatrix",
    "Library",
    "import_source",
    "split_of",
]
