"""What the repository's own documents say is so: links lead somewhere, settings are described, Python in them runs."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands

import cast
from wattkeeper.companies.models import Registration

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
        assert (document.parent / link).exists(), link


def test_every_setting_is_described_and_no_other() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/wattkeeper/config").glob("*.py"))
    used = {f"WATTKEEPER_{name}" for name in re.findall(r'env\.(?:\w+)\(\s*"([A-Z_]+)"', source)}
    described = set(re.findall(r"^\| `(WATTKEEPER_\w+)`", text_of("docs/operate/settings.md"), re.MULTILINE))
    demo = "".join(path.read_text() for path in (ROOT / "src/wattkeeper").glob("demo*/*.py"))
    assert described == used | set(re.findall(r'"(WATTKEEPER_DEMO_\w+)"', demo))


def test_every_command_named_is_there() -> None:
    named = {word for path in DOCUMENTS for word in re.findall(r"`wattkeeper (\w+)", path.read_text())}
    assert named <= set(get_commands()) | {"demo", "receipt"}


def test_every_direct_dependency_has_its_reason() -> None:
    project = text_of("pyproject.toml")
    wanted = set(re.findall(r'^    "([a-z0-9-]+)(?:\[[\w-]+\])?(?:==|>=)', project, re.MULTILINE))
    listed = set(re.findall(r"[a-z0-9-]+", " ".join(re.findall(r"^\| ([^|]+) \|", dependencies(), re.MULTILINE))))
    assert len(wanted) > 20
    assert wanted <= listed


def dependencies() -> str:
    return text_of("docs/develop/dependencies.md")


@pytest.mark.django_db
def test_the_python_for_operators_runs() -> None:
    for name in ("docs/operate/running.md", "docs/integrate/README.md"):
        for code in re.findall(r"```python\n(.*?)```", text_of(name), re.DOTALL):
            exec(compile(code, name, "exec"), {})


@pytest.mark.django_db
def test_the_registration_commands_for_operators_run() -> None:
    cast.epe()
    text = text_of("docs/operate/running.md").replace("--utility RIO", "--utility EPE").replace("\\\n", "")
    commands = re.findall(r"(?m)^(?:\|.*`)?wattkeeper (registration [^`\n]+)", text)
    assert len(commands) == 10
    for command in commands:
        client_id = Registration.objects.values_list("client_id", flat=True).first() or ""
        call_command(*shlex.split(command.replace("RIO_xxxxxxxxx", client_id)))
    made = Registration.objects.get()
    assert (made.status, made.requires_pkce) == ("suspended", False)
    assert made.redirect_uris == ["https://sunny.example/oauth"]
    assert made.scopes_of_use.get().text("es") == "Planificamos su techo solar."
