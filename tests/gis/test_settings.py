"""What the environment says, and what it is refused for."""

from pathlib import Path

import pytest

from gis import settings
from gis.domain.categories import Name
from gis.errors import InvalidInputError

WHOLE = {"ISSUER": "https://sso.example/realms/city", "CLIENT_ID": "wangge", "CLIENT_SECRET": "not-much-of-a-secret"}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*(f"OIDC_{one}" for one in settings.OIDC), "PUBLIC_URL"):
        monkeypatch.delenv(f"WANGGE_{name}", raising=False)


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> settings.Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"WANGGE_{name}", value)
    return settings.from_environment()


def oidc(monkeypatch: pytest.MonkeyPatch, **values: str) -> settings.Settings:
    return given(monkeypatch, **{f"OIDC_{name}": value for name, value in values.items()})


def test_without_a_word_about_it_nobody_signs_people_in_beside_us(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch).identity_provider is None
    assert given(monkeypatch).public_url is None


def test_a_whole_provider_is_read_and_its_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = oidc(monkeypatch, **WHOLE, NAME="城市认证 / City sign-on", TRUSTS_MFA="on").identity_provider
    assert provider is not None
    assert (provider.name, provider.scopes, provider.trusts_mfa) == (Name("城市认证", "City sign-on"), "openid", True)
    assert WHOLE["CLIENT_SECRET"] not in repr(provider)


def test_the_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = tmp_path / "secret"
    kept.write_text("from-a-file\n")
    rest = {name: value for name, value in WHOLE.items() if name != "CLIENT_SECRET"}
    provider = oidc(monkeypatch, **rest, CLIENT_SECRET_FILE=str(kept)).identity_provider
    assert provider is not None
    assert provider.client_secret == "from-a-file"
    with pytest.raises(InvalidInputError, match="cannot be read"):
        oidc(monkeypatch, CLIENT_SECRET_FILE=str(tmp_path / "none"))


@pytest.mark.parametrize("missing", WHOLE)
def test_half_a_provider_is_refused_with_what_is_missing(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    with pytest.raises(InvalidInputError, match=f"set WANGGE_OIDC_{missing} too"):
        oidc(monkeypatch, **{name: value for name, value in WHOLE.items() if name != missing})


def test_a_name_alone_is_half_a_provider_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInputError, match="WANGGE_OIDC_ISSUER and WANGGE_OIDC_CLIENT_ID and"):
        oidc(monkeypatch, NAME="city")


@pytest.mark.parametrize(
    "issuer",
    ["http://sso.example", "sso.example", "https://", "ftp://sso.example", "https://sso.example/?a", "https://a@b.c"],
)
def test_an_issuer_that_secrets_cannot_be_sent_to_is_refused(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    with pytest.raises(InvalidInputError, match="begins with https://"):
        oidc(monkeypatch, **{**WHOLE, "ISSUER": issuer})


def test_scopes_without_openid_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInputError, match="openid"):
        oidc(monkeypatch, **WHOLE, SCOPES="profile email")


@pytest.mark.parametrize("public", ["wangge.example", "https://wangge.example/below", "ftp://wangge.example"])
def test_a_public_address_is_a_host_without_a_path(monkeypatch: pytest.MonkeyPatch, public: str) -> None:
    with pytest.raises(InvalidInputError, match="without a path"):
        given(monkeypatch, PUBLIC_URL=public)


def test_the_last_slash_of_the_public_address_is_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, PUBLIC_URL="https://wangge.example/").public_url == "https://wangge.example"
