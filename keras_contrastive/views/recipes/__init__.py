"""Views as published, one function per paper."""
