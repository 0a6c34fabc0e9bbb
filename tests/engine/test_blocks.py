"""Finished blocks are kept within a bound of bytes, and these are the bytes that they really take."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from technic.engine.blocks import BlockCache
from technic.engine.pool.framing import decode, encode
from technic.scanner.units import RatedBlock
from tests.support.blocks import make_block
from tests.support.desk import block, rate


def test_finished_blocks_are_kept_within_their_bytes():
    size = block(rate("a")).nbytes
    cache = BlockCache(2 * size)
    for name in "abc":
        cache.put(rate(name).key, block(rate(name)))
        cache.get(rate("a").key)
    assert cache.get(rate("b").key) is None
    assert cache.get(rate("a").key) is not None
    assert cache.stats() == {"blocks": 2, "bytes": 2 * size, "limit_bytes": 2 * size}


@pytest.mark.parametrize("symbols", [1, 64, 512])
def test_a_block_knows_about_how_much_memory_it_takes(symbols):
    """A block as a worker sends it; one of a single symbol is nearly all arrays and hardly any values."""
    names = [f"S{n}" for n in range(symbols)]
    said = {name: (f"3 rows of {name} were dropped: no price.",) for name in names[::2]}
    frame = encode(make_block(names, warnings=said))
    tracemalloc.start()
    try:
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        received: RatedBlock = decode(bytearray(frame[8:]))
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.75 < received.nbytes / (after - before) < 1.5
