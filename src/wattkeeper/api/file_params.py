"""What the files take as parameters."""

from typing import Annotated

from ninja import Schema
from pydantic import Field

from wattkeeper.api.errors import invalid
from wattkeeper.api.params import DataFilters, Text, split


class FileFilters(Schema):
    """At least one of `authorizations` and `meters`; `start` and `end` as `/bills` and `/intervals` take them."""

    authorizations: Annotated[Text | None, Field(description="Comma-separated uids")] = None
    accounts: Annotated[Text | None, Field(description="The older name of `authorizations`")] = None
    meters: Annotated[Text | None, Field(description="Comma-separated uids")] = None
    start: Annotated[
        str | None,
        Field(description="From this date (in the utility's time zone) or timestamp on", examples=["2026-01-31"]),
    ] = None
    end: Annotated[str | None, Field(description="Ending on or before this date (its first moment) or timestamp")] = (
        None
    )

    @property
    def checked(self) -> DataFilters:
        """The same for whoever finds windows; ApiError 400 where it can't be answered."""
        if split(self.accounts) and split(self.authorizations):
            raise invalid("accounts", "is another name of authorizations; give one of the two")
        named = self.authorizations if split(self.authorizations) else self.accounts
        filters = DataFilters(authorizations=named, meters=self.meters, start=self.start, end=self.end)
        filters.check()
        return filters
