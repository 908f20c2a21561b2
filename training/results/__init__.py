"""Methods trained in the same budget on the same data, and the page that shows who wins."""
