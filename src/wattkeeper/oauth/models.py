"""What the authorization server itself remembers."""

from django.db import models

from wattkeeper.companies.models import Registration


class UsedAssertion(models.Model):
    """A client assertion that was presented: its `jti` is good once (RFC 7523 section 3). The constraint decides."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="+")
    jti_digest = models.CharField(max_length=64)
    expires = models.DateTimeField(db_index=True, help_text="From then on the assertion is refused for its age")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["registration", "jti_digest"], name="assertion_once")]

    def __str__(self) -> str:
        return f"assertion {self.pk}"
