"""Commands that talk to running nodes or describe them."""
