"""Third parties: companies, the people in them, their registration (OAuth client) at each utility, and their forms."""

from django.db import models

from wattkeeper.common import clock, ids
from wattkeeper.common.shown import ShownLink, ShownText, shown
from wattkeeper.people.models import User
from wattkeeper.utilities.models import Utility

LONGEST_SCOPE_OF_USE = 2000


class Company(models.Model):
    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    name = ShownText(max_length=120)
    website = ShownLink(blank=True)
    email = models.EmailField(blank=True)
    terms_url = ShownLink(blank=True)
    created = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner"
        DEVELOPER = "developer"
        VIEWER = "viewer"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.OWNER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.company_id}"


class ThirdParties(models.Manager["Registration"]):
    """Without the utilities' own: what lists, finds and changes clients goes through here."""

    def get_queryset(self) -> models.QuerySet["Registration"]:
        return super().get_queryset().filter(is_own_access=False)


class Registration(models.Model):
    """A company's OAuth client at one utility; or the utility's own, through which its customers read what is theirs.

    The second is no client: nobody knows its id, it has no secret, and nothing can be asked for as it.
    """

    class Status(models.TextChoices):
        SANDBOX = "sandbox"
        APPROVED = "approved"
        LIVE = "live"
        REJECTED = "rejected"
        SUSPENDED = "suspended"

    class AuthMethod(models.TextChoices):
        """How the client proves at the token endpoint who it is (RFC 7591 section 2). A secret may go in the body."""

        SECRET = "client_secret_basic"  # noqa: S105 - the name of a method
        KEY = "private_key_jwt"
        NONE = "none"

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="registrations")
    utility = models.ForeignKey(Utility, on_delete=models.PROTECT, related_name="registrations")
    client_id = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.SANDBOX)
    is_public_demo = models.BooleanField(default=False, help_text="Listed on the docs page for anyone to try")
    redirect_uris = models.JSONField(default=list)
    token_endpoint_auth_method = models.CharField(
        max_length=24, choices=AuthMethod.choices, default=AuthMethod.SECRET, help_text="none: a public client"
    )
    jwks = models.JSONField(default=dict, blank=True, help_text="Of private_key_jwt: the public keys (RFC 7517)")
    requires_pkce = models.BooleanField(default=True, help_text="Changed by registrations.set_requires_pkce alone")
    default_scope = models.CharField(max_length=256, default="FB=4_16_51")
    notify_uri = models.URLField(blank=True)
    software_version = models.CharField(max_length=32, default="1.0")
    is_own_access = models.BooleanField(default=False, help_text="The utility's own, for its customers' own look")
    created = models.DateTimeField(default=clock.now, editable=False)

    objects = models.Manager()
    third_parties = ThirdParties()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "utility"],
                condition=models.Q(is_public_demo=False),
                name="registration_once",
            ),
            models.UniqueConstraint(
                fields=["utility"], condition=models.Q(is_own_access=True), name="registration_one_own_access"
            ),
            models.CheckConstraint(
                condition=~models.Q(is_public_demo=True) | models.Q(status="sandbox"),
                name="registration_public_demo_is_sandbox",
            ),
            models.CheckConstraint(
                condition=~models.Q(token_endpoint_auth_method="none")  # noqa: S106 - the name of a method
                | models.Q(requires_pkce=True),
                name="registration_public_client_has_pkce",
            ),
        ]

    def __str__(self) -> str:
        return self.client_id

    @property
    def is_live(self) -> bool:
        return self.status == self.Status.LIVE

    @property
    def is_public(self) -> bool:
        """A client that can keep no secret (RFC 6749 section 2.1). Not the demo that is public for anyone to try."""
        return self.token_endpoint_auth_method == self.AuthMethod.NONE

    @property
    def may_request(self) -> bool:
        return self.status not in {self.Status.REJECTED, self.Status.SUSPENDED}


class ClientSecret(models.Model):
    """A client secret, kept as a digest. Two are in force while one is rotated out: the older one `expires`."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64)
    created = models.DateTimeField(default=clock.now, editable=False)
    expires = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"secret {self.pk}"


class ScopeOfUse(models.Model):
    """A third party's public statement of what it does with the data, per language."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="scopes_of_use")
    slug = models.SlugField(max_length=40, default="default", help_text="`sou-<slug>` in a scope")
    texts = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "scopes of use"
        constraints = [models.UniqueConstraint(fields=["registration", "slug"], name="scope_of_use_slug")]

    def __str__(self) -> str:
        return self.slug

    def text(self, language: str) -> str:
        texts: dict[str, str] = self.texts
        return shown(texts.get(language) or texts.get("en", ""), LONGEST_SCOPE_OF_USE)


class Template(models.Model):
    """What all of a company's forms share: whether they can be used, and where the customer may be sent afterwards.

    Its `portal` is the company's part of the address `/authorize/{portal}`.
    """

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="templates")
    portal = models.SlugField(max_length=60, unique=True)
    disabled = models.BooleanField(default=False)
    redirect_uris = models.JSONField(default=list, help_text="The first is where customers go unless a link names one")
    created = models.DateTimeField(default=clock.now, editable=False)
    updated = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["company", "-created", "-id"], name="template_newest")]

    def __str__(self) -> str:
        return self.portal


class Form(models.Model):
    """One link for customers, made ahead: `/authorize/{portal}?f={uid}`.

    `authorization_uid`: the authorization it is to renew, whose customer alone can answer. An id and no foreign key:
    companies know nothing of authorizations.
    """

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="forms")
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="forms")
    creator = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="forms")
    utility = models.ForeignKey(Utility, on_delete=models.CASCADE, null=True, related_name="+")
    authorization_uid = models.UUIDField(null=True)
    customer_email = models.EmailField(blank=True)
    scope = models.JSONField(default=dict, help_text="As it was given: authorizations/scope_object.py")
    disabled = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    created = models.DateTimeField(default=clock.now, editable=False)
    updated = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["company", "-created", "-id"], name="form_newest")]

    def __str__(self) -> str:
        return str(self.uid)
