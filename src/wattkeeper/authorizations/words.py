"""What a grant shares, in plain words: the same on the pages, in the mails and in the signed receipt."""

from django.utils.translation import gettext

from wattkeeper.authorizations.models import Authorization

CLASSES = ("intervals", "bills", "account")


def kinds(grant: Authorization) -> dict[str, str]:
    """The kinds of data shared, by name, in the active language."""
    texts = {
        "intervals": gettext("Your use over time, as detailed as your meter records it"),
        "bills": gettext("Your bills: period, charges and amount"),
        "account": gettext("Your account details: name, address and account number"),
    }
    return {name: texts[name] for name in CLASSES if getattr(grant, f"shares_{name}")}
