"""A directory of keys and the keyring that says what each may sign for: made, granted, rotated, revoked.

`keyring.json` is the envelope that is published, `keyrings/` holds all versions of it. A private key lies in
`keys/NAME.XXXXXXXX.key` (the digits begin its id), a root key in a directory that may lie elsewhere, such as on a stick
that is kept in a safe. Which key of a name counts is said by the keyring, so that one write decides a rotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from firmware_py.core.envelope import MAX_SIGNATURES
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.trust import Identity, Rejected, read_own_keyring
from firmware_py.core.trust import verify as check
from firmware_py.core.units import WallUs
from firmware_py.core.wire import Grant, Key, Keyring, Role
from firmware_py.link.crypto import files
from firmware_py.link.crypto.signing import SigningKey, seal, verify

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ID_DIGITS = 8


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A private key that is here: its name, where it lies, and itself."""

    name: str
    path: Path
    key: SigningKey


@dataclass(frozen=True, slots=True)
class Life:
    """From when a new keyring counts, and until when."""

    issued_us: WallUs
    expires_us: WallUs


class Keychain:
    """The keys and the keyring of a directory; new root keys go into the first of the root directories."""

    def __init__(self, directory: Path, roots: Iterable[Path] = ()) -> None:
        self.keyring_path = directory / "keyring.json"
        self._versions, self._keys = directory / "keyrings", directory / "keys"
        self._roots = tuple(roots) or (directory / "root",)

    def keyring(self) -> Keyring:
        """Return the keyring in force; raise `Unavailable` when there is none that its own roots have signed."""
        return load_keyring(self.keyring_path)

    def here(self) -> dict[str, KeyFile]:
        """Return the private keys that can be read here by id, root keys first; raise `Unavailable` for a bad file."""
        found = (each for directory in (*self._roots, self._keys) for each in _key_files(directory))
        return {each.key.id: each for each in found}

    def key(self, name: str) -> SigningKey:
        """Return the key of a name that the keyring knows; raise `Unavailable` when it is not here."""
        return self._current(name, self.keyring()).key

    def init(self, count: int, threshold: int, life: Life) -> Keyring:
        """Make the first root keys and a keyring of nothing else; raise `Unavailable` where there is one already."""
        if self.keyring_path.exists():
            what = f"{self.keyring_path}: there is a keyring already; name an empty directory, or rotate its keys"
            raise Unavailable(Code.KEY_UNUSABLE, what)
        made = [self._new(self._roots[0], f"root-{number}") for number in range(1, count + 1)]
        grant = _grant(Role.ROOT, made, threshold)
        keyring = Keyring("ttcs-keyring/1", 1, *_span(life), tuple(_public(each.key) for each in made), (grant,))
        return self._publish(keyring, None, made)

    def grant(self, role: Role, names: Iterable[str], threshold: int, areas: tuple[str, ...], life: Life) -> Keyring:
        """Make keys of these names and give them a role; so many of them must sign."""
        old = self.keyring()
        wanted = tuple(dict.fromkeys(names))
        for name in wanted:
            self._check_free(name, old)
        made = [self._new(self._keys, name) for name in wanted]
        keys = (*old.keys, *(_public(each.key) for each in made))
        grants = (*old.grants, _grant(role, made, threshold, areas))
        return self._publish(_next(old, keys, grants, life), old, made)

    def rotate(self, name: str, life: Life) -> Keyring:
        """Put a new key in the place of the one of a name, with the same rights."""
        old = self.keyring()
        gone = self._current(name, old).key.id
        new = self._new(self._roots[0] if gone in _roots(old) else self._keys, name)
        keys = tuple(_public(new.key) if key.id == gone else key for key in old.keys)
        swap = {gone: new.key.id}
        grants = tuple(replace(each, keys=tuple(swap.get(id_, id_) for id_ in each.keys)) for each in old.grants)
        return self._publish(_next(old, keys, grants, life), old, [new])

    def revoke(self, wanted: str, life: Life) -> Keyring:
        """Take every right from a key, by its name or by the digits that its id begins with."""
        old = self.keyring()
        gone = self._id_of(wanted, old)
        keys = tuple(key for key in old.keys if key.id != gone)
        return self._publish(_next(old, keys, tuple(_without(gone, old.grants)), life), old)

    def renew(self, life: Life) -> Keyring:
        """Publish the same keyring with a later end."""
        old = self.keyring()
        return self._publish(_next(old, old.keys, old.grants, life), old)

    def _publish(self, new: Keyring, old: Keyring | None, made: Iterable[KeyFile] = ()) -> Keyring:
        """Sign by every root key that is here: those of long ago help boxes along that slept through a rotation."""
        raw = seal(new, self._signers(new, old, made))
        try:
            read_own_keyring(raw, verify)
            if old:
                check(raw, Keyring, old, Identity("", ()), verify)
        except Rejected as error:
            what = f"{error.detail}; name the directories of the root keys with --root-dir"
            raise Unavailable(Code.KEY_UNUSABLE, what) from error
        for each in made:
            files.make_directory(each.path.parent)
            each.key.save(each.path)
        files.make_directory(self._versions)
        files.write(self._versions / f"{new.version}.json", raw)
        files.write(self.keyring_path, raw)
        return new

    def _signers(self, new: Keyring, old: Keyring | None, made: Iterable[KeyFile]) -> list[SigningKey]:
        needed = {id_ for ring in (new, old) if ring for id_ in _roots(ring)}
        here = [each.key for directory in self._roots for each in _key_files(directory)]
        here += [each.key for each in made if each.key.id in needed]
        return sorted(here, key=lambda key: key.id not in needed)[:MAX_SIGNATURES]

    @staticmethod
    def _new(directory: Path, name: str) -> KeyFile:
        """Return a new key that is not yet on disk: it is written when everything is certain to be right."""
        if not _NAME.fullmatch(name):
            what = f"{name[:80]!r} is no name of a key; use 1 to 64 letters, digits, _ and -"
            raise Unavailable(Code.KEY_UNUSABLE, what)
        key = SigningKey.generate()
        return KeyFile(name, directory / f"{name}.{key.id[:_ID_DIGITS]}.key", key)

    def _current(self, name: str, keyring: Keyring) -> KeyFile:
        known = {key.id for key in keyring.keys}
        for each in self.here().values():
            if each.name == name and each.key.id in known:
                return each
        what = f"{name}: no key of this name that keyring {keyring.version} knows is here; see `ttcs keys show`"
        raise Unavailable(Code.KEY_UNUSABLE, what)

    def _check_free(self, name: str, keyring: Keyring) -> None:
        known = {key.id for key in keyring.keys}
        if any(each.name == name and each.key.id in known for each in self.here().values()):
            what = f"{name}: there is a key of this name; rotate it, or take another name"
            raise Unavailable(Code.KEY_UNUSABLE, what)

    def _id_of(self, wanted: str, keyring: Keyring) -> str:
        ids = [key.id for key in keyring.keys if len(wanted) >= _ID_DIGITS and key.id.startswith(wanted)]
        return ids[0] if len(ids) == 1 else self._current(wanted, keyring).key.id


