"""HTML and JSON for people and programs, no business."""
