"""Gait recognition across camera and LiDAR: from a frame to a name. No ROS, no training."""
