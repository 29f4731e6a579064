"""Tenants and their worlds."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models

from wattkeeper.common import clock, days, ids


def english_only() -> list[str]:
    return ["en"]


class Utility(models.Model):
    """A tenant. Every branded page, sign-in choice and published capability is read off its row."""

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    code = models.CharField(max_length=16, unique=True, help_text="The UtilityID of both APIs, case-sensitive")
    slug = models.SlugField(max_length=32, unique=True, help_text="Its part of URLs, lower case")
    name = models.CharField(max_length=120)
    descriptions = models.JSONField(default=dict, help_text="language -> one paragraph")
    website = models.URLField(blank=True)
    support_email = models.EmailField(blank=True)
    support_phone = models.CharField(max_length=32, blank=True)
    support_hours = models.JSONField(default=dict, blank=True, help_text="language -> when somebody answers, a line")
    postal_address = models.TextField(blank=True)
    zone_name = models.CharField(max_length=64, default="America/Denver")
    languages = models.JSONField(default=english_only)
    currency = models.CharField(max_length=3, default="USD")
    accent = models.CharField(max_length=7, default="#1f5f8b", help_text="Brand colour, #rrggbb")
    logo_name = models.CharField(max_length=32, blank=True, help_text="Under which its logo is served")
    sign_in_methods = models.JSONField(default=list, help_text='of "sso", "code", "bill", "test", the default first')
    function_blocks = models.JSONField(default=list, help_text="ESPI function blocks that can be served")
    has_on_demand_reads = models.BooleanField(default=False)
    max_history_days = models.PositiveIntegerField(null=True, blank=True)
    created = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "utilities"

    def __str__(self) -> str:
        return self.code

    @property
    def sign_in_service(self) -> "SignInService | None":
        """Its own sign-in, where that is among its ways to sign in and has been connected."""
        return getattr(self, "connected_sign_in", None) if "sso" in self.sign_in_methods else None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @property
    def issuer(self) -> str:
        """Its name as an authorization server (RFC 8414 section 2)."""
        return f"{settings.BASE_URL}/DataCustodian/{self.slug}"

    def description(self, language: str) -> str:
        texts: dict[str, str] = self.descriptions
        return texts.get(language) or texts.get("en", "")

    def hours(self, language: str) -> str:
        """When somebody answers, as it has said it."""
        texts: dict[str, str] = self.support_hours
        return texts.get(language) or texts.get("en", "")


class World(models.Model):
    """Where a customer's data lives: the one live world of a utility, or a sandbox world of it."""

    class Kind(models.TextChoices):
        LIVE = "live"
        SANDBOX = "sandbox"

    utility = models.ForeignKey(Utility, on_delete=models.PROTECT, related_name="worlds")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=64, default="main")
    clock_offset_seconds = models.BigIntegerField(default=0)
    created = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["utility", "kind", "name"], name="world_name"),
            models.UniqueConstraint(
                fields=["utility"], condition=models.Q(kind="live"), name="world_one_live_per_utility"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="live") | models.Q(clock_offset_seconds=0),
                name="world_live_has_real_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.utility.code}/{self.kind}/{self.name}"

    @property
    def clock_offset(self) -> timedelta:
        return timedelta(seconds=self.clock_offset_seconds)

    @property
    def today(self) -> date:
        """The local day at the utility, by the world's own clock."""
        return days.local_day(clock.epoch(clock.now(self)), self.utility.zone)

    @property
    def is_live(self) -> bool:
        return self.kind == self.Kind.LIVE


class SignInService(models.Model):
    """A utility's own sign-in for its customers, an OpenID Connect provider.

    The client secret or private key stays in a file: whoever gets a copy of the database gets nothing to sign in with.
    """

    class ClientAuth(models.TextChoices):
        """How the token endpoint is told who asks (OpenID Connect Core section 9)."""

        BASIC = "client_secret_basic"
        POST = "client_secret_post"
        PRIVATE_KEY = "private_key_jwt"
        NONE = "none"

    class Match(models.TextChoices):
        CUSTOMER = "customer", "Customer.external_id"
        ACCOUNT = "account", "CustomerAccount.number"

    utility = models.OneToOneField(Utility, on_delete=models.CASCADE, related_name="connected_sign_in")
    issuer = models.CharField(max_length=500, help_text="As its discovery document says it, to the letter")
    client_id = models.CharField(max_length=200)
    client_auth = models.CharField(max_length=20, choices=ClientAuth.choices, default=ClientAuth.BASIC)
    secret_file = models.CharField(max_length=500, blank=True, help_text="Holds the secret, or the key as PEM")
    scopes = models.CharField(max_length=200, default="openid")
    claim = models.CharField(max_length=100, default="sub", help_text="Names the customer, or lists several")
    matches = models.CharField(max_length=8, choices=Match.choices, default=Match.CUSTOMER)

    def __str__(self) -> str:
        return self.issuer


class Logo(models.Model):
    """A tenant's logo. It is asked for by its name, which changes with the picture."""

    utility = models.OneToOneField(Utility, on_delete=models.CASCADE, related_name="logo")
    content_type = models.CharField(max_length=32)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"logo {self.pk}"


class SiteText(models.Model):
    """One version of a utility's own terms or privacy text. Versions stay as they are: people relied on them."""

    class Kind(models.TextChoices):
        TERMS = "terms"
        PRIVACY = "privacy"

    utility = models.ForeignKey(Utility, on_delete=models.CASCADE, related_name="site_texts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    version = models.PositiveIntegerField()
    since = models.DateField(help_text="The local day from which it holds")
    texts = models.JSONField(default=dict, help_text="language -> text; none: the standard text holds again")
    created = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["utility", "kind", "version"], name="site_text_version")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"

    def text(self, language: str) -> str:
        texts: dict[str, str] = self.texts
        return texts.get(language) or texts.get("en", "")
