"""Pictures with known heads: drawn figures, and real faces pasted into drawn pictures."""

from zokusei.scenes.folder import KnownHead, Scene, read_scenes, write_scenes

__all__ = ["KnownHead", "Scene", "read_scenes", "write_scenes"]
