"""What a third party may read about itself: its ApplicationInformation, and the Authorizations given to it."""

from django.conf import settings

from wattkeeper.authorizations.final_scope import client_scope
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock
from wattkeeper.common.ids import stable_uid
from wattkeeper.companies.models import Registration
from wattkeeper.greenbutton.atom import Entry, fields, period
from wattkeeper.greenbutton.links import RESOURCE, resource
from wattkeeper.greenbutton.parameters import Query

# ESPI has no way to say "until revoked" and its durations are 32 bits: 68 years, which a signed integer holds too.
UNTIL_REVOKED = 2**31 - 1
# client_secret is mandatory in the schema, but only its digest is kept here, so there is none to show.
NOT_SHOWN = "********"
REVOKED, ACTIVE, DENIED = 0, 1, 2
CUSTODIAN_STATUS = {"sandbox": 1, "approved": 1, "live": 2, "suspended": 3, "rejected": 4}
THIRD_PARTY_STATUS = {"sandbox": 1, "approved": 2, "live": 3, "suspended": 3, "rejected": 4}
# The schema demands the element and knows this one method, whatever the client really uses.
AUTH_METHOD = "client_secret_basic"
GRANT_TYPES = ("authorization_code", "client_credentials", "refresh_token")


def application_information(registration: Registration, registration_token: str | None) -> bytes:
    """The entry of a registration. `registration_token` is the one it was asked with, if it was: the caller's own."""
    uid = stable_uid(registration.uid, "application-information")
    collection = resource("ApplicationInformation")
    href = f"{collection}/{registration.uid}"
    created = clock.epoch(registration.created)
    content = _custodian(registration) + _third_party(registration, created, href, registration_token)
    return Entry("ApplicationInformation", uid, href, collection, created, created, content).xml()


def _custodian(registration: Registration) -> str:
    issuer = registration.utility.issuer
    root = f"{settings.BASE_URL}/{RESOURCE}"
    return fields(
        ("dataCustodianId", registration.utility.code),
        ("dataCustodianApplicationStatus", CUSTODIAN_STATUS[registration.status]),
        ("thirdPartyApplicationStatus", THIRD_PARTY_STATUS[registration.status]),
        ("authorizationServerUri", issuer),
        ("thirdPartyNotifyUri", registration.notify_uri),
        ("authorizationServerAuthorizationEndpoint", f"{issuer}/oauth/authorize"),
        ("authorizationServerTokenEndpoint", f"{issuer}/oauth/token"),
        ("dataCustodianBulkRequestURI", f"{root}/Batch/Bulk"),
        ("dataCustodianResourceEndpoint", root),
    )


def _third_party(registration: Registration, created: int, href: str, registration_token: str | None) -> str:
    company, utility = registration.company, registration.utility
    offered = "FB=" + "_".join(map(str, utility.function_blocks))
    return fields(
        ("client_secret", NOT_SHOWN),
        ("client_name", company.name),
        ("client_uri", company.website or None),
        *(("redirect_uri", uri) for uri in registration.redirect_uris or [""]),
        ("client_id", registration.client_id),
        ("tos_uri", company.terms_url or None),
        ("software_id", str(registration.uid)),
        ("software_version", registration.software_version),
        ("client_id_issued_at", created),
        ("client_secret_expires_at", 0),
        ("contacts", company.email or None),
        ("token_endpoint_auth_method", AUTH_METHOD),
        *(("scope", scope) for scope in dict.fromkeys((offered, registration.default_scope))),
        *(("grant_types", name) for name in GRANT_TYPES),
        ("response_types", "code"),
        ("registration_client_uri", href),
        ("registration_access_token", registration_token or NOT_SHOWN),
    )


def authorization(grant: Authorization) -> bytes:
    """The entry of an authorization, in force or not."""
    uid = stable_uid(grant.uid, "authorization")
    collection = resource("Authorization")
    href = f"{collection}/{grant.uid}"
    created, updated = clock.epoch(grant.created), clock.epoch(grant.updated)
    expires = clock.epoch(grant.expires) if grant.expires else created + UNTIL_REVOKED
    published_end = min(clock.epoch(grant.ongoing_end), expires) if grant.ongoing_end else expires
    published_start = clock.epoch(grant.history_start)
    customer = resource("Batch", "RetailCustomer", grant.uid) if grant.shares_account else None
    content = "".join(
        (
            period("authorizedPeriod", created, expires),
            period("publishedPeriod", published_start, max(published_end, published_start)),
            fields(
                ("status", status(grant)),
                ("expires_at", expires),
                ("scope", grant.scope),
                ("token_type", "Bearer"),
                ("resourceURI", resource("Batch", "Subscription", grant.uid)),
                ("authorizationURI", href),
                ("customerResourceURI", customer),
            ),
        )
    )
    return Entry("Authorization", uid, href, collection, created, updated, content).xml()


def client_authorization(registration: Registration) -> bytes:
    """The entry behind a client token: the client's own, which opens no customer's data."""
    uid = stable_uid(registration.uid, "authorization")
    collection = resource("Authorization")
    href = f"{collection}/{registration.uid}"
    created = clock.epoch(registration.created)
    content = period("authorizedPeriod", created, created + UNTIL_REVOKED) + fields(
        ("status", ACTIVE),
        ("expires_at", created + UNTIL_REVOKED),
        ("scope", client_scope(registration.utility)),
        ("token_type", "Bearer"),
        ("resourceURI", resource("Batch", "Bulk", registration.uid)),
        ("authorizationURI", href),
    )
    return Entry("Authorization", uid, href, collection, created, created, content).xml()


def is_asked_for(grant: Authorization, query: Query) -> bool:
    return query.admits(clock.epoch(grant.created), clock.epoch(grant.updated))


def status(grant: Authorization) -> int:
    """ESPI AuthorizationStatus. It knows no "expired": that is shown as revoked, with `expires_at` in the past."""
    if grant.declined is not None:
        return DENIED
    return ACTIVE if grant.is_active(clock.now(grant.world)) else REVOKED
