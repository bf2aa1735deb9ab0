"""What a browser carries to a provider and back, and where it may be led."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain import identities
from gis.domain.identities import Attempt, Waiting, from_text, is_safe_address, new_attempt, to_text, way_back
from gis.errors import IdentityRefusedError

HERE = "https://wangge.example"


def as_browsers_read(path: str) -> str:
    """Return the host that a browser goes to: it reads backslashes as slashes and drops tabs and line breaks."""
    read = path.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "").strip()
    return urlsplit(urljoin(HERE, read)).netloc


@given(st.text(alphabet="/\\.:@%\t\n\r ?#evil", max_size=20))
def test_a_way_back_never_leaves_this_host(wanted: str) -> None:
    assert as_browsers_read(way_back(wanted)) == "wangge.example"


@pytest.mark.parametrize("path", ["/", "/report", "/maps/hotspots.html?lang=en#a/b", "/search?q=沙河"])
def test_a_path_of_this_host_is_kept(path: str) -> None:
    assert way_back(path) == path


def test_what_is_carried_comes_back_as_it_was_and_as_nothing_else() -> None:
    attempt, waiting = new_attempt("/report", 7), Waiting("https://sso.example", "4711", "/")
    assert from_text(to_text(attempt), Attempt) == attempt
    assert from_text(to_text(waiting), Waiting) == waiting
    for text, kind in ((to_text(waiting), Attempt), (to_text(attempt), Waiting)):
        with pytest.raises(IdentityRefusedError):
            from_text(text, kind)
    for text in ("", "[]", "null", "{}", '{"kind": "Attempt"}', "1:secret"):
        with pytest.raises(IdentityRefusedError):
            from_text(text, Attempt)


def test_no_two_attempts_share_a_secret() -> None:
    made = [new_attempt("/") for _ in range(50)]
    secrets = {secret for one in made for secret in (one.state, one.nonce, one.verifier)}
    assert len(secrets) == 150
    # RFC 7636, 4.1: 43 to 128 characters.
    assert all(43 <= len(one.verifier) <= 128 for one in made)


@pytest.mark.parametrize("local", sorted(identities.LOCAL))
def test_plain_http_is_for_this_very_machine(local: str) -> None:
    assert is_safe_address(f"http://{local}:8080/token")
    assert not is_safe_address(f"http://{local}.example/token")
    assert not is_safe_address(f"http://{local}@elsewhere.example/token")
    assert not is_safe_address("https://host:port/")
    assert not is_safe_address("http://[::1].example/token")
