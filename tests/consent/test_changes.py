"""What a customer does with a sharing later: end it earlier, renew it, take the signed receipt home."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

import cast
from consent.visitor import SECRET, Visitor, ask, home, receipt_of
from wattkeeper.authorizations import lifecycle, receipt_file
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.authorizations.receipt_file import Outcome
from wattkeeper.companies.models import ScopeOfUse
from wattkeeper.delivery.models import Mail

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
NEAR = datetime(2026, 6, 6, 18, 0, tzinfo=UTC)
Clock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def noon(set_clock: Clock) -> None:
    set_clock(NOON)


def signed_in(username: str = "test_residential") -> Visitor:
    return Visitor(secret="").open("/my-authorizations").press(f"Sign in as {username}")


def granted(**fields: Any) -> Authorization:
    """For 90 days."""
    return cast.share(cast.third_party(), home(), **{"expires": date(2026, 6, 8)} | fields)


def last_day(grant: Authorization) -> date | None:
    grant.refresh_from_db()
    return (grant.expires - timedelta(seconds=1)).astimezone(cast.epe().zone).date() if grant.expires else None


def test_an_earlier_end_takes_one_form() -> None:
    grant = granted()
    seen = signed_in().open(receipt_of(grant.uid))
    seen.open(seen.page.xpath("//a[normalize-space()='Choose an earlier end']/@href")[0])
    assert "From March 10, 2026 to June 7, 2026" in seen.text
    seen.press("End it on this day", day="2026-04-01")
    assert seen.path == receipt_of(grant.uid)
    assert "Done: you share until April 1, 2026." in seen.text
    assert last_day(grant) == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter the last day to share."),
        ("soon", "Enter a day, for example 2026-11-24."),
        ("2026-02-30", "Enter a day, for example 2026-11-24."),
        ("2026-03-09", "Choose a day from March 10, 2026 to June 7, 2026."),
        ("2026-06-08", "Choose a day from March 10, 2026 to June 7, 2026."),
    ],
)
def test_a_day_that_cannot_be_is_told_beside_its_field(typed: str, error: str) -> None:
    grant = granted()
    seen = signed_in().open(f"/authorizations/{grant.uid}/shorten").press("End it on this day", day=typed)
    assert seen.errors() == [error]
    assert seen.values("day") == [typed]
    assert last_day(grant) == date(2026, 6, 8)


def test_one_without_end_gets_one() -> None:
    grant = granted()
    Authorization.objects.update(expires=None)
    seen = signed_in().open(f"/authorizations/{grant.uid}/shorten")
    assert "Now it goes on until you stop it." in seen.text
    seen.press("End it on this day", day="2027-12-31")
    assert last_day(grant) == date(2027, 12, 31)


def test_what_has_ended_meanwhile_shows_how_it_stands() -> None:
    grant = granted()
    seen = signed_in().open(f"/authorizations/{grant.uid}/shorten")
    lifecycle.revoke(grant, "company")
    seen.press("End it on this day", day="2026-04-01")
    assert seen.path == receipt_of(grant.uid)
    assert "You no longer share with Sunny" in seen.text
    assert "Done" not in seen.text


def test_renewing_is_one_click_from_the_list(set_clock: Clock) -> None:
    grant = granted()
    seen = signed_in()
    assert "Renew" not in seen.text
    set_clock(NEAR)
    seen = signed_in()
    assert "2 days left" in seen.text
    seen.press("Renew until September 6, 2026 Sunny")
    assert seen.path == receipt_of(grant.uid)
    assert "Renewed: you share until September 6, 2026." in seen.text
    assert last_day(grant) == date(2026, 9, 6)
    assert [step for step, _ in steps(seen)] == ["Sunny asked you", "You said yes", "You renewed it"]


def test_what_the_button_says_is_what_is_done(set_clock: Clock) -> None:
    """It named a day; pressed later, when it would be another, it is shown anew instead."""
    grant = granted()
    set_clock(datetime(2026, 6, 11, 5, 55, tzinfo=UTC))
    seen = signed_in()
    set_clock(datetime(2026, 6, 11, 6, 5, tzinfo=UTC))  # past midnight in El Paso
    seen.press("Renew until September 8, 2026 Sunny")
    assert last_day(grant) == date(2026, 6, 8)
    assert "You no longer share with Sunny" in seen.text
    assert "the days since it ended among them" in seen.text
    seen.press("Renew until September 9, 2026 Sunny")
    assert last_day(grant) == date(2026, 9, 9)


def test_pressed_twice_it_is_renewed_once(set_clock: Clock) -> None:
    grant = granted()
    set_clock(NEAR)
    one, other = signed_in(), signed_in()
    for tab in (one, other):
        tab.press("Renew until September 6, 2026 Sunny")
        assert tab.path == receipt_of(grant.uid)
    assert last_day(grant) == date(2026, 9, 6)
    assert SignedReceipt.objects.filter(state="renewed").count() == 1


def steps(seen: Visitor) -> list[tuple[str, list[str]]]:
    found = seen.page.xpath("//ol[@class='timeline']/li")
    return [(step.findtext("p"), step.xpath(".//a/@href")) for step in found]


def test_the_receipt_tells_what_happened_and_gives_each_receipt(settings: Settings, set_clock: Clock) -> None:
    grant = granted()
    set_clock(NOON + timedelta(days=1))
    lifecycle.revoke(grant, "customer")
    seen = signed_in().open(receipt_of(grant.uid))
    assert [step for step, _ in steps(seen)] == ["Sunny asked you", "You said yes", "You stopped it"]
    for address, name in zip(
        [links[0] for _, links in steps(seen) if links],
        ["sandbox-receipt-2026-03-10-given.json", "sandbox-receipt-2026-03-11-withdrawn.json"],
        strict=True,
    ):
        answer = seen.client.get(address)
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["Content-Type"] == "application/json; charset=utf-8"
        verdict = receipt_file.check(answer.content.decode(), settings.RECEIPT_KEYS.ring())
        assert (verdict.outcome, verdict.findings) == (Outcome.GENUINE, [])
    newest = json.loads(seen.client.get(f"/authorizations/{grant.uid}/receipt.json").content)
    assert newest["content"]["event"][-1]["event_state"] == "consent withdrawn"
    assert settings.RECEIPT_KEYS.ring().published()["keys"][0]["kid"] in seen.text


def test_the_purpose_stays_the_one_that_was_agreed_to() -> None:
    party = cast.third_party()
    party.company.terms_url = "https://sunny.example/terms"
    party.company.save()
    ScopeOfUse.objects.create(registration=party.registration, texts={"en": "We plan your roof."})
    grant = cast.share(party, home())
    ScopeOfUse.objects.update(texts={"en": "We sell your data."})
    seen = signed_in().open(receipt_of(grant.uid))
    said = seen.page.xpath("//dl[@class='facts']/div[dt='What for']/dd")[0]
    assert list(said.itertext()) == ["We plan your roof.", "https://sunny.example/terms"]
    assert "We sell" not in seen.text


def test_nobody_else_gets_at_any_of_it(set_clock: Clock) -> None:
    grant = granted()
    home("Oscar Other", "test_other")
    set_clock(NEAR)
    kept = SignedReceipt.objects.get().uid
    paths = ["shorten", "renew", "receipt.json", f"receipts/{kept}.json"]
    for visitor in (Visitor(), signed_in("test_other")):
        for uid in (grant.uid, uuid4()):
            for path in paths:
                assert visitor.open(f"/authorizations/{uid}/{path}").response.status_code == 404
                assert "Sunny" not in visitor.text
        token = visitor.client.cookies["csrf"].value
        for path, field in (("shorten", {"day": "2026-06-07"}), ("renew", {"until": "2026-09-06"})):
            answer = visitor.client.post(f"/authorizations/{grant.uid}/{path}", {"csrfmiddlewaretoken": token} | field)
            assert answer.status_code == 404
    assert last_day(grant) == date(2026, 6, 8)


def test_one_customers_receipt_is_not_had_through_anothers_grant() -> None:
    granted()
    other = cast.share(cast.third_party("Rival"), home("Oscar Other", "test_other"))
    kept = SignedReceipt.objects.exclude(authorization=other).get().uid
    assert signed_in("test_other").open(f"/authorizations/{other.uid}/receipts/{kept}.json").response.status_code == 404


def test_renewing_needs_a_press() -> None:
    grant = granted(expires=date(2026, 3, 12))
    assert signed_in().open(f"/authorizations/{grant.uid}/renew").path == receipt_of(grant.uid)
    assert last_day(grant) == date(2026, 3, 12)


def test_the_link_of_a_mail_leads_to_the_sharing() -> None:
    grant = granted()
    link = f"/my-authorizations?utility=epe&receipt={grant.uid}"
    seen = Visitor(secret="").open(link)
    assert seen.response.status_code == 200
    assert seen.press("Sign in as test_residential").path == receipt_of(grant.uid)
    assert seen.open(link).path == receipt_of(grant.uid)


def test_the_link_of_somebody_elses_mail_leads_to_ones_own_list() -> None:
    grant = granted()
    home("Oscar Other", "test_other")
    seen = signed_in("test_other").open(f"/my-authorizations?receipt={grant.uid}")
    assert seen.path == "/my-authorizations"
    assert "Sunny" not in seen.text


def test_sharing_queues_the_receipt_at_once(settings: Settings) -> None:
    settings.IS_DEMO = True
    home()
    party = cast.third_party()
    seen = Visitor().sign_in(asking := ask(party))
    seen.press("Share my data", email="heather.other@example.com")
    asking.refresh_from_db()
    assert [(mail.template, mail.recipient) for mail in Mail.objects.all()] == [
        ("receipt", "heather.other@example.com")
    ]
    assert asking.authorization is not None
    signed_in().open(f"/authorizations/{asking.authorization.uid}/stop").press("Stop sharing")
    assert [mail.context["state"] for mail in Mail.objects.order_by("pk")] == ["given", "withdrawn"]


def test_words_that_changed_while_the_customer_read_are_shown_anew() -> None:
    home()
    party = cast.third_party()
    ScopeOfUse.objects.create(registration=party.registration, texts={"en": "We plan your roof."})
    seen = Visitor(secret=SECRET).sign_in(ask(party))
    ScopeOfUse.objects.update(texts={"en": "We sell your data."})
    seen.press("Share my data")
    assert "Something that stands here changed while you were reading Nothing was shared yet." in seen.text
    assert "We sell your data." in seen.text
    assert not Authorization.objects.exists()
    seen.press("Share my data")
    assert seen.left_for
    said = receipt_file.signed_in(SignedReceipt.objects.get().document)["content"]
    assert said["pii_processing"]["purposes"][0]["purpose"] == "We sell your data."


def test_who_ended_it_is_told_in_the_list() -> None:
    lifecycle.revoke(granted(), "company")
    assert "Ended on March 10, 2026, not by you." in signed_in().text
