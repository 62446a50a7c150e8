"""The chart: what it shows to eyes, to screen readers and without colour, and what it needs."""

import pytest
from bs4 import BeautifulSoup
from django.utils import translation

from wagtail_visit_alerts.admin.charts import BarChart, Series, ticks_up_to

LABELS = ["Mon", "Tue", "Wed"]


def drawn(*series, labels=LABELS, **options):
    chart = BarChart(
        labels,
        series,
        title="Alerts",
        description="Alerts raised by day.",
        table_caption="Alerts by day",
        **options,
    )
    return BeautifulSoup(chart.render_html(), "html.parser")


def test_chart_has_a_name_and_a_description_for_those_who_do_not_see_it():
    soup = drawn(Series("Raised", [1, 2, 3], 0))

    for drawing in soup.select("svg[role=img]"):
        named = [soup.find(id=one).get_text() for one in drawing["aria-labelledby"].split()]
        assert named == ["Alerts", "Alerts raised by day."]


def test_chart_has_the_same_figures_as_a_table():
    soup = drawn(Series("Raised", [1, 2, 3000], 0), Series("Held back", [0, 5, 1], 1))

    rows = [[cell.get_text() for cell in row.select("th, td")] for row in soup.select("tbody tr")]
    assert rows == [["Mon", "1", "0"], ["Tue", "2", "5"], ["Wed", "3,000", "1"]]
    assert soup.select_one("caption").get_text() == "Alerts by day"


def test_stacked_bars_stand_on_top_of_each_other():
    bars = drawn(Series("A", [4], 0), Series("B", [6], 1), labels=["Mon"]).select("svg[role=img] g rect[fill]")

    low, high = bars[:2]
    assert float(high["y"]) + float(high["height"]) == pytest.approx(float(low["y"]), abs=0.02)
    assert low["x"] == high["x"]


def test_bars_that_are_not_stacked_stand_beside_each_other():
    first, second = drawn(Series("A", [4], 0), Series("B", [6], 1), labels=["Mon"], stacked=False).select(
        "svg[role=img] g rect[fill]"
    )[:2]

    assert float(second["x"]) == pytest.approx(float(first["x"]) + float(first["width"]), abs=0.02)


def test_series_differ_by_their_fill_and_not_only_by_colour():
    soup = drawn(Series("A", [4], 0), Series("B", [6], 1), labels=["Mon"])

    fills = [bar["fill"] for bar in soup.select("svg[role=img] g rect[fill]")[:2]]
    assert len(set(fills)) == 2
    assert all(soup.find("pattern", id=fill[5:-1]) for fill in fills)


def test_chart_of_a_year_labels_only_as_many_bars_as_have_room():
    labels = [f"day {number}" for number in range(366)]
    wide, narrow = drawn(Series("A", [1] * 366, 0), labels=labels).select("svg[role=img]")

    assert len(wide.select("text[text-anchor=middle]")) <= 10
    assert len(narrow.select("text[text-anchor=middle]")) <= 4


def test_coordinates_are_numbers_in_a_language_with_a_decimal_comma():
    with translation.override("pl"):
        soup = drawn(Series("A", [1, 2, 3], 0))

    for shape in soup.select("svg rect, svg line, svg text"):
        for name in ("x", "y", "width", "height", "x1", "x2", "y1", "y2"):
            assert "," not in shape.get(name, "")


def test_names_from_outside_are_escaped():
    html = BarChart(
        ["<b>"], [Series("<script>", [1], 0)], title="<i>", description="<u>", table_caption="<s>"
    ).render_html()

    assert not any(tag in html for tag in ("<b>", "<script", "<i>", "<u>", "<s>"))


def test_chart_needs_no_script_no_style_attribute_and_no_request():
    soup = drawn(Series("A", [1, 2, 3], 0))

    assert not soup.select("script, style, [style], image, use, link")
    assert "http" not in str(soup)


@pytest.mark.parametrize("series", [(), (Series("A", [0, 0, 0], 0),)])
def test_chart_of_nothing_is_drawn_without_bars(series):
    assert not drawn(*series).select("svg[role=img] g rect[fill]")


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (5, [0, 1, 2, 3, 4, 5]),
        (6, [0, 2, 4, 6]),
        (11, [0, 5, 10, 15]),
        (730, [0, 200, 400, 600, 800]),
    ],
)
def test_axis_has_round_numbers_up_to_the_highest(highest, ticks):
    assert ticks_up_to(highest) == ticks
