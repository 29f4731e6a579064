"""Every text of the code and the templates has its Spanish."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent.parent / "bin" / "messages.py"
CATALOGUE = """msgid ""
msgstr ""
"Language: es\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Stop sharing"
msgstr "Dejar de compartir"

msgid "Share with %(name)s"
msgstr "Compartir con %(name)s"

msgid "one day"
msgid_plural "%(count)s days"
msgstr[0] "un día"
msgstr[1] "%(count)s días"
"""


def messages(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, PROGRAM, *words], capture_output=True, text=True, check=False)


def test_the_translations_are_complete() -> None:
    checked = messages("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package whose every text is translated."""
    (tmp_path / "page.html").write_text(
        "{% load i18n %}<p title=\"{% translate 'Stop sharing' %}\">\n"
        "  {% blocktranslate trimmed %}\n  Share with\n  {{ name }}\n  {% endblocktranslate %}\n"
        "{% blocktranslate count count=n %}one day{% plural %}{{ count }} days{% endblocktranslate %}"
    )
    (tmp_path / "code.py").write_text(
        'from django.utils.translation import gettext as _\n\nlabel = _("Stop sharing")\n'
    )
    (tmp_path / "locale/es/LC_MESSAGES").mkdir(parents=True)
    po(tmp_path).write_text(CATALOGUE)
    return tmp_path


def po(package: Path) -> Path:
    return package / "locale/es/LC_MESSAGES/django.po"


def test_templates_and_code_are_both_read(package: Path) -> None:
    assert messages("check", "--root", package).returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgstr "Dejar de compartir"', 'msgstr ""', "empty: 'Stop sharing'"),
        ('msgid "Stop sharing"', '#, fuzzy\nmsgid "Stop sharing"', "fuzzy: 'Stop sharing'"),
        ('msgid "Stop sharing"', 'msgid "Stop it"', "missing: 'Stop sharing'"),
        ('msgid "Stop sharing"', 'msgid "Stop it"', "superfluous: 'Stop it'"),
        ("con %(name)s", "con %(nombre)s", "placeholders or tags differ: 'Share with %(name)s'"),
        ('msgstr[1] "%(count)s días"', 'msgstr[1] ""', "empty: ('one day', '%(count)s days')"),
    ],
)
def test_what_is_wrong_is_named(package: Path, old: str, new: str, problem: str) -> None:
    po(package).write_text(CATALOGUE.replace(old, new))
    checked = messages("check", "--root", package)
    assert checked.returncode == 1
    assert problem in checked.stdout


def test_merging_takes_translations_and_keeps_those_that_are_there(package: Path, tmp_path: Path) -> None:
    po(package).write_text(CATALOGUE.replace('msgstr "Dejar de compartir"', 'msgstr ""'))
    part = tmp_path / "part.po"
    part.write_text('msgid ""\nmsgstr ""\n"Language: es\\n"\n\nmsgid "Stop sharing"\nmsgstr "No compartir más"\n')
    assert messages("merge", part, "--root", package).returncode == 0
    assert messages("check", "--root", package).returncode == 0
    assert "No compartir más" in po(package).read_text()
    assert "Compartir con %(name)s" in po(package).read_text()