def load_keyring(path: Path) -> Keyring:
    """Return the keyring in a file; raise `Unavailable` when there is none that its own roots have signed."""
    try:
        return read_own_keyring(path.read_bytes(), verify)
    except OSError as error:
        what = f"{path}: cannot be read ({error.strerror}); make one with `ttcs keys init`, or check the name"
        raise Unavailable(Code.KEY_UNUSABLE, what) from error
    except Rejected as error:
        raise Unavailable(Code.KEY_UNUSABLE, f"{path}: is no keyring ({error.detail}); name another file") from error


def _key_files(directory: Path) -> Iterator[KeyFile]:
    for path in sorted(directory.glob("*.key")):
        yield KeyFile(path.name.partition(".")[0], path, SigningKey.load(path))


def _grant(role: Role, made: Iterable[KeyFile], threshold: int, areas: tuple[str, ...] = ()) -> Grant:
    try:
        return Grant(role, tuple(each.key.id for each in made), threshold, areas)
    except ValueError as error:
        raise Unavailable(Code.DOCUMENT_REFUSED, f"{role}: {error}") from error


def _public(key: SigningKey) -> Key:
    return Key(key.id, key.public)


def _roots(keyring: Keyring) -> set[str]:
    return {id_ for grant in keyring.grants if grant.role is Role.ROOT for id_ in grant.keys}


def _span(life: Life) -> tuple[WallUs, WallUs]:
    return life.issued_us, life.expires_us


def _next(old: Keyring, keys: tuple[Key, ...], grants: tuple[Grant, ...], life: Life) -> Keyring:
    return Keyring("ttcs-keyring/1", old.version + 1, *_span(life), keys, grants)


def _without(gone: str, grants: tuple[Grant, ...]) -> Iterator[Grant]:
    """Yield what is left of the grants; one that has too few keys left goes, but that of the roots cannot."""
    for grant in grants:
        left = tuple(id_ for id_ in grant.keys if id_ != gone)
        if len(left) >= grant.threshold:
            yield replace(grant, keys=left)
        elif grant.role is Role.ROOT:
            what = f"{gone[:16]}: too few root keys would be left; rotate it instead"
            raise Unavailable(Code.KEY_UNUSABLE, what)
