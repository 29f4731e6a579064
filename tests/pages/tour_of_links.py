"""The stops at the links of companies: a part of the tour (tour.py)."""

from collections.abc import Iterator
from dataclasses import dataclass

import cast
from wattkeeper.authorizations import lifecycle
from wattkeeper.companies import portals
from wattkeeper.companies.models import Form, Registration, Template
from wattkeeper.customers.models import Service
from wattkeeper.utilities.models import Utility


@dataclass(frozen=True)
class Look:
    name: str
    path: str
    who: str = "stranger"


def looks(service: Service) -> Iterator[Look]:
    """A company with a link of each kind; `service` is Heather's, which it shares, and then does not any more."""
    party = cast.third_party("Linked")
    template = portals.template_of(party.company)
    Registration.objects.create(company=party.company, utility=Utility.objects.get(code="RIO"), client_id="RIO_linked")
    yield Look("link, which utility", "/authorize/linked")
    yield Look("link, not registered", "/authorize/linked?utility=NOWHERE")
    yield Look("link, no address", "/authorize/linked?utility=EPE&redirect_uri=https://evil.example")
    yield Look("link, not understood", "/authorize/linked?state=1&state=2")
    yield Look("link of nobody", "/authorize/nobody")
    grant = cast.share(party, service)
    renewing = _form(template, authorization_uid=grant.uid)
    yield Look("link, renews for another", f"/authorize/linked?f={renewing.uid}", "oscar")
    lifecycle.revoke(grant, by="customer")
    yield Look("link, nothing to renew", f"/authorize/linked?f={renewing.uid}")
    yield Look("link, switched off", f"/authorize/linked?f={_form(template, disabled=True).uid}")
    Registration.objects.filter(company=party.company).update(status=Registration.Status.SUSPENDED)
    yield Look("link, suspended", "/authorize/linked?utility=EPE")


def _form(template: Template, **fields: object) -> Form:
    return Form.objects.create(company=template.company, template=template, **fields)
