"""Gait recognition across camera and LiDAR: everything that happens to a frame on its way to a name. No ROS, no training."""
