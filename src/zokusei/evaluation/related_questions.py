"""Questions with known answers, made of bookmarks: people kept apart, and what they also liked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UsageError

Rows: TypeAlias = NDArray[np.int64]
Kind = Literal["work", "person"]

# Works by how many training bookmarks they have: the name of each range and where it begins.
POPULARITY: tuple[tuple[str, int], ...] = (
    ("0", 0),
    ("1-4", 1),
    ("5-19", 5),
    ("20-99", 20),
    ("100+", 100),
)
NAMES = tuple(name for name, _ in POPULARITY)

TEST_SHARE = 0.15
VALIDATION_SHARE = 0.15
_SPARSE = 20  # works with fewer training bookmarks are left as they are


class Question(NamedTuple):
    """What somebody liked, and what else they liked, which nobody is told.

    Args:
        user_id: Who.
        liked: int64 (L,), rows of the liked works.
        targets: int64 (T,), rows of the works left out; disjoint from the liked ones.
    """

    user_id: str
    liked: Rows
    targets: Rows


@dataclass(frozen=True, slots=True)
class Trial:
    """A measurement: bookmarks to learn from, and questions about other people.

    Args:
        work_ids: The N works, all of which are candidates.
        training: Pairs of user_id and work row: user_ids, and int64 (n,).
        num_bookmarks: int64 (N,), training bookmarks of each work.
        validation: Questions to choose by.
        test: Questions to judge by; of other people than all the rest.
    """

    work_ids: tuple[str, ...]
    training: tuple[NDArray[np.object_], Rows]
    num_bookmarks: Rows
    validation: tuple[Question, ...]
    test: tuple[Question, ...]

    @property
    def popularity(self) -> Rows:
        """The place in ``POPULARITY`` of each work: int64 (N,)."""
        return popularity_of(self.num_bookmarks)


def popularity_of(num_bookmarks: Rows) -> Rows:
    """The place in ``POPULARITY`` of works with so many bookmarks.

    >>> popularity_of(np.array([0, 1, 4, 5, 99, 100, 5000])).tolist()
    [0, 1, 1, 2, 3, 4, 4]
    """
    begins = [begin for _, begin in POPULARITY]
    return np.searchsorted(begins, num_bookmarks, side="right").astype(np.int64) - 1


def split_of(user_id: str, seed: int = 0) -> Literal["training", "validation", "test"]:
    """Whether a person is learned from, chosen by or judged by; depends on nothing else.

    >>> sorted({split_of(f"user{number}") for number in range(50)})
    ['test', 'training', 'validation']
    """
    digest = hashlib.sha256(f"{seed}:{user_id}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < TEST_SHARE:
        return "test"
    return "validation" if place < TEST_SHARE + VALIDATION_SHARE else "training"


def make_trial(
    user_ids: Sequence[str],
    rows: Rows,
    work_ids: Sequence[str],
    *,
    seed: int = 0,
    leave_out: int = 10,
    withhold: float = 0.1,
    most_people: int | None = None,
) -> Trial:
    """Splits bookmarks by person, leaves some out, and makes fresh works.

    Of validation and test people nothing enters the training bookmarks. From each
    who has at least twice as many bookmarks as are left out, ``leave_out`` are
    drawn as targets, and the others are what they liked. Fresh works are made by
    withholding: of the works with 20 or more training bookmarks a share keeps 0, as
    large a share 1 to 4 and another 5 to 19 of them, drawn at random.

    Args:
        user_ids: Of n bookmarks.
        rows: int64 (n,), the row of the bookmarked work; each pair once.
        work_ids: Of the N works.
        seed: Of everything random.
        leave_out: Targets of a question, 1 or more.
        withhold: Share of the works for each of the three kinds of fresh work, 0 to 0.3.
        most_people: At most so many validation and so many test people; all by default.

    Raises:
        UsageError: A value is out of its range, or nobody has bookmarks enough.
    """
    if leave_out < 1 or not 0 <= withhold <= 0.3:
        raise UsageError(
            f"leave_out is {leave_out}, expected 1 or more; withhold is {withhold}, "
            "expected 0 to 0.3"
        )
    rng = np.random.default_rng(seed)
    people, codes = np.unique(np.asarray(user_ids, object), return_inverse=True)
    splits = np.array([split_of(user_id, seed) for user_id in people], object)
    in_training = splits[codes] == "training" if len(people) else np.zeros(0, bool)
    kept = np.flatnonzero(in_training)
    kept = kept[_kept(rows[kept], len(work_ids), withhold, rng)]
    order = np.argsort(codes, kind="stable")
    of_person = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    questions = {
        split: _questions(
            [(people[p], rows[of_person[p]]) for p in np.flatnonzero(splits == split)],
            leave_out,
            most_people,
            rng,
        )
        for split in ("validation", "test")
    }
    return Trial(
        tuple(work_ids),
        (people[codes[kept]], rows[kept]),
        np.bincount(rows[kept], minlength=len(work_ids)).astype(np.int64),
        questions["validation"],
        questions["test"],
    )


def of_kind(questions: Sequence[Question], kind: Kind, *, seed: int = 0) -> list[Question]:
    """The questions as they are (``person``), or about one of the liked works (``work``)."""
    if kind == "person":
        return list(questions)
    rng = np.random.default_rng(seed)
    return [question._replace(liked=rng.choice(question.liked, 1)) for question in questions]


def _questions(
    people: list[tuple[str, Rows]],
    leave_out: int,
    most_people: int | None,
    rng: np.random.Generator,
) -> tuple[Question, ...]:
    able = [(user_id, rows) for user_id, rows in people if len(rows) >= 2 * leave_out]
    if not able:
        raise UsageError(
            f"nobody kept apart has {2 * leave_out} bookmarks, which leaving out {leave_out} "
            "needs; leave out fewer, or collect more bookmarks first"
        )
    chosen = rng.permutation(len(able))[:most_people]
    questions = []
    for place in sorted(chosen):
        user_id, rows = able[place]
        mixed = rng.permutation(rows)
        questions.append(Question(user_id, np.sort(mixed[leave_out:]), np.sort(mixed[:leave_out])))
    return tuple(questions)


def _kept(rows: Rows, num_works: int, withhold: float, rng: np.random.Generator) -> Rows:
    """Which training bookmarks are left, as places: int64."""
    counts = np.bincount(rows, minlength=num_works)
    able = rng.permutation(np.flatnonzero(counts >= _SPARSE))
    num = int(withhold * len(able))
    left = counts.copy()
    left[able[:num]] = 0
    left[able[num : 2 * num]] = rng.integers(1, 5, num)
    left[able[2 * num : 3 * num]] = rng.integers(5, 20, num)
    # The place of each bookmark among those of its work, in random order.
    order = rng.permutation(len(rows))
    order = order[np.argsort(rows[order], kind="stable")]
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows)) - starts
    return np.flatnonzero(rank < left[rows])
