"""The way to a province: MQTT and HTTPS with mutual TLS, downloads that land in the content store."""

from __future__ import annotations

from pathlib import Path

from firmware_py.core.settings import Broker, Device
from firmware_py.core.trust import Identity
from firmware_py.link.crypto.signing import verify as check
from firmware_py.link.province import Caller, Province, open_source, read_keyring
from firmware_py.runtime.ports import Died, OpenLink, Post, Reach
from firmware_py.store.landing import Landing
from firmware_py.store.opening import Stores

__all__ = ["check", "opener", "read_keyring"]


def opener(device: Device, broker: Broker, stores: Stores, *, figures: bool) -> OpenLink:
    """Return what opens the way once there is somebody to tell."""

    def open_link(post: Post, died: Died, connection: int, boot_id: str) -> Reach:
        landing = Landing(stores.content, Path(device.state_dir) / "incoming")
        source = open_source(broker, landing, stores.documents.active())
        caller = Caller(Identity(device.id, device.areas), boot_id, connection, figures)
        return Reach(Province(broker, caller, source, post, died), source)

    return open_link
