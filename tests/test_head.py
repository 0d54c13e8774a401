"""The exact head: its solutions are optima, and it says so only when they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from zokusei.errors import UsageError
from zokusei.head import Examples, Features, choose_l2, solve, window_sums
from zokusei.head.covariance import Covariance
from zokusei.head.problem import Problem

L2 = 3e-3


def made(num_works=400, num_features=12, num_attributes=3, *, seed=0, dtype=np.float64):
    """Correlated features that are never negative, labels that follow them, 30% unknown."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(num_features, num_features)) / np.sqrt(num_features)
    x = np.maximum(0, rng.normal(size=(num_works, num_features)) @ mixing + 0.3).astype(dtype)
    slopes = rng.normal(size=(num_attributes, num_features))
    logits = 2 * (x - x.mean(0)) @ slopes.T - np.linspace(0, 2, num_attributes)
    targets = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.float32)
    weights = (rng.random(logits.shape) < 0.7).astype(np.float32)
    return x, targets, weights


def gradients(solution, x, targets, weights, l2):
    """By w and b together (A, F + 1), worked out plainly in float64."""
    x = x.astype(np.float64)
    logits = x @ solution.weights.astype(np.float64).T + solution.intercepts
    residuals = weights * (1 / (1 + np.exp(-logits)) - targets) / weights.sum(0)
    return np.column_stack([residuals.T @ x + l2 * solution.weights, residuals.sum(0)])


def objective(w, b, x, t, m, l2):
    z = x @ w + b
    return np.average(np.logaddexp(0, z) - t * z, weights=m) + l2 / 2 * w @ w


def solve_arrays(x, targets, weights, **options):
    return solve(Features.from_arrays([x]), targets, weights, **{"l2": L2, **options})


@pytest.mark.parametrize("soft", [False, True])
def test_scikit_learn_finds_the_same_weights(soft):
    x, targets, weights = made()
    if soft:
        targets = 0.1 + 0.7 * targets
        weights *= np.random.default_rng(1).uniform(0.5, 2, weights.shape).astype(np.float32)
    solution = solve_arrays(x, targets, weights, tolerance=1e-7)
    assert solution.converged
    for a in range(3):
        # A soft target is a present and an absent label that share the weight.
        shares = np.concatenate(
            [weights[:, a] * targets[:, a], weights[:, a] * (1 - targets[:, a])]
        )
        peer = LogisticRegression(
            C=1 / (L2 * weights[:, a].sum()), tol=1e-10, max_iter=10_000, solver="newton-cg"
        )
        peer.fit(np.vstack([x, x]), np.repeat([1, 0], len(x)), sample_weight=shares)
        np.testing.assert_allclose(solution.weights[a], peer.coef_[0], atol=1e-4)
        np.testing.assert_allclose(solution.intercepts[a], peer.intercept_[0], atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(400, 12, 3), (30, 90, 2), (10, 4, 2)])
def test_the_certificate_is_what_anyone_would_compute(dtype, shape):
    x, targets, weights = made(*shape, seed=2, dtype=dtype)
    solution = solve_arrays(x, targets, weights)
    assert solution.converged
    start = solve_arrays(x, targets, weights, max_passes=2)
    assert not start.weights.any()
    ends = np.linalg.norm(gradients(solution, x, targets, weights, L2), axis=1)
    starts = np.linalg.norm(gradients(start, x, targets, weights, L2), axis=1)
    np.testing.assert_allclose(solution.relative_gradients, ends / starts, atol=2e-5)
    assert solution.weights.dtype == (np.float64 if dtype == np.float64 else np.float32)


def test_the_gradient_is_that_of_the_objective():
    x, targets, weights = made(60, 4, 2)
    problem = Problem(Features.from_arrays([x[:25], x[25:]]), targets, weights)
    rng = np.random.default_rng(3)
    points = rng.normal(size=(2, 5))
    w, b = problem.to_raw(points)
    sweep = problem.sweep(np.arange(2), np.zeros((2, 60)), points)
    raw = sweep.gradient[:, :-1] + sweep.gradient[:, -1:] * problem.covariance.mean
    for a in range(2):
        for j in range(4):
            step = np.zeros(4)
            step[j] = 1e-6
            up, down = (
                objective(w[a] + sign * step, b[a], x, targets[:, a], weights[:, a], 0)
                for sign in (1, -1)
            )
            assert raw[a, j] == pytest.approx((up - down) / 2e-6, abs=1e-8)
        here = objective(w[a], b[a], x, targets[:, a], weights[:, a], 0)
        assert sweep.loss[a] == pytest.approx(here)


