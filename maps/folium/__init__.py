"""Self-contained HTML maps to keep, print and send; drawn from values, whoever made them."""

from maps.folium import cameras, hotspots, patrols

__all__ = ["cameras", "hotspots", "patrols"]
