"""What a store keeps, as bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from technic.engine.codec.checkpoints import decode_checkpoint, encode_checkpoint
from technic.engine.codec.packing import RecordDamaged, pack
from technic.engine.codec.requests import decode_request, decode_source, encode_request, encode_source
from technic.engine.codec.results import decode_result, encode_result
from technic.engine.codec.rows import decode_rows, encode_rows
from technic.engine.codec.snapshots import VERSION, decode_snapshot, encode_snapshot
from technic.engine.scan.events import Snapshot
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.fields import FIELDS
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.rows import Rows
from tests.support.rows import make_rows
from tests.support.scans import SOURCE, ended, failure, kept, pending

ODD = "A\x00\ud800\u00e9\U0001f4c8"
FAILED = replace(ended(), error=failure(ODD, hint=2**80, where=[1, None]), tags=("nightly", ODD))


def same(a, b) -> bool:
    """To the last bit."""
    for field in FIELDS:
        one, other = a.columns[field.name], b.columns[field.name]
        if one.dtype != other.dtype:
            return False
        equal = one.tobytes() == other.tobytes() if field.numeric else one.tolist() == other.tolist()
        if not equal:
            return False
    return True


def contents(rows) -> list[bytes]:
    """The pieces of some rows."""
    return [piece.content for piece in encode_rows(rows)]


def pieces_of(result) -> list[bytes]:
    """A result's."""
    return [piece if isinstance(piece, bytes) else piece.content for piece in encode_result(result)]


@pytest.mark.parametrize("snapshot", [pending(), FAILED], ids=["pending", "failed"])
def test_a_snapshot_comes_back(snapshot):
    assert decode_snapshot(encode_snapshot(snapshot)) == snapshot


def test_a_snapshot_is_smaller_than_a_kilobyte():
    assert len(encode_snapshot(FAILED)) < 1_000


def test_a_snapshot_of_another_shape_has_another_version():
    """Who gives a snapshot another field counts VERSION up and reads the old ones too: users have them."""
    assert (VERSION, len(Snapshot.__slots__)) == (1, 25)


def test_every_bit_of_the_rows_comes_back():
    strange = np.array([0x7FF8000000000001, 0xFFF0000000000000, 0x8000000000000000], dtype=np.uint64)
    rows = make_rows(3, symbol=["A", ODD, "C"], warnings=[("one", ODD), (), ("x",)], name=["n", None, ""])
    rows.columns["close"][:] = strange.view(np.float64)
    back = decode_rows(contents(rows))
    assert same(back, rows)
    assert back.columns["close"].view(np.uint64).tolist() == strange.tolist()
    assert back.columns["close"].flags.writeable


@pytest.mark.parametrize("count", [0, 1, 20_000])
def test_rows_come_back_in_pieces_of_about_a_quarter_of_a_megabyte(count):
    rows = make_rows(count)
    pieces = contents(rows)
    assert max(map(len, pieces)) < 4e5
    assert same(decode_rows(pieces), rows)


def test_joined_rows_come_back_and_a_table_that_scans_share_is_packed_once():
    first, second = make_rows(3, symbol=["A", ODD, "C"], close=[1, 2, 3]), make_rows(20_000)
    joined = Rows.concat([first, second])
    pieces = list(encode_rows(joined))
    assert same(decode_rows(contents(joined)), joined)
    again = list(encode_rows(Rows.concat([second, first])))
    assert {id(piece) for piece in again} == {id(piece) for piece in pieces}


def test_pieces_of_tables_of_different_lengths_are_damage():
    first, *_ = contents(make_rows(20_000))
    *_, last = contents(make_rows(19_999))
    with pytest.raises(RecordDamaged, match="different lengths"):
        decode_rows([first, last])


@pytest.mark.parametrize("version", [1, 2])
def test_a_column_that_was_not_kept_is_missing_and_one_that_nobody_knows_is_passed_over(version):
    piece = pack([2, [["symbol", ["A", "B"]], ["of_later", ["x", "y"]]]], version)
    rows = decode_rows([piece])
    assert rows.symbols == ["A", "B"]
    assert np.isnan(rows.columns["close"]).all()
    assert rows.columns["warnings"].tolist() == [(), ()]


