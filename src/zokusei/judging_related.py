"""Judges related works by bookmarks that were left out, and learns the gate from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import get_args

import numpy as np

from zokusei.evaluation.related import (
    K,
    Ranker,
    RelatedEvaluation,
    Works,
    evaluate_related,
)
from zokusei.evaluation.related_metrics import Floats, Rows
from zokusei.evaluation.related_questions import Kind, Question, Trial, make_trial, of_kind
from zokusei.index import AttributeIndex
from zokusei.library import Library
from zokusei.recommend.by_bookmarks import BookmarkMatrix, BookmarkModel, default_model, make_model
from zokusei.recommend.gate import Gate
from zokusei.recommend.learn_gate import Example, learn_gate
from zokusei.recommend.taste import Taste

KINDS: tuple[Kind, ...] = get_args(Kind)

# A gate is learned on so many candidates at most, drawn at random: 10,000 works rank alike to
# a million for the places of targets among them, and scores of all would not fit memory.
_MOST_CANDIDATES = 10_000


@dataclass(frozen=True, eq=False)
class Contest:
    """A trial, and what is needed to rank its works.

    Args:
        trial: Training bookmarks and questions.
        works: Its candidates.
        matrix: The training bookmarks.
        rows: int64, the trial's row of each of the matrix's works.
        taste: Learned from the training bookmarks.
    """

    trial: Trial
    works: Works
    matrix: BookmarkMatrix
    rows: Rows
    taste: Taste

    @classmethod
    def from_trial(cls, trial: Trial, index: AttributeIndex) -> Contest:
        """A trial over the works of an index.

        Args:
            trial: Its works are all in the index.
            index: Says what they look like.
        """
        user_ids, rows = trial.training
        matrix = BookmarkMatrix()
        if len(rows):
            matrix.add(list(user_ids), [trial.work_ids[row] for row in rows])
        places = {work_id: row for row, work_id in enumerate(trial.work_ids)}
        vectors = index.vectors([index.row(work_id) for work_id in trial.work_ids])
        works = Works(
            trial.popularity,
            trial.num_bookmarks,
            matrix.num_people,
            vectors.astype(np.float32),
            index.space.shares(),
        )
        of_matrix = np.array([places[work_id] for work_id in matrix.work_ids], np.int64)
        taste = Taste.learn(matrix, works.vectors[of_matrix], index.vocabulary.ids)
        return cls(trial, works, matrix, of_matrix, taste)

    @classmethod
    def from_library(
        cls,
        library: Library,
        index: AttributeIndex,
        *,
        seed: int = 0,
        leave_out: int = 10,
        withhold: float = 0.1,
        most_people: int | None = None,
    ) -> Contest:
        """A trial over a library's own bookmarks; see ``make_trial`` for the arguments.

        Raises:
            UsageError: The library has too few bookmarks.
        """
        work_ids = [index.work_ids[row] for row in np.flatnonzero(index.live).tolist()]
        places = {work_id: row for row, work_id in enumerate(work_ids)}
        table = library.bookmarks()
        pairs = [
            (user_id, places[work_id])
            for user_id, work_id in zip(
                table["user_id"].to_pylist(), table["work_id"].to_pylist(), strict=True
            )
            if work_id in places
        ]
        user_ids = [user_id for user_id, _ in pairs]
        rows = np.array([row for _, row in pairs], np.int64)
        trial = make_trial(
            user_ids,
            rows,
            work_ids,
            seed=seed,
            leave_out=leave_out,
            withhold=withhold,
            most_people=most_people,
        )
        return cls.from_trial(trial, index)

    # ------------------------------------------------------------------ rankings

    def by_attributes(self, question: Question) -> Floats:
        """Scores by attributes: the mean of the liked works' vectors against each work's."""
        wanted = self.works.vectors[question.liked].mean(axis=0) * self.works.shares
        scores: Floats = (self.works.vectors @ wanted).astype(np.float64)
        return scores

    def by_taste(self, question: Question) -> Floats:
        """Scores by attributes as people's taste weighs them."""
        mean = self.works.vectors[question.liked].mean(axis=0)
        weighted = self.taste.weighted(mean.astype(np.float64), len(question.liked))
        scores: Floats = self.works.vectors @ weighted
        return scores

    def by_bookmarks(self, model: BookmarkModel) -> Ranker:
        """Scores by a model over ``matrix``; 0 for works that it does not score."""

        def scores(question: Question) -> Floats:
            scored = model.scores([self.trial.work_ids[row] for row in question.liked])
            every = np.zeros(len(self.trial.work_ids))
            every[self.rows[scored.rows]] = scored.scores
            return every

        return scores

    def by_both(self, gate: Gate, by_attributes: Ranker, by_bookmarks: Ranker) -> Ranker:
        """Scores by attributes, plain or by taste, and by bookmarks through a gate."""

        def scores(question: Question) -> Floats:
            weights = gate.weights(self.num_liked(question), self.trial.num_bookmarks)
            mixed: Floats = weights.attributes * by_attributes(question)
            mixed += weights.bookmarks * by_bookmarks(question)
            return mixed

        return scores

    def by_popularity(self, _: Question) -> Floats:
        """Scores by the number of bookmarks."""
        return self.trial.num_bookmarks.astype(np.float64)

    def num_liked(self, question: Question) -> int:
        """The bookmarks of the liked works, summed."""
        return int(self.trial.num_bookmarks[question.liked].sum())


