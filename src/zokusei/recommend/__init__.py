"""Related works: by attributes, by bookmarks and by both, for a work, a wish or a person."""
