"""Money as integers of 1/100 000 of the currency unit, the scale ESPI gives costs in."""

SCALE = 100_000
CENT = SCALE // 100


def to_float(amount: int) -> float:
    """For JSON output only."""
    return amount / SCALE


def round_to_cent(amount: int) -> int:
    """Half away from zero, as bills are printed."""
    sign = -1 if amount < 0 else 1
    return sign * ((abs(amount) + CENT // 2) // CENT) * CENT
