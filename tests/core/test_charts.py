import pytest

from core.charts import grouped_bars, sparkline


def test_bars_carry_their_values_and_say_what_they_show():
    chart = grouped_bars([[2, 4], [0, 1]], ["Aug", "Sep"], "Visits", "More in <September>", ident="visits")
    assert chart == (
        '<svg class="chart" viewBox="0 0 640 280" role="img" aria-labelledby="visits-title visits-desc">'
        '<title id="visits-title">Visits</title><desc id="visits-desc">More in &lt;September&gt;</desc>'
        '<g class="axis"><path d="M0 248H640"/></g>'
        '<rect class="s1" x="104" y="136" width="54" height="112" rx="3"/>'
        '<rect class="s2" x="160" y="248" width="54" height="0" rx="3"/>'
        '<rect class="s1" x="424" y="24" width="54" height="224" rx="3"/>'
        '<rect class="s2" x="480" y="192" width="54" height="56" rx="3"/>'
        '<text class="val" x="131" y="130" text-anchor="middle">2</text>'
        '<text class="val" x="187" y="242" text-anchor="middle">0</text>'
        '<text class="val" x="451" y="18" text-anchor="middle">4</text>'
        '<text class="val" x="507" y="186" text-anchor="middle">1</text>'
        '<text class="cat" x="160" y="270" text-anchor="middle">Aug</text>'
        '<text class="cat" x="480" y="270" text-anchor="middle">Sep</text></svg>'
    )


def test_a_chart_without_values_is_empty_but_whole():
    assert "<rect" not in grouped_bars([[]], [], "Visits", "None yet")


def test_three_series_are_refused():
    with pytest.raises(ValueError, match="small multiples"):
        grouped_bars([[1], [2], [3]], ["Aug"], "Visits", "")


def test_a_sparkline_ends_in_a_dot():
    assert sparkline([1, 3, 2]) == (
        '<svg class="spark" viewBox="0 0 96 30" aria-hidden="true"><polyline points="4,26 48,4 92,15"/>'
        '<circle cx="92" cy="15" r="3"/></svg>'
    )


@pytest.mark.parametrize("values", [[], [5], [5, 5]])
def test_a_sparkline_survives_little_data(values):
    assert sparkline(values).startswith('<svg class="spark"')
