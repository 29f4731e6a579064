"""`wattkeeper import pdf`: PDFs are kept for the bills they are of, all of a manifest or none, byte for byte."""

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

import cast
from api.reader import TODAY, ask, call, file, follow
from wattkeeper.common.models import AuditEntry
from wattkeeper.customers import documents
from wattkeeper.customers.billing import BillRecord, put_bill
from wattkeeper.customers.models import Bill, Service
from wattkeeper.events.models import Event

HEAD = "file,service,first_day,last_day\n"
LENA = "lena.pdf,{service},2026-09-10,2026-10-08\n"


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, set_clock: Callable[[datetime], None], db: None) -> Iterator[Path]:
    """Where files are kept, in a folder of the test's own."""
    set_clock(cast.noon(TODAY))
    folder = tmp_path / "kept"
    storages = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    }
    override = override_settings(STORAGES=storages)
    override.enable()
    yield folder
    override.disable()


@pytest.fixture
def lena() -> Service:
    """A customer of the live world with two bills."""
    service = cast.customer("Lena Live", cast.live())
    put_bill(service.pk, BillRecord(date(2026, 9, 10), date(2026, 10, 9), 5_000_000, 400_000))
    put_bill(service.pk, BillRecord(date(2026, 10, 9), date(2026, 11, 10), 6_000_000, 500_000))
    return service


def pdf(text: str) -> bytes:
    return b"%PDF-1.7\n" + text.encode() + bytes(range(256)) * 400 + b"\nstartxref\n0\n%%EOF\n"


def bring(folder: Path, manifest: str, **files: bytes) -> str:
    """Runs the command on a manifest with these files beside it; what it said."""
    for name, content in files.items():
        (folder / f"{name}.pdf").write_bytes(content)
    (folder / "bills.csv").write_text(manifest)
    said = io.StringIO()
    call_command("import", "pdf", str(folder / "bills.csv"), stdout=said)
    return said.getvalue()


def kept(storage: Path) -> int:
    return len([path for path in storage.rglob("*") if path.is_file()])


def test_a_pdf_comes_out_byte_for_byte(tmp_path: Path, storage: Path, lena: Service) -> None:
    sunny = cast.third_party(status="live")
    grant = cast.authorize(sunny, lena)
    meter, given = grant.meters.get(), pdf("lena")
    assert call(sunny.api_token, f"/meters/{meter.uid}")["bill_sources"] == []
    assert ask(sunny.api_token, f"/files/latest_pdf/{meter.uid}").status_code == 404
    said = bring(tmp_path, HEAD + LENA.format(service=lena.identifier), lena=given)
    assert said == "EPE/live/main: PDFs of bills 1 new, 0 changed, 0 as before.\n"
    assert call(sunny.api_token, f"/meters/{meter.uid}")["bill_sources"] == ["pdf"]
    newer, older = call(sunny.api_token, "/bills", meters=meter.uid)["bills"]
    assert newer["sources"] == []
    response = follow(sunny.api_token, older["sources"][0]["raw_url"])
    assert b"".join(response) == given
    assert int(response["Content-Length"]) == len(given)
    archive = zipfile.ZipFile(io.BytesIO(file(sunny.api_token, "meters_bills_zip", meters=meter.uid)))
    assert [archive.read(name) for name in archive.namelist()] == [given]
    assert Event.objects.filter(type="meter_bills_added", meter_uid=meter.uid).count() == 1
    assert '"pdfs":1' in AuditEntry.objects.get(action="bill_pdfs_imported").data


def test_a_live_bill_without_one_is_never_drawn(lena: Service) -> None:
    sunny = cast.third_party(status="live")
    meter = cast.authorize(sunny, lena).meters.get()
    for bill in call(sunny.api_token, "/bills", meters=meter.uid)["bills"]:
        assert ask(sunny.api_token, "/files/pdf_bill", uid=bill["uid"]).status_code == 404


