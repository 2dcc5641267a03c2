"""Valid documents and configs that together use every key: what the fuzzers mutate."""

from __future__ import annotations

from typing import Any

_HASH = "0123456789abcdef" * 4

_AUDIO: dict[str, Any] = {
    "id": "ban-tin-sang",
    "kind": "audio",
    "title": "Bản tin buổi sáng",
    "priority": "priority",
    "language": "vi",
    "field": "Nông nghiệp",
    "author": "UBND xã Đăk Kan",
    "produced_at": "2026-11-22T16:00:00+07:00",
    "duration_s": 60,
    "content": [{"path": "media/sang.mp3", "sha256": _HASH, "size": 480000, "media_type": "audio/mpeg"}],
    "valid_from": "2026-11-20T00:00:00+07:00",
    "valid_until": "2026-11-23T05:31:10+07:00",
}
_TEXT: dict[str, Any] = {
    "id": "loi-chao",
    "kind": "text",
    "title": "Lời chào",
    "text": "Kính chào bà con; hôm nay trời nắng.",
    "language": "bdq",
    "duration_s": 12.5,
}
_IMAGE: dict[str, Any] = {
    "id": "ap-phich",
    "kind": "image",
    "priority": "emergency",
    "duration_s": 20,
    "content": [{"path": "media/ap-phich.jpg"}],
    "fit": "cover",
}
_CHIME: dict[str, Any] = {"id": "chuong", "kind": "audio", "content": [{"path": "chuong.wav"}], "duration_s": 4}
_FEED: dict[str, Any] = {
    "id": "tin-xa",
    "kind": "feed",
    "title": "Tin xã",
    "source": "https://xa.kontum.example:8443/rss?loai=tin",
    "entries": 3,
    "parts": "titles_and_summaries",
    "max_age_s": 7200,
    "duration_s": 30,
}

DOCUMENTS: tuple[dict[str, Any], ...] = (
    {
        "format": "ttcs-schedule/1",
        "version": 7,
        "issued_at": "2026-11-22T17:00:00Z",
        "timezone": "Asia/Ho_Chi_Minh",
        "bulletins": [_AUDIO, _TEXT, _IMAGE, _CHIME],
        "fallback": ["loi-chao", "chuong"],
        "slots": [
            {
                "id": "sang",
                "days": "FREQ=WEEKLY;BYDAY=MO,WE,FR;INTERVAL=2;WKST=SU",
                "first_day": "2026-11-02",
                "except_days": ["2026-12-25"],
                "start": "05:30",
                "end": "06:00:30",
                "playlist": ["chuong", "ban-tin-sang", "chuong"],
                "repeat": 3,
                "volume": 60,
                "on_missing": "fallback",
            },
            {"id": "dem", "days": ["2026-11-23"], "start": "23:50", "end": "00:10", "playlist": ["ap-phich"]},
            {"id": "luon", "days": "always", "zone": "ticker", "playlist": ["loi-chao"], "repeat": True},
            {
                "id": "thang",
                "days": "FREQ=MONTHLY;BYDAY=-1MO,2TU;BYSETPOS=1;COUNT=20",
                "start": "07:00",
                "playlist": ["chuong"],
            },
        ],
    },
    {
        "format": "ttcs-schedule/1",
        "version": 0,
        "bulletins": [_CHIME, _AUDIO, _FEED],
        "slots": [
            {
                "id": "nam",
                "days": "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=-8,1;UNTIL=20301231",
                "start": "05:31",
                "playlist": ["ban-tin-sang", "chuong"],
                "repeat": True,
                "end": "05:40",
            },
            {"id": "nua", "days": "FREQ=DAILY", "start": "05:31", "end": "05:33", "playlist": ["chuong"], "repeat": 2},
        ],
    },
)

SPEAKER = """
[device]
id = "loa-01"
name = "Cụm loa thôn 1"
timezone = "Asia/Ho_Chi_Minh"
state_dir = "/var/lib/ttcs"

[link]
kind = "folder"
path = "feed"
trust = "unsigned"
poll_s = 1.5

[store]
quota_mb = 512
keep_free_mb = 32
max_file_mb = 64

[clock]
source = "assume-trusted"

[hours]
quiet = ["21:30-05:00", "12:00-13:00"]
alert_max_pct = 90

[[hours.caps]]
hours = "19:00-21:30"
max_pct = 50

[sound]
sink = "portaudio"
device = "USB"
record_to = "demo.wav"
record_max_s = 60
rate_hz = 48_000
buffer_ms = 30
volume_pct = 80
"""

BOARD = """
[device]
id = "bang-01"
name = "Bảng tin xã"

[link]
kind = "folder"
path = "feed"
trust = "unsigned"

[screen]
driver = "offscreen"
width = 1920
height = 1080
area = { x = 0, y = 8, width = 384, height = 192 }
rotation = 90
fullscreen = false
fps = 30
ticker_px_per_s = 120
page_s = 6.5
snapshot_to = "board.png"
snapshot_s = 30

[feeds]
origins = ["https://xa.kontum.example:8443", "http://192.0.2.7"]
period_s = 600
answer_s = 20
ca = "ca.pem"
"""
