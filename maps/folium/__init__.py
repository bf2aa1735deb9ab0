"""Self-contained HTML maps to keep, print and send; drawn from values, whoever made them."""
