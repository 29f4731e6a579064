"""What is mailed to a customer and works once. It follows from a row and the server's key, so that the worker who sends
it and the page that takes it agree.

No code is stored, not even its digest: eight digits are no secret to whoever can try them all.
"""

from uuid import UUID

from django.utils.crypto import salted_hmac

from wattkeeper.consent.models import SignIn

DIGITS = 8


def code_of(sign_in: SignIn) -> str:
    """The code that proves an attempt: eight digits."""
    drawn = salted_hmac("wattkeeper.consent.code", str(sign_in.uid), algorithm="sha256").digest()
    return f"{int.from_bytes(drawn) % 10**DIGITS:0{DIGITS}d}"


def readable(code: str) -> str:
    """In two halves, as it stands in the mail."""
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"


def resume_secret(uid: UUID) -> str:
    """The secret in the link of a consent.models.ResumeLink: 64 hex characters."""
    return salted_hmac("wattkeeper.consent.resume", str(uid), algorithm="sha256").hexdigest()
