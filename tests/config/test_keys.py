"""Settings by their dotted keys; those that nobody may read are never printed."""

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from technic.cli.config import _plain
from technic.config import keys, loader
from technic.config.keys import environment_name, flatten, key_of, known_keys, nest, value_of
from technic.config.settings import Settings
from technic.errors import SettingsError


def test_every_key_leads_to_its_value_and_has_a_description():
    settings = Settings()
    for key, field in known_keys().items():
        value_of(settings, key)
        assert field.description, key


@pytest.mark.parametrize("key", ["server.prot", "nothing", "server.port.deeper"])
def test_a_key_that_is_none_leads_nowhere(key):
    with pytest.raises(KeyError):
        value_of(Settings(), key)


def test_flattening_and_nesting_undo_each_other():
    tree = {"a": 1, "b": {"c": 2, "d": {"e": [3]}}}
    assert flatten(tree) == {"a": 1, "b.c": 2, "b.d.e": [3]}
    assert nest(flatten(tree)) == tree
    assert flatten({"empty": {}}) == {}


def test_a_key_and_its_variable_name_each_other():
    assert environment_name("sources.simulated.symbols") == "TECHNIC_SOURCES__SIMULATED__SYMBOLS"
    assert all(key_of(environment_name(key)) == key for key in known_keys())


@pytest.mark.parametrize("kind", [SecretStr, SecretStr | None])
def test_a_secret_is_hidden_also_where_it_cannot_be_used(monkeypatch, kind):
    known = {**known_keys(), "server.port": FieldInfo(annotation=kind)}
    monkeypatch.setattr(keys, "known_keys", lambda: known)
    monkeypatch.setenv("TECHNIC_SERVER__PORT", "open sesame")
    with pytest.raises(SettingsError) as caught:
        loader.load_settings()
    assert "server.port = (hidden)" in caught.value.detail
    assert "sesame" not in caught.value.detail


def test_a_secret_is_printed_as_its_mask():
    assert "sesame" not in _plain(SecretStr("open sesame"))
