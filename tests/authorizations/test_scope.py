"""The scope grammar: what is read, what is refused, and that printing says the same again."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.authorizations import scope
from wattkeeper.authorizations.scope import Options, Scope, ScopeError, SignIn, parse

plain = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-@.=", min_size=1, max_size=20).filter(
    lambda text: not scope.STARTS.search(f"x{text}")
)
ends = st.none() | st.just("none") | st.dates(max_value=date(9998, 12, 31))
durations = st.integers(1, 10**12 - 1) | st.sampled_from(scope.FREQUENCIES)
sign_ins = st.builds(SignIn, st.sampled_from(scope.METHODS[1:]), plain | st.just("")) | st.just(SignIn("sso"))
options = st.builds(
    Options,
    noedit=st.booleans(),
    meters_all=st.booleans(),
    historical=ends,
    ongoing=ends,
    scope_of_use=st.none() | plain,
    member_utility=st.none() | plain,
    sign_in=st.none() | sign_ins,
)
scopes = st.builds(
    Scope,
    st.sets(st.integers(0, 99).filter(lambda block: block != 46), min_size=1, max_size=12).map(
        lambda blocks: tuple(sorted(blocks))
    ),
    history_length=st.none() | st.integers(0, 10**12 - 1),
    end_date=st.none() | st.integers(0, scope.LAST_EPOCH),
    frequency=st.none() | durations,
    options=options,
    interval_durations=st.sets(st.integers(1, 10**6), max_size=3).map(lambda found: tuple(sorted(found)))
    | st.permutations(scope.FREQUENCIES).map(lambda names: tuple(sorted(names[:2]))),
    block_duration=st.none() | durations,
    account_collection=st.none() | st.integers(0, 999),
    bulk_id=st.none() | st.uuids().map(str),
)


@given(scopes)
def test_parse_then_print_is_identity(known: Scope) -> None:
    text = str(known)
    assert parse(text) == known
    assert str(parse(text)) == text


@given(scopes, st.randoms())
def test_order_case_and_what_is_unknown_change_nothing(known: Scope, random: object) -> None:
    terms = [*str(known).split(";"), "Colour=blue", ""]
    random.shuffle(terms)  # type: ignore[attr-defined]
    cased = [name.upper() + equals + value for name, equals, value in (term.partition("=") for term in terms)]
    assert parse(";".join(cased)) == known


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"FB=4;AdditionalScope={text}", f"FB=4;HistoryLength={text}"):
        read = None
        with suppress(ScopeError):
            read = parse(candidate)
        assert read is None or parse(str(read)) == read


def test_the_example_of_the_docs() -> None:
    asked = parse("FB=4_16_51;AdditionalScope=auth-test-test_residential")
    assert asked.blocks == (4, 16, 51)
    assert asked.options == Options(sign_in=SignIn("test", "test_residential"))


def test_a_final_scope_is_read_too() -> None:
    text = (
        "FB=1_3_4_5_8_13_14_18_19_34_35_39_51;IntervalDuration=900_3600;BlockDuration=daily;HistoryLength=34128000;"
        "SubscriptionFrequency=daily;AccountCollection=2"
    )
    final = parse(text)
    assert final.interval_durations == (900, 3600)
    assert final.account_collection == 2
    assert str(final) == text


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("noedit_meters-all", Options(noedit=True, meters_all=True)),
        ("auth-test-test_residential_noedit", Options(noedit=True, sign_in=SignIn("test", "test_residential"))),
        ("auth-test", Options(sign_in=SignIn("test"))),
        ("auth-sso_sou-default", Options(scope_of_use="default", sign_in=SignIn("sso"))),
        ("sou-solar_sizing_auth-sso", Options(scope_of_use="solar_sizing", sign_in=SignIn("sso"))),
        (
            "auth-utility-nyseg_auth-phone-5554443333",
            Options(member_utility="nyseg", sign_in=SignIn("phone", "5554443333")),
        ),
        ("auth-account-12_3", Options(sign_in=SignIn("account", "12_3"))),
        ("auth-email-heather_h@example.com", Options(sign_in=SignIn("email", "heather_h@example.com"))),
        ("historical-2024-02-29_ongoing-none", Options(historical=date(2024, 2, 29), ongoing="none")),
        ("historical-none_ongoing-2027-01-31", Options(historical="none", ongoing=date(2027, 1, 31))),
        ("noedit_wallpaper-blue_meters-all", Options(noedit=True, meters_all=True)),
        ("wallpaper", Options()),
        ("", Options()),
    ],
)
def test_additional_scope(value: str, meant: Options) -> None:
    assert parse(f"FB=4;AdditionalScope={value}").options == meant


def test_the_old_number_of_retail_customer_is_the_new_one() -> None:
    assert str(parse("FB=46_4_51")) == "FB=4_51"


def test_the_lower_case_history_length_of_ontario() -> None:
    assert parse("FB=4;historyLength=32148000").history_length == 32148000


def test_names_of_frequencies_are_liberal_in_case() -> None:
    assert str(parse("FB=4;SubscriptionFrequency=BILLINGPERIOD")) == "FB=4;SubscriptionFrequency=billingPeriod"
    assert parse("FB=4;SubscriptionFrequency=30").frequency == 30


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no FB"),
        ("HistoryLength=5", "no FB"),
        ("FB=", "whole number"),
        ("FB=????", "whole number"),
        ("FB=4__16", "whole number"),
        ("FB=4;FB=16", "twice"),
        ("FB=4;fb=4", "twice"),
        ("FB%3D4_16", "percent-encoded twice"),
        ("FB=4 openid", "space"),
        ("FB=4;HistoryLength=-1", "HistoryLength"),
        ("FB=4;HistoryLength=١", "cannot have"),
        ("FB=4;PreferredAuthEndDate=253370764800", "9998"),
        ("FB=4;PreferredAuthEndDate=tomorrow", "PreferredAuthEndDate"),
        ("FB=4;SubscriptionFrequency=0", "above zero"),
        ("FB=4;SubscriptionFrequency=sometimes", "billingPeriod"),
        ("FB=4;AdditionalScope=noedit;AdditionalScope=noedit", "twice"),
        ("FB=4;AdditionalScope=noedit_noedit", "twice"),
        ("FB=4;AdditionalScope=auth-sso_auth-test-a", "sign in twice"),
        ("FB=4;AdditionalScope=historical-2023-02-29", "YYYY-MM-DD"),
        ("FB=4;AdditionalScope=ongoing-soon", "YYYY-MM-DD"),
        ("FB=4;AdditionalScope=historical-20240101", "YYYY-MM-DD"),
        ("FB=4;AdditionalScope=ongoing-9999-12-31", "YYYY-MM-DD"),
        ("FB=4;BR=../x", "letters"),
        ("FB=4_" * 200, "longer"),
    ],
)
def test_what_is_malformed_is_refused_and_says_why(text: str, part: str) -> None:
    with pytest.raises(ScopeError) as refusal:
        parse(text)
    assert part in refusal.value.message