def test_stopped_early_it_says_what_is_left():
    x, targets, weights = made()
    solution = solve_arrays(x, targets, weights, max_passes=4)
    assert not solution.converged
    assert solution.num_passes == 4
    sentence = solution.evidence(("twintails", "ahoge", "bob_cut"))
    assert sentence.startswith("not converged: 3 of 3 attributes above 1e-04, worst ")
    worst = ("twintails", "ahoge", "bob_cut")[solution.relative_gradients.argmax()]
    assert sentence.endswith(f"({worst}), after 4 passes")


def test_stopped_early_its_gradients_are_still_true():
    x, targets, weights = made()
    start = solve_arrays(x, targets, weights, max_passes=2)
    solution = solve_arrays(x, targets, weights, max_passes=5)
    ends = np.linalg.norm(gradients(solution, x, targets, weights, L2), axis=1)
    starts = np.linalg.norm(gradients(start, x, targets, weights, L2), axis=1)
    np.testing.assert_allclose(solution.relative_gradients, ends / starts, rtol=1e-6)


def test_the_curve_tells_of_every_pass_and_falls():
    seen = []
    solution = solve_arrays(*made(), on_progress=seen.append)
    assert list(solution.curve) == seen
    assert [point.num_passes for point in seen] == list(range(1, solution.num_passes + 1))
    losses = [point.loss for point in seen]
    assert losses[-1] < losses[0]
    np.testing.assert_array_less(np.diff(losses), 1e-9)
    assert seen[-1].num_open == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_loss_never_rises_even_where_whole_steps_lead_astray(seed):
    x, targets, weights = made(seed=seed)
    x = x**4  # a few works far from all others
    targets[:, 0] = x[:, 0] > np.quantile(x[:, 0], 0.98)
    solution = solve_arrays(x, targets, weights, l2=1e-6)
    np.testing.assert_array_less(np.diff([point.loss for point in solution.curve]), 1e-9)
    assert solution.converged


def test_a_warm_start_needs_fewer_passes():
    x, targets, weights = made()
    cold = solve_arrays(x, targets, weights)
    near = solve_arrays(x, targets, weights, l2=L2 * 0.9)
    warm = solve_arrays(x, targets, weights, start=near)
    assert warm.converged
    assert warm.num_passes < cold.num_passes
    there = solve_arrays(x, targets, weights, start=warm)
    assert there.num_passes == 2  # what the gradients are relative to, and the certificate


def test_the_order_of_works_and_their_shards_change_nothing():
    x, targets, weights = made()
    order = np.random.default_rng(7).permutation(len(x))
    whole = solve_arrays(x, targets, weights, tolerance=1e-9)
    shards = Features.from_arrays(np.split(x[order], [1, 100, 250]))
    parts = solve(shards, targets[order], weights[order], l2=L2, tolerance=1e-9)
    np.testing.assert_allclose(parts.weights, whole.weights, atol=1e-6)
    np.testing.assert_allclose(parts.intercepts, whole.intercepts, atol=1e-6)


def test_unknown_labels_have_no_influence():
    x, targets, weights = made()
    other = np.where(weights > 0, targets, np.nan)
    one, two = solve_arrays(x, targets, weights), solve_arrays(x, other, weights)
    np.testing.assert_array_equal(one.weights, two.weights)


def test_works_without_any_label_have_no_influence():
    x, targets, weights = made()
    weights[:50] = 0
    whole = solve_arrays(x, targets, weights, tolerance=1e-9)
    rest = solve_arrays(x[50:], targets[50:], weights[50:], tolerance=1e-9)
    np.testing.assert_allclose(rest.weights, whole.weights, atol=1e-6)


def test_each_attribute_may_have_its_own_l2():
    x, targets, weights = made()
    l2 = np.array([1e-2, 1e-3, 1e-1])
    together = solve_arrays(x, targets, weights, l2=l2, tolerance=1e-9)
    for a in range(3):
        one = slice(a, a + 1)
        alone = solve_arrays(x, targets[:, one], weights[:, one], l2=l2[a], tolerance=1e-9)
        np.testing.assert_allclose(together.weights[a], alone.weights[0], atol=1e-6)


