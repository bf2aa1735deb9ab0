"""Zipped Shapefiles: 10-character column names, text in UTF-8 or GBK, archives that may be hostile."""

import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio

from gis.domain.limits import FILE_BYTES
from gis.errors import InvalidInputError, TooLargeError, UnsupportedFormatError
from gis.files.placement import Say, silently

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
MAX_TEXT_BYTES = 254
# dBASE column names have at most 10 characters.
SHORT_NAMES = {
    "village_code": "vill_code",
    "level2_code": "lvl2_code",
    "parent_code": "par_code",
    "captured_at": "capt_at",
    "started_at": "start_at",
    "original_x": "orig_x",
    "original_y": "orig_y",
    "accuracy_m": "accur_m",
    "heading_deg": "head_deg",
    "dedicated_id": "dedic_id",
}
LONG_NAMES = {short: name for name, short in SHORT_NAMES.items()}


def read_shapefile(path: Path, *, encoding: str | None = None, say: Say = silently) -> gpd.GeoDataFrame:
    """Return the one Shapefile of a zip archive (or beside a ``.shp``), with our own column names put back.

    Text is read in `encoding`, else as the ``.cpg`` says, else as UTF-8 or, said aloud, as GBK. Raises
    `InvalidInputError`, and `TooLargeError` for an archive that unpacks to over 2 GiB.
    """
    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        shp = _unpacked(path, Path(folder)) if path.suffix.lower() == ".zip" else path
        frame = _read(shp, encoding, say)
    frame = frame.astype({name: object for name in frame.columns if str(frame[name].dtype) in ("str", "string")})
    return frame.rename(columns=LONG_NAMES)


def write_shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a frame as a zipped Shapefile in UTF-8; long column names are shortened as `SHORT_NAMES` says.

    Raises `UnsupportedFormatError` where the format cannot hold the frame: texts over 254 bytes, mixed geometry.
    """
    # Without a word the format would turn areas beside lines into lines.
    if frame.geometry.geom_type.str.removeprefix("Multi").nunique() > 1:
        raise UnsupportedFormatError("A Shapefile holds points, lines or areas, not several of them; take a .gpkg.")
    short = _shortened([name for name in frame.columns if name != frame.geometry.name])
    for name in short:
        texts = frame[name].dropna()
        long = [text for text in texts if isinstance(text, str) and len(text.encode()) > MAX_TEXT_BYTES]
        if long:
            raise UnsupportedFormatError(
                f"A Shapefile holds texts of at most {MAX_TEXT_BYTES} bytes; column {name} has {len(long)} longer ones."
            )
    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        shp = Path(folder) / f"{path.stem}.shp"
        try:
            pyogrio.write_dataframe(frame.rename(columns=short), shp, driver="ESRI Shapefile", encoding="UTF-8")
        except (pyogrio.errors.DataSourceError, pyogrio.errors.GeometryError, pyogrio.errors.FeatureError) as error:
            raise UnsupportedFormatError(f"A Shapefile cannot hold this: {error}") from None
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)


def _unpacked(path: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [item for item in archive.infolist() if Path(item.filename).suffix.lower() in PARTS]
            shapes = [item for item in wanted if item.filename.lower().endswith(".shp")]
            if len(shapes) != 1:
                raise InvalidInputError(f"{path.name} holds {len(shapes)} Shapefiles; exactly one is needed.")
            stem = shapes[0].filename[:-4]
            parts = [item for item in wanted if item.filename[:-4] == stem]
            if sum(item.file_size for item in parts) > FILE_BYTES:
                raise TooLargeError(f"{path.name} unpacks to more than {FILE_BYTES // 1024**2:,} MiB.")
            for item in parts:
                (folder / f"layer{item.filename[-4:].lower()}").write_bytes(archive.read(item))
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise InvalidInputError(f"{path.name} is not a zip archive that can be read: {error}") from None
    return folder / "layer.shp"


def _read(shp: Path, encoding: str | None, say: Say) -> gpd.GeoDataFrame:
    if encoding or shp.with_suffix(".cpg").exists():
        return pyogrio.read_dataframe(shp, encoding=encoding, datetime_as_string=True)
    try:
        return pyogrio.read_dataframe(shp, encoding="UTF-8", datetime_as_string=True)
    except UnicodeDecodeError:
        say("Note: the Shapefile's text is in GBK, not UTF-8, and it has no .cpg that says so; read as GBK.")
        return pyogrio.read_dataframe(shp, encoding="GBK", datetime_as_string=True)


def _shortened(names: list[str]) -> dict[str, str]:
    """Return a name of at most 10 characters for each column, none twice."""
    short: dict[str, str] = {}
    for name in names:
        wish = SHORT_NAMES.get(name, name[:10])
        number = 0
        while wish in short.values():
            number += 1
            wish = f"{name[: 10 - len(str(number))]}{number}"
        short[name] = wish
    return short
