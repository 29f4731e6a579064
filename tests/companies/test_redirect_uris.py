"""What may be registered as an address to send browsers back to, and what matches it later."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.companies.redirect_uris import RedirectUriError, check, check_all, is_registered


@pytest.mark.parametrize(
    "uri",
    [
        "https://sunny.example/callback",
        "https://sunny.example",
        "https://sunny.example:8443/callback?tenant=a%20b&x=",
        "https://xn--bcher-kva.example/cb",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:8001/callback",
        "http://[::1]:8001/callback",
        "http://localhost:8001/callback",
        "https://sunny.example/" + "x" * 1977,
    ],
)
def test_https_and_this_same_machine_are_taken(uri: str) -> None:
    check(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "com.example.app:/callback",
        "HTTPS://sunny.example/callback",
        "//sunny.example/callback",
        "/callback",
        "https:/sunny.example",
        "https:sunny.example",
        "https://",
        "https:///callback",
        "https://sunny.example/callback#f",
        "https://sunny.example/callback#",
        "https://*.sunny.example/callback",
        "https://sunny.example/*",
        "http://sunny.example/callback",
        "http://192.168.0.1/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:80@evil.example/callback",
        "http://localhost.evil.example/callback",
        "http://localhost:80@evil.example/callback",
        "http://[::2]/callback",
        "https://user:password@sunny.example/callback",
        "https://sunny.example\\@evil.example/callback",
        "https://Sunny.example/callback",
        "https://bücher.example/callback",
        "https://sunny..example/callback",
        "https://-sunny.example/callback",
        "https://sunny.example./callback",
        "https://sunny.example:0/callback",
        "https://sunny.example:99999/callback",
        "https://sunny.example:/callback",
        "https://sunny.example:x/callback",
        "https://[::1/callback",
        "https://sunny.example/call back",
        "https://sunny.example/callback\n",
        "https://sunny.example/callback\0",
        "https://sunny.example/callback?code=1",
        "https://sunny.example/callback?x=1&iss=",
        "https://sunny.example/" + "x" * 1979,
    ],
)
def test_everything_else_is_refused(uri: str) -> None:
    with pytest.raises(RedirectUriError) as refusal:
        check(uri)
    assert refusal.value.message.startswith("The redirect URI ")


def test_a_registration_has_a_limited_number_each_once() -> None:
    uris = [f"https://sunny.example/{number}" for number in range(20)]
    assert check_all(uris + uris) == uris
    with pytest.raises(RedirectUriError):
        check_all([*uris, "https://sunny.example/one-more"])


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    for uri in (text, f"https://{text}", f"http://127.0.0.1{text}", f"https://sunny.example/{text}"):
        try:
            check(uri)
        except RedirectUriError:
            continue
        assert uri.isascii()
        assert uri.startswith(("https://", "http://127.0.0.1", "http://[::1]", "http://localhost"))


@given(st.text(max_size=40))
def test_nothing_but_a_port_of_this_machine_may_differ(text: str) -> None:
    registered = ["https://sunny.example/callback", "http://127.0.0.1/callback"]
    assert is_registered(f"https://sunny.example/callback{text}", registered) == (not text)
    assert is_registered(f"http://127.0.0.1/callback{text}", registered) == (not text)
    assert not is_registered(f"http://127.0.0.1{text}@evil.example/callback", registered)
    is_port = text.isascii() and text.isdecimal() and len(text) <= 5 and not text.startswith("0")
    assert is_registered(f"http://127.0.0.1:{text}/callback", registered) == is_port
