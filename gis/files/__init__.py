"""Grids and points in and out of files."""
