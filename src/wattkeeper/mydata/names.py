"""What downloaded files are called: utility, service, kind of data, first and last day.

So the tests of Download My Data have it (GB009, GB012: `SDGE_Electric_60_Minute_01-11-2012_02-10-2013.XML`). The CSV
file's days begin with the year, so that such files stand in order of time.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from wattkeeper.authorizations.windows import Window
from wattkeeper.customers.models import Service
from wattkeeper.mydata.measures import Measure
from wattkeeper.utilities.models import World

SERVICES = {Service.Kind.ELECTRICITY: "Electric", Service.Kind.GAS: "Gas", Service.Kind.WATER: "Water"}
DAYS = {"xml": "%m-%d-%Y", "csv": "%Y-%m-%d"}
DAY = 86400


def of_file(
    world: World,
    *,
    file: Literal["xml", "csv"],
    opened: Sequence[Window],
    counted: Sequence[Measure],
    first: date,
    last: date,
) -> str:
    services = "-".join(SERVICES[Service.Kind(kind)] for kind in sorted({window.service.kind for window in opened}))
    whose = world.utility.code if world.is_live else f"Sandbox-{world.utility.code}"
    written = DAYS[file]
    return f"{whose}_{services}_{_kind(counted)}_{first:{written}}_{last:{written}}.{file}"


def _kind(counted: Sequence[Measure]) -> str:
    """`15_Minute`, `Daily`; `Usage` where the meters differ, `Bills` where none has readings."""
    steps = {measure.step for measure in counted}
    if len(steps) != 1:
        return "Usage" if steps else "Bills"
    seconds = steps.pop()
    if seconds == DAY:
        return "Daily"
    return f"{seconds // 60}_Minute" if 0 < seconds < DAY else "Usage"
