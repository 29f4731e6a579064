"""Case numbers of failures: whoever meets one can say which it was, and the log has it."""

from uuid import UUID

from wattkeeper.common import ids


def note(failure: BaseException | None) -> UUID:
    """A new number, which stands at the end of the failure's traceback wherever that is logged."""
    case = ids.new_uid()
    if failure is not None:
        failure.add_note(f"Case number: {case}")
    return case