def test_files_and_arrays_give_the_same(tmp_path):
    x, targets, weights = made(dtype=np.float16)
    paths = [tmp_path / "a.npy", tmp_path / "b.npy"]
    for path, part in zip(paths, (x[:150], x[150:]), strict=True):
        np.save(path, part)
    files = solve(Features.from_files(paths), targets, weights, l2=L2)
    arrays = solve(Features.from_arrays([x[:150], x[150:]]), targets, weights, l2=L2)
    np.testing.assert_array_equal(files.weights, arrays.weights)


def test_attributes_with_nothing_to_learn_get_their_smoothed_base_rate():
    x, targets, weights = made()
    targets[:, 0] = 1
    weights[:, 1] = 0
    solution = solve_arrays(x, targets, weights)
    assert solution.converged
    assert not solution.weights[:2].any()
    known = weights[:, 0].sum()
    assert solution.intercepts[0] == pytest.approx(np.log((known + 0.5) / 0.5))
    assert solution.intercepts[1] == 0
    assert solution.solvable.tolist() == [False, False, True]


def test_nothing_to_learn_at_all_is_solved_at_once():
    x, targets, weights = made()
    solution = solve_arrays(x, targets, np.zeros_like(weights))
    assert solution.converged
    assert solution.num_passes == 0


def test_a_rare_attribute_is_solved():
    x, targets, weights = made(20_000, 12, 1)
    targets[:] = 0
    targets[np.argsort(-x[:, 0])[:4]] = 1
    weights[np.argsort(-x[:, 0])[:4]] = 1
    solution = solve_arrays(x, targets, weights, l2=1e-5)
    assert solution.converged
    assert solution.weights[0].argmax() == 0


def test_separable_labels_have_a_finite_optimum():
    x, targets, weights = made()
    targets[:, 0] = x[:, 0] > 0.5
    solution = solve_arrays(x, targets, weights, l2=1e-6, tolerance=1e-6)
    assert solution.converged
    assert np.abs(gradients(solution, x, targets, weights, 1e-6)).max() < 1e-6


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_constant_and_repeated_features_do_no_harm(dtype):
    x, targets, weights = made(dtype=dtype)
    x = np.column_stack([x, np.full(len(x), 7), x[:, 0], np.zeros(len(x))]).astype(dtype)
    solution = solve_arrays(x, targets, weights)
    assert solution.converged
    # Alike features share their weight; those that never change have none.
    np.testing.assert_allclose(solution.weights[:, 13], solution.weights[:, 0], atol=1e-3)
    np.testing.assert_allclose(solution.weights[:, [12, 14]], 0, atol=1e-6)


def test_features_that_say_nothing_leave_the_base_rate():
    _, targets, weights = made()
    solution = solve_arrays(np.full((400, 3), 0.1, np.float16), targets, weights)
    assert solution.converged
    rates = (targets * weights).sum(0) / weights.sum(0)
    np.testing.assert_allclose(1 / (1 + np.exp(-solution.intercepts)), rates, rtol=1e-6)


def test_features_in_large_units_do_no_harm():
    x, targets, weights = made(dtype=np.float32)
    scales = np.geomspace(1e-2, 1e3, x.shape[1]).astype(np.float32)
    solution = solve_arrays(x * scales + 50, targets, weights)
    assert solution.converged


def test_the_path_chooses_by_validation_loss():
    x, targets, weights = made(300, 40, 3)
    half = slice(0, 150), slice(150, 300)
    train, validation = (
        Examples(Features.from_arrays([x[part]]), targets[part], weights[part]) for part in half
    )
    l2s = np.geomspace(1, 1e-4, 7)
    path = choose_l2(train, validation, l2s=l2s, tolerance=1e-6)
    assert path.solution.converged
    for a in range(3):
        tried = np.flatnonzero(np.isfinite(path.losses[:, a]))
        losses = []
        for row in tried:
            alone = solve(train.features, train.targets, train.weights, l2=l2s[row], tolerance=1e-6)
            z = x[half[1]] @ alone.weights[a] + alone.intercepts[a]
            loss = np.logaddexp(0, z) - targets[half[1], a] * z
            losses.append(np.average(loss, weights=weights[half[1], a]))
        np.testing.assert_allclose(path.losses[tried, a], losses, atol=1e-4)
        assert path.best[a] == np.argmin(losses)
        assert tried.max() <= path.best[a] + 1  # it left the path when it got worse
    np.testing.assert_array_equal(path.solution.l2, l2s[path.best])


