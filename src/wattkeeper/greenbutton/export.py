"""A Green Button file of windows that somebody else opened: Download My Data sends it, and the JSON API."""

from collections.abc import Iterable, Iterator

from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock
from wattkeeper.common.ids import stable_uid
from wattkeeper.greenbutton import atom, resources
from wattkeeper.greenbutton.parameters import Query
from wattkeeper.greenbutton.points import Point

CONTENT_TYPE = atom.ATOM_TYPE


def pieces(opened: Iterable[Window], address: str) -> Iterator[bytes]:
    """The feed of all there is in these windows; `address` is its own. Raises GrantEndedError."""
    entries = resources.everything([Point(window) for window in opened], Query())
    return atom.feed("Subscription", stable_uid("feed", address), address, clock.epoch(clock.now()), entries)
