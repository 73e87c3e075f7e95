"""The forms the offline author casts a chunk into, one function a style."""
