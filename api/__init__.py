"""The doors: HTTP, terminal, queue worker."""
