"""When each scheduled task is due next."""

from django.db import models

from wattkeeper.common import clock


class ScheduledTask(models.Model):
    name = models.CharField(max_length=120, unique=True, help_text="Dotted path of a django-tasks task")
    due = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name
