"""Relays through the whole output process, from real stations on this machine; what is heard is in the recording."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from firmware_py.core.messages import Ended, Failed, Form, Notice, NoticeText, Progress, Ready, Started, Trouble
from firmware_py.core.settings import Relay
from firmware_py.core.streams import origin_of
from firmware_py.core.units import SECOND
from tests.speaker import listening
from tests.speaker.outputs import MARGIN_US, OutputProcess, item, mono_us
from tests.speaker.rtsp_server import RtspServer
from tests.speaker.samples import ffmpeg
from tests.speaker.stations import Sender, Station, free_port, tone
from tests.waiting import until

StartOutput = Callable[..., OutputProcess]
FIRST_HZ, SECOND_HZ, FILE_HZ = 440, 880, 1320
HEADER_BYTES, FRAME_BYTES = 44, 4
LAST_FRAMES = 48 * 300
QUICK = Relay(open_s=4, stall_s=2, silence_s=3, rest_s=1, longest_rest_s=2, steady_s=2)


@pytest.fixture(name="stations")
def _stations(tmp_path: Path) -> Iterator[tuple[Station, Station]]:
    with Station(tmp_path, FIRST_HZ) as first, Station(tmp_path, SECOND_HZ) as second:
        yield first, second


def listen(
    start_output: StartOutput, *sources: str, path: str = "", seconds: int = 600, form: Form = "relay"
) -> OutputProcess:
    """Return an output that may listen to these sources, and has a relay of them on air."""
    output = start_output(relay=replace(QUICK, origins=tuple(map(origin_of, sources))))
    output.heard(Ready)
    plain = item(1, Path(path), mono_us() + MARGIN_US, seconds * SECOND)
    output.play(replace(plain, kind=form, path=path, sources=sources))
    output.heard(Started, 1)
    return output


def hz_now(output: OutputProcess) -> int:
    """Return the frequency of the last 300 ms of the recording, 0 when they are silence."""
    with Path(output.sound.record_to).open("rb") as file:
        frames = (file.seek(0, 2) - HEADER_BYTES) // FRAME_BYTES
        file.seek(HEADER_BYTES + max(0, frames - LAST_FRAMES) * FRAME_BYTES)
        last = listening.left(file.read(LAST_FRAMES * FRAME_BYTES))
    return round(listening.tone_hz(last)) if listening.power_dbfs(last) > -40 else 0


def hears(output: OutputProcess, hz: int, timeout_s: float = 15) -> None:
    """Wait until a tone is heard."""
    until(lambda: abs(hz_now(output) - hz) < 12, timeout_s)


def told(output: OutputProcess) -> list[str]:
    """Return what was reported of the sources."""
    return [trouble.detail.removeprefix("b1: ") for trouble in output.all(Trouble)]


def test_a_relay_goes_over_to_what_can_be_heard_and_back(
    start_output: StartOutput, stations: tuple[Station, Station], tmp_path: Path
) -> None:
    """Killed, restarted, halted, silenced: each time another source is heard within its term, and each is reported."""
    first, second = stations
    file = tmp_path / "last.wav"
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency={FILE_HZ}:duration=3", str(file))
    output = listen(start_output, first.address, second.address, path=str(file))
    hears(output, FIRST_HZ)
    first.kill()
    hears(output, SECOND_HZ)
    first.start()
    hears(output, FIRST_HZ)
    first.halt()
    hears(output, SECOND_HZ)
    first.go_on()
    hears(output, FIRST_HZ)
    first.send(silent_after_s=6)
    hears(output, SECOND_HZ)
    hears(output, FIRST_HZ)
    hears(output, SECOND_HZ)
    second.kill()
    hears(output, FILE_HZ)
    assert any("source 1 on air was silent for 3 s" in line for line in told(output))
    assert any("source 1 on air gave no data for 2 s" in line for line in told(output))
    assert "none of its sources flows; its file is heard" in told(output)
    assert told(output).count("source 1 is heard") >= 4


def test_a_relay_ends_at_its_time_with_a_true_record(
    start_output: StartOutput, stations: tuple[Station, Station]
) -> None:
    """It is cut at the end of its slot, and what was heard adds up with what was not."""
    output = listen(start_output, stations[0].address, seconds=4)
    ended = output.heard(Ended, 1)
    assert ended.reason == "complete"
    assert ended.played_us > 2 * SECOND
    assert abs(ended.played_us + ended.lost_us - 4 * SECOND) < SECOND // 10


def test_after_an_alert_a_relay_is_heard_at_once(
    start_output: StartOutput, stations: tuple[Station, Station], tmp_path: Path
) -> None:
    """Its sources are opened again while the alert is heard: nothing is lost when it goes on."""
    output = listen(start_output, stations[0].address)
    hears(output, FIRST_HZ)
    (relay,) = output.played
    voice = tmp_path / "voice.wav"
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency={FILE_HZ}:duration=3", str(voice))
    alert = Notice("actual", "Lũ", "extreme", (NoticeText("vi", "Lũ"),), siren=False, repeats=1)
    output.play(replace(item(2, voice, mono_us(), 60 * SECOND), kind="notice", notice=alert))
    over = output.heard(Ended, 2)
    assert over.reason == "complete"
    output.play(replace(relay, no=3))
    started = output.heard(Started, 3)
    until(lambda: any(each.no == 3 and each.played_us > 2 * SECOND for each in output.all(Progress)))
    assert started.at_mono_us - over.at_mono_us < SECOND // 2
    assert {each.lost_us for each in output.all(Progress) if each.no == 3} == {0}


def test_a_relay_that_nobody_sends_has_failed(start_output: StartOutput) -> None:
    """Nothing was heard: the record says so, and names what to look at."""
    output = listen(start_output, f"http://127.0.0.1:{free_port()}/live", seconds=3)
    failed = output.heard(Failed, 1)
    assert (failed.code, failed.played_us) == ("stream_lost", 0)
    assert "relay.origins" in failed.detail


@pytest.mark.parametrize(
    ("scheme", "form"),
    [("rtp", ("-c:a", "libmp3lame", "-b:a", "128k", "-f", "rtp")), ("udp", ("-c:a", "mp2", "-f", "mpegts"))],
)
def test_a_sender_without_a_server_is_heard(start_output: StartOutput, scheme: str, form: tuple[str, ...]) -> None:
    """RTP and UDP, as multicast in a commune's network has them."""
    address = f"{scheme}://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    sender = Sender(*tone(FIRST_HZ), *form, address)
    try:
        hears(listen(start_output, address), FIRST_HZ)
    finally:
        sender.end()


