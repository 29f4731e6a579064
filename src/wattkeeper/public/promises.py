"""What the pages for customers promise in numbers: read off what the code does, so that neither can change alone."""

from django.conf import settings
from django.utils.translation import gettext as _

from wattkeeper import __version__
from wattkeeper.authorizations import browser, changes, lifecycle
from wattkeeper.authorizations.notices import DAYS_BEFORE
from wattkeeper.common import retention
from wattkeeper.common.pages import Cell, Table

HOUR, DAY = 3600, 24 * 3600


def told() -> dict[str, object]:
    """Days, hours and minutes, as whole numbers."""
    return {
        "reminder_days": DAYS_BEFORE,
        "renew_from_days": changes.NEAR_END.days,
        "renew_until_days": changes.GRACE.days,
        "request_minutes": int(lifecycle.REQUEST_LIFETIME.total_seconds()) // 60,
        "idle_minutes": int(retention.IDLE_SESSION.total_seconds()) // 60,
        "session_hours": settings.SESSION_COOKIE_AGE // HOUR,
        "sign_in_days": retention.SIGN_IN_ATTEMPTS.days,
        "mail_days": retention.SENT_MAILS.days,
        "token_hours": int(retention.EXPIRED_TOKENS.total_seconds()) // HOUR,
        "post_hours": int(retention.IDEMPOTENT_POSTS.total_seconds()) // HOUR,
        "software_version": __version__,
    }


def cookies() -> Table:
    rows = [
        (
            settings.SESSION_COOKIE_NAME,
            _("That you are signed in."),
            _("%d hours at most") % (settings.SESSION_COOKIE_AGE // HOUR),
        ),
        (
            browser.COOKIE,
            _("That a request for your data was begun in this browser, so that nobody else can answer it."),
            _("%d hours") % (browser.LIFETIME_SECONDS // HOUR),
        ),
        (
            settings.CSRF_COOKIE_NAME,
            _("That a form you send is ours and not another website’s."),
            _("%d days") % (settings.CSRF_COOKIE_AGE // DAY),
        ),
        (settings.LANGUAGE_COOKIE_NAME, _("The language you chose."), _("until you close the browser")),
    ]
    cells = [[Cell(name, is_code=True), Cell(what), Cell(how_long)] for name, what, how_long in rows]
    return Table(_("Cookies of this website, all of them"), [_("Name"), _("Remembers"), _("How long")], cells)
