"""How much one request, file or feature may hold: one place for the numbers of every door.

What an operator reads from a file at the terminal may be a whole city, so bytes and features of files have limits of
their own; a feature's limits are the same at every door.
"""

# Of a request: a body, and the larger ones of the paths in `api.bodies.LIMITS`.
BODY_BYTES = 64_000
POINTS_BYTES = 10_000_000
REGISTER_BYTES = 400_000
PHOTO_BYTES = 12_000_000
ROSTER_BYTES = 20_000_000
FEATURES = 10_000

# Of all bodies that are being received or worked on, and of those of one sender.
BODIES_BYTES = 200_000_000
BODIES_OF_SENDER_BYTES = 60_000_000

# Of a feature or geometry, wherever it comes from. A whole city's outline has some ten thousand vertices.
VERTICES = 100_000
RINGS = 1_000

# Of JSON, wherever it comes from. Parts are arrays, objects and what they hold; ten thousand features of thirty
# properties have 400,000.
JSON_DEPTH = 20
JSON_PARTS = 500_000
JSON_NAMES = 1_000

# Of a file at the terminal, as it lies there and unpacked.
FILE_BYTES = 2 * 1024**3
FILE_FEATURES = 5_000_000
FILE_PARTS = FILE_BYTES // 4
