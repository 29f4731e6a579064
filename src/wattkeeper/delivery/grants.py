"""What a customer's mails say of a grant, and where they go."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils import translation

from wattkeeper.authorizations import words
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock
from wattkeeper.delivery.models import Mail, Plain
from wattkeeper.utilities.models import World


def reaches(world: World) -> bool:
    """Whether customers of a world get mail. For test data not, but in the demo, which sends nothing out: anybody can
    sign in as a test account and type anybody's address."""
    return world.is_live or settings.IS_DEMO


def address(grant: Authorization) -> str:
    """The address the customer gave; none where none was given, or where mails do not reach."""
    return grant.customer_email if reaches(grant.world) else ""


def facts(grant: Authorization) -> dict[str, Plain]:
    """Who, what, which meters, from when, until when, and the page where it can be changed."""
    company = grant.registration.company
    services = sorted((meter.service for meter in grant.meters.all()), key=lambda found: (found.street, found.pk))
    with translation.override(grant.language):
        kinds = list(words.kinds(grant).values())
        meters = list(map(words.meter, services))
    return {
        "utility": grant.world.utility.code,
        "is_test_data": not grant.world.is_live,
        "company": company.name,
        "website": company.website,
        "company_email": company.email,
        "kinds": kinds,
        "meters": meters,
        "since": local_day(grant.history_start, grant).isoformat(),
        "granted": local_day(grant.created, grant).isoformat(),
        "until": until(grant),
        "page": page(grant),
    }


def until(grant: Authorization) -> str | None:
    """The last local day in force as YYYY-MM-DD; None where it lasts until it is stopped."""
    return local_day(grant.expires - timedelta(seconds=1), grant).isoformat() if grant.expires is not None else None


def page(grant: Authorization) -> str:
    """Where the customer signs in and finds it."""
    query = urlencode({"utility": grant.world.utility.slug, "receipt": grant.uid})
    return f"{settings.BASE_URL}/my-authorizations?{query}"


def still_true(reminder: Mail) -> bool:
    """Whether what a queued reminder says is so: neither stopped nor changed, nor ended meanwhile."""
    told = reminder.context
    grant = Authorization.objects.select_related("world__utility").filter(uid=told["authorization"]).first()
    return grant is not None and grant.is_active(clock.now(grant.world)) and until(grant) == told["until"]


def local_day(moment: datetime, grant: Authorization) -> date:
    return moment.astimezone(grant.world.utility.zone).date()
