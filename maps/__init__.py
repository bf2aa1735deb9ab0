"""What people look at: folium maps to keep, the MapLibre style, pages and their assets."""
