"""A box killed with SIGKILL at each named point loses nothing, does nothing twice, and obeys everything.

Four boxes at a time go through their stories beside one another, at one real source; a test waits for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.system.crash_laws import complaints
from tests.system.crash_points import POINTS, Point
from tests.system.crash_world import Account, Story, publish
from tests.system.province import source

AT_ONCE = 4

pytestmark = pytest.mark.timeout(600)  # whoever is asked first waits for all that was begun before it

Tell = Callable[[Point], Account]


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tell]:
    """Give what waits for the account of a point; the stories of all selected points have begun, in their order."""
    directory = tmp_path_factory.mktemp("matrix")
    calls = [getattr(item, "callspec", None) for item in request.session.items if item.path == Path(__file__)]
    points = [call.params["point"] for call in calls if call is not None]
    (directory / "media").mkdir()
    with source(directory) as running, ThreadPoolExecutor(AT_ONCE) as pool:
        schedule = publish(running.place, directory / "media")

        def begin(point: Point) -> Account:
            return Story(running.place, directory, point).tell(schedule)

        stories = {point.name: pool.submit(begin, point) for point in points}
        try:
            yield lambda point: stories[point.name].result()
        finally:
            pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_a_box_that_dies_goes_on_as_if_it_had_not(point: Point, tell: Tell) -> None:
    """Killed at this point and started again, it keeps what it promised, repeats nothing, and obeys to the end."""
    account = tell(point)
    found = complaints(account)
    assert not found, "\n".join((f"{point.name}: {point.meaning}", *found, account.log))
