"""The commands that the docs print. They run as printed once the words in capitals are replaced."""

from datetime import timedelta
from urllib.parse import quote, urlencode

from django.conf import settings

from wattkeeper.common import clock
from wattkeeper.companies.models import Registration
from wattkeeper.public.references import ESPI
from wattkeeper.utilities.models import Utility

VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The pair that RFC 7636 computes in its appendix B."""
ASKED_SCOPE = "FB=4_16_51;AdditionalScope=auth-test-test_residential"
COLUMNS = "application/vnd.wattkeeper.columns+json"
"""api.shapes.Shape.COLUMNS, which a page may not import."""
REFRESH = {"grant_type": "refresh_token", "refresh_token": "REFRESH_TOKEN_HERE"}


def json_api() -> dict[str, str]:
    """Commands for the JSON API, by name."""
    base = f"{settings.BASE_URL}/api/v2"
    return {
        "authorizations": _curl(f"{base}/authorizations?include=meters"),
        "authorization": _curl(f"{base}/authorizations/AUTHORIZATION_UID_HERE"),
        "meters": _curl(f"{base}/meters?authorizations=AUTHORIZATION_UID_HERE"),
        "bills": _curl(f"{base}/bills?meters=METER_UID_HERE"),
        "intervals": _curl(f"{base}/intervals?meters=METER_UID_HERE&limit=1"),
        "columns": _curl(f"{base}/intervals?meters=METER_UID_HERE&limit=30", accept=COLUMNS),
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
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    redeemed = {"code": "CODE_HERE", "redirect_uri": redirect_uri, "code_verifier": VERIFIER}
    return {
        "authorize": f"{base}/authorize?{urlencode(query, quote_via=quote)}",
        "code": _post(f"{base}/token", client_id, grant_type="authorization_code", **redeemed),
        "refresh": _post(f"{base}/token", client_id, **REFRESH),
        "client": _post(f"{base}/token", client_id, grant_type="client_credentials"),
        "introspect": _post(f"{base}/introspect", client_id, token="ACCESS_TOKEN_HERE"),  # noqa: S106 - a placeholder
        "revoke": _post(f"{base}/revoke", client_id, token="REFRESH_TOKEN_HERE"),  # noqa: S106 - a placeholder
        "push": _post(f"{base}/par", client_id, **query),
        "metadata": f"curl '{settings.BASE_URL}/.well-known/oauth-authorization-server/DataCustodian/{utility.slug}'",
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


def _curl(address: str, output: str = "", accept: str = "") -> str:
    option = (f" -o {output}" if output else "") + (f" -H 'Accept: {accept}'" if accept else "")
    return f"curl{option} -H 'Authorization: Bearer API_TOKEN_HERE' \\\n    '{address}'"


def _post(address: str, client_id: str, /, **fields: str) -> str:
    data = [f"--data-urlencode '{name}={value}'" for name, value in fields.items()]
    lines = [f"curl -u '{client_id}:CLIENT_SECRET_HERE'", *data, f"'{address}'"]
    return " \\\n    ".join(lines)
