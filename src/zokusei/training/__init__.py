"""Training a network from the pictures and labels of a library."""

from zokusei.training.loop import train
from zokusei.training.run import Run
from zokusei.training.settings import Settings

__all__ = ["Run", "Settings", "train"]
