"""Making data, training the core on it, and measuring what it learned."""
