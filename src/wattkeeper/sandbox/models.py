"""Which services are synthetic, and how far their data has grown."""

from django.db import models

from wattkeeper.customers.models import Service
from wattkeeper.sandbox.loads import Kind


class SyntheticService(models.Model):
    """A service whose readings, occupants and bills are made by the simulator, from its home's key alone."""

    service = models.OneToOneField(Service, on_delete=models.CASCADE, primary_key=True, related_name="synthetic")
    home = models.CharField(max_length=80, help_text="Key of the place it is at; services of one home share it")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    since = models.DateField(help_text="First local day with readings")
    grown_to = models.DateField(help_text="First local day that is not there yet")

    class Meta:
        indexes = [
            models.Index(fields=["grown_to"], name="synthetic_grown_to"),
            models.Index(fields=["home"], name="synthetic_home"),
        ]

    def __str__(self) -> str:
        return f"{self.home} {self.kind}"
