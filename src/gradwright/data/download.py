"""``get``: a published data set brought into a data folder, where ``load`` will find it."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from gradwright.data.catalog import entry
from gradwright.data.fetch import fetch
from gradwright.data.locate import data_folders
from gradwright.data.published import Remote
from gradwright.errors import ConfigError, DataError
from gradwright.inputs import open_input


def get(name: str, data_dir: str | os.PathLike[str] | None = None) -> Path:
    """Downloads the data set called ``name`` into ``data_dir``; returns the folder of its files.

    Without ``data_dir`` it goes to ``GRADWRIGHT_DATA``, else to the user's data folder. What is there
    already and right is left as it is; a download that broke off goes on where it did. This is the only
    function of the package that uses the network.

    Raises ``ConfigError`` for a name that is unknown or needs no file, ``DataError`` if no mirror
    delivers the right bytes, or other files stand in their place.
    """
    files = entry(name).files
    if not files:
        raise ConfigError(f"{name} is generated: there is nothing to download")
    folder = data_folders(data_dir)[0]
    for remote in files:
        path = _fetch_unpacked(remote, folder) if remote.members else fetch(remote, folder)
    return path.parent


def _fetch_unpacked(remote: Remote, folder: Path) -> Path:
    """Fetches an archive, takes its members out and deletes it; returns the first member's path."""
    first = folder / remote.members[0][0]
    if not first.parent.exists():
        archive = fetch(remote, folder)
        unpack(archive, remote.members)
        archive.unlink()
    for member, size in remote.members:
        path = folder / member
        found = path.stat().st_size if path.is_file() else "no such file"
        if found != size:
            raise DataError(
                f"{path}: expected {size} bytes, found {found}; move the folder away, then ask again"
            )
    return first


def unpack(archive: Path, members: tuple[tuple[str, int], ...]) -> None:
    """Takes ``members`` (path, size) out of a .tar.gz, beside it: all of them, or none.

    Only these names, only regular files, only of exactly these sizes: whatever else the archive holds
    stays in it. All members lie in one folder, which must not be there yet.

    Raises ``DataError`` for an archive that is damaged or does not hold them so.
    """
    folder = Path(members[0][0]).parent
    wanted = dict(members)
    try:
        with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".unpacking-") as temporary:
            (Path(temporary) / folder).mkdir()
            with open_input(archive, DataError) as file, tarfile.open(fileobj=file, mode="r|gz") as tar:
                for info in tar:
                    size = wanted.pop(info.name, None)
                    if size is not None:
                        _check_member(archive, info, size)
                        _copy(tar, info, Path(temporary) / info.name)
            if wanted:
                raise DataError(f"{archive}: expected the members {', '.join(wanted)}, found none of them")
            (Path(temporary) / folder).replace(archive.parent / folder)
    except DataError:
        raise
    except Exception as error:  # tarfile does not say what it raises on a damaged file
        raise DataError(f"{archive}: cannot be unpacked: {error}") from error


def _check_member(archive: Path, info: tarfile.TarInfo, size: int) -> None:
    if not info.isreg() or info.size != size:
        kind = "a file" if info.isreg() else "something else"
        raise DataError(
            f"{archive}: {info.name}: expected a file of {size} bytes, found {kind} of {info.size} bytes"
        )


def _copy(tar: tarfile.TarFile, info: tarfile.TarInfo, target: Path) -> None:
    member = tar.extractfile(info)
    assert member is not None  # it is a regular file, as was checked
    with member, target.open("xb") as file:
        shutil.copyfileobj(member, file)
        file.flush()
        os.fsync(file.fileno())
