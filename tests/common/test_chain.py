"""Whatever is done to the audit trail behind the database's back is found and named."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from wattkeeper.common import audit, chain, ids, triggers
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.common.chain import Anchor, Verification
from wattkeeper.common.models import AuditEntry, AuditHead

REFUSALS = import_module("wattkeeper.common.migrations.0002_audit").REFUSALS
ROWS = 12


def tell(count: int = 1) -> None:
    for number in range(count):
        audit.record(
            "read",
            actor=Actor(Kind.CLIENT, ids.new_uid()),
            utility_code="EPE",
            registration_uid=ids.new_uid(),
            authorization_uid=ids.new_uid(),
            data={"number": number},
        )


def faults(*anchors: Anchor, start: Anchor | None = None) -> list[tuple[int, int | None]]:
    return [(fault.position, fault.entry) for fault in Verification(anchors, start).faults()]


def entry(position: int) -> int:
    return AuditEntry.objects.get(position=position).pk


@pytest.fixture
def sealed(db: None) -> None:
    """A chain of ROWS rows before somebody with the rights of the tables' owner, who takes the triggers away."""
    tell(ROWS)
    assert chain.seal() == ROWS
    triggers.drop(*REFUSALS)


def test_an_untouched_chain_has_no_fault(sealed: None) -> None:
    verification = Verification()
    assert list(verification.faults()) == []
    assert (verification.checked, verification.end) == (ROWS, chain.head())


def test_rows_are_sealed_in_the_order_of_their_ids_and_late_ones_later(db: None) -> None:
    AuditEntry.objects.create(id=20, action="a", data="{}")
    AuditEntry.objects.create(id=30, action="b", data="{}")
    assert (chain.seal(), chain.seal()) == (2, 0)
    AuditEntry.objects.create(id=10, action="committed late", data="{}")
    assert chain.unsealed()[0] == 1
    assert chain.seal() == 1
    assert list(AuditEntry.objects.order_by("position").values_list("id", "position")) == [(20, 1), (30, 2), (10, 3)]
    assert faults() == []


def test_more_rows_than_one_batch_or_page(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 3)
    monkeypatch.setattr(chain, "PAGE", 4)
    tell(13)
    assert chain.seal() == 13
    assert faults() == []
    assert chain.head().position == 13


@pytest.mark.parametrize("position", [1, 5, ROWS])
def test_a_changed_byte_is_named(sealed: None, position: int) -> None:
    row = AuditEntry.objects.get(position=position)
    AuditEntry.objects.filter(pk=row.pk).update(data=row.data.replace("number", "numbes"))
    assert faults() == [(position, row.pk)]


def test_a_deleted_row_in_the_middle_is_named(sealed: None) -> None:
    AuditEntry.objects.filter(position=5).delete()
    assert faults() == [(5, None)]
    AuditEntry.objects.filter(position__in=[6, 7]).delete()
    (fault,) = Verification().faults()
    assert str(fault) == f"position 5 (no row): 3 rows are missing, before row {entry(8)}"


def test_a_cut_tail_is_named(sealed: None) -> None:
    AuditEntry.objects.filter(position__gt=10).delete()
    (fault,) = Verification().faults()
    assert str(fault) == f"position 11 (no row): the last 2 of {ROWS} rows were cut off"


def test_a_tail_cut_with_its_head_is_named_by_an_anchor_kept_elsewhere(sealed: None) -> None:
    anchor = chain.head()
    AuditEntry.objects.filter(position__gt=10).delete()
    AuditHead.objects.update(position=10, hash=AuditEntry.objects.get(position=10).hash)
    assert faults() == []
    assert faults(anchor) == faults(start=anchor) == [(ROWS, None)]


def test_rows_that_changed_places_are_named(sealed: None) -> None:
    first, second = AuditEntry.objects.get(position=4), AuditEntry.objects.get(position=9)
    AuditEntry.objects.filter(pk=first.pk).update(position=0)
    AuditEntry.objects.filter(pk=second.pk).update(position=4, hash=first.hash)
    AuditEntry.objects.filter(pk=first.pk).update(position=9, hash=second.hash)
    assert faults() == [(4, second.pk), (9, first.pk)]


def rebuild(position: int) -> None:
    """Changes a row and builds the chain anew from there, as somebody could who may write everything."""
    AuditEntry.objects.filter(position=position).update(action="forged")
    AuditEntry.objects.filter(position__gte=position).update(position=None, hash=None)
    before = AuditEntry.objects.filter(position=position - 1).values_list("hash", flat=True).first()
    AuditHead.objects.update(position=position - 1, hash=before or chain.BEGINNING.hash)
    chain.seal()


def test_a_chain_built_anew_is_named_by_an_anchor_kept_elsewhere(sealed: None) -> None:
    early, late = Anchor(6, AuditEntry.objects.values_list("hash", flat=True).get(position=6) or ""), chain.head()
    rebuild(7)
    assert faults() == []
    assert faults(early, late) == faults(start=late) == [(ROWS, entry(ROWS))]


def test_verifying_from_an_anchor_looks_at_what_came_after_it(sealed: None) -> None:
    anchor = chain.head()
    tell(3)
    chain.seal()
    AuditEntry.objects.filter(position=3).update(action="forged")
    verification = Verification(start=anchor)
    assert list(verification.faults()) == []
    assert verification.checked == 4
    AuditEntry.objects.filter(position=ROWS + 2).update(action="forged")
    assert faults(start=anchor) == [(ROWS + 2, entry(ROWS + 2))]


