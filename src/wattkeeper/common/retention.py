"""How long what is kept that is not needed for ever. The privacy page says these very numbers."""

from datetime import timedelta

IDLE_SESSION = timedelta(minutes=30)
"""A customer who does nothing for so long is signed out."""
SIGN_IN_ATTEMPTS = timedelta(days=30)
"""How long one can be asked about by its case number."""
SENT_MAILS = timedelta(days=30)
EVENTS = timedelta(days=35)
"""So that a third party that was away for a month has missed nothing."""
EXPIRED_TOKENS = timedelta(days=1)
IDEMPOTENT_POSTS = timedelta(days=1)
"""What a program was answered, for when it asks again because it did not hear the answer."""
