"""What this authorization server can do, for programs (RFC 8414). It lists what works and nothing else."""

from django.conf import settings
from django.urls import reverse

from wattkeeper.oauth.clients import GRANT_TYPES
from wattkeeper.oauth.rfc6749_client_authentication import METHODS
from wattkeeper.oauth.rfc7523_private_key_jwt import ALGORITHMS
from wattkeeper.oauth.rfc9728_resource_metadata import RESOURCES
from wattkeeper.utilities.models import Utility


def metadata(utility: Utility) -> dict[str, object]:
    """Section 2, with what RFC 7636, 9126, 9207 and 9728 add."""
    proven = [method for method in METHODS if method != "none"]
    return {
        "issuer": utility.issuer,
        "authorization_endpoint": f"{utility.issuer}/oauth/authorize",
        "token_endpoint": f"{utility.issuer}/oauth/token",
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint": f"{utility.issuer}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint": f"{utility.issuer}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": proven,
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "pushed_authorization_request_endpoint": f"{utility.issuer}/oauth/par",
        "require_pushed_authorization_requests": False,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GRANT_TYPES,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "protected_resources": [f"{settings.BASE_URL}/{path}" for path in RESOURCES],
        "ui_locales_supported": utility.languages,
        "service_documentation": settings.BASE_URL + reverse("public:oauth"),
    }