@pytest.mark.parametrize("position", [1, 2, ROWS])
def test_any_row_can_be_the_anchor_to_start_from(sealed: None, position: int) -> None:
    anchor = Anchor(position, AuditEntry.objects.values_list("hash", flat=True).get(position=position) or "")
    assert faults(start=anchor) == []
    AuditEntry.objects.filter(position=position).update(action="forged")
    assert faults(start=anchor) == [(position, entry(position))]


def test_a_forged_row_behind_the_head_is_named(sealed: None) -> None:
    AuditEntry.objects.create(action="forged", data="{}", position=ROWS + 1, hash="0" * 64)
    assert faults() == [(ROWS + 1, entry(ROWS + 1))]


def test_a_head_that_was_changed_set_back_or_lost_is_named(sealed: None, caplog: pytest.LogCaptureFixture) -> None:
    whole = chain.head()
    AuditHead.objects.update(hash="0" * 64)
    assert faults() == [(ROWS, None)]
    AuditHead.objects.update(position=3, hash=AuditEntry.objects.get(position=3).hash)
    assert faults() == [(4, entry(4))]
    tell()
    assert chain.seal() == 0, "the place of another row is not taken"
    AuditHead.objects.all().delete()
    assert faults() == [(1, entry(1))]
    assert chain.seal() == 0, "a lost head is not made up"
    AuditHead.objects.create(pk=chain.ONLY, position=whole.position, hash=whole.hash)
    assert (chain.seal(), faults()) == (1, [])
    assert caplog.text.count("the audit chain does not go on") == 2


def test_unsealing_a_row_is_named(sealed: None) -> None:
    AuditEntry.objects.filter(position=5).update(position=None, hash=None)
    assert faults() == [(5, None)]
    chain.seal()
    assert faults() == [(5, None)]


class AnyChangeIsFound(TestCase):
    """Of every column, by any amount."""

    @settings(max_examples=80, deadline=None)
    @given(st.integers(1, ROWS), st.sampled_from([*chain.CONTENT, "position", "hash"]), st.data())
    def test_it(self, position: int, column: str, data: st.DataObject) -> None:
        tell(ROWS)
        chain.seal()
        triggers.drop(*REFUSALS)
        row = AuditEntry.objects.filter(position=position)
        old = row.values_list(column, flat=True).get()
        row.update(**{column: data.draw(changed(column, old))})
        assert position in {fault.position for fault in Verification().faults()}


def changed(column: str, old: object) -> st.SearchStrategy[object]:
    """Some other value of the column."""
    values: dict[str, st.SearchStrategy[object]] = {
        "id": st.integers(10**6, 10**12),
        "at": st.integers(1, 10**9).map(lambda micros: F("at") + timedelta(microseconds=micros)),
        "registration_uid": st.one_of(st.none(), st.uuids()),
        "authorization_uid": st.one_of(st.none(), st.uuids()),
        "position": st.one_of(st.none(), st.integers(ROWS + 1, 10**9), st.integers(-(10**9), 0)),
    }
    text = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=10)
    return values.get(column, text).filter(lambda value: value != old)


@pytest.mark.django_db(transaction=True)
def test_sealers_take_turns(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Many at once, each with a connection of its own, small batches: every row has one place, without a gap."""
    monkeypatch.setattr(chain, "BATCH", 5)
    tell(100)
    gate = threading.Barrier(6)

    def go() -> int:
        try:
            gate.wait()
            return chain.seal()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(future.result() for future in [pool.submit(go) for _ in range(6)]) == 100
    assert caplog.text == "", "none tried to take another's place"
    places = AuditEntry.objects.order_by("position").values_list("position", flat=True)
    assert list(places) == list(range(1, 101))
    assert faults() == []


def command(*words: object) -> str:
    out = StringIO()
    call_command("audit", *map(str, words), stdout=out)
    return out.getvalue()


def test_the_command_tells_of_a_whole_chain(sealed: None) -> None:
    head = command("head").strip()
    assert head == str(chain.head())
    tell(2)
    said = command("verify", "--anchor", head, "--from", head)
    assert f"1 rows checked; the chain ends at {head}" in said
    assert "2 rows are not sealed yet" in said
    assert command("seal").startswith("2 rows sealed; the chain ends at 14:")
    assert "sealed yet" not in command("verify")


def test_the_command_ends_with_1_where_there_is_a_fault(sealed: None) -> None:
    AuditEntry.objects.filter(position=5).update(action="forged")
    out = StringIO()
    with pytest.raises(CommandError, match="1 faults") as refusal:
        call_command("audit", "verify", stdout=out)
    assert refusal.value.returncode == 1
    assert f"position 5 (row {entry(5)}): not what was sealed here" in out.getvalue()


@pytest.mark.parametrize("text", ["12", "12:ab", "x:" + "0" * 64, "1:" + "G" * 64])
def test_the_command_refuses_what_is_no_anchor(text: str, db: None) -> None:
    with pytest.raises(CommandError, match="is not an anchor"):
        command("verify", "--from", text)


def test_the_command_shows_what_happened_to_an_authorization(sealed: None) -> None:
    row = AuditEntry.objects.get(position=5)
    said = command("show", "--authorization", row.authorization_uid)
    assert said == f'{row.at.isoformat()}  5  read  client {row.actor}  {{"number":4}}\n'
