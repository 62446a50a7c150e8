"""A chart of bars, drawn as SVG by the server: no script, no request, no style attribute, so that any CSP allows it.

Takes labels and series of numbers; gives a component with a legend, two drawings, one for wide and one for narrow
windows, and the same figures as a table. Colours are in ``charts.css``, which a page with a chart links to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail.admin.ui.components import Component

#: Different fills that the style sheet and the template know.
PATTERNS = 4
#: What there is of a label: its figures for a mouse that rests on it, a ground to rest on, and its bars.
_COLUMN = (
    '<g><title>{}</title><rect class="visit-alerts-chart__column" x="{}" y="{}" width="{}" height="{}"/>{}</g>'
)
#: A bar: the number of its fill, where it is, and the fill itself.
_BAR = (
    '<rect class="visit-alerts-chart__bar visit-alerts-chart__bar--{}" x="{}" y="{}" width="{}" height="{}" '
    'fill="url(#{})"/>'
)
#: Ticks of the axis of values, not counting 0.
MOST_TICKS = 5


@dataclass(frozen=True, kw_only=True)
class Format:
    """The size of a drawing, in its own units: those of a CSS pixel where it has room enough."""

    name: str
    width: int
    height: int
    #: Labels that fit below the bars.
    labels: int
    left: int = 44
    right: int = 20
    top: int = 12
    bottom: int = 28

    @property
    def plot_width(self) -> int:
        """The width of the part that holds the bars."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        """The height of the part that holds the bars."""
        return self.height - self.top - self.bottom


WIDE = Format(name="wide", width=880, height=260, labels=10)
NARROW = Format(name="narrow", width=340, height=240, labels=4)


@dataclass(frozen=True)
class Series:
    """Numbers of one kind, one for each label. ``pattern`` is the number of a fill, from 0 to 3."""

    name: str
    values: Sequence[int]
    pattern: int


class BarChart(Component):
    """Bars for each label: those of one label on top of each other, or beside each other.

    ``description`` says what the chart shows to those who don't see it; ``further`` series are in the
    table only; ``name`` begins the ids of its parts, and must differ from those of other charts on the page.
    """

    template_name = "wagtail_visit_alerts/admin/analytics/bar_chart.html"

    def __init__(
        self,
        labels: Sequence[str],
        series: Sequence[Series],
        *,
        title: str,
        description: str,
        table_caption: str,
        label_heading: str = "",
        further: Sequence[Series] = (),
        stacked: bool = True,
        name: str = "visit-alerts-chart",
    ) -> None:
        self.labels, self.series, self.stacked = labels, series, stacked
        self.title, self.description, self.table_caption = title, description, table_caption
        self.label_heading, self.further, self.name = label_heading, further, name

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        columns = [*self.series, *self.further]
        return {
            "chart": self,
            "columns": columns,
            "drawings": [self._drawing(size) for size in (WIDE, NARROW)],
            "rows": [
                (label, [number_format(one.values[number], force_grouping=True) for one in columns])
                for number, label in enumerate(self.labels)
            ],
        }

    @property
    def highest(self) -> int:
        """The height of the highest bar, or pile of bars."""
        columns = zip(*(one.values for one in self.series), strict=True)
        return max((sum(column) if self.stacked else max(column) for column in columns), default=0)

    def _drawing(self, size: Format) -> dict[str, Any]:
        ticks = ticks_up_to(self.highest)
        scale = size.plot_height / ticks[-1]
        return {
            "size": size,
            "baseline": _coordinate(size.top + size.plot_height),
            "end": size.width - size.right,
            "ticks": [
                {
                    "y": _coordinate(size.top + size.plot_height - tick * scale),
                    "text": number_format(tick, force_grouping=True),
                }
                for tick in ticks
            ],
            "columns": self._columns(size, scale),
        }

    def _columns(self, size: Format, scale: float) -> SafeString:
        """The bars of each label, from left to right: put together here, as templates take long for hundreds."""
        return format_html_join("\n", "{}", ([column] for column in self._column_by_column(size, scale)))

    def _column_by_column(self, size: Format, scale: float) -> Iterator[SafeString]:
        step = size.plot_width / max(len(self.labels), 1)
        every = -(-len(self.labels) // size.labels)
        for number, label in enumerate(self.labels):
            left = size.left + number * step
            figures = [
                f"{one.name}: {number_format(one.values[number], force_grouping=True)}" for one in self.series
            ]
            yield format_html(
                _COLUMN,
                "\n".join([label, *figures]),
                _coordinate(left),
                _coordinate(size.top),
                _coordinate(step),
                _coordinate(size.plot_height),
                format_html_join("", _BAR, self._bars(number, size=size, scale=scale, left=left, step=step)),
            )
            if number % every == 0:
                yield format_html(
                    '<text class="visit-alerts-chart__text" x="{}" y="{}" dy="20" text-anchor="middle">{}</text>',
                    _coordinate(left + step / 2),
                    _coordinate(size.top + size.plot_height),
                    label,
                )

    def _bars(
        self, number: int, *, size: Format, scale: float, left: float, step: float
    ) -> Iterator[list[Any]]:
        """What is filled in for each bar of a label."""
        gap = min(step * 0.2, 12)
        width = (step - gap) / (1 if self.stacked else len(self.series))
        x, base = left + gap / 2, float(size.top + size.plot_height)
        for one in self.series:
            height = one.values[number] * scale
            if height:
                place = [_coordinate(value) for value in (x, base - height, width, height)]
                pattern = one.pattern % PATTERNS
                yield [pattern, *place, f"{self.name}-{pattern}"]
            if self.stacked:
                base -= height
            else:
                x += width


def ticks_up_to(highest: int) -> list[int]:
    """Round numbers from 0 up to one that is no less than the highest: at most five steps, all as long."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if step * MOST_TICKS >= highest:
                return [step * number for number in range(max(-(-highest // step), 1) + 1)]
        power *= 10


def _coordinate(value: float) -> str:
    """A number as SVG wants it, whatever the language of the page."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
