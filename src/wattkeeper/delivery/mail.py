"""Writing to somebody: `send` puts a mail into the outbox, and the worker hands it in.

Call it inside the transaction of what the mail tells of: then both happen, or neither.
"""

from datetime import timedelta

from django.conf import settings
from django.core.validators import validate_email
from django.template.loader import get_template

from wattkeeper.common import clock
from wattkeeper.delivery import tasks
from wattkeeper.delivery.models import Mail, Plain

PATIENCE = timedelta(hours=72)


def send(template: str, to: str, language: str, context: dict[str, Plain], *, patience: timedelta = PATIENCE) -> Mail:
    """Queues the mail of `templates/mail/{template}.html` to one address; it is given up when `patience` is over.

    `context` holds ids and plain values, and by convention `utility` (a code: whose mail it is), `is_test_data`, and
    `receipt` (the uid of a SignedReceipt, to attach). Raises ValidationError where `to` is not one address, and
    TemplateDoesNotExist. Without a mail server it is kept.
    """
    validate_email(to)
    get_template(f"mail/{template}.html")
    at = clock.now()
    mail = Mail.objects.create(
        recipient=to,
        template=template,
        language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        context=context,
        created=at,
        next_attempt_at=at,
        give_up_at=at + patience,
    )
    if settings.MAIL_SERVER is not None:
        tasks.post.enqueue(str(mail.uid))
    return mail
