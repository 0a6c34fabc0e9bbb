"""Snapshots as bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from technic.engine.codec import decode_snapshot, encode_snapshot
from technic.engine.scan import messages as m
from technic.errors import CacheError, UnknownSymbol
from tests.engine.scan.conftest import Driver


def ended():
    driver = Driver()
    driver.open(total=20_000)
    driver.tell(
        m.Fail(UnknownSymbol("no such", affected_symbols=("A", "B"), hint=1).failure()), m.Finalized()
    )
    return replace(driver.snapshots[-1], tags=("nightly", "energy"))


@pytest.mark.parametrize("snapshot", [Driver().snapshots[-1], ended()], ids=["pending", "failed"])
def test_what_is_encoded_is_decoded_again(snapshot):
    assert decode_snapshot(encode_snapshot(snapshot)) == snapshot


def test_an_entry_is_smaller_than_a_kilobyte():
    assert len(encode_snapshot(ended())) < 1_000


@pytest.mark.parametrize(
    "damage", [b"", b"\x02abc", encode_snapshot(ended())[:40]], ids=["empty", "version", "cut"]
)
def test_damage_and_other_versions_are_refused_by_name(damage):
    with pytest.raises(CacheError):
        decode_snapshot(damage)
