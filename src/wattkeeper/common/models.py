"""When each scheduled task is due next, and the audit trail (common.audit)."""

from django.db import models

from wattkeeper.common import clock


class ScheduledTask(models.Model):
    name = models.CharField(max_length=120, unique=True, help_text="Dotted path of a django-tasks task")
    due = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """One thing that somebody did: written once, sealed once (`position` and `hash`), never changed or deleted.

    The database refuses the rest (migration 0002). Ids only, no foreign keys: a row outlives what it speaks of.
    """

    at = models.DateTimeField(default=clock.now)
    action = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=10)
    actor = models.CharField(max_length=36, blank=True, help_text="The actor's own uid, where it has one")
    utility_code = models.CharField(max_length=16, blank=True)
    registration_uid = models.UUIDField(null=True)
    authorization_uid = models.UUIDField(null=True)
    data = models.TextField(help_text="JSON, kept as text: the very bytes are hashed")
    position = models.BigIntegerField(null=True, unique=True, help_text="Its place in the chain, from 1")
    hash = models.CharField(max_length=64, null=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["authorization_uid", "action", "id"], name="audit_of_authorization"),
            models.Index(fields=["id"], condition=models.Q(position__isnull=True), name="audit_not_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"


class AuditHead(models.Model):
    """Where the chain ends: one row. Without it nobody could see that the last rows were cut off."""

    position = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now, help_text="When its last row was sealed")

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"
