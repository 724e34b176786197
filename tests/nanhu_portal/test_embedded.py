"""What a portal without settings stores for itself, and what it says without its PostgreSQL."""

import stat

import pytest

from nanhu_portal import embedded


def test_stored_secrets_are_made_once_and_belong_to_their_owner(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "VAR", tmp_path)
    monkeypatch.setattr(embedded, "start", lambda name: "postgres://nowhere")
    first: dict[str, str] = {}
    embedded.provide(first)
    second: dict[str, str] = {"DEMO": "0"}
    embedded.provide(second)
    assert first["DEMO"] == "1"
    assert second["DEMO"] == "0", "what is set stays set"
    for name, file in (("SECRET_KEY", "secret_key"), ("CONTACT_KEYS", "contact_key")):
        assert len(first[name]) >= 32
        assert second[name] == first[name]
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600
    assert first["SECRET_KEY"] != first["CONTACT_KEYS"]


def test_without_the_package_the_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(embedded.EmbeddedError, match="Set DATABASE_URL, or install"):
        embedded._binaries()
