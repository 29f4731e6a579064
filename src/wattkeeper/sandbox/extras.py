"""What is at a synthetic home besides its meters, the programs its occupants are in, and how good its power was."""

from dataclasses import dataclass
from datetime import date, datetime

from wattkeeper.customers.models import EndDevice, Occupancy, ProgramDate, Service
from wattkeeper.readings.power_quality import Measures, put_power_quality
from wattkeeper.sandbox import chance, names
from wattkeeper.sandbox.loads import Kind

DEVICES = {Kind.RESIDENTIAL: "thermostat", Kind.COMMERCIAL: "load control", Kind.SOLAR: "inverter", Kind.EV: "charger"}
EN_50160 = 1


@dataclass(frozen=True)
class Program:
    code: str
    name: str


PROGRAMS = {
    Kind.RESIDENTIAL: Program("DR-SMART", "Smart Thermostat Savings"),
    Kind.COMMERCIAL: Program("DR-CURTAIL", "Summer Curtailment"),
}


def install(service: Service, key: str, kind: Kind, since: date) -> None:
    """Puts the device in place that such a home has, if it has one."""
    if kind in DEVICES:
        serial = f"{DEVICES[kind][:3].upper()}-{names.digits(8, key, 'device')}"
        EndDevice.objects.create(service=service, type=DEVICES[kind], serial_number=serial, installed=since)


def enroll(stay: Occupancy, kind: Kind) -> None:
    """Enrolls the occupant in the program that there is for such a home, from the first day."""
    if kind in PROGRAMS:
        program = PROGRAMS[kind]
        ProgramDate.objects.create(
            occupancy=stay, kind=ProgramDate.Kind.ENROLLMENT, code=program.code, name=program.name, day=stay.start
        )


def put_power(service_id: int, key: str, start: date, end: date, at: datetime) -> None:
    """A summary of the power of some days: within EN 50160, with a dip now and then."""

    def whole(low: int, high: int, what: str) -> int:
        return chance.whole(low, high, key, "power", start, what)

    measures = Measures(
        flicker_plt=whole(5, 60, "plt"),
        flicker_pst=whole(5, 70, "pst"),
        harmonic_voltage=whole(100, 400, "harmonics"),
        long_interruptions=whole(0, 1, "long"),
        mains_voltage=whole(118_000_000, 122_000_000, "voltage"),
        measurement_protocol=EN_50160,
        power_frequency=whole(59_980_000, 60_020_000, "frequency"),
        rapid_voltage_changes=whole(0, 4, "rapid"),
        short_interruptions=whole(0, 2, "short"),
        supply_voltage_dips=whole(0, 3, "dips"),
        supply_voltage_imbalance=whole(0, 1, "imbalance"),
        supply_voltage_variations=whole(0, 3, "variations"),
        temp_overvoltage=whole(0, 1, "over"),
    )
    put_power_quality(service_id, start, end, measures, at)
