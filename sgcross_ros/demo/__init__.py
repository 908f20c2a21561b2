"""The demo: real nodes on recorded walks, an operator who enrols, and a report of who was named."""
