"""What is shared, in plain words: the same on the pages, in the mails and in the signed receipt."""

from django.utils.translation import gettext

from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.terms import KINDS, Terms
from wattkeeper.customers.models import Service


def kinds(shared: Authorization | Terms) -> dict[str, str]:
    """The kinds of data shared, by name, in the active language."""
    texts = {
        "intervals": gettext("Your use over time, as detailed as your meter records it"),
        "bills": gettext("Your bills: period, charges and amount"),
        "account": gettext("Your account details: name, address and account number"),
    }
    return {name: texts[name] for name in KINDS if getattr(shared, f"shares_{name}")}


def meter(service: Service) -> str:
    """`Meter 98218595, 7813 Copper Arroyo Dr, El Paso, TX 79912`."""
    return gettext("Meter %(number)s, %(address)s") % {"number": service.meter_number, "address": service.address}
