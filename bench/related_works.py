"""Works for ``bench.related``: any number of rows with the distribution of real taggings.

A drawn library is tagged by the packaged bundle, heads and all. Every row is made of these
taggings: the probabilities of one work, each group with a chance of 0.3 those of another work,
and all log odds disturbed by 0.7. So what goes together in a group stays together, and hardly
two rows are alike.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.draw import draw_library
from zokusei.tagger import Tagger
from zokusei.vocabulary import Vocabulary

SEED = 17
FROM_ANOTHER = 0.3
NOISE = 0.7  # standard deviation, in log odds
_CHUNK = 65_536

_SHARES = np.clip(np.arange(256), 0.5, 254.5) / 255
_LOG_ODDS = np.log(_SHARES / (1 - _SHARES)).astype(np.float32)


def taggings(folder: Path, num_drawn: int) -> NDArray[np.uint8]:
    """Probabilities of drawn works, uint8 (num_drawn, A), times 255; made once and kept.

    Args:
        folder: Where they are kept.
        num_drawn: How many are drawn.
    """
    bundle = Bundle.packaged()
    kept = folder / f"taggings-{num_drawn}-{bundle.fingerprint}.npy"
    if not kept.is_file():
        drawn = folder / f"drawn-{num_drawn}"
        if not drawn.exists():
            draw_library(drawn, num=num_drawn, seed=SEED, workers=1)
        pictures = sorted((drawn / "images").iterdir())
        tagged = Tagger(bundle).tag(pictures)
        np.save(kept, np.stack([tagging.stored_probabilities for tagging in tagged]))
    return np.load(kept)


def works(folder: Path, num: int, num_drawn: int) -> Path:
    """A file of uint8 (num, A), probability times 255; made once and kept.

    Args:
        folder: Where it is kept.
        num: Works.
        num_drawn: Drawings that they are made of.
    """
    tagged, vocabulary = taggings(folder, num_drawn), Bundle.packaged().vocabulary
    kept = folder / f"works-{num}-of-{num_drawn}-{Bundle.packaged().fingerprint}.npy"
    if not kept.is_file():
        unfinished = kept.with_suffix(".unfinished")
        shape = (num, tagged.shape[1])
        rows = np.lib.format.open_memmap(unfinished, "w+", np.uint8, shape)
        rng = np.random.default_rng(SEED)
        for start in range(0, num, _CHUNK):
            some = rows[start : start + _CHUNK]
            some[:] = mixed(tagged, len(some), vocabulary, rng)
        rows.flush()
        unfinished.replace(kept)
    return kept


def mixed(
    tagged: NDArray[np.uint8], num: int, vocabulary: Vocabulary, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """New rows out of taggings, uint8 (num, A)."""
    first = rng.integers(0, len(tagged), num)
    rows = np.empty((num, tagged.shape[1]), np.uint8)
    for group in vocabulary.groups:
        columns = list(vocabulary.group_rows(group.id))
        another = rng.integers(0, len(tagged), num)
        source = np.where(rng.random(num) < FROM_ANOTHER, another, first)
        if columns:
            rows[:, columns[0] : columns[-1] + 1] = tagged[source, columns[0] : columns[-1] + 1]
    odds = np.exp(_LOG_ODDS[rows] + NOISE * rng.standard_normal(rows.shape, np.float32))
    return np.rint(255 * odds / (1 + odds)).astype(np.uint8)
