"""The tables of the reference pages: addresses, token classes, scopes, errors."""

from collections.abc import Collection, Iterable, Sequence

from django.utils.translation import gettext as _

from wattkeeper.common.pages import Cell, Table

ESPI = "/DataCustodian/espi/1_1/resource"
SUBSCRIPTION = "/Subscription/{authorization}"


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], codes: Collection[int] = (0,)) -> Table:
    """A table; the columns numbered in `codes` hold what stands in a program."""
    cells = [[Cell(text, is_code=index in codes) for index, text in enumerate(row)] for row in rows]
    return Table(caption, columns, cells)


def json_api() -> Table:
    rows = [
        ("GET /api/v2/authorizations", _("What customers granted you, newest first.")),
        ("GET /api/v2/authorizations/{uid}", _("One authorization; include=meters adds its meters.")),
        ("GET /api/v2/meters", _("The meters of your authorizations, newest first.")),
        ("GET /api/v2/meters/{uid}", _("One meter: its service, how much data there is and from when.")),
        ("GET /api/v2/bills", _("Bills with line items. Name the authorizations or the meters.")),
        ("GET /api/v2/intervals", _("Readings in blocks. Name the authorizations or the meters.")),
        ("GET /api/v2/openapi.json", _("All of this for programs, as OpenAPI. No token needed.")),
    ]
    return _table(_("Addresses of the JSON API"), [_("Address"), _("Answers")], rows)


def files() -> Table:
    named = "?meters={uid}"
    rows = [
        (f"meters_csv{named}", _("The meters, a row each.")),
        (f"meters_bills_csv{named}", _("The bills, a row each.")),
        ("csv/{authorization}", _("All bills of an authorization, a row each.")),
        (f"meters_lineitems_csv{named}", _("What bills are made of, a row for each charge.")),
        (f"billing_summaries_csv{named}", _("Statements of accounts, where all bills on them are shared.")),
        (f"intervals_csv{named}", _("Readings, a row for each interval, with a column for each kind of value.")),
        (f"intervals_xml{named}", _("Readings and bills as a Green Button file.")),
        (f"meters_bills_zip{named}", _("The PDFs of bills in a ZIP file.")),
        ("latest_pdf/{meter}, latest_pdf?meter={meter}", _("The newest bill of a meter as PDF.")),
        ("pdf_bill?uid={bill}", _("A bill as PDF. Name its meter too (meters=) and it is found faster.")),
        ("{raw}", _("What a raw_url leads to: the PDF of a bill, or the Green Button file of a day.")),
    ]
    return _table(_("Files of the JSON API"), [_("Address, after /api/v2/files/"), _("Answers")], rows)


def token_classes() -> Table:
    rows = [
        (_("Access token"), _("OAuth: authorization code or refresh token"), _("The data of that one authorization")),
        (
            _("Client access token"),
            _("OAuth: client credentials"),
            _("Your authorizations, and all their data in bulk"),
        ),
        (
            _("Registration access token"),
            _("OAuth: client credentials, with the scope FB=36_40"),
            _("Your own registration"),
        ),
        (_("API token"), _("The utility’s staff"), _("Everything of your company, in both APIs")),
        (_("Personal token"), _("A customer, under My data"), _("That customer’s own data, in both APIs")),
    ]
    return _table(_("Classes of token"), [_("Token"), _("Where it comes from"), _("What it reads")], rows, codes=())


def green_button() -> Table:
    any_, access, client, registration = _("any"), _("access"), _("client"), _("registration")
    point, retail = f"{SUBSCRIPTION}/UsagePoint/{{meter}}", "/RetailCustomer/{authorization}"
    account = f"{retail}/Customer/{{customer}}/CustomerAccount"
    agreement = f"{account}/{{account}}/CustomerAgreement"
    location = f"{agreement}/{{meter}}/ServiceLocation"
    rows = [
        ("/ReadServiceStatus", any_, _("1 when the service is up.")),
        ("/ApplicationInformation/{application}", registration, _("Your registration.")),
        ("/Authorization", client, _("Your authorizations, in force or not.")),
        ("/Authorization/{authorization}", client, _("One authorization. DELETE ends it, as if the customer had.")),
        ("/Batch/Bulk/{application}", client, _("All energy data of all your authorizations. /Bulk is the same.")),
        ("/Batch/BulkRetailCustomerInfo/{application}", client, _("All account details shared with you.")),
        (f"/Batch{SUBSCRIPTION}", access, _("All energy data of an authorization.")),
        (f"/Batch{point}", access, _("The same for one meter.")),
        (f"{SUBSCRIPTION}/UsagePoint", access, _("The meters of an authorization.")),
        (point, access, _("One meter.")),
        (f"{point}/MeterReading", access, _("The streams of readings of a meter.")),
        (f"{point}/MeterReading/{{reading}}/IntervalBlock", access, _("The readings of one stream.")),
        (f"{point}/UsageSummary", access, _("The bills of a meter.")),
        (f"{point}/ElectricPowerQualitySummary", access, _("How good the power was, where that is measured.")),
        ("/ReadingType/{id}", access, _("What a stream of readings measures.")),
        ("/LocalTimeParameters/{id}", access, _("The time zone and when its clocks change.")),
        (f"/Batch{retail}", access, _("All account details of an authorization, in a feed of their own.")),
        (f"{retail}/Customer", access, _("Who the customer is.")),
        (account, access, _("The billing accounts.")),
        (agreement, access, _("One agreement for each meter; its identifier is the meter’s.")),
        (f"{agreement}/{{meter}}/ServiceSupplier", access, _("The utility.")),
        (f"{agreement}/{{meter}}/ProgramDateIdMappings", access, _("Dates of demand response programs.")),
        (location, access, _("The service address, and which UsagePoint it is.")),
        (f"{location}/{{location}}/Meter", access, _("The number on the meter now in place.")),
        (f"{location}/{{location}}/EndDevice", access, _("What else is there, such as an inverter.")),
    ]
    return _table(_("Resources of the Green Button API"), [_("Address"), _("Token"), _("Answers")], rows)