def test_the_same_again_changes_nothing_and_another_replaces(
    tmp_path: Path, storage: Path, lena: Service, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    manifest = HEAD + LENA.format(service=lena.identifier)
    bring(tmp_path, manifest, lena=pdf("one"))
    assert "0 new, 0 changed, 1 as before" in bring(tmp_path, manifest, lena=pdf("one"))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert "0 new, 1 changed, 0 as before" in bring(tmp_path, manifest, lena=pdf("two"))
    assert kept(storage) == 1
    digest = Bill.objects.get(document__isnull=False).document or ""
    assert b"".join(documents.chunks(digest)) == pdf("two")


def test_two_that_were_mixed_up_are_put_right_in_one_go(
    tmp_path: Path, storage: Path, lena: Service, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    rows = [("2026-09-10", "2026-10-08"), ("2026-10-09", "2026-11-09")]

    def manifest(*names: str) -> str:
        paired = zip(names, rows, strict=True)
        return HEAD + "".join(f"{name}.pdf,{lena.identifier},{first},{last}\n" for name, (first, last) in paired)

    bring(tmp_path, manifest("b", "a"), a=pdf("a"), b=pdf("b"))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert "2 changed" in bring(tmp_path, manifest("a", "b"))
    found = [bill.document or "" for bill in Bill.objects.order_by("start")]
    assert [b"".join(documents.chunks(digest)) for digest in found] == [pdf("a"), pdf("b")]


REFUSED = {
    "no PDF": (LENA, {"lena": b"hello"}, "lena.pdf is not a PDF"),
    "cut off": (LENA, {"lena": pdf("x")[:-30]}, "lena.pdf is cut off"),
    "missing": (LENA, {}, "lena.pdf can't be read"),
    "outside": ("../lena.pdf,{service},2026-09-10,2026-10-08\n", {}, "does not lie in the folder"),
    "no service": ("lena.pdf,X,2026-09-10,2026-10-08\n", {"lena": pdf("x")}, "there is no service X in EPE/live/main"),
    "no bill": ("lena.pdf,{service},2026-09-10,2026-10-09\n", {"lena": pdf("x")}, "import the bill first"),
    "no day": ("lena.pdf,{service},10/9/2026,2026-10-08\n", {"lena": pdf("x")}, "first_day is '10/9/2026'"),
    "a bill twice": (LENA + LENA, {"lena": pdf("x")}, "line 2 has a file for this bill already"),
    "a file twice": (
        LENA + "lena.pdf,{service},2026-10-09,2026-11-09\n",
        {"lena": pdf("x")},
        "line 2 has the same file. A PDF is the bill of one service and one period",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_one_line_that_is_wrong_refuses_all(
    tmp_path: Path, storage: Path, lena: Service, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, files, reason = REFUSED[case]
    good = f"good.pdf,{lena.identifier},2026-10-09,2026-11-09\n"
    whole = HEAD + lines.format(service=lena.identifier) + ("" if "2026-11-09" in lines else good)
    with pytest.raises(CommandError) as refused:
        bring(tmp_path, whole, good=pdf("good"), **files)
    assert (refused.value.returncode, "nothing was imported" in str(refused.value)) == (2, True)
    assert reason in capsys.readouterr().err
    assert not Bill.objects.filter(document__isnull=False).exists()
    assert kept(storage) == 0


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ("file;service\n", "its first line must be file,service,first_day,last_day"),
        (HEAD, "it names no file"),
        (HEAD + "a.pdf,S1\n", "not as many values as columns"),
        ("", "the file is empty"),
        (HEAD + 'a.pdf,"S1\n', "it is no CSV"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, lena: Service, manifest: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        bring(tmp_path, manifest)


def test_a_customer_s_pdf_is_never_another_s(
    tmp_path: Path, storage: Path, lena: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    other = cast.customer("Nora Newcomer", cast.live())
    put_bill(other.pk, BillRecord(date(2026, 9, 10), date(2026, 10, 9), 1, 1))
    bring(tmp_path, HEAD + LENA.format(service=lena.identifier), lena=pdf("lena"))
    shutil.copy(tmp_path / "lena.pdf", tmp_path / "nora.pdf")
    with pytest.raises(CommandError):
        bring(tmp_path, HEAD + f"nora.pdf,{other.identifier},2026-09-10,2026-10-08\n")
    assert f"this PDF is already the bill of {lena.identifier} from 2026-09-10" in capsys.readouterr().err
    assert kept(storage) == 1
