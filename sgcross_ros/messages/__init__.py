"""Messages to arrays and back."""

from sgcross_ros.messages.clouds import cloud
from sgcross_ros.messages.detections import identities_message, label, track_numbers, tracks_message
from sgcross_ros.messages.images import crops_message, image_message, picture, tiles_of
from sgcross_ros.messages.stamps import SECOND, header, to_ns, to_time

__all__ = [
    "SECOND",
    "cloud",
    "crops_message",
    "header",
    "identities_message",
    "image_message",
    "label",
    "picture",
    "tiles_of",
    "to_ns",
    "to_time",
    "track_numbers",
    "tracks_message",
]
