"""What the board would show at an instant, as a PNG file: the same parts as the board's own process, for one frame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware_py.board import sdl
from firmware_py.board.decoder import decode
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import is_smooth
from firmware_py.board.look import THEMES
from firmware_py.board.pages import Pace
from firmware_py.board.png import pack_png
from firmware_py.board.program import OnAir
from firmware_py.board.reading import least_type
from firmware_py.board.renderer import Renderer
from firmware_py.board.scene import Scene, SceneBuilder, Unshowable
from firmware_py.board.sdl import Surface
from firmware_py.board.snapshot import replace_file
from firmware_py.board.steps import finish
from firmware_py.board.text import Fonts
from firmware_py.core.messages import MAIN, SIDE, TICKER, BoardSetup, Item
from firmware_py.core.units import WallUs


def render_png(
    setup: BoardSetup, items: Mapping[str, Item | None], at_us: WallUs, size_px: tuple[int, int], path: Path
) -> None:
    """Write what a panel of `size_px` shows at `at_us` with these items on air (by channel).

    Raises `Unplayable` when one of them cannot be shown, `OSError` when the file cannot be written.
    """
    panel = render(setup, items, at_us, size_px)
    replace_file(path, finish(pack_png(*size_px, lambda box: sdl.to_rgb(panel, box))))


def render(setup: BoardSetup, items: Mapping[str, Item | None], at_us: WallUs, size_px: tuple[int, int]) -> Surface:
    """Return the panel at an instant; raise `Unplayable` when an item cannot be shown."""
    fonts = Fonts(FontChain(), smooth=is_smooth(*size_px))
    screen, zone = setup.screen, ZoneInfo(setup.timezone)
    builder = SceneBuilder(
        setup.name,
        size_px,
        Pace.of(screen),
        THEMES[screen.theme],
        fonts,
        layout=screen.layout,
        least_px=least_type(screen, *size_px).px,
        zone=zone,
    )
    on_air = OnAir(items.get(MAIN), items.get(TICKER), items.get(SIDE))
    panel = sdl.new_surface(*size_px)
    renderer = Renderer(panel, screen, zone, fonts)
    renderer.draw(_scene(builder, on_air, at_us), at_us)
    return panel


def _scene(builder: SceneBuilder, on_air: OnAir, at_us: WallUs) -> Scene:
    try:
        shown = {wanted: decode(wanted, at_us - wanted.start_us) for _, wanted in builder.pictures(on_air)}
        scene = finish(builder.build(on_air, shown))
    except Unshowable as error:
        raise error.reason from error
    for pane in scene.panes:
        pane.rest.run(lambda: True)
    return scene
