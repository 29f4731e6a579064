"""The ordered log of what happened. Ids only, no foreign keys: an event outlives what it speaks of."""

from django.db import models

from wattkeeper.common import clock, ids


class Event(models.Model):
    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    type = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)
    utility_code = models.CharField(max_length=16)
    registration_uid = models.UUIDField(null=True)
    authorization_uid = models.UUIDField(null=True)
    meter_uid = models.UUIDField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["authorization_uid", "id"]),
            models.Index(fields=["registration_uid", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.uid}"
