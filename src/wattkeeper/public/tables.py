"""The tables of a utility's docs page, from its settings and rows."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from wattkeeper.common.limits import Limit
from wattkeeper.common.pages import Cell, Table
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import TestAccount
from wattkeeper.utilities.models import Utility, World


@dataclass(frozen=True)
class SignInOption:
    """One way to sign in, as a scope names it."""

    type: str
    takes_value: bool
    description: str
    example: str


def sign_in_options() -> dict[str, list[SignInOption]]:
    """What a scope can say of each way to sign in that a utility may have. A bill stands in no scope."""
    return {
        "sso": [SignInOption("sso", False, _("Sign in at the utility’s own website (single sign-on)."), "auth-sso")],
        "code": [
            SignInOption("account", True, _("Email a code to the holder of this account."), "auth-account-3000000001"),
            SignInOption("email", True, _("Email a code to this address."), "auth-email-name@example.com"),
            SignInOption("phone", True, _("Email a code to the customer with this phone."), "auth-phone-9155550100"),
        ],
        "bill": [],
        "test": [SignInOption("test", True, _("Sign in as a test account."), "auth-test-test_residential")],
    }


def facts(utility: Utility) -> list[tuple[str, str]]:
    return [
        (_("Utility ID in both APIs"), utility.code),
        (_("Name in web addresses"), utility.slug),
        (_("Time zone"), utility.zone_name),
        (_("Languages"), ", ".join(str(name) for code, name in settings.LANGUAGES if code in utility.languages)),
        (_("Base address"), settings.BASE_URL),
    ]


def limits() -> Table:
    """How many requests are answered, from the settings."""
    rows = [
        (Limit.CLIENT, _("All requests of one client, or of one company by API tokens")),
        (Limit.TOKEN, _("All requests with one token")),
        (Limit.ADDRESS, _("Requests without a token from one address, such as opening the authorize link")),
        (Limit.WRONG_CLIENTS, _("Failed client authentications from one address")),
        (Limit.WRONG_TOKENS, _("Unknown, expired or revoked tokens from one address")),
    ]
    return Table(
        _("How many requests are answered"),
        [_("Name"), _("Counts"), _("At most"), _("Within")],
        [
            [
                Cell(limit, is_code=True),
                Cell(meaning),
                Cell(str(settings.LIMITS[limit].amount), is_number=True),
                Cell(f"{settings.LIMITS[limit].get_expiry()} s", is_number=True),
            ]
            for limit, meaning in rows
        ],
    )


def authentication(utility: Utility) -> Table:
    options = sign_in_options()
    return Table(
        _("Ways to sign in that a scope can ask for"),
        [_("Type"), _("Can have a value?"), _("Description"), _("Example in a scope")],
        [
            [
                Cell(option.type, is_code=True),
                Cell(_("Yes") if option.takes_value else _("No")),
                Cell(option.description),
                Cell(option.example, is_code=True),
            ]
            for method in utility.sign_in_methods
            for option in options[method]
        ],
    )


def accounts_of(utility: Utility) -> list[TestAccount]:
    """The test accounts that anybody may sign in as, oldest first."""
    sandbox = TestAccount.objects.filter(world__utility=utility, world__kind=World.Kind.SANDBOX)
    return list(sandbox.order_by("pk"))


def test_accounts(accounts: list[TestAccount], language: str) -> Table:
    return Table(
        _("User names and passwords"),
        [_("User name"), _("Password"), _("Test scenario"), _("In a scope"), _("Description")],
        [
            [
                Cell(account.username, is_code=True),
                Cell(account.password, is_code=True),
                Cell(account.scenario),
                Cell(f"auth-test-{account.username}", is_code=True),
                Cell(account.description(language)),
            ]
            for account in accounts
        ],
    )


def public_clients(utility: Utility) -> list[Registration]:
    """Clients anybody may try, oldest first."""
    clients = utility.registrations.filter(is_public_demo=True).select_related("company")
    return list(clients.order_by("created", "pk"))


def demo_clients(clients: list[Registration]) -> Table:
    address = settings.DEMO_THIRDPARTY_URL
    return Table(
        _("Public clients, for test accounts only"),
        [_("Client ID"), _("Company name"), _("Set up on the demo website")],
        [
            [
                Cell(client.client_id, is_code=True),
                Cell(client.company.name),
                Cell(_("Open the demo"), href=f"{address}/?client_id={client.client_id}")
                if address
                else Cell(_("The demo website is not running here")),
            ]
            for client in clients
        ],
    )
