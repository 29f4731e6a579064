"""Attempts to sign in, bound to the browser that began them and known by their numbers; links to go on elsewhere."""

from django.db import models

from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import clock, ids
from wattkeeper.utilities.models import Utility


class SignIn(models.Model):
    """One attempt. Its uid is the case number; what it leads to is a request's form, a receipt, the customer's own
    data, or the list of what is shared.

    `answered`: the provider's answer came. `proven`: it is shown that the person is (one of) `customers`.
    `completed`: a session was begun. Each is set once, by a conditional UPDATE.
    """

    class Method(models.TextChoices):
        SSO = "sso"
        CODE = "code"
        BILL = "bill"

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    utility = models.ForeignKey(Utility, on_delete=models.CASCADE, related_name="sign_ins")
    method = models.CharField(max_length=4, choices=Method.choices)
    request = models.ForeignKey(AuthorizationRequest, on_delete=models.CASCADE, null=True, related_name="sign_ins")
    receipt = models.UUIDField(null=True)
    wants_data = models.BooleanField(default=False)
    browser_digest = models.CharField(max_length=64)
    state_digest = models.CharField(max_length=64, unique=True, null=True, help_text="Of OpenID Connect's state")
    subject_digest = models.CharField(max_length=64, blank=True, help_text="Of the account or address typed, keyed")
    network = models.CharField(max_length=45, blank=True, help_text="Where it came from, as far as it is counted")
    customers = models.JSONField(default=list, help_text="Primary keys of those it is about")
    tries = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=12, blank=True, help_text="consent.failures.Failure")
    created = models.DateTimeField(default=clock.now, editable=False)
    expires = models.DateTimeField()
    answered = models.DateTimeField(null=True)
    proven = models.DateTimeField(null=True)
    completed = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_digest", "created"], name="sign_in_of_subject"),
            models.Index(fields=["network", "created"], name="sign_in_of_network"),
            models.Index(fields=["created"], name="sign_in_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class ResumeLink(models.Model):
    """A link by e-mail to a request, so that the customer can answer it later or on another device.

    It goes to the address on file of `customers` (of nobody: the row is only counted), who alone may answer what it
    took along. `used` is set once, by a conditional UPDATE.
    """

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    digest = models.CharField(max_length=64, unique=True, help_text="Of the secret in the link")
    request = models.ForeignKey(AuthorizationRequest, on_delete=models.CASCADE, related_name="links")
    customers = models.JSONField(default=list, help_text="Primary keys of those it is for")
    subject_digest = models.CharField(max_length=64, help_text="Of the address typed, keyed")
    network = models.CharField(max_length=45, help_text="Where it was asked for, as far as it is counted")
    created = models.DateTimeField(default=clock.now, editable=False)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_digest", "created"], name="link_of_subject"),
            models.Index(fields=["network", "created"], name="link_of_network"),
            models.Index(fields=["created"], name="link_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.uid)
