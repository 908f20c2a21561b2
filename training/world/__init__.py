"""A world of synthetic walkers: bodies, gaits, what a camera and a LiDAR see of them."""
