"""Mail to customers about their signing in."""

from collections.abc import Mapping

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation


def send(template: str, to: str, language: str, context: Mapping[str, object]) -> None:
    """Sends `consent/mail/{template}.txt`, whose first line is the subject, in the reader's language."""
    with translation.override(language):
        subject, _, text = render_to_string(f"consent/mail/{template}.txt", dict(context)).partition("\n")
    EmailMessage(subject.strip(), text.strip() + "\n", to=[to]).send()
