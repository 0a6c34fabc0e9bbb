"""Each setting lies within the bounds that it declares, on both sides, to the last unit."""

from typing import Any

import pytest
from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from pydantic import ValidationError

from technic.config.keys import known_keys, nest, value_of
from technic.config.settings import EngineSettings, Settings

SIDES = ((Ge, Gt), (Le, Lt))


def bounds(key: str, side: tuple[type, type]) -> list[Any]:
    return [rule for rule in known_keys()[key].metadata if isinstance(rule, side)]


def limit(rule: Any) -> float:
    return next(getattr(rule, name) for name in ("ge", "gt", "le", "lt") if hasattr(rule, name))


NUMBERS = [key for key, field in known_keys().items() if field.annotation in {int, float}]


def taken(key: str, value: float) -> float:
    return value_of(Settings.model_validate(nest({key: value})), key)


def test_there_are_numbers_to_look_at():
    assert {"engine.workers", "server.port", "engine.worker_bytes"} <= set(NUMBERS)
    assert len(NUMBERS) > 25


@pytest.mark.parametrize("side", SIDES, ids=["lowest", "highest"])
@pytest.mark.parametrize("key", NUMBERS)
def test_a_number_has_one_bound_on_each_side_and_it_is_in_force(key, side):
    """Of two bounds on one side pydantic takes one, and not the narrower: workers = 2**53 was accepted."""
    (rule,) = bounds(key, side)
    edge = limit(rule)
    step = next((rule.multiple_of for rule in known_keys()[key].metadata if isinstance(rule, MultipleOf)), 1)
    outwards = -step if side == SIDES[0] else step
    if isinstance(rule, Ge | Le):
        assert taken(key, edge) == edge
    for beyond in ([] if isinstance(rule, Ge | Le) else [edge]) + [edge + outwards, edge + 10**6 * outwards]:
        with pytest.raises(ValidationError):
            taken(key, beyond)


@pytest.mark.parametrize("key", NUMBERS)
def test_a_default_keeps_to_its_own_bounds(key):
    default = value_of(Settings(), key)
    assert taken(key, default) == default


def test_on_a_machine_of_very_many_processors_there_are_as_many_workers_as_may_be(monkeypatch):
    monkeypatch.setattr("technic.config.settings.usable_cores", lambda: 1024)
    assert EngineSettings().workers == 256


def test_a_worker_may_not_be_replaced_for_holding_what_it_needs_to_start():
    with pytest.raises(ValidationError):
        taken("engine.worker_bytes", 2**26 - 1)
    assert taken("engine.worker_bytes", 2**26) == 2**26
