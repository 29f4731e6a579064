"""Invented people, firms and addresses of El Paso and an invented town, the same for ever for the same key."""

from dataclasses import dataclass

from wattkeeper.sandbox import chance

FIRST_NAMES = (
    "Elena", "Marcus", "Guadalupe", "Daniel", "Rosario", "Heather", "Javier", "Priya", "Thomas", "Marisol",
    "Andre", "Beatriz", "Curtis", "Ximena", "Walter", "Dolores", "Ernesto", "Naomi", "Ricardo", "Abigail",
)  # fmt: skip
LAST_NAMES = (
    "Armendariz", "Whitfield", "Lucero", "Okafor", "Montoya", "Provencio", "Hargrove", "Saldivar", "Nguyen",
    "Terrazas", "Ballard", "Quintana", "Ferris", "Olivas", "Castaneda", "Merrick", "Baeza", "Thornton", "Ybarra",
)  # fmt: skip
SPANISH_SPEAKERS = {"Guadalupe", "Rosario", "Javier", "Marisol", "Beatriz", "Ximena", "Dolores", "Ernesto", "Ricardo"}
FIRM_NAMES = ("Franklin Ridge", "Sun Valley", "Rio Bravo", "Ocotillo", "Three Peaks", "Desert Lantern", "Paso Viejo")
FIRM_TRADES = ("Bakery", "Dental Clinic", "Hardware", "Coffee Roasters", "Print Shop", "Auto Glass", "Day School")
STREETS = (
    "Ocotillo Bend Dr", "Mesquite Hollow Ln", "Agave Crest Ave", "Roadrunner Flat St", "Saltbush Ct",
    "Copper Arroyo Dr", "Creosote Way", "Yucca Terrace Ave", "Piedra Blanca St", "Sotol Ridge Rd",
)  # fmt: skip


@dataclass(frozen=True)
class Town:
    name: str
    state: str
    postal_codes: tuple[str, ...]


EL_PASO = Town("El Paso", "TX", ("79902", "79907", "79912", "79924", "79930", "79936"))
TOWNS = {"AGAVE": Town("Agave Springs", "NM", ("87999",))}
"""By the code of the utility. The code of the invented one is nobody's."""


@dataclass(frozen=True)
class Occupant:
    name: str
    email: str
    phone: str
    language: str


@dataclass(frozen=True)
class Place:
    street: str
    city: str
    state: str
    postal_code: str

    @property
    def address(self) -> str:
        return f"{self.street}, {self.city}, {self.state} {self.postal_code}"


def occupant(key: str, number: int, is_firm: bool) -> Occupant:
    """Who lives or trades at a place, the number-th to do so. Addresses and phone numbers can't be anyone's."""
    phone = f"915-555-01{chance.whole(0, 99, key, 'phone', number):02d}"
    if is_firm:
        first, last = _one_of(FIRM_NAMES, key, "firm", number), _one_of(FIRM_TRADES, key, "trade", number)
        return Occupant(f"{first} {last}", f"office@{_plain(first + last)}.example", phone, "en")
    first, last = _one_of(FIRST_NAMES, key, "first name", number), _one_of(LAST_NAMES, key, "last name", number)
    language = "es" if first in SPANISH_SPEAKERS else "en"
    return Occupant(f"{first} {last}", f"{_plain(first)}.{_plain(last)}@example.com", phone, language)


def place(key: str, utility: str) -> Place:
    """Where a home is that the utility of this code serves."""
    town = TOWNS.get(utility, EL_PASO)
    street = f"{chance.whole(100, 12999, key, 'house')} {_one_of(STREETS, key, 'street')}"
    return Place(street, town.name, town.state, _one_of(town.postal_codes, key, "postal code"))


def digits(count: int, *parts: object) -> str:
    """A number for a meter, a service or an account. It never begins with 0."""
    return str(chance.whole(10 ** (count - 1), 10**count - 1, *parts))


def _one_of(choices: tuple[str, ...], *parts: object) -> str:
    return choices[chance.whole(0, len(choices) - 1, *parts)]


def _plain(name: str) -> str:
    return name.replace(" ", "").lower()
