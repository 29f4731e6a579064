"""What happened to a grant, step by step, each with the receipt that was given for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from wattkeeper.authorizations.models import Authorization, SignedReceipt

State = SignedReceipt.State


@dataclass(frozen=True)
class Step:
    at: datetime
    text: str
    receipt: UUID | None = None


def steps(grant: Authorization) -> list[Step]:
    """Oldest first, by the world's clock. The grant comes with its requests and receipts."""
    company, utility = grant.registration.company.name, grant.world.utility.name
    found = [
        Step(asking.created + grant.world.clock_offset, gettext("%(company)s asked you") % {"company": company})
        for asking in grant.requests.all()
    ]
    texts = {
        State.GIVEN: gettext("You said yes"),
        State.CHANGED: gettext("You changed what you share"),
        State.SHORTENED: gettext("You chose an earlier end"),
        State.RENEWED: gettext("You renewed it"),
        State.WITHDRAWN: gettext("You stopped it"),
        State.ENDED_BY_COMPANY: gettext("%(company)s ended it") % {"company": company},
        State.ENDED_BY_UTILITY: gettext("%(utility)s ended it") % {"utility": utility},
        State.EXPIRED: gettext("It ended, as you chose"),
    }
    found += [Step(kept.created, texts[State(kept.state)], kept.uid) for kept in grant.receipts.all()]
    return sorted(found, key=lambda step: step.at)
