"""What a worker does about sign-ins, while the page is long shown."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django_tasks import task

from wattkeeper.common import clock, formats, retention
from wattkeeper.consent import attempts, codes
from wattkeeper.consent.models import ResumeLink, SignIn
from wattkeeper.customers.models import Customer
from wattkeeper.delivery import mail
from wattkeeper.delivery.models import Plain
from wattkeeper.utilities.models import Utility


@task()
def send_code(key: int) -> None:
    """Mails the code of an attempt, if it is about a customer and can still be used."""
    found = _about(key)
    if found is None or found[0].expires <= clock.now():
        return
    sign_in, customer = found
    mail.send(
        "code",
        customer.email,
        _language(sign_in.utility, customer),
        {"utility": sign_in.utility.code, "code": codes.readable(codes.code_of(sign_in))},
        patience=found[0].expires - clock.now(),
    )


@task()
def tell_of_bill_sign_in(key: int) -> None:
    """Tells the customer that somebody signed in with the facts of a bill: it may have been somebody else."""
    found = _about(key)
    if found is not None:
        sign_in, customer = found
        utility, language = sign_in.utility, _language(sign_in.utility, customer)
        with translation.override(language):
            at = formats.moment(sign_in.created, utility.zone)
        mine = f"{settings.BASE_URL}{reverse('consent:mine')}?utility={utility.slug}"
        mail.send("bill_sign_in", customer.email, language, {"utility": utility.code, "at": at, "mine": mine})


@task()
def send_resume_link(key: int) -> None:
    """Mails a link to go on with a request, if it is for a customer and can still be used."""
    link = ResumeLink.objects.filter(pk=key).select_related("request__registration__company").first()
    customer = Customer.objects.filter(pk__in=link.customers).order_by("name", "pk").first() if link else None
    if link is None or customer is None or link.expires <= clock.now():
        return
    registration = link.request.registration
    context: dict[str, Plain] = {
        "utility": registration.utility.code,
        "company": registration.company.name,
        "page": f"{settings.BASE_URL}{reverse('consent:resume', args=[codes.resume_secret(link.uid)])}",
    }
    language = _language(registration.utility, customer)
    mail.send("resume", customer.email, language, context, patience=link.expires - clock.now())


@task()
def forget_sign_ins() -> None:
    """Links that nobody used, too."""
    attempts.forget()
    ResumeLink.objects.filter(created__lt=clock.now() - retention.SIGN_IN_ATTEMPTS, used=None).delete()


def _about(key: int) -> tuple[SignIn, Customer] | None:
    """The attempt and the first of its customers who has an address."""
    sign_in = SignIn.objects.select_related("utility").filter(pk=key).first()
    customers = attempts.candidates(sign_in) if sign_in is not None else []
    customer = next((customer for customer in customers if customer.email), None)
    return (sign_in, customer) if sign_in is not None and customer is not None else None


def _language(utility: Utility, customer: Customer) -> str:
    return customer.language if customer.language in utility.languages else "en"
