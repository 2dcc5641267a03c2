"""Scenes made ready behind the board: what is on air, what comes next, and the board's own page at any time.

Texts are built in slices between frames, pictures are decoded elsewhere and arrive by `receive`. A scene is shown
only when it is whole, so there is never a black or half-drawn frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware_py.board import sdl
from firmware_py.board.decoder import Decoded, Decoder, Picture, Wanted
from firmware_py.board.program import Pair
from firmware_py.board.scene import Scene, SceneBuilder, Unshowable
from firmware_py.board.sdl import Surface
from firmware_py.board.steps import Job, finish
from firmware_py.core.errors import Unplayable
from firmware_py.core.units import WallUs


class Stage:
    """Holds a scene for each pair of items that is wanted now or soon, and forgets the others."""

    def __init__(self, builder: SceneBuilder, decoder: Decoder) -> None:
        """Take the builder of scenes and the decoder of pictures."""
        self._builder = builder
        self._decoder = decoder
        self._wanted: tuple[Pair, ...] = ()
        self._rest_until_us: WallUs = 0
        self._scenes: dict[Pair, Scene] = {}
        self._jobs: dict[Pair, Job[Scene]] = {}
        self._pictures: dict[Wanted, Surface | Unplayable | None] = {}

    def want(self, pairs: Iterable[Pair]) -> None:
        """Say which scenes are needed, the most urgent first."""
        wanted = tuple(dict.fromkeys(pairs))
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._rest_until_us = 0
        self._scenes = {pair: scene for pair, scene in self._scenes.items() if pair in wanted}
        self._jobs = {pair: job for pair, job in self._jobs.items() if pair in wanted}
        self._want_pictures({key for pair in wanted if (key := self._builder.picture(pair)) is not None})

    def ready(self, pair: Pair, wall_us: WallUs) -> Scene | None:
        """Return a scene if it is whole, the page of this instant included."""
        scene = self._scenes.get(pair)
        return scene if scene is not None and scene.is_ready(wall_us) else None

    def receive(self, decoded: Decoded) -> None:
        """Take a picture that arrived, if it is still wanted."""
        if decoded.wanted in self._pictures:
            result = decoded.result
            self._pictures[decoded.wanted] = _surface(result) if isinstance(result, Picture) else result
            self._decoder.stop(decoded.wanted)
            self._rest_until_us = 0

    def work(self, wall_us: WallUs, in_time: Callable[[], bool]) -> None:
        """Build scenes and draw the pages that are near, as long as there is time. Raises `Unshowable`."""
        if wall_us < self._rest_until_us:
            return
        for pair in self._wanted:
            if pair not in self._scenes:
                self._build(pair, in_time)
            if pair in self._scenes:
                self._scenes[pair].draw_near(wall_us, in_time)
            if not in_time():
                return
        self._rest_until_us = min((scene.turn(wall_us).until_us for scene in self._scenes.values()), default=0)

    def finish(self, pair: Pair, wall_us: WallUs) -> Scene:
        """Return a scene without a picture, at once, with the page of this instant. Raises `Unshowable`."""
        scene = self._scenes.get(pair)
        if scene is None:
            self._jobs.pop(pair, None)
            scene = self._scenes[pair] = finish(self._builder.build(pair, None))
        scene.show_at_once(wall_us)
        return scene

    def _build(self, pair: Pair, in_time: Callable[[], bool]) -> None:
        """Go on with one scene; one that waits for its picture is left alone."""
        picture: Surface | Unplayable | None = None
        wanted = self._builder.picture(pair)
        if wanted is not None:
            picture = self._pictures[wanted]
            if picture is None:
                return
        try:
            scene = self._job(pair, picture).run(in_time)
        except Unshowable:
            self._jobs.pop(pair, None)
            raise
        if scene is not None:
            self._scenes[pair] = scene
            del self._jobs[pair]

    def _job(self, pair: Pair, picture: Surface | Unplayable | None) -> Job[Scene]:
        """Return the work on a scene; raise `Unshowable` when its picture is none."""
        if isinstance(picture, Unplayable):
            raise Unshowable(0 if pair.main is None else pair.main.no, picture)
        return self._jobs.setdefault(pair, Job(self._builder.build(pair, picture)))

    def _want_pictures(self, keys: set[Wanted]) -> None:
        """Start what is new, stop what is not wanted any more."""
        for key in self._pictures.keys() - keys:
            self._decoder.stop(key)
            del self._pictures[key]
        for key in keys - self._pictures.keys():
            self._pictures[key] = None
            self._decoder.start(key)


def _surface(picture: Picture) -> Surface:
    return sdl.from_rgb(picture.rgb, picture.width_px, picture.height_px)
