"""Which models there are: those that ship, those of a folder, the manifest that belongs to a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_agent.errors import ModelRefused, StopError
from edge_agent.vision.models.manifest import ModelManifest, read_manifest

MANIFEST = "model.toml"
SHIPPED = "models"  # the package of data beside ours


def shipped_folder() -> Path:
    """Beside the package, in a checkout as where it is installed."""
    return Path(__file__).resolve().parents[3] / SHIPPED


def manifests(folder: Path) -> Iterator[Path]:
    """In the folder itself and one below."""
    yield from sorted({*folder.glob(MANIFEST), *folder.glob(f"*/{MANIFEST}")})


def manifest_beside(path: Path) -> ModelManifest | None:
    """The one in the same folder that is of this file; None when there is none."""
    beside = path.absolute().parent / MANIFEST
    if not beside.is_file():
        return None
    manifest = read_manifest(beside)
    return manifest if manifest.file.absolute() == path.absolute() else None


def find(name: str, folders: list[Path]) -> tuple[Path, ModelManifest | None]:
    """A file, a folder with a manifest, or a model in one of the folders by its name or its folder's."""
    path = Path(name)
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # not allowed, too long a name, a zero byte in it
        raise ModelRefused(
            f"{name[:200]}: cannot be read: {getattr(error, 'strerror', error)}"
        ) from error
    if path.is_dir() and (path / MANIFEST).is_file():
        manifest = read_manifest(path)
        return manifest.file, manifest
    if path.is_file():
        return path, manifest_beside(path)
    known = dict(_named(folders))
    if name in known:
        return known[name].file, known[name]
    for one in known.values():
        if one.folder.name == name:
            return one.file, one
    said = ", ".join(sorted(known)) or "none"
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path, None  # to be refused by its name
    raise ModelRefused(f"{name}: expected a file or the name of a model ({said}), found neither")


def _named(folders: list[Path]) -> Iterator[tuple[str, ModelManifest]]:
    """Broken manifests are left out: `edile models list` shows them."""
    for path in (one for folder in folders for one in manifests(folder)):
        try:
            manifest = read_manifest(path)
        except StopError:
            continue
        yield manifest.name, manifest
