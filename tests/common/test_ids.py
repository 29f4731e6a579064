"""Derived ids are what RFC 9562 says they are, and never change."""

import uuid

from wattkeeper.common import ids


def test_a_stable_uid_is_a_uuid_version_5_of_its_parts() -> None:
    assert ids.stable_uid("a", 1, "b") == uuid.uuid5(ids.NAMESPACE, "a/1/b")
    assert str(ids.stable_uid("meter", "reading", 7)) == "0fb60642-996b-5657-8c29-cedd04ceeef5"
