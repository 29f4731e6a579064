"""The commands that the docs print. They run as printed once the words in capitals are replaced."""

from datetime import timedelta
from urllib.parse import quote, urlencode

from django.conf import settings

from wattkeeper.common import clock
from wattkeeper.companies.models import Registration
from wattkeeper.public.references import ESPI
from wattkeeper.utilities.models import Utility

ASKED_SCOPE = "FB=4_16_51;AdditionalScope=auth-test-test_residential"


def json_api() -> dict[str, str]:
    """Commands for the JSON API, by name."""
    base = f"{settings.BASE_URL}/api/v2"
    return {
        "authorizations": _curl(f"{base}/authorizations?include=meters"),
        "authorization": _curl(f"{base}/authorizations/AUTHORIZATION_UID_HERE"),
        "meters": _curl(f"{base}/meters?authorizations=AUTHORIZATION_UID_HERE"),
        "bills": _curl(f"{base}/bills?meters=METER_UID_HERE"),
        "intervals": _curl(f"{base}/intervals?meters=METER_UID_HERE&limit=1"),
    }


def green_button() -> dict[str, str]:
    """Commands for the Green Button API, by name."""
    base = settings.BASE_URL + ESPI
    week_ago = clock.now() - timedelta(days=7)
    return {
        "status": _curl(f"{base}/ReadServiceStatus"),
        "usage_points": _curl(f"{base}/Subscription/AUTHORIZATION_UID_HERE/UsagePoint"),
        "batch": _curl(f"{base}/Batch/Subscription/AUTHORIZATION_UID_HERE", output="energy.xml"),
        "batch_of_a_meter": _curl(
            f"{base}/Batch/Subscription/AUTHORIZATION_UID_HERE/UsagePoint/METER_UID_HERE"
            f"?published-min={week_ago:%Y-%m-%d}T00:00:00Z",
            output="week.xml",
        ),
    }


def oauth(utility: Utility, client: Registration | None) -> dict[str, str]:
    """The authorize address and the commands for the token endpoint, by name."""
    base = oauth_base(utility)
    client_id = client.client_id if client else "CLIENT_ID_HERE"
    redirect_uri = client.redirect_uris[0] if client and client.redirect_uris else "REDIRECT_URI_HERE"
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": ASKED_SCOPE,
        "state": "A_RANDOM_VALUE_OF_YOURS",
    }
    return {
        "authorize": f"{base}/authorize?{urlencode(query, quote_via=quote)}",
        "code": _token(base, client_id, "authorization_code", code="CODE_HERE", redirect_uri=redirect_uri),
        "refresh": _token(base, client_id, "refresh_token", refresh_token="REFRESH_TOKEN_HERE"),  # noqa: S106 - a placeholder
        "client": _token(base, client_id, "client_credentials"),
    }


def try_as(utility: Utility, client: Registration, username: str) -> str:
    """The authorize address that a test account answers, which ends on a receipt because it names no way back."""
    scope = f"FB=4_16_51;AdditionalScope=auth-test-{username}"
    query = {"response_type": "code", "client_id": client.client_id, "scope": scope}
    return f"{oauth_base(utility)}/authorize?{urlencode(query, quote_via=quote)}"


def oauth_base(utility: Utility) -> str:
    return f"{settings.BASE_URL}/DataCustodian/{utility.slug}/oauth"


def encoded(scope: str) -> str:
    """A scope as it stands in a URL."""
    return quote(scope, safe="")


def _curl(address: str, output: str = "") -> str:
    option = f" -o {output}" if output else ""
    return f"curl{option} -H 'Authorization: Bearer API_TOKEN_HERE' \\\n    '{address}'"


def _token(base: str, client_id: str, grant_type: str, **fields: str) -> str:
    data = [f"-d grant_type={grant_type}", *(f"-d '{name}={value}'" for name, value in fields.items())]
    lines = [f"curl -u '{client_id}:CLIENT_SECRET_HERE'", *data, f"'{base}/token'"]
    return " \\\n    ".join(lines)
