"""Customers, their billing accounts, the services they have (or had), and what they were billed."""

from django.db import models
from django.db.models.functions import Lower

from wattkeeper.common import clock, ids
from wattkeeper.utilities.models import World


class Customer(models.Model):
    class Kind(models.TextChoices):
        RESIDENTIAL = "residential"
        COMMERCIAL = "commercial"

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    world = models.ForeignKey(World, on_delete=models.PROTECT, related_name="customers")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.RESIDENTIAL)
    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=255, blank=True, help_text="What the utility's own sign-in calls them")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=8, default="en")
    created = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["world", "external_id"], name="customer_by_external_id"),
            models.Index("world", Lower("email"), name="customer_by_email"),
            models.Index(fields=["world", "phone"], name="customer_by_phone"),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class CustomerAccount(models.Model):
    """A billing account (ESPI CustomerAccount)."""

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="accounts")
    number = models.CharField(max_length=64, db_index=True)
    billing_name = models.CharField(max_length=200)
    billing_address = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return str(self.uid)


class Service(models.Model):
    """One metered service at a place (ESPI UsagePoint). It stays the same when the physical meter is swapped."""

    class Kind(models.IntegerChoices):
        """ESPI ServiceKind."""

        ELECTRICITY = 0
        GAS = 1
        WATER = 2

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    world = models.ForeignKey(World, on_delete=models.PROTECT, related_name="services")
    identifier = models.CharField(max_length=64, help_text="The utility's own number for the service")
    kind = models.PositiveSmallIntegerField(choices=Kind.choices, default=Kind.ELECTRICITY)
    service_class = models.CharField(max_length=32, default="electric", help_text="e.g. res-electric, comm-electric")
    tariff = models.CharField(max_length=120, blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=32, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    meter_number = models.CharField(max_length=64, blank=True, help_text="Number on the meter now in place")
    created = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["world", "identifier"], name="service_identifier")]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def address(self) -> str:
        """One line, e.g. `1234 Main Ave, El Paso, TX 79901`."""
        place = " ".join(part for part in (self.state, self.postal_code) if part)
        return ", ".join(part for part in (self.street, self.city, place) if part)

    @property
    def commodity(self) -> int:
        """ESPI CommodityKind."""
        return {self.Kind.ELECTRICITY: 1, self.Kind.GAS: 7, self.Kind.WATER: 9}[self.Kind(self.kind)]


class Occupancy(models.Model):
    """Who has a service from when to when: local days, the end not included, none while it lasts."""

    account = models.ForeignKey(CustomerAccount, on_delete=models.CASCADE, related_name="occupancies")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="occupancies")
    start = models.DateField()
    end = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")),
                name="occupancy_has_days",
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.start}..{self.end or ''}"


class EndDevice(models.Model):
    """What is at a service beside its meter and talks to it: an inverter, a thermostat (ESPI EndDevice)."""

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="end_devices")
    type = models.CharField(max_length=64, blank=True, help_text="What the utility calls such a thing")
    serial_number = models.CharField(max_length=64)
    installed = models.DateField(null=True, blank=True)
    removed = models.DateField(null=True, blank=True, help_text="Local day after its last; none while it is there")
    created = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return str(self.uid)


class ProgramDate(models.Model):
    """A day that matters in a customer's demand response program, for as long as the customer has the service.

    ESPI ProgramDateIdMapping.
    """

    class Kind(models.TextChoices):
        """ESPI ProgramDateKind."""

        ENROLLMENT = "CUST_DR_PROGRAM_ENROLLMENT_DATE"
        DE_ENROLLMENT = "CUST_DR_PROGRAM_DE_ENROLLMENT_DATE"
        TERM = "CUST_DR_PROGRAM_TERM_DATE_REGARDLESS_FINANCIAL"
        TERM_WITHOUT_FINANCIAL = "CUST_DR_PROGRAM_TERM_DATE_WITHOUT_FINANCIAL"

    uid = models.UUIDField(unique=True, default=ids.new_uid, editable=False)
    occupancy = models.ForeignKey(Occupancy, on_delete=models.CASCADE, related_name="program_dates")
    kind = models.CharField(max_length=64, choices=Kind.choices)
    code = models.CharField(max_length=64, help_text="The utility's own for the program")
    name = models.CharField(max_length=200)
    day = models.DateField()
    created = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["occupancy", "code", "kind"], name="program_date_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"


class Bill(models.Model):
    """Charges of one Service for a period (ESPI UsageSummary, JSON bill). Money in 1/100 000 of the currency unit."""

    pk = models.CompositePrimaryKey("service_id", "uid")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="bills", db_index=False)
    uid = models.UUIDField(default=ids.new_uid)
    start = models.DateField(help_text="First local day")
    end = models.DateField(help_text="Local day after the last")
    statement_date = models.DateField(null=True)
    statement_uid = models.UUIDField(null=True)
    tariff = models.CharField(max_length=120, blank=True)
    total_cost = models.BigIntegerField()
    total_volume = models.BigIntegerField(null=True, help_text="Consumption in uom, times ten to the multiplier")
    uom = models.PositiveSmallIntegerField(default=72, help_text="ESPI UnitSymbolKind")
    multiplier = models.SmallIntegerField(default=0)
    details = models.JSONField(default=dict, help_text="customers.billing.Details as JSON")
    document = models.CharField(max_length=64, null=True, help_text="Digest of its PDF (customers.documents), if given")
    revision = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(default=clock.now)
    updated = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "start", "end"], name="bill_period"),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="bill_has_days"),
        ]
        indexes = [
            models.Index(fields=["document"], name="bill_by_document", condition=models.Q(document__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class Statement(models.Model):
    """One account-level statement (JSON billing summary). Money in 1/100 000 of the currency unit."""

    pk = models.CompositePrimaryKey("account_id", "uid")
    account = models.ForeignKey(CustomerAccount, on_delete=models.CASCADE, related_name="statements", db_index=False)
    uid = models.UUIDField(default=ids.new_uid)
    date = models.DateField()
    previous_balance = models.BigIntegerField()
    payments = models.BigIntegerField()
    new_charges = models.BigIntegerField()
    amount_due = models.BigIntegerField()
    due_date = models.DateField()
    created = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "date"], name="statement_date")]

    def __str__(self) -> str:
        return str(self.uid)


class TestAccount(models.Model):
    """A published account of a sandbox world: user name and password stand in the docs, so neither is a secret.

    Without a customer it plays a sign-in that finds nobody (`test_badlogin`).
    """

    __test__ = False

    world = models.ForeignKey(World, on_delete=models.CASCADE, related_name="test_accounts")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True)
    username = models.CharField(max_length=64)
    password = models.CharField(max_length=64)
    scenario = models.CharField(max_length=64)
    descriptions = models.JSONField(default=dict, help_text="language -> one sentence")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["world", "username"], name="test_account_username")]

    def __str__(self) -> str:
        return self.username

    def description(self, language: str) -> str:
        texts: dict[str, str] = self.descriptions
        return texts.get(language) or texts.get("en", "")
