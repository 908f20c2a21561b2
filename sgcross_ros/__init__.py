"""The ROS 2 side: nodes, messages to arrays and back, parameters, lifecycle, diagnostics."""
