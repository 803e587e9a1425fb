"""The emoji data set: single pictures and composed scenes, with captions, boxes and classes."""
