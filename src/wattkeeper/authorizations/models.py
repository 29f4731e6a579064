"""Consent: the request for it, the Authorization, the Meters seen through it, the secrets issued on it."""

from datetime import datetime

from django.db import models

from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Member, Registration
from wattkeeper.customers.models import Customer, Service
from wattkeeper.utilities.models import World


class AuthorizationRequest(models.Model):
    """One attempt to get consent, validated and stored once before any sign-in, whatever door it came through."""

    class Door(models.TextChoices):
        OAUTH = "oauth"
        TEMPLATE = "template"
        FORM = "form"
        DASHBOARD = "dashboard"

    class Status(models.TextChoices):
        PENDING = "pending"
        GRANTED = "granted"
        DECLINED = "declined"

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="requests")
    door = models.CharField(max_length=12, choices=Door.choices, default=Door.OAUTH)
    scope = models.CharField(max_length=512, help_text="The scope asked for, or the registration's default")
    redirect_uri = models.CharField(max_length=2000, blank=True, help_text="Empty: the customer ends on the receipt")
    state = models.CharField(max_length=2048, blank=True)
    code_challenge = models.CharField(max_length=128, blank=True)
    code_challenge_method = models.CharField(max_length=8, blank=True)
    forces_sign_in = models.BooleanField(default=False, help_text="prompt=on")
    browser_digest = models.CharField(
        max_length=64, blank=True, help_text="Digest of the cookie of the browser that began it; empty: none has yet"
    )
    pushed_digest = models.CharField(
        max_length=64, unique=True, null=True, help_text="Of a pushed request (RFC 9126): digest of its reference"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    authorization = models.ForeignKey("Authorization", on_delete=models.SET_NULL, null=True, related_name="requests")
    code_issued = models.DateTimeField(null=True)
    referral = models.CharField(
        max_length=64, unique=True, null=True, help_text="By which the company finds the answer; older ones have none"
    )
    template_uid = models.UUIDField(null=True, help_text="Of a link: the template it stands on")
    form_uid = models.UUIDField(null=True, help_text="Of a form's link: the form")
    customer_email = models.EmailField(blank=True, help_text="Of a link: for a receipt, where none is on file")
    renews = models.ForeignKey(
        "Authorization", on_delete=models.CASCADE, null=True, related_name="renewals", help_text="Its customer's alone"
    )
    created = models.DateTimeField(default=clock.now, editable=False)
    expires = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["expires"], condition=models.Q(browser_digest=""), name="request_not_taken_up"),
            models.Index(fields=["browser_digest"], condition=models.Q(status="pending"), name="request_of_browser"),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class Authorization(models.Model):
    """What a customer granted (or declined) to a registration. This is the OAuth grant, and ESPI's Authorization.

    The window it opens: data classes, data stamped from `history_start` to `ongoing_end`, while it is in force.
    """

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="authorizations")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="authorizations")
    world = models.ForeignKey(World, on_delete=models.PROTECT, related_name="authorizations")
    scope = models.CharField(max_length=256, help_text="Final scope: what was granted")
    requested_scope = models.CharField(max_length=512)
    shares_intervals = models.BooleanField(default=False)
    shares_bills = models.BooleanField(default=False)
    shares_account = models.BooleanField(default=False)
    history_start = models.DateTimeField(help_text="No data stamped earlier")
    ongoing_end = models.DateTimeField(null=True, blank=True, help_text="No data stamped later")
    expires = models.DateTimeField(null=True, blank=True, help_text="None: until revoked")
    term_days = models.PositiveIntegerField(null=True, blank=True, help_text="How long the customer last said yes for")
    next_notice = models.DateTimeField(null=True, blank=True, help_text="When to tell of it next: notices.py")
    declined = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)
    customer_email = models.EmailField(blank=True)
    language = models.CharField(max_length=8, default="en")
    nickname = models.CharField(max_length=120, null=True, blank=True)
    is_archived = models.BooleanField(default=False)
    referral = models.CharField(
        max_length=64, unique=True, default=ids.new_secret, editable=False, help_text="Of the request that began it"
    )
    later_referrals = models.JSONField(default=list, help_text="Of requests that changed it")
    template_uid = models.UUIDField(null=True, help_text="Of the link that it was last answered by")
    form_uid = models.UUIDField(null=True)
    created = models.DateTimeField(default=clock.now)
    updated = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["registration", "-created", "-id"], name="authorization_newest"),
            models.Index(fields=["customer", "-created"], name="authorization_of_customer"),
            models.Index(fields=["form_uid"], condition=models.Q(form_uid__isnull=False), name="authorization_of_form"),
            models.Index(
                fields=["template_uid"],
                condition=models.Q(template_uid__isnull=False),
                name="authorization_of_template",
            ),
            models.Index(
                fields=["world", "next_notice"],
                condition=models.Q(next_notice__isnull=False),
                name="authorization_notices",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def shares(self) -> list[str]:
        """The kinds of data, of `intervals`, `bills` and `account`."""
        kinds = {"intervals": self.shares_intervals, "bills": self.shares_bills, "account": self.shares_account}
        return [kind for kind, is_shared in kinds.items() if is_shared]

    def is_expired(self, at: datetime) -> bool:
        return self.expires is not None and self.expires <= at

    def is_active(self, at: datetime) -> bool:
        """In force: granted, and neither revoked nor expired."""
        return self.declined is None and self.revoked is None and not self.is_expired(at)


class SignedReceipt(models.Model):
    """What a customer was given to keep when a consent began, changed or ended: signed, and never written again."""

    class State(models.TextChoices):
        GIVEN = "given"
        CHANGED = "changed"
        SHORTENED = "shortened"
        RENEWED = "renewed"
        WITHDRAWN = "withdrawn"
        ENDED_BY_COMPANY = "ended_by_company"
        ENDED_BY_UTILITY = "ended_by_utility"
        EXPIRED = "expired"

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="receipts")
    state = models.CharField(max_length=20, choices=State.choices)
    document = models.TextField(help_text="The file as it was given out: receipt_file.py")
    created = models.DateTimeField(help_text="By the world's clock")
    told = models.DateTimeField(null=True, help_text="When its mail was queued, or found not to be wanted")

    class Meta:
        indexes = [
            models.Index(fields=["told"], condition=models.Q(told__isnull=True), name="receipt_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.uid}"


class Meter(models.Model):
    """A Service as seen through one Authorization. Its uid belongs to that grant alone.

    What its company asks for (collecting.py) is kept with it; none of that changes what it may read.
    """

    class Frequency(models.TextChoices):
        OFF = "off"
        DAILY = "daily"
        WEEKLY = "weekly"
        MONTHLY = "monthly"

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="meters")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="meters")
    is_archived = models.BooleanField(default=False)
    collected = models.DateTimeField(null=True, help_text="When its company last asked for a collection")
    frequency = models.CharField(
        max_length=8,
        choices=Frequency.choices,
        blank=True,
        help_text="Of monitoring; empty: nothing was said of it yet",
    )
    monitored = models.DateTimeField(null=True, help_text="Since when with this frequency; kept when it is put off")
    fixed_refresh_day = models.PositiveSmallIntegerField(null=True, help_text="Day of the month")
    created = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authorization", "service"], name="meter_once")]

    def __str__(self) -> str:
        return str(self.uid)