class Quiet(SimpleHTTPRequestHandler):
    """Gives files, and says nothing of it."""

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def test_segments_longer_than_a_stall_are_heard_without_a_hole(start_output: StartOutput, tmp_path: Path) -> None:
    """HTTP Live Streaming as stations send it: some seconds at once, then nothing for as long, and no fault of that."""
    segments = ("-c:a", "aac", "-f", "hls", "-hls_time", "4", "-hls_list_size", "4", "-hls_flags", "delete_segments")
    sender = Sender(*tone(FIRST_HZ), *segments, str(tmp_path / "live.m3u8"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        until(lambda: len(list(tmp_path.glob("*.ts"))) > 2, 30)
        output = listen(start_output, f"http://127.0.0.1:{server.server_address[1]}/live.m3u8")
        hears(output, FIRST_HZ)
        since_us = output.progress().lost_us
        until(lambda: output.progress().played_us > 12 * SECOND, 30)
        assert output.progress().lost_us - since_us < SECOND // 2
        server.shutdown()
    sender.end()
    assert not any("no data" in line for line in told(output))


def test_an_rtsp_server_is_heard_and_given_up(start_output: StartOutput, tmp_path: Path) -> None:
    """Over one connection; when it breaks off the file is heard, and the fault says so."""
    file = tmp_path / "last.wav"
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency={FILE_HZ}:duration=3", str(file))
    with RtspServer(FIRST_HZ) as server:
        output = listen(start_output, server.address, path=str(file))
        hears(output, FIRST_HZ)
        assert server.asked[-1] == "PLAY"
    hears(output, FILE_HZ)
    assert any(line.startswith("source 1 on air") for line in told(output))


def test_rtsp_without_ffmpeg_says_what_is_missing(start_output: StartOutput) -> None:
    """A box that has no ffmpeg names the package, and is silent in no other way than with a dead source."""
    output = start_output({"PATH": "/nowhere"}, relay=replace(QUICK, origins=("rtsp://127.0.0.1:9",)))
    output.heard(Ready)
    plain = item(1, Path(), mono_us() + MARGIN_US, 3 * SECOND)
    output.play(replace(plain, kind="relay", path="", sources=("rtsp://127.0.0.1:9/x",)))
    assert output.heard(Failed, 1).code == "stream_lost"
    assert any("apt install ffmpeg" in line for line in told(output))


def test_a_live_address_is_heard_within_two_seconds_and_over_when_nobody_speaks(
    start_output: StartOutput, stations: tuple[Station, Station]
) -> None:
    """From the order to the first sound; ten seconds after the last word it has ended by itself."""
    output = listen(start_output, stations[0].address, form="live")
    started_us = output.heard(Started, 1).at_mono_us
    hears(output, FIRST_HZ)
    assert mono_us() - started_us < 2 * SECOND
    stations[0].kill()
    ended = output.heard(Ended, 1)
    assert ended.reason == "complete"
    assert 9 * SECOND < ended.lost_us < 15 * SECOND
