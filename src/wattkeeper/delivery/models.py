"""The outbox: mails as rows, written in the transaction of what they tell of."""

from django.db import models

from wattkeeper.common import clock, ids

Plain = str | int | bool | list[str] | None


class Mail(models.Model):
    """One mail to one person. It waits while `next_attempt_at` is set; after that it was sent, or given up."""

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    recipient = models.EmailField()
    template = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    context = models.JSONField(default=dict, help_text="Ids and plain values")
    created = models.DateTimeField(default=clock.now, editable=False)
    next_attempt_at = models.DateTimeField(null=True, default=clock.now)
    give_up_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True, help_text="What came of the last try")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="mail_waiting",
            ),
            models.Index(fields=["sent"], condition=models.Q(sent__isnull=False), name="mail_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.uid}"
