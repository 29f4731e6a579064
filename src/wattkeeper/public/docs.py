"""The docs pages. What they say of a utility, they read off its rows."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wattkeeper.api.calls import GROUPS
from wattkeeper.public import examples, offers, promises, references, tables
from wattkeeper.utilities.models import Utility


def index(request: HttpRequest) -> HttpResponse:
    return page(request, "index")


def quick_start(request: HttpRequest) -> HttpResponse:
    return page(request, "quick_start", examples=examples.json_api() | examples.green_button())


def utility(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Utility, slug=slug)
    clients, accounts = tables.public_clients(found), tables.accounts_of(found)
    client = clients[0] if clients else None
    return page(
        request,
        "utility",
        utility=found,
        description=found.description(get_language()),
        facts=tables.facts(found),
        authentication=tables.authentication(found),
        offer=offers.told(found),
        capabilities_url=f"{settings.BASE_URL}/api/v2/utilities/{found.slug}",
        is_connected=found.sign_in_service is not None,
        test_accounts=tables.test_accounts(accounts, get_language()),
        client=client,
        tries=[(one.username, examples.try_as(found, client, one.username)) for one in accounts] if client else [],
        clients=tables.demo_clients(clients),
        redirect_uris=sorted({uri for client in clients for uri in client.redirect_uris}),
        scope=examples.ASKED_SCOPE,
        encoded_scope=examples.encoded(examples.ASKED_SCOPE),
        oauth_base=examples.oauth_base(found),
        oauth=examples.oauth(found, client),
        examples=examples.json_api() | examples.green_button(),
    )


def api(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "api",
        examples=examples.json_api(),
        endpoints=references.json_api(),
        files=references.files(),
        groups=list(GROUPS.items()),
        limits=tables.limits(),
        key_hours=promises.told()["post_hours"],
    )


def greenbutton(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "greenbutton",
        examples=examples.green_button(),
        token_classes=references.token_classes(),
        resources=references.green_button(),
        resource_base=settings.BASE_URL + references.ESPI,
        parameters=references.espi_parameters(),
    )


def oauth(request: HttpRequest) -> HttpResponse:
    first = Utility.objects.order_by("pk").first()
    clients = tables.public_clients(first) if first else []
    return page(
        request,
        "oauth",
        oauth=examples.oauth(first, clients[0] if clients else None) if first else None,
        issuer=first.issuer if first else "",
        endpoints=references.oauth(),
        authentication=references.client_authentication(),
        blocks=references.function_blocks(),
        scope_parameters=references.scope_parameters(),
        options=references.additional_scope(),
        errors=references.oauth_errors(),
    )


def page(request: HttpRequest, name: str, **context: object) -> HttpResponse:
    context |= {
        "section": "docs",
        "page_name": name,
        "contents": contents(),
        "utilities": Utility.objects.order_by("name"),
        "base_url": settings.BASE_URL,
        "demo_url": settings.DEMO_THIRDPARTY_URL,
    }
    return render(request, f"public/docs/{name}.html", context)


def contents() -> list[tuple[str, str, str, str]]:
    """The pages beside the utilities' own: name, URL name, title, one line."""
    return [
        ("quick_start", "public:quick_start", _("First data in 5 minutes"), _("From nothing to a meter’s readings.")),
        ("oauth", "public:oauth", _("Asking for consent (OAuth)"), _("The authorize link, scopes, tokens.")),
        ("api", "public:api", _("JSON API"), _("Authorizations, meters, bills and intervals as JSON.")),
        ("greenbutton", "public:greenbutton", _("Green Button API"), _("The same data as ESPI XML.")),
        ("receipts", "public:receipts", _("Consent receipts"), _("What customers keep, and how anybody checks it.")),
    ]
