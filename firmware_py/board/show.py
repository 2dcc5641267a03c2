"""What is seen, and what is said about it: orders go into the program, scenes onto the panel, reports to the agent.

A scene that is not ready does not come on: what is there stays until its own end, then the board's own page comes.
A notice alone waits for nothing: it is made ready on the spot, and what else is due meanwhile waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from firmware_py.board.decoder import Decoded
from firmware_py.board.layout import Box
from firmware_py.board.plays import Plays
from firmware_py.board.program import OnAir, Program, end_of
from firmware_py.board.renderer import Renderer
from firmware_py.board.scene import Scene, Unshowable, is_notice
from firmware_py.board.screen import Screen
from firmware_py.board.snapshot import NoSnapshots, Snapshots
from firmware_py.board.stage import Stage
from firmware_py.core.messages import STILL_US, Ended, Failed, Item, Next, Report, Volume
from firmware_py.core.messages import Now as NowOrder
from firmware_py.core.units import FAR_FUTURE_US, SECOND, MonoUs, Now, WallUs

_PIXEL = Box(0, 0, 1, 1)
_CHANGES_AHEAD = 3
"""How many changes of the program are prepared: one item's end, the next one's start, and one more."""


_NEVER = range(0)


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> Now:
        """Return both clocks."""


class Show:
    """The board between its orders and its screen."""

    def __init__(
        self,
        clock: Clock,
        screen: Screen,
        stage: Stage,
        renderer: Renderer,
        snapshots: Snapshots | NoSnapshots,
        send: Callable[[Report], None],
    ) -> None:
        """Take the parts; nothing is drawn yet."""
        self._clock = clock
        self._screen = screen
        self._stage = stage
        self._renderer = renderer
        self._snapshots = snapshots
        self._send = send
        self._program = Program()
        self._plays = Plays()
        self._scene: Scene | None = None
        self._planned: tuple[Program | None, Scene | None] = (None, None)
        self._drawn_us: WallUs = 0
        self._presented_mono_us: MonoUs = -STILL_US
        self._black = self._lost = False
        self._unseen: dict[int, Item] = {}
        self._steady = _NEVER

    def take(self, order: NowOrder | Next) -> None:
        """Obey an order. An item that is over already ends at once, and so does what it was to replace."""
        now = self._clock.now()
        item = order.item
        if item is not None and end_of(item) <= now.wall_us:
            self._send(_unseen(item, now))
            order = replace(order, item=None)
        self._program, self._steady = self._program.at(now.wall_us).take(order), _NEVER

    def volume(self, order: Volume) -> None:
        """Have the film on air in a channel heard as loud as this."""
        for item in self._program.on_air.items:
            if item.channel == order.channel:
                self._stage.volume(item.no, order.volume_pct)

    def blacken(self, *, black: bool) -> None:
        """Show nothing from the next frame on, or what is on air again; what is not shown does not count as seen."""
        self._black = black
        self._screen.blacken(black=black)
        self._renderer.forget()
        self._plays.light(self._clock.now(), lit=not (self._black or self._lost))

    def lose(self) -> None:
        """Note that there is no screen: the board goes on, and nothing of it counts as seen."""
        self._lost = True
        self._plays.light(self._clock.now(), lit=False)

    def receive(self, decoded: Decoded) -> None:
        """Take what was decoded, or that it cannot be."""
        self._stage.receive(decoded)

    def frame(self, due: Now) -> None:
        """Show what is to be seen now; `due` is when that should have happened."""
        now = self._clock.now()
        scene, before = self._scene_of(now), (self._scene, self._renderer.pages)
        drawn = self._renderer.draw(scene, now.wall_us)
        boxes = self._screen.move(now.wall_us) or drawn or self._sign_of_life(now)
        self._scene, self._drawn_us = scene, now.wall_us
        if boxes:
            self._screen.present(boxes)
            shown = self._clock.now()
            self._presented_mono_us = shown.mono_us
            if scene is not before[0] or self._renderer.pages is not before[1]:
                self._turned(scene, shown)
            self._plays.frame(max(0, shown.mono_us - due.mono_us))
        self._screen.pump()
        if now.wall_us not in self._steady:
            self._miss(now)
            self._steady = self._steadiness(scene, now.wall_us)

    def _scene_of(self, now: Now) -> Scene:
        """Return the scene to show, with the program brought to this instant."""
        if self._scene is not None and now.wall_us in self._steady:
            return self._scene
        self._program = self._program.at(now.wall_us)
        self._plan(now.wall_us)
        return self._choose(now)

    def _steadiness(self, scene: Scene, wall_us: WallUs) -> range:
        """Return the instants from this one on at which this scene is what is on air, all of it seen: most frames."""
        settled = scene.on_air == self._program.on_air and scene is self._planned[1] and not self._unseen
        return range(wall_us, self._program.change_after(wall_us)) if settled else _NEVER

    def _sign_of_life(self, now: Now) -> list[Box]:
        """Return a pixel that is presented again when nothing has changed for a time: proof that frames still can be.

        A round comes every second, so half of one before the time is over is the last chance.
        """
        return [_PIXEL] if now.mono_us - self._presented_mono_us > STILL_US - SECOND // 2 else []

    def prepare(self, in_time: Callable[[], bool]) -> None:
        """Make ready what comes, and snapshots, as long as there is time."""
        now = self._clock.now()
        try:
            self._stage.work(now.wall_us, in_time)
        except Unshowable as error:
            self._fail(error, now)
        else:
            self._snapshots.work(now.mono_us, in_time)

    def next_frame(self) -> WallUs:
        """Return when the panel changes next: after the last frame, by the program or by the scene."""
        if self._scene is None:
            return self._drawn_us
        if self._black:
            by_scene_us = min(self._scene.until_us(self._drawn_us), self._drawn_us + SECOND)
        else:
            by_scene_us = self._renderer.next_change(self._scene, self._drawn_us)
        return min(by_scene_us, self._steady.stop or self._program.change_after(self._drawn_us))

    def can_switch(self) -> bool:
        """Return whether something else than what is shown has become ready to be on air."""
        if self._steady:
            return False
        on_air = self._program.on_air
        waits = self._scene is None or self._scene.on_air != on_air
        return waits and self._stage.ready(on_air, self._clock.now().wall_us) is not None

    def wake_mono_us(self) -> MonoUs:
        """Return when there is something to prepare though nothing is due: a snapshot."""
        return self._snapshots.due_mono_us()

    def progress(self) -> None:
        """Report that the board lives, and what was seen so far."""
        for report in self._plays.progress(self._clock.now()):
            self._send(report)

    def close(self) -> None:
        """Report the end of everything on air."""
        for report in self._plays.leave((), (), self._clock.now()):
            self._send(report)

    def _plan(self, wall_us: WallUs) -> None:
        """Tell the stage what is needed, when the program or what is shown is another than last time."""
        program, scene = self._planned
        if program is not self._program or scene is not self._scene:
            self._stage.want(self._near(wall_us))
            self._planned = (self._program, self._scene)

    def _near(self, wall_us: WallUs) -> Iterator[OnAir]:
        """Yield what is on air now and after the next changes, each also with the board's own page in its place."""
        program, moment_us = self._program, wall_us
        for _ in range(1 + _CHANGES_AHEAD):
            yield program.on_air
            yield program.on_air._replace(main=None)
            moment_us = program.change_after(moment_us)
            if moment_us == FAR_FUTURE_US:
                break
            program = program.at(moment_us)
        yield OnAir(None, None)
        if self._scene is not None and self._stage.holds(self._scene):
            yield self._scene.on_air

    def _choose(self, now: Now) -> Scene:
        """Return the scene to show: what is on air, else what is there and not over, else the board's own page."""
        on_air, shown, wall_us = self._program.on_air, self._scene, now.wall_us
        if shown is not None and shown.on_air == on_air:
            return shown
        if is_notice(on_air.main):
            return self._at_once(on_air, now)
        ready = self._stage.ready(on_air, wall_us)
        if shown is not None and ready is None and _lasts(shown, wall_us):
            return shown
        own = self._stage.ready(on_air._replace(main=None), wall_us)
        return ready or own or self._stage.finish(OnAir(None, None), wall_us)

    def _at_once(self, on_air: OnAir, now: Now) -> Scene:
        """Return the scene of a notice; of one that cannot be shown, what there is without it."""
        try:
            return self._stage.finish(on_air, now.wall_us)
        except Unshowable as error:
            self._fail(error, now)
            return self._choose(now)

    def _turned(self, scene: Scene, now: Now) -> None:
        """Report which plays began and ended with the page that was just presented for the first time."""
        self._snapshots.page_changed()
        channels = {item.channel for item in self._program.on_air.items}
        for ended in self._plays.leave(scene.on_air.items, channels, now):
            self._send(ended)
        for started in self._plays.seen(scene.visible(self._renderer.pages), now):
            self._send(started)

    def _miss(self, now: Now) -> None:
        """Report the plays that were on air and left without ever being seen."""
        on_air = {item.no: item for item in self._program.on_air.items if item.no not in self._plays}
        for no, item in self._unseen.items():
            if no not in on_air and no not in self._plays:
                self._send(_unseen(item, now))
        self._unseen = on_air

    def _fail(self, error: Unshowable, now: Now) -> None:
        """Report a play that cannot be shown, and go on without it."""
        shown_us = self._plays.fail(error.no, now)
        self._send(Failed(error.no, error.reason.code, error.reason.detail, shown_us))
        self._program, self._steady = self._program.without(error.no), _NEVER
        self._unseen.pop(error.no, None)
        self._plan(now.wall_us)


def _unseen(item: Item, now: Now) -> Ended:
    """Return the end of a play that never began: no failure of the item, so it must not count against it."""
    return Ended(item.no, "stopped", now.wall_us, now.mono_us, 0)


def _lasts(scene: Scene, wall_us: WallUs) -> bool:
    """Return whether none of a scene's items is over."""
    return all(wall_us < end_of(item) for item in scene.on_air.items)
