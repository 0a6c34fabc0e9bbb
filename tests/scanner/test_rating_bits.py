"""A row depends on its own bars alone, to the last bit."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from technic.scanner.linear import Lines, ema, sma
from technic.scanner.rating import COLUMNS, rate
from tests.support.bars import side_by_side, walk

LENGTHS = (300, 300, 299, 260, 257, 256, 255, 201, 200, 150, 79, 78, 53, 52, 43, 35, 34, 29, 28, 21, 20)


def some_columns(symbols: int, seed: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [walk(rng, LENGTHS[at % len(LENGTHS)], tick=0.01) for at in range(symbols)]


def assert_same_bits(one, its, other, others):
    for name in COLUMNS:
        if name != "as_of":  # the helper numbers the columns there
            assert np.array_equal(one.columns[name][its], other.columns[name][others], equal_nan=True), name
    assert np.array_equal(one.votes[:, its], other.votes[:, others])
    assert np.array_equal(one.history[..., its], other.history[..., others], equal_nan=True)


@pytest.fixture(scope="module")
def columns():
    return some_columns(600)


@pytest.fixture(scope="module")
def whole(columns):
    return rate(side_by_side(columns), history=True)


def test_permuted_columns_keep_their_bits(columns, whole):
    order = np.random.default_rng(0).permutation(len(columns))
    permuted = rate(side_by_side([columns[at] for at in order]), history=True)
    assert_same_bits(whole, order, permuted, np.arange(len(order)))


@pytest.mark.parametrize("cut", [300, 512, 64, 37, 1])
def test_a_block_cut_in_two_keeps_its_bits(columns, whole, cut):
    left = rate(side_by_side(columns[:cut]), history=True)
    right = rate(side_by_side(columns[cut:]), history=True)
    assert_same_bits(whole, np.arange(cut), left, np.arange(cut))
    assert_same_bits(whole, np.arange(cut, 600), right, np.arange(600 - cut))


@pytest.mark.parametrize("at", range(len(LENGTHS)))
def test_a_symbol_alone_has_the_bits_it_has_in_company(columns, whole, at):
    alone = rate(side_by_side([columns[at]]), history=True)
    assert_same_bits(whole, [at], alone, [0])


@pytest.mark.parametrize("rows", [1, 20, 63, 64, 65, 400])
def test_empty_rows_above_change_no_bit(columns, whole, rows):
    lower = rate(side_by_side(columns[:130], rows_above=rows), history=True)
    assert_same_bits(whole, np.arange(130), lower, np.arange(130))


def test_a_longer_neighbour_changes_no_bit(columns, whole):
    neighbour = walk(np.random.default_rng(9), 1300)
    longer = rate(side_by_side([*columns[:90], neighbour]), history=True)
    assert_same_bits(whole, np.arange(90), longer, np.arange(90))


def test_the_layout_in_memory_changes_no_bit(columns, whole):
    bars = side_by_side(columns)
    fields = {
        name: np.asfortranarray(getattr(bars, name)) for name in ("open", "high", "low", "close", "volume")
    }
    turned = rate(type(bars)(**fields, counts=bars.counts, dates_last=bars.dates_last), history=True)
    assert_same_bits(whole, np.arange(600), turned, np.arange(600))


def test_asking_for_history_changes_no_bit_of_the_columns(columns, whole):
    plain = rate(side_by_side(columns))
    assert plain.history is None
    for name in COLUMNS:
        assert np.array_equal(plain.columns[name], whole.columns[name], equal_nan=True)


def test_two_threads_at_once_get_the_same_bits(columns, whole):
    found = {}

    def one_thread(name):
        found[name] = rate(side_by_side(columns), history=True)

    threads = [threading.Thread(target=one_thread, args=(name,)) for name in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in found.values():
        assert_same_bits(whole, np.arange(600), result, np.arange(600))


def test_a_result_is_not_written_over_by_the_next_one(columns):
    first = rate(side_by_side(columns[:70]), history=True)
    kept = {name: values.copy() for name, values in first.columns.items()}
    rate(side_by_side(some_columns(70, seed=8)), history=True)
    for name, values in first.columns.items():
        assert np.array_equal(values, kept[name], equal_nan=True), name


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_number_of_blas_threads_changes_no_bit(tmp_path, columns, whole, threads):
    bars, out = tmp_path / "bars.npz", tmp_path / "rated.npz"
    block = side_by_side(columns)
    np.savez(bars, **{name: getattr(block, name) for name in block.__slots__})
    script = (
        "import sys, numpy as np\n"
        "from technic.scanner.aligned import AlignedBars\n"
        "from technic.scanner.rating import rate\n"
        "rated = rate(AlignedBars(**np.load(sys.argv[1])), history=True)\n"
        "np.savez(sys.argv[2], history=rated.history, **rated.columns)\n"
    )
    environment = os.environ | {"OPENBLAS_NUM_THREADS": threads}
    subprocess.run([sys.executable, "-c", script, bars, out], check=True, env=environment)
    with np.load(out) as found:
        for name in COLUMNS:
            assert np.array_equal(found[name], whole.columns[name], equal_nan=True), name
        assert np.array_equal(found["history"], whole.history, equal_nan=True)


@pytest.mark.parametrize("lines", [[sma("mean", 5)] * 65, [ema("mean", 5)] * 21])
def test_products_so_large_that_blas_would_start_threads_are_refused(lines):
    with pytest.raises(ValueError, match="too many for one product"):
        Lines("large", lines)
