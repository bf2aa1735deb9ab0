"""What people can ask for: one function, one complete piece of work inside the caller's transaction."""
