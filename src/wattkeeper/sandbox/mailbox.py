"""The demo's mailbox: every mail the platform would send, for a newcomer to see. Where no demo runs it is not there."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID
from zoneinfo import ZoneInfo

from csp.decorators import csp, csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from wattkeeper.common import formats
from wattkeeper.delivery import letters
from wattkeeper.delivery.models import Mail
from wattkeeper.delivery.plain import plain
from wattkeeper.utilities.models import Utility

PER_PAGE = 20
IN_A_FRAME = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "base-uri": ["'self'"],
    "frame-ancestors": ["'self'"],
}
View = Callable[..., HttpResponse]


def in_the_demo(view: View) -> View:
    @wraps(view)
    @never_cache
    @require_GET
    def shown(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not settings.IS_DEMO:
            raise Http404("this is no demo")
        return view(request, *args, **kwargs)

    return shown


@in_the_demo
def inbox(request: HttpRequest) -> HttpResponse:
    page = Paginator(Mail.objects.order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    zone = ZoneInfo("UTC")
    mails = [(mail, letters.subject_of(_html(mail)), formats.moment(mail.created, zone)) for mail in page]
    return render(request, "sandbox/mailbox.html", {"page": page, "mails": mails, "is_test_data": True})


@csp_update({"frame-src": ["'self'"]})
@in_the_demo
def one(request: HttpRequest, uid: UUID) -> HttpResponse:
    mail = get_object_or_404(Mail, uid=uid)
    html = _html(mail)
    context = {
        "mail": mail,
        "subject": letters.subject_of(html),
        "plain": plain(html),
        "attachments": [name for name, _ in letters.attachments(mail)],
        "is_test_data": True,
    }
    return render(request, "sandbox/mail.html", context)


@xframe_options_sameorigin
@csp(IN_A_FRAME)
@in_the_demo
def body(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The HTML part as a mail program shows it; its links open over the frame."""
    html = _html(get_object_or_404(Mail, uid=uid))
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))


@in_the_demo
def attachment(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    found = dict(letters.attachments(get_object_or_404(Mail, uid=uid)))
    if name not in found:
        raise Http404("no such attachment")
    answer = HttpResponse(found[name], content_type=letters.JSON)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _html(mail: Mail) -> str:
    return letters.html_of(mail, Utility.objects.filter(code=mail.context.get("utility")).first())
