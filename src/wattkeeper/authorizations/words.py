"""What is shared, in plain words: the same on the pages, in the mails and in the signed receipt."""

from django.utils.translation import gettext

from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.terms import KINDS, Terms


def kinds(shared: Authorization | Terms) -> dict[str, str]:
    """The kinds of data shared, by name, in the active language."""
    texts = {
        "intervals": gettext("Your use over time, as detailed as your meter records it"),
        "bills": gettext("Your bills: period, charges and amount"),
        "account": gettext("Your account details: name, address and account number"),
    }
    return {name: texts[name] for name in KINDS if getattr(shared, f"shares_{name}")}
