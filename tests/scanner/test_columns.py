"""Named columns in one matrix: a mapping outside, one piece of memory inside."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from technic.engine.pool.framing import decode, encode
from technic.scanner.columns import Columns

COLUMNS = Columns(("close", "rsi"), np.array([[1.0, 2.0, 3.0], [30.0, np.inf, np.nan]]))


def test_columns_are_found_by_their_names_in_their_order():
    assert list(COLUMNS) == ["close", "rsi"]
    assert COLUMNS["close"].tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(KeyError):
        COLUMNS["macd"]


def test_some_places_are_taken_in_order_and_infinities_are_missing():
    taken = COLUMNS.finite(np.array([2, 1]))
    assert taken["close"].tolist() == [3.0, 2.0]
    assert np.isnan(taken["rsi"]).all()
    assert np.isinf(COLUMNS["rsi"][1]), "the columns themselves stay as they are"


def test_all_places_in_order_are_not_copied():
    finite = Columns(("close",), np.array([[1.0, 2.0]]))
    assert finite.finite(np.arange(2)).matrix is finite.matrix
    assert finite.finite(np.array([1, 0]))["close"].tolist() == [2.0, 1.0]


def test_columns_travel_as_one_buffer_and_arrive_with_every_bit():
    buffers: list[pickle.PickleBuffer] = []
    pickle.dumps(COLUMNS, protocol=5, buffer_callback=buffers.append)
    assert len(buffers) == 1
    received = decode(bytearray(encode(COLUMNS)[8:]))
    assert received.matrix.tobytes() == COLUMNS.matrix.tobytes()
    assert list(received) == list(COLUMNS)


def test_a_matrix_that_does_not_fit_its_names_is_refused():
    with pytest.raises(ValueError, match="one row of numbers a name"):
        Columns(("close",), np.zeros((2, 3)))


def test_columns_of_a_mapping_are_the_same_in_one_matrix():
    assert Columns.of({"close": [1.0], "rsi": [30.0]}).matrix.tolist() == [[1.0], [30.0]]
