"""Pure values and rules: no database, files, clock or web."""