def rankers(
    contest: Contest,
    gate: Gate,
    *,
    by_taste: bool = True,
    model: str | None = None,
    others: Sequence[str] = (),
) -> dict[str, Ranker]:
    """The baselines, attributes plain and by taste, bookmarks, both, and other models by name.

    Args:
        contest: What is ranked.
        gate: Of both.
        by_taste: Whether both take taste for their attributes, as with a library that has it.
        model: The name of the bookmark model that is a parent; the default's if none.
        others: Names of further models.
    """
    model = model or default_model(contest.matrix)
    rng = np.random.default_rng(0)
    bookmarks = contest.by_bookmarks(make_model(contest.matrix, model))
    return {
        "random": lambda _: rng.random(len(contest.trial.work_ids)),
        "popular": contest.by_popularity,
        "attributes": contest.by_attributes,
        "taste": contest.by_taste,
        "bookmarks": bookmarks,
        "both": contest.by_both(
            gate, contest.by_taste if by_taste else contest.by_attributes, bookmarks
        ),
        **{
            other: contest.by_bookmarks(make_model(contest.matrix, other))
            for other in others
            if other != model
        },
    }


def judge_related(
    contest: Contest,
    ranked_by: Mapping[str, Ranker],
    *,
    k: int = K,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[RelatedEvaluation, ...]:
    """Asks the test people's questions, about a work each and about all they liked.

    Args:
        contest: The works and questions.
        ranked_by: Rankings by name.
        k: Length of a list.
        seed: Of everything random.
        on_progress: Called with the rankings done and their number.
    """
    total = len(KINDS) * len(ranked_by)
    found = []
    for place, kind in enumerate(KINDS):
        before = place * len(ranked_by)
        found.append(
            evaluate_related(
                kind,
                of_kind(contest.trial.test, kind, seed=seed),
                ranked_by,
                contest.works,
                k=k,
                seed=seed,
                on_progress=_after(before, total, on_progress),
            )
        )
    return tuple(found)


def learn_gate_by(
    contest: Contest,
    *,
    source: str,
    model: str | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Gate:
    """The gate of taste and bookmarks that is best for the validation people.

    Args:
        contest: The works and questions; the test people's are not looked at.
        source: What the bookmarks are of, for people to read.
        model: The name of the bookmark model it is for; the default's if none.
        seed: Of everything random.
        on_progress: Called with the gates tried and the most there can be.
    """
    model = model or default_model(contest.matrix)
    kept, examples = _examples(contest, make_model(contest.matrix, model), seed)
    trial = contest.trial
    gate = learn_gate(
        examples,
        trial.num_bookmarks[kept],
        trial.popularity[kept],
        seed=seed,
        on_progress=on_progress,
    )
    about = {
        "on": source,
        "model": model,
        "num_people": len(trial.validation),
        "num_bookmarks": int(trial.num_bookmarks.sum()),
        "num_works": len(trial.work_ids),
        "date": datetime.now(UTC).date().isoformat(),
    }
    return replace(gate, learned={**about, **gate.learned})


def _examples(contest: Contest, model: BookmarkModel, seed: int) -> tuple[Rows, list[Example]]:
    """The validation people's questions with both scores, and the candidates kept."""
    questions = [
        (kind, question)
        for kind in KINDS
        for question in of_kind(contest.trial.validation, kind, seed=seed)
    ]
    num_works = len(contest.trial.work_ids)
    drawn = np.random.default_rng(seed).permutation(num_works)[:_MOST_CANDIDATES]
    asked = [rows for _, question in questions for rows in (question.liked, question.targets)]
    kept = np.unique(np.concatenate([drawn, *asked]))
    by_bookmarks = contest.by_bookmarks(model)
    examples = [
        Example(
            kind,
            targets=np.searchsorted(kept, question.targets),
            liked=np.searchsorted(kept, question.liked),
            by_attributes=contest.by_taste(question)[kept],
            by_bookmarks=by_bookmarks(question)[kept],
            num_liked=contest.num_liked(question),
        )
        for kind, question in questions
    ]
    return kept, examples


def _after(
    before: int, total: int, on_progress: Callable[[int, int], None] | None
) -> Callable[[int, int], None] | None:
    if on_progress is None:
        return None
    told = on_progress
    return lambda done, _: told(before + done, total)
