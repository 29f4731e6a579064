"""What a worker does about sign-ins, while the page is long shown."""

from django.conf import settings
from django.urls import reverse
from django_tasks import task

from wattkeeper.common import clock
from wattkeeper.consent import attempts, codes, letters
from wattkeeper.consent.models import SignIn
from wattkeeper.customers.models import Customer


@task()
def send_code(key: int) -> None:
    """Mails the code of an attempt, if it is about a customer and can still be used."""
    found = _about(key)
    if found is None or found[0].expires <= clock.now():
        return
    sign_in, customer = found
    context = {"utility": sign_in.utility, "code": codes.readable(codes.code_of(sign_in))}
    letters.send("code", customer.email, _language(sign_in, customer), context)


@task()
def tell_of_bill_sign_in(key: int) -> None:
    """Tells the customer that somebody signed in with the facts of a bill: it may have been somebody else."""
    found = _about(key)
    if found is not None:
        sign_in, customer = found
        utility, mine = sign_in.utility, reverse("consent:mine")
        context = {
            "utility": utility,
            "at": sign_in.created,
            "zone": utility.zone,
            "mine": f"{settings.BASE_URL}{mine}?utility={utility.slug}",
        }
        letters.send("bill_sign_in", customer.email, _language(sign_in, customer), context)


@task()
def forget_sign_ins() -> None:
    attempts.forget()


def _about(key: int) -> tuple[SignIn, Customer] | None:
    """The attempt and the first of its customers who has an address."""
    sign_in = SignIn.objects.select_related("utility").filter(pk=key).first()
    customers = attempts.candidates(sign_in) if sign_in is not None else []
    customer = next((customer for customer in customers if customer.email), None)
    return (sign_in, customer) if sign_in is not None and customer is not None else None


def _language(sign_in: SignIn, customer: Customer) -> str:
    return customer.language if customer.language in sign_in.utility.languages else "en"
