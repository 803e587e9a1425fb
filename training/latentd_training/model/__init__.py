"""All networks of one model together, and how each task conditions them."""
