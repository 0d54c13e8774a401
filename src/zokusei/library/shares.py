"""How sure one can be of a share that was seen in a few works."""

from __future__ import annotations

import math

# One-sided 95%: the true share is lower in one case of twenty.
_Z = 1.6448536


def share_at_least(hits: float, trials: float) -> float:
    """The lower end of the Wilson score interval of a share.

    Source: E. B. Wilson, "Probable inference, the law of succession, and
    statistical inference", Journal of the American Statistical Association
    22 (1927). ``hits`` may be a sum of probabilities: whether a work drawn at
    random shows the attribute is then still one Bernoulli trial.

    >>> round(share_at_least(3, 3), 3), round(share_at_least(19, 20), 3)
    (0.526, 0.804)

    Args:
        hits: How many works show it, in [0, trials].
        trials: How many works were looked at.

    Returns:
        In [0, 1); 0 where nothing was looked at.
    """
    if trials <= 0:
        return 0.0
    share, square = hits / trials, _Z * _Z
    spread = _Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return max(0.0, (share + square / (2 * trials) - spread) / (1 + square / trials))
