"""The last layer of a frozen trunk, solved to its optimum: masked logistic regression with L2."""

from zokusei.head.features import Features
from zokusei.head.path import Examples, Path, choose_l2
from zokusei.head.solution import Progress, Solution
from zokusei.head.solver import solve
from zokusei.head.windows import window_sums

__all__ = [
    "Examples",
    "Features",
    "Path",
    "Progress",
    "Solution",
    "choose_l2",
    "solve",
    "window_sums",
]
