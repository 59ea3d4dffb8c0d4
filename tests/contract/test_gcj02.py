from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.gcj02 import EAST, NORTH, SOUTH, WEST, in_china, to_gcj02, to_wgs84

# lon, lat in WGS 84 -> GCJ-02, as other programs' tests have them, and how closely they were written.
FOREIGN = [
    # wandergis/coordtransform, test/app.js
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164), 1e-13),
    # the R package regeo's tests of wgs_to_gcj, 8 places
    ((116.39089, 39.90734), (116.39713094, 39.90874107), 1e-8),
    # googollee/eviltransform, python tests: Shanghai, Shenzhen, Beijing. It takes the WGS 84
    # semi-major axis instead of Krasovsky's, which moves the shift by a few centimetres.
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), 1e-6),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766), 1e-6),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), 1e-6),
]
LON = st.floats(WEST + 0.02, EAST - 0.02)
LAT = st.floats(SOUTH + 0.02, NORTH - 0.02)


@pytest.mark.parametrize(("wgs84", "gcj02", "close"), FOREIGN)
def test_the_shift_is_that_of_other_programs(
    wgs84: tuple[float, float], gcj02: tuple[float, float], close: float
) -> None:
    assert to_gcj02(*wgs84) == pytest.approx(gcj02, abs=close, rel=0)
    assert to_wgs84(*gcj02) == pytest.approx(wgs84, abs=2 * close, rel=0)


def test_the_way_back_is_that_of_another_program() -> None:
    """hujiulong/gcoord, test/unit/crs/GCJ02.spec.js, which asks for five places."""
    assert to_wgs84(123, 45) == pytest.approx((122.99395597, 44.99804071), abs=5e-6, rel=0)


@given(LON, LAT)
def test_there_and_back_is_where_one_was(lon: float, lat: float) -> None:
    assert to_wgs84(*to_gcj02(lon, lat)) == pytest.approx((lon, lat), abs=1e-9, rel=0)


@given(LON, LAT)
def test_back_and_there_is_where_one_was(lon: float, lat: float) -> None:
    assert to_gcj02(*to_wgs84(lon, lat)) == pytest.approx((lon, lat), abs=1e-9, rel=0)


@given(LON, LAT)
def test_the_shift_is_hundreds_of_metres_at_most(lon: float, lat: float) -> None:
    east, north = to_gcj02(lon, lat)
    assert abs(east - lon) < 0.02
    assert abs(north - lat) < 0.02


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_outside_the_box_nothing_moves(lon: float, lat: float) -> None:
    if not in_china(lon, lat):
        assert to_gcj02(lon, lat) == (lon, lat) == to_wgs84(lon, lat)
