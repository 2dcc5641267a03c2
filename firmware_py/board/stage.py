"""Scenes made ready behind the board: what is on air, what comes next, and the board's own page at any time.

Texts are built in slices between frames, pictures are decoded elsewhere and arrive by `receive`. A scene is shown
only when it is whole, so there is never a black or half-drawn frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware_py.board.decoder import Decoded, Decoder
from firmware_py.board.program import OnAir
from firmware_py.board.scene import Scene, SceneBuilder, Unshowable
from firmware_py.board.steps import Job, finish
from firmware_py.board.video.feed import Feed
from firmware_py.board.visual import Visual, Wanted
from firmware_py.core.errors import Unplayable
from firmware_py.core.messages import Item
from firmware_py.core.units import WallUs


class Stage:
    """Holds a scene for each set of items that is wanted now or soon, and forgets the others."""

    def __init__(self, builder: SceneBuilder, decoder: Decoder) -> None:
        """Take the builder of scenes and the decoder of pictures."""
        self._builder = builder
        self._decoder = decoder
        self._wanted: tuple[OnAir, ...] = ()
        self._rest_until_us: WallUs = 0
        self._scenes: dict[OnAir, Scene] = {}
        self._jobs: dict[OnAir, Job[Scene]] = {}
        self._pictures: dict[Wanted, Visual | Unplayable | None] = {}

    def want(self, sets: Iterable[OnAir]) -> None:
        """Say which scenes are needed, the most urgent first."""
        wanted = tuple(dict.fromkeys(sets))
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._rest_until_us = 0
        self._scenes = {on_air: scene for on_air, scene in self._scenes.items() if on_air in wanted}
        self._jobs = {on_air: job for on_air, job in self._jobs.items() if on_air in wanted}
        self._want_files({key: item for on_air in wanted for item, key in self._builder.pictures(on_air)})

    def ready(self, on_air: OnAir, wall_us: WallUs) -> Scene | None:
        """Return a scene if it is whole, the page of this instant included."""
        scene = self._scenes.get(on_air)
        return scene if scene is not None and scene.is_ready(wall_us) else None

    def holds(self, scene: Scene) -> bool:
        """Return whether a scene may still be shown: one with a file that failed must not be built again."""
        return self._scenes.get(scene.on_air) is scene

    def receive(self, decoded: Decoded) -> None:
        """Take a picture or film that arrived, if it is still wanted; or that a film cannot go on."""
        if decoded.wanted not in self._pictures:
            return
        self._pictures[decoded.wanted] = decoded.result
        self._rest_until_us = 0
        if not isinstance(decoded.result, Feed):
            self._decoder.stop(decoded.wanted)
        if isinstance(decoded.result, Unplayable):
            self._forget(decoded.wanted)

    def volume(self, no: int, volume_pct: int) -> None:
        """Have the film of a play heard as loud as this."""
        for key in {key for on_air in self._wanted for item, key in self._builder.pictures(on_air) if item.no == no}:
            feed = self._pictures[key]
            if isinstance(feed, Feed):
                feed.volume(volume_pct)

    def work(self, wall_us: WallUs, in_time: Callable[[], bool]) -> None:
        """Build scenes and draw the pages that are near, as long as there is time. Raises `Unshowable`."""
        if wall_us < self._rest_until_us:
            return
        for on_air in self._wanted:
            if on_air not in self._scenes:
                self._build(on_air, in_time)
            if on_air in self._scenes:
                self._scenes[on_air].draw_near(wall_us, in_time)
            if not in_time():
                return
        self._rest_until_us = min((scene.until_us(wall_us) for scene in self._scenes.values()), default=0)

    def finish(self, on_air: OnAir, wall_us: WallUs) -> Scene:
        """Return a scene without a picture, at once, with the page of this instant. Raises `Unshowable`."""
        scene = self._scenes.get(on_air)
        if scene is None:
            self._jobs.pop(on_air, None)
            scene = self._scenes[on_air] = finish(self._builder.build(on_air, {}))
        scene.show_at_once(wall_us)
        return scene

    def _build(self, on_air: OnAir, in_time: Callable[[], bool]) -> None:
        """Go on with one scene; one that waits for a picture is left alone. Raises `Unshowable`."""
        pictures: dict[Wanted, Visual] = {}
        for item, wanted in self._builder.pictures(on_air):
            picture = self._pictures[wanted]
            if picture is None:
                return
            if isinstance(picture, Unplayable):
                raise Unshowable(item.no, picture)
            pictures[wanted] = picture
        job = self._jobs.setdefault(on_air, Job(self._builder.build(on_air, pictures)))
        try:
            scene = job.run(in_time)
        except Unshowable:
            del self._jobs[on_air]
            raise
        if scene is not None:
            self._scenes[on_air] = scene
            del self._jobs[on_air]

    def _forget(self, failed: Wanted) -> None:
        """Take scenes down in which a file was that cannot be shown: they are built anew, without it."""
        with_it = {on_air for on_air in self._wanted if failed in [key for _, key in self._builder.pictures(on_air)]}
        for known in (self._scenes, self._jobs):
            for on_air in with_it & known.keys():
                del known[on_air]

    def _want_files(self, wanted: dict[Wanted, Item]) -> None:
        """Start what is new, stop what is not wanted any more."""
        for key in self._pictures.keys() - wanted.keys():
            self._decoder.stop(key)
            del self._pictures[key]
        for key in wanted.keys() - self._pictures.keys():
            self._pictures[key] = None
            self._decoder.start(key, wanted[key].volume_pct)