def test_the_end_of_the_path_only_needs_its_certificate():
    x, targets, weights = made()
    examples = Examples(Features.from_arrays([x]), targets, weights)
    path = choose_l2(examples, examples, l2s=(0.1, 0.01))
    assert path.solution.num_passes == 1
    cold = [
        solve(examples.features, targets, weights, l2=l2).num_passes for l2 in (*path.l2s, 0.01)
    ]
    assert path.num_passes < sum(cold)


def test_an_attribute_without_validation_labels_follows_the_others():
    x, targets, weights = made(300, 40, 3)
    weights[150:, 1] = 0
    train, validation = (
        Examples(Features.from_arrays([x[part]]), targets[part], weights[part])
        for part in (slice(0, 150), slice(150, 300))
    )
    path = choose_l2(train, validation, l2s=(1, 0.1, 0.01))
    assert np.isnan(path.losses[:, 1]).all()
    assert path.best[1] == int(np.median(path.best[[0, 2]]))
    assert path.solution.converged


@pytest.mark.parametrize("num_rows", [15, 500])
def test_the_covariance_is_inverted_with_its_ridge(num_rows):
    x, _, _ = made(500, 40, 1)
    x[10:] += 3  # the first rows are not like the others
    covariance = Covariance(Features.from_arrays([x[:10], x[10:num_rows]]))
    ridge = 6.0**-2
    matrix = np.cov(x[:num_rows].T, bias=True) + ridge * np.eye(40)
    vector = np.random.default_rng(0).normal(size=(1, 40))
    solved = covariance.solve(vector, np.array([ridge]))
    np.testing.assert_allclose(solved[0], np.linalg.solve(matrix, vector[0]), rtol=1e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"l2": 0}, "l2 must be finite and above 0"),
        ({"max_passes": 1}, "max_passes must be at least 2"),
        ({"targets": np.full((400, 3), 1.5)}, r"targets must lie in \[0, 1\]"),
        ({"weights": np.full((400, 3), -1.0)}, "at least 0"),
        ({"targets": np.zeros((399, 3))}, r"\(399, 3\)"),
        ({"x": np.full((400, 12), np.nan)}, "not finite"),
        ({"x": np.ones((400, 12), int)}, "int64"),
    ],
)
def test_what_cannot_be_solved_is_refused(change, message):
    x, targets, weights = made()
    arguments = {"x": x, "targets": targets, "weights": weights} | change
    with pytest.raises(UsageError, match=message):
        solve_arrays(**arguments)


def test_shards_of_different_widths_are_refused():
    with pytest.raises(UsageError, match=r"one width, found \[2, 3\]"):
        Features.from_arrays([np.zeros((4, 2)), np.zeros((4, 3))])


def test_what_is_no_array_file_is_refused(tmp_path):
    (tmp_path / "x.npy").write_text("no")
    with pytest.raises(UsageError, match=r"x\.npy is not a \.npy file"):
        Features.from_files([tmp_path / "x.npy"])


@given(
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    size=st.integers(1, 8),
    padding=st.integers(0, 4),
    seed=st.integers(0, 99),
)
@settings(max_examples=120, deadline=None)
def test_window_sums_are_the_convolution_averaged(height, width, size, padding, seed):
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(2, 3, height, width)), rng.normal(size=(4, 3, size, size))
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    down, across = padded.shape[2] - size + 1, padded.shape[3] - size + 1
    if min(down, across) < 1:
        with pytest.raises(ValueError, match="has no output"):
            window_sums(x, size, padding)
        return
    direct = np.zeros((2, 4))
    for r in range(down):
        for c in range(across):
            seen = padded[:, :, r : r + size, c : c + size]
            direct += np.einsum("bcij,acij->ba", seen, weight) / (down * across)
    summed = window_sums(x, size, padding) @ weight.reshape(4, -1).T
    np.testing.assert_allclose(summed, direct, rtol=0, atol=1e-12)


def test_window_sums_take_tensors():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(2, 3, 7, 5))
    summed = window_sums(torch.from_numpy(x), 3, 1)
    np.testing.assert_allclose(summed.numpy(), window_sums(x, 3, 1), atol=1e-14)
