"""The ordered log of what happened. Ids only, no foreign keys: an event outlives what it speaks of."""

from django.db import models

from wattkeeper.common import clock, ids


class Event(models.Model):
    """One thing that happened, for the company whose it is.

    `position` is its place in the log, given once it is committed (order.py): until then it is in no list. It has no
    index of its own, which PostgreSQL would take for a list of one company and read others' events to pass them over.
    """

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    type = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)
    utility_code = models.CharField(max_length=16)
    company_id = models.BigIntegerField(null=True, help_text="Null: nobody is told")
    registration_uid = models.UUIDField(null=True)
    authorization_uid = models.UUIDField(null=True)
    meter_uid = models.UUIDField(null=True)
    form_uid = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    is_set_aside = models.BooleanField(default=False, help_text="Of test data of a registration that was live already")
    is_delivered = models.BooleanField(default=False)
    position = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "is_set_aside", "position"], name="events_listed"),
            models.Index(fields=["company_id", "is_set_aside", "is_delivered", "position"], name="events_by_delivery"),
            models.Index(fields=["company_id", "authorization_uid", "position"], name="events_of_authorization"),
            models.Index(
                fields=["position", "id"], condition=models.Q(position__isnull=True), name="events_without_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.uid}"


class LogEnd(models.Model):
    """The last place that was given: one row. Places are never given twice, though events are forgotten."""

    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.position)
