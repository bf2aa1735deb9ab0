"""PostGIS behind one door: rows in, values out; never commits."""
