"""What the JSON API itself remembers."""

from django.db import models


class IdempotentPost(models.Model):
    """A POST that came with an `Idempotency-Key`, for a day: idempotency.py. The primary key decides who is first.

    Neither the key nor what was sent can be read out of it, and the answer only with the key.
    """

    digest = models.CharField(max_length=64, primary_key=True, help_text="Of caller, address and key")
    fingerprint = models.CharField(max_length=64, help_text="Of what was sent")
    claim = models.UUIDField(help_text="The attempt that is under way, or was answered")
    claimed = models.DateTimeField(help_text="When that attempt began")
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the answer; none while there is no answer")
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(default=b"", help_text="Encrypted")
    created = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest
