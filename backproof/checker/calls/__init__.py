"""A file that only defines classes and functions is called as its parameters say; begin with choose.py."""