class AuthorizationCode(models.Model):
    """RFC 6749 section 4.1.2: single use, redeemed by one conditional UPDATE."""

    digest = models.CharField(max_length=64, unique=True)
    request = models.ForeignKey(AuthorizationRequest, on_delete=models.CASCADE, related_name="codes")
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="codes")
    family = models.UUIDField(default=ids.new_uid, help_text="Shared by every token that comes of it")
    created = models.DateTimeField(default=clock.now, editable=False)
    expires = models.DateTimeField()
    redeemed = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"code {self.pk}"


class Token(models.Model):
    """A bearer token of one of ESPI's classes or of the JSON API, a customer's personal one, or a refresh token.

    Kept as a digest.

    `scope` of an access token is less than its grant's where it was narrowed (RFC 6749 section 6).
    """

    class Kind(models.TextChoices):
        ACCESS = "access"
        REFRESH = "refresh"
        CLIENT = "client"
        REGISTRATION = "registration"
        API = "api"
        PERSONAL = "personal"

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, null=True, related_name="tokens")
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, null=True, related_name="tokens")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, related_name="api_tokens")
    name = models.CharField(max_length=80, blank=True, help_text="Of an API or personal token: what its owner calls it")
    family = models.UUIDField(default=ids.new_uid, help_text="Shared by every token that came of one code")
    scope = models.CharField(max_length=256, blank=True)
    created = models.DateTimeField(default=clock.now, editable=False)
    expires = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True, help_text="Of a personal token: to the minute")

    class Meta:
        indexes = [
            # Of a family, however old, at most two are in force: ending it costs the same after years of refreshing.
            models.Index(
                fields=["authorization", "family"], condition=models.Q(revoked__isnull=True), name="token_in_force"
            ),
            models.Index(fields=["expires"], condition=models.Q(expires__isnull=False), name="token_expiring"),
            models.Index(fields=["revoked"], condition=models.Q(revoked__isnull=False), name="token_revoked"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["access", "refresh", "personal"],
                    registration__isnull=False,
                    authorization__isnull=False,
                    member__isnull=True,
                )
                | models.Q(
                    kind__in=["client", "registration"],
                    registration__isnull=False,
                    authorization__isnull=True,
                    member__isnull=True,
                )
                | models.Q(kind="api", registration__isnull=True, authorization__isnull=True, member__isnull=False),
                name="token_kind_has_its_owner",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} token {self.pk}"
