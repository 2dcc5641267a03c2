"""One line for a person of what a box did or said."""

from __future__ import annotations

from typing import Any

from firmware_py.core.units import SECOND, to_datetime

MAX_LETTERS = 200


def clock(at_us: object) -> str:
    """Return an instant as the time of day of this machine; "" for what is none."""
    known = type(at_us) is int and 0 < at_us < 2**56
    return f"{to_datetime(at_us).astimezone():%H:%M:%S}" if known else ""  # type: ignore[arg-type]


def event_line(device: str, kind: str, body: dict[str, Any]) -> str:
    """Return the line of an event."""
    match kind:
        case "play":
            words = _play(body)
        case "fault":
            words = [clock(body.get("at_us")), body.get("code"), body.get("subject"), body.get("detail")]
        case "command" | "alert":
            what = (body.get("id"), body.get("state"), body.get("code"), body.get("detail"))
            words = [clock(body.get("at_us")), *what]
        case _:
            words = ["an event that this source does not know"]
    return plain(" ".join((f"{device}: {kind}", *(str(word) for word in words if word not in (None, "")))))


def _play(body: dict[str, Any]) -> list[Any]:
    title = f'"{body.get("title") or body.get("bulletin_id")}"'
    played_us = body.get("played_us")
    seconds = f"{played_us / SECOND:.1f} s" if isinstance(played_us, int) and played_us else ""
    level = f"{body['mean_dbfs']:.0f} dBFS" if body.get("channel") == "sound" and played_us and _has_level(body) else ""
    began = clock(body.get("actual_start_us") or body.get("planned_start_us"))
    return [began, title, body.get("result"), seconds, level, body.get("code"), body.get("detail")]


def _has_level(body: dict[str, Any]) -> bool:
    return isinstance(body.get("mean_dbfs"), int | float)


def said_line(device: str, status: dict[str, Any]) -> str:
    """Return the line of a birth or death."""
    word = "is there" if status.get("online") else "is gone"
    product, version = status.get("product", ""), status.get("version", "")
    return plain(f"{device}: {word}" + (f" ({product} {version})" if product else ""))


def plain(text: str) -> str:
    """Return a text that a terminal only shows: a box must not be able to move the cursor of whoever watches."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= MAX_LETTERS else shown[: MAX_LETTERS - 1] + "…"