def espi_parameters() -> Table:
    rows = [
        (
            "published-min, published-max",
            _("Readings and bills whose period starts in this span. The end is left out."),
        ),
        ("updated-min, updated-max", _("What was written in this span: new data and corrections.")),
        ("start-index, max-results", _("A part of a list; start-index counts from 1.")),
    ]
    return _table(_("Parameters of the Green Button API"), [_("Parameter"), _("Chooses")], rows)


def oauth() -> Table:
    base = "/DataCustodian/{utility}/oauth"
    rows = [
        (f"GET {base}/authorize", _("Send the customer’s browser here to ask for consent.")),
        (f"POST {base}/token", _("Exchange a code, refresh an access token, or get a client access token.")),
        (f"POST {base}/par", _("Push an authorization request, and get a reference to it for the browser.")),
        (f"POST {base}/introspect", _("Ask what one of your tokens is good for.")),
        (f"POST {base}/revoke", _("Give a token back.")),
        (
            "GET /.well-known/oauth-authorization-server/DataCustodian/{utility}",
            _("What this server can do, for programs."),
        ),
    ]
    return _table(_("Addresses of the OAuth server"), [_("Address"), _("For")], rows)


def client_authentication() -> Table:
    rows = [
        ("client_secret_basic", _("HTTP Basic with the client ID and the secret, each form-encoded first.")),
        ("client_secret_post", _("client_id and client_secret in the body, for clients that cannot do Basic.")),
        (
            "private_key_jwt",
            _(
                "A client_assertion signed with your key (ES256, PS256 or RS256): aud is the issuer alone, exp at most "
                "5 minutes ahead, each jti once. The staff registers your public keys."
            ),
        ),
        ("none", _("client_id alone, for apps that can keep no secret. PKCE proves the rest.")),
    ]
    return _table(_("Ways for a client to prove who it is"), [_("Method"), _("What to send")], rows)


def function_blocks() -> Table:
    rows = [
        ("4", _("Readings: use (and demand, where it is measured) per interval.")),
        ("16", _("Bills: totals, line items, costs.")),
        ("51", _("Account details: name, account number, service address. 46 means the same.")),
    ]
    return _table(_("Function blocks you can ask for"), ["FB", _("What you get")], rows)


def scope_parameters() -> Table:
    rows = [
        ("FB", _("Function blocks, joined by an underscore. Required."), "FB=4_16_51"),
        ("HistoryLength", _("How far back, in seconds. 2 years if not said."), "HistoryLength=34128000"),
        (
            "PreferredAuthEndDate",
            _("When the authorization ends, in Unix time; 0 means when the customer stops it. 3 years if not said."),
            "PreferredAuthEndDate=0",
        ),
        ("AdditionalScope", _("Further options, joined by an underscore; see below."), "AdditionalScope=noedit"),
    ]
    return _table(_("Parameters of a scope"), [_("Name"), _("Meaning"), _("Example")], rows, codes=(0, 2))


def additional_scope() -> Table:
    rows = [
        ("auth-sso", _("Go straight to the utility’s own sign-in.")),
        (
            "auth-account-{number}, auth-email-{address}, auth-phone-{digits}",
            _("Look the customer up by this and email a code, at utilities that do so."),
        ),
        ("auth-test-{account}", _("Sign in as this test account.")),
        ("noedit", _("The customer can agree or decline, but not change what is shared.")),
        ("meters-all", _("All meters are chosen when the form opens.")),
        ("historical-{YYYY-MM-DD}, historical-none", _("The first day of data, or no past data.")),
        ("ongoing-{YYYY-MM-DD}, ongoing-none", _("The last day of data, or no future data.")),
        ("sou-{name}", _("Which of your statements of purpose the customer reads.")),
    ]
    return _table(_("Options in AdditionalScope"), [_("Option"), _("Effect")], rows)


def oauth_errors() -> Table:
    rows = [
        ("access_denied", _("The customer declined.")),
        ("invalid_scope", _("The scope cannot be read, or nothing in it can be granted here.")),
        ("invalid_request", _("A parameter is missing, stands twice, or is wrong.")),
        ("unauthorized_client", _("This client may not ask for data now.")),
        ("unsupported_response_type", _("response_type must be code.")),
        ("temporarily_unavailable", _("Token endpoint, with 429: too many requests. Wait as Retry-After says.")),
        ("request_not_supported", _("Request objects are not taken; push the request instead.")),
        ("request_uri_not_supported", _("A request_uri is one that the push gave you; no other is looked up.")),
        ("invalid_client", _("The client is unknown, or its proof is wrong, used up, or of another way.")),
        ("invalid_grant", _("Token endpoint: the code or refresh token is used, expired, or its authorization ended.")),
    ]
    return _table(_("OAuth errors"), [_("Error"), _("Meaning")], rows)
