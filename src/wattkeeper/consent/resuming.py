"""Going on with a request later, or on another device, by a link in a mail.

The link takes the request along, and nobody's session: whoever opens it still has to sign in, and only a customer to
whose address on file it went may answer then. Whether an address is on file is never told. Opening the link does
nothing yet, as programs that look at mails open links too; the button on its page takes the request, once.
"""

from datetime import timedelta
from operator import attrgetter

from django.conf import settings
from django.db import transaction

from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import clock, ids
from wattkeeper.consent import codes, tasks, throttle
from wattkeeper.consent.models import ResumeLink
from wattkeeper.consent.throttle import TooManyTries
from wattkeeper.customers import finding
from wattkeeper.customers.models import Customer

LIFETIME = timedelta(hours=24)
OF_REQUEST = 3
OF_SUBJECT = 5
"""Mails to one address in a day; more than these are asked for in vain, and silently."""


class LinkSpent(LookupError):
    """There is no such link, or it was used, or has run out, or its request is answered."""


def is_offered(asking: AuthorizationRequest) -> bool:
    """Whether a mail could reach somebody who may answer."""
    return asking.registration.is_live and (settings.IS_DEMO or settings.MAIL_SERVER is not None)


def send(asking: AuthorizationRequest, address: str, network: str) -> None:
    """A link is on its way to this address if the utility has it on file. Raises TooManyTries."""
    utility, at = asking.registration.utility, clock.now()
    subject = throttle.subject_of(utility.pk, f"link {address.strip().lower()}")
    asked = ResumeLink.objects.filter(network=network, created__gt=at - throttle.HOUR)
    if asking.links.count() >= OF_REQUEST or asked.count() >= throttle.OF_NETWORK:
        raise TooManyTries
    found = finding.by_email(utility, address.strip())
    mailed = ResumeLink.objects.filter(subject_digest=subject, created__gt=at - throttle.DAY)
    if mailed.count() >= OF_SUBJECT:
        found = []
    uid = ids.new_uid()
    link = ResumeLink.objects.create(
        uid=uid,
        digest=ids.digest(codes.resume_secret(uid)),
        request=asking,
        customers=[customer.pk for customer in found],
        subject_digest=subject,
        network=network,
        created=at,
        expires=at + LIFETIME,
    )
    tasks.send_resume_link.enqueue(link.pk)


def find(secret: str) -> ResumeLink:
    """A link that can be used. Raises LinkSpent."""
    about = ("request__registration__company", "request__registration__utility")
    usable = ResumeLink.objects.filter(digest=ids.digest(secret), used=None, expires__gt=clock.now())
    link = usable.select_related(*about).first()
    if link is None or not link.customers or link.request.status != AuthorizationRequest.Status.PENDING:
        raise LinkSpent(secret[:8])
    return link


def use(secret: str, browser: str) -> AuthorizationRequest:
    """Takes the request of a link into the browser that holds the secret `browser`. Raises LinkSpent."""
    link, at = find(secret), clock.now()
    unused = ResumeLink.objects.filter(pk=link.pk, used=None, expires__gt=at)
    try:
        with transaction.atomic():
            if not unused.update(used=at):
                raise LinkSpent(link.uid)
            lifecycle.hand_over(link.request, browser)
    except lifecycle.NotAllowed as answered:
        raise LinkSpent(link.uid) from answered
    return link.request


def may_answer(asking: AuthorizationRequest, customer: Customer) -> bool:
    """Whether a request that was taken along by a link is for this customer; any other is for everybody."""
    taken = max(asking.links.filter(used__isnull=False), key=attrgetter("used"), default=None)
    return taken is None or customer.pk in taken.customers
