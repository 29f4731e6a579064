"""A bill as a PDF page: a sheet in, bytes out. The same sheet gives the same bytes."""

from io import BytesIO
from typing import NamedTuple

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from wattkeeper.documents.sheet import Row, Sheet

WIDTH, HEIGHT = letter
LEFT, RIGHT, TOP, BOTTOM = 54.0, WIDTH - 54.0, HEIGHT - 54.0, 72.0
MIDDLE, FACTS = 312.0, 404.0
INK, QUIET, LINE, WARNING, WARNING_PAPER = (
    HexColor(colour) for colour in ("#1c2326", "#566064", "#cfd5d3", "#8a2c0d", "#fdf1ec")
)


class Style(NamedTuple):
    size: float
    font: str = "Helvetica"
    ink: HexColor = INK


BOLD = "Helvetica-Bold"
MARK, SMALL, LABEL, FACT = Style(9, BOLD, WARNING), Style(7.5, ink=QUIET), Style(8.5, ink=QUIET), Style(8.5)
TITLE, NAME, PLAIN, AMOUNT = Style(18), Style(10.5, BOLD), Style(10.5), Style(26, BOLD)
HEAD, CELL, SUM = Style(9, BOLD), Style(9.5), Style(11, BOLD)


def pdf(sheet: Sheet) -> bytes:
    """The bill as a PDF file, of as many pages as its charges take."""
    page = _Page(sheet)
    page.head()
    page.whose()
    page.charges()
    page.parts()
    page.balance()
    return page.finished()


class _Page:
    """Draws from the top down; `y` is where the next line goes."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.written = BytesIO()
        self.canvas = Canvas(self.written, pagesize=letter, invariant=1, lang=sheet.language)
        self.canvas.setTitle(f"{sheet.utility}: {sheet.title}")
        self.canvas.setAuthor(sheet.utility)
        self.canvas.setSubject(sheet.mark)
        self.begin()

    def begin(self) -> None:
        """What stands on every page: that it is no real bill, and its number."""
        self.y = TOP
        self.canvas.setFillColor(WARNING_PAPER)
        self.canvas.rect(0, HEIGHT - 30, WIDTH, 30, stroke=0, fill=1)
        self.left(LEFT, HEIGHT - 19, self.sheet.mark, MARK)
        self.left(LEFT, 42, self.sheet.footer, SMALL)
        self.right(RIGHT, 42, str(self.canvas.getPageNumber()), SMALL)

    def head(self) -> None:
        accent = HexColor(self.sheet.accent)
        self.y -= 22
        self.left(LEFT, self.y, self.sheet.utility, Style(18, BOLD, accent))
        self.right(RIGHT, self.y, self.sheet.title, TITLE)
        self.y -= 14
        self.left(LEFT, self.y, "  ·  ".join(self.sheet.contact), SMALL)
        self.y -= 10
        self.canvas.setFillColor(accent)
        self.canvas.rect(LEFT, self.y, RIGHT - LEFT, 2, stroke=0, fill=1)
        self.y -= 26

    def whose(self) -> None:
        """The recipient and the amount on the left, what the bill is for on the right."""
        top = self.y
        for index, line in enumerate(self.sheet.recipient):
            self.left(LEFT, self.y, line, PLAIN if index else NAME)
            self.y -= 14
        self.y -= 22
        self.left(LEFT, self.y, self.sheet.amount[0], LABEL)
        self.y -= 28
        self.left(LEFT, self.y, self.sheet.amount[1], AMOUNT)
        self.y -= 18
        self.left(LEFT, self.y, self.sheet.due, CELL)
        left_end, self.y = self.y, top
        for label, value in self.sheet.facts:
            self.left(MIDDLE, self.y, label, LABEL)
            for line in _lines(value, FACT, RIGHT - FACTS):
                self.left(FACTS, self.y, line, FACT)
                self.y -= 12
            self.y -= 3
        self.y = min(self.y, left_end) - 16

    def charges(self) -> None:
        columns = (LEFT, 370.0, 460.0, RIGHT)
        self.table(self.sheet.charges_head, self.sheet.charges, columns)
        self.rule(INK)
        self.row(self.sheet.total, columns, SUM)
        self.y -= 14

    def parts(self) -> None:
        if self.sheet.parts:
            self.table(self.sheet.parts_head, self.sheet.parts, (LEFT, 460.0, RIGHT))
            self.y -= 14

    def balance(self) -> None:
        if self.sheet.balance:
            *rows, due = self.sheet.balance
            self.table((self.sheet.balance_head, ""), rows, (LEFT, RIGHT))
            self.rule(INK)
            self.row(due, (LEFT, RIGHT), SUM)

    def table(self, head: Row, rows: list[Row], columns: tuple[float, ...]) -> None:
        """The first column at its left edge, the others at their right ones."""
        self.room(60)
        self.row(head, columns, HEAD)
        for row in rows:
            self.rule(LINE)
            self.row(row, columns, CELL)

    def row(self, cells: Row, columns: tuple[float, ...], style: Style) -> None:
        self.room(24)
        self.y -= 12
        for column, cell in zip(columns[1:], cells[1:], strict=True):
            self.right(column, self.y, cell, style)
        for index, line in enumerate(_lines(cells[0], style, (columns[1] - columns[0]) * 0.75)):
            self.y -= 11 if index else 0
            self.left(columns[0], self.y, line, style)
        self.y -= 5

    def rule(self, colour: HexColor) -> None:
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(0.6)
        self.canvas.line(LEFT, self.y, RIGHT, self.y)

    def room(self, height: float) -> None:
        """Goes on on a new page where this one is full."""
        if self.y - height < BOTTOM:
            self.canvas.showPage()
            self.begin()
            self.y -= 16

    def left(self, x: float, y: float, text: str, style: Style) -> None:
        """Text that begins at x."""
        self.dip(style)
        self.canvas.drawString(x, y, text)

    def right(self, x: float, y: float, text: str, style: Style) -> None:
        """Text that ends at x."""
        self.dip(style)
        self.canvas.drawRightString(x, y, text)

    def dip(self, style: Style) -> None:
        self.canvas.setFont(style.font, style.size)
        self.canvas.setFillColor(style.ink)

    def finished(self) -> bytes:
        self.canvas.save()
        return self.written.getvalue()


def _lines(text: str, style: Style, width: float) -> list[str]:
    return simpleSplit(text, style.font, style.size, width) or [""]