def test_columns_of_different_lengths_are_damage():
    with pytest.raises(RecordDamaged, match="longer or shorter"):
        decode_rows([pack([2, [["symbol", ["A"]]]], 1)])


def test_a_result_comes_back():
    failures = tuple(failure(f"X{n}", n=n) for n in range(2_500))
    metrics = {"total_seconds": 1.5, "rate": None, "cache": {"hits": 3}, "of_numpy": np.int64(7)}
    result = ScanResult(make_rows(4), failures, ("Mind.", ODD), metrics)
    back = decode_result(pieces_of(result))
    assert same(back.rows, result.rows)
    assert (back.failures, back.warnings) == (failures, result.warnings)
    assert back.performance_metrics == metrics


def test_a_result_without_one_of_its_pieces_is_damage():
    pieces = pieces_of(ScanResult(make_rows(2), (failure("X"),), (), {}))
    for place in range(len(pieces)):
        with pytest.raises(RecordDamaged):
            decode_result(pieces[:place] + pieces[place + 1 :])


@pytest.mark.parametrize(
    "checkpoint", [Checkpoint(), kept(1, "A", ODD, failed=("X",), rsi=3).checkpoint], ids=["empty", "full"]
)
def test_a_checkpoint_comes_back(checkpoint):
    entry, pieces = encode_checkpoint(checkpoint)
    back = decode_checkpoint(entry, {piece.digest: piece.content for piece in pieces}.get)
    assert (back.rated, back.rejected, back.failures) == (
        checkpoint.rated, checkpoint.rejected, checkpoint.failures,
    )  # fmt: skip
    assert back.matches == checkpoint.matches
    assert back.rows is checkpoint.rows is None or same(back.rows, checkpoint.rows)


def test_a_checkpoint_of_which_a_piece_is_lost_is_damage():
    entry, pieces = encode_checkpoint(kept(1, "A", "B").checkpoint)
    assert len(pieces) == 1
    with pytest.raises(RecordDamaged, match="lost"):
        decode_checkpoint(entry, {}.get)


def test_a_checkpoint_that_still_holds_its_rows_comes_back():
    rows = make_rows(2)
    entry = pack([["S1", "S2", "S3"], {"rsi": 1}, [], contents(rows)], 1)
    back = decode_checkpoint(entry, {}.get)
    assert same(back.rows, rows)
    assert back.rated == ("S1", "S2", "S3")


def test_a_request_comes_back_as_it_was_written():
    request = ScanRequest(symbols=("A\x00", "B"), sort_by="rsi", tags=("t",))
    back = decode_request(encode_request(request))
    assert back == request
    assert back.model_fields_set == request.model_fields_set
    assert back.request_key() == request.request_key()


def test_a_day_that_a_request_looked_at_is_not_judged_again():
    later = ScanRequest.model_validate({"as_of": "2999-01-01"}, context={"today": date.max})
    assert decode_request(encode_request(later)) == later


def test_a_source_comes_back():
    assert decode_source(encode_source(SOURCE)) == SOURCE


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\x02abc",
        encode_snapshot(FAILED)[:40],
        pack({}, 1),
        pack([1], 1),
        pack("x", 1),
        b"\x01\xc1",
        None,
    ],
    ids=["empty", "version", "cut", "object", "short", "text", "never used", "none"],
)
@pytest.mark.parametrize(
    "decode",
    [
        decode_snapshot,
        lambda e: decode_checkpoint(e, {}.get),
        lambda e: decode_rows([e]),
        lambda e: decode_result([e]),
    ],
    ids=["snapshot", "checkpoint", "rows", "result"],
)
def test_damage_and_other_versions_are_refused_by_name(decode, damage):
    with pytest.raises(RecordDamaged):
        decode(damage)


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "7", '{"max_symbols": 0}', '{"of_later": 1}', "[" * 100_000]
)
def test_a_request_or_a_source_that_says_nothing_is_refused(damage):
    with pytest.raises(RecordDamaged):
        decode_request(damage)
    with pytest.raises(RecordDamaged):
        decode_source(damage)
