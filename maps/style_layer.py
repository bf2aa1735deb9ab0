"""One layer of the map style, with what the page needs to switch it."""

from typing import Any


def layer(
    name: str,
    kind: str,
    source: str,
    *,
    paint: dict[str, Any],
    labels: bool = False,
    own: bool = False,
    shown: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """Return a MapLibre layer that draws `source`.

    `own` sources are GeoJSON that the page fills; the others are vector tiles whose layer is called as their source,
    their label points ``<source>_labels``. `level` names the level of detail it belongs to: the page shows a level when
    the view holds few enough of its shapes. `layout`, `minzoom`, `maxzoom` and `filter` are MapLibre's.
    """
    level = more.pop("level", None)
    layout = dict(more.pop("layout", {}))
    if not shown:
        layout["visibility"] = "none"
    made: dict[str, Any] = {"id": name, "type": kind, "source": source, "paint": paint, "layout": layout, **more}
    if not own:
        made["source-layer"] = f"{source}_labels" if labels else source
    if level:
        made["metadata"] = {"wangge:level": level}
    return made
